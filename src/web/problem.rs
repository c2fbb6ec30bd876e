//! RFC 9457 problems: the only map from a refusal to status, code and words.

use super::lang::{Figures, Lang};
use crate::core::Rejection;
use crate::import::FileFault;
use crate::store::Refusal;
use axum::body::Body;
use axum::http::{HeaderValue, StatusCode, header};
use axum::response::{IntoResponse, Response};
use serde_json::{Value, json};
use std::borrow::Cow;

/// The header that says an answer was given before.
pub const REPLAYED: &str = "idempotency-replayed";
/// The media type of every problem.
pub const MEDIA_TYPE: &str = "application/problem+json";

/// What is wrong with one field or row.
#[derive(Clone, Debug)]
pub struct FieldFault {
    /// JSON pointer into the request.
    pub pointer: String,
    /// A stable word.
    pub code: Cow<'static, str>,
    /// What the sentence shows.
    pub figures: Figures,
    /// A sentence made elsewhere, in both languages.
    pub said: Option<[String; 2]>,
}

/// An answer that is no success. Words are chosen when it is sent, by [`Problem::render`].
#[derive(Clone, Debug)]
pub struct Problem(Box<Inner>);

#[derive(Clone, Debug)]
struct Inner {
    status: StatusCode,
    code: Cow<'static, str>,
    figures: Figures,
    errors: Vec<FieldFault>,
    retry_after: Option<u64>,
    replayed: bool,
    said: Option<[String; 2]>,
}

impl Problem {
    /// A problem with a code that the catalogues know.
    #[must_use]
    pub fn new(status: StatusCode, code: &'static str) -> Problem {
        Problem(Box::new(Inner {
            status,
            code: Cow::Borrowed(code),
            figures: Figures::new(),
            errors: Vec::new(),
            retry_after: None,
            replayed: false,
            said: None,
        }))
    }

    /// What is not there, or what the caller may not know.
    #[must_use]
    pub fn not_found() -> Problem {
        Problem::new(StatusCode::NOT_FOUND, "not_found")
    }

    /// No role of the caller carries this here.
    #[must_use]
    pub fn not_allowed() -> Problem {
        Problem::new(StatusCode::FORBIDDEN, "not_allowed")
    }

    /// No session.
    #[must_use]
    pub fn unauthenticated() -> Problem {
        Problem::new(StatusCode::UNAUTHORIZED, "unauthenticated")
    }

    /// A defect of ours; logged by whoever found it.
    #[must_use]
    pub fn internal() -> Problem {
        Problem::new(StatusCode::INTERNAL_SERVER_ERROR, "internal_error")
    }

    /// Too often; the next try passes after so many seconds.
    #[must_use]
    pub fn rate_limited(seconds: u64) -> Problem {
        Problem::new(StatusCode::TOO_MANY_REQUESTS, "rate_limited").retry_after(seconds)
    }

    /// One field cannot take its value; `why` is a stable word of `field.*`.
    #[must_use]
    pub fn field(pointer: impl Into<String>, why: impl Into<Cow<'static, str>>) -> Problem {
        Problem::invalid(vec![FieldFault::new(pointer, why)])
    }

    /// Fields that cannot take their values.
    #[must_use]
    pub fn invalid(errors: Vec<FieldFault>) -> Problem {
        Problem::new(StatusCode::UNPROCESSABLE_ENTITY, "invalid_field").errors(errors)
    }

    /// Something named in the body that does not exist, such as `unknown_station`.
    #[must_use]
    pub fn unknown(code: &'static str, pointer: impl Into<String>, given: &str) -> Problem {
        let mut fault = FieldFault::new(pointer, code);
        fault.figures.insert("given".into(), given.into());
        let figures = fault.figures.clone();
        let mut problem = Problem::new(StatusCode::UNPROCESSABLE_ENTITY, code);
        problem.0.figures = figures;
        problem.errors(vec![fault])
    }

    /// A file that was not read.
    #[must_use]
    pub fn file(fault: &FileFault) -> Problem {
        let status = match fault {
            FileFault::TooLarge => StatusCode::PAYLOAD_TOO_LARGE,
            _ => StatusCode::UNPROCESSABLE_ENTITY,
        };
        let mut problem = Problem::new(status, "file_refused").figure("reason", fault.code());
        problem.0.said = Some([fault.zh(), fault.en()]);
        problem
    }

    /// What a bare status says.
    #[must_use]
    pub fn of_status(status: StatusCode) -> Problem {
        let code = match status {
            StatusCode::UNAUTHORIZED => "unauthenticated",
            StatusCode::FORBIDDEN => "not_allowed",
            StatusCode::NOT_FOUND => "not_found",
            StatusCode::METHOD_NOT_ALLOWED => "method_not_allowed",
            StatusCode::REQUEST_TIMEOUT => "request_timeout",
            StatusCode::PAYLOAD_TOO_LARGE => "too_large",
            StatusCode::UNSUPPORTED_MEDIA_TYPE => "unsupported_media_type",
            StatusCode::TOO_MANY_REQUESTS => "rate_limited",
            StatusCode::SERVICE_UNAVAILABLE => "unavailable",
            status if status.is_server_error() => "internal_error",
            _ => "bad_request",
        };
        Problem::new(status, code)
    }

    /// Another figure, a member of the document.
    #[must_use]
    pub fn figure(mut self, name: &str, value: impl Into<Value>) -> Problem {
        self.0.figures.insert(name.to_string(), value.into());
        self
    }

    /// What is wrong with fields or rows.
    #[must_use]
    pub fn errors(mut self, errors: Vec<FieldFault>) -> Problem {
        self.0.errors = errors;
        self
    }

    /// When to try again, in seconds; at least one.
    #[must_use]
    pub fn retry_after(mut self, seconds: u64) -> Problem {
        self.0.retry_after = Some(seconds.max(1));
        self
    }

    /// Whatever the path names is 404 when it does not exist: these codes are of the path.
    #[must_use]
    pub fn of_path(self, codes: &[&str]) -> Problem {
        if codes.contains(&&*self.0.code) {
            Problem::not_found()
        } else {
            self
        }
    }

    /// Its HTTP status.
    #[must_use]
    pub fn status(&self) -> StatusCode {
        self.0.status
    }

    /// Title and detail, in a language.
    #[must_use]
    pub fn said(&self, lang: Lang) -> (String, String) {
        let inner = &self.0;
        let word = |part: &str| lang.say(&format!("problem.{}.{part}", inner.code), &inner.figures);
        let title = word("title").unwrap_or_else(|| lang.text("problem.bad_request.title"));
        let detail = match &inner.said {
            Some([zh, en]) => lang.pick(zh, en).clone(),
            None => word("detail").unwrap_or_default(),
        };
        (title, detail)
    }

    /// What is wrong with each field or row: pointer and sentence.
    #[must_use]
    pub fn errors_said(&self, lang: Lang) -> Vec<(String, String)> {
        let errors = self.0.errors.iter();
        errors
            .map(|fault| (fault.pointer.clone(), fault.sentence(lang)))
            .collect()
    }

    /// A figure that is a text.
    #[must_use]
    pub fn figure_text(&self, name: &str) -> Option<String> {
        self.0.figures.get(name)?.as_str().map(str::to_string)
    }

    /// After how many seconds to try again.
    #[must_use]
    pub fn retry_seconds(&self) -> Option<u64> {
        self.0.retry_after
    }

    /// Its stable code.
    #[must_use]
    pub fn code(&self) -> &str {
        &self.0.code
    }

    /// A rule's refusal. `rows` is the name of the list whose rows it may speak of.
    #[must_use]
    pub fn rejected(why: &Rejection, rows: &str, replayed: bool) -> Problem {
        let (code, figures) = parts(why);
        let status = match why {
            Rejection::NotAllowed {} => StatusCode::FORBIDDEN,
            Rejection::UnknownVillage {} => StatusCode::NOT_FOUND,
            Rejection::CodeTaken { .. }
            | Rejection::UsernameTaken { .. }
            | Rejection::AwardNotOpen { .. }
            | Rejection::ContentChanged {}
            | Rejection::NoticeNotOpen { .. }
            | Rejection::NoticeClosed { .. }
            | Rejection::ObjectionAnswered { .. }
            | Rejection::AlreadyObjected { .. }
            | Rejection::ApplicationNotOpen { .. }
            | Rejection::SpotNotOpen { .. }
            | Rejection::SpotTaken {}
            | Rejection::ActivityNotOpen { .. }
            | Rejection::ActivityNotStarted { .. }
            | Rejection::ActivityOver { .. }
            | Rejection::ActivityFull { .. }
            | Rejection::AlreadySignedIn { .. }
            | Rejection::AlreadySignedOut { .. }
            | Rejection::NothingToSend {}
            | Rejection::AlreadyReversed { .. } => StatusCode::CONFLICT,
            _ => StatusCode::UNPROCESSABLE_ENTITY,
        };
        let mut problem = Problem::new(status, "bad_request");
        let inner = &mut problem.0;
        inner.replayed = replayed;
        inner.errors = field_faults(why, rows);
        match why {
            Rejection::BadField { .. } => inner.code = "invalid_field".into(),
            Rejection::UnknownVillage {} => inner.code = "not_found".into(),
            Rejection::Rows { rows } => {
                inner.code = code.into();
                inner.figures.insert("count".into(), rows.len().into());
            }
            _ => (inner.code, inner.figures) = (code.into(), figures),
        }
        problem
    }

    /// A submission's refusal. `rows` as for [`Problem::rejected`].
    #[must_use]
    pub fn refused(refusal: &Refusal, rows: &str) -> Problem {
        match refusal {
            Refusal::Rejected { why, replayed } => Problem::rejected(why, rows, *replayed),
            Refusal::Unauthenticated => Problem::unauthenticated(),
            Refusal::ScopeMissing => Problem::not_allowed(),
            Refusal::Busy { retry_after } => busy(u64::from(*retry_after)),
            Refusal::Unavailable => unavailable(),
            Refusal::OutcomeUnknown => {
                Problem::new(StatusCode::SERVICE_UNAVAILABLE, "outcome_unknown").retry_after(1)
            }
            Refusal::Fault => Problem::internal(),
        }
    }

    /// The whole answer in a language. `request` is the request's id, shown with our own defects.
    #[must_use]
    pub fn render(self, lang: Lang, request: &str) -> Response {
        let (title, detail) = self.said(lang);
        let inner = *self.0;
        let mut body = inner.figures;
        body.insert(
            "type".into(),
            format!("urn:wenming:problem:{}", inner.code).into(),
        );
        body.insert("title".into(), title.into());
        body.insert("status".into(), inner.status.as_u16().into());
        body.insert("code".into(), inner.code.as_ref().into());
        body.insert("detail".into(), detail.into());
        if inner.status == StatusCode::INTERNAL_SERVER_ERROR {
            body.insert("request_id".into(), request.into());
        }
        if !inner.errors.is_empty() {
            let errors: Vec<Value> = inner
                .errors
                .into_iter()
                .map(|fault| fault.render(lang))
                .collect();
            body.insert("errors".into(), errors.into());
        }
        let mut response = Response::new(Body::from(Value::Object(body).to_string()));
        *response.status_mut() = inner.status;
        let headers = response.headers_mut();
        headers.insert(header::CONTENT_TYPE, HeaderValue::from_static(MEDIA_TYPE));
        headers.insert(
            header::CONTENT_LANGUAGE,
            HeaderValue::from_static(lang.code()),
        );
        if let Some(seconds) = inner.retry_after {
            headers.insert(header::RETRY_AFTER, HeaderValue::from(seconds));
        }
        if inner.status == StatusCode::UNAUTHORIZED {
            headers.insert(header::WWW_AUTHENTICATE, HeaderValue::from_static("Bearer"));
        }
        if inner.replayed {
            headers.insert(REPLAYED, HeaderValue::from_static("true"));
        }
        response
    }
}

impl FieldFault {
    /// A fault of one field.
    #[must_use]
    pub fn new(pointer: impl Into<String>, code: impl Into<Cow<'static, str>>) -> FieldFault {
        let (pointer, code) = (pointer.into(), code.into());
        FieldFault {
            pointer,
            code,
            figures: Figures::new(),
            said: None,
        }
    }

    fn sentence(&self, lang: Lang) -> String {
        let (code, figures) = (&self.code, &self.figures);
        match &self.said {
            Some([zh, en]) => lang.pick(zh, en).clone(),
            None => lang
                .say(&format!("field.{code}"), figures)
                .or_else(|| lang.say(&format!("problem.{code}.detail"), figures))
                .unwrap_or_else(|| lang.text("field.invalid")),
        }
    }

    fn render(self, lang: Lang) -> Value {
        let detail = self.sentence(lang);
        let FieldFault {
            pointer,
            code,
            mut figures,
            ..
        } = self;
        figures.insert("pointer".into(), pointer.into());
        figures.insert("code".into(), code.as_ref().into());
        figures.insert("detail".into(), detail.into());
        Value::Object(figures)
    }
}

/// Sent as it is when no middleware gives it words; in the server one always does.
impl IntoResponse for Problem {
    fn into_response(self) -> Response {
        let mut response = Response::new(Body::empty());
        *response.status_mut() = self.0.status;
        response.extensions_mut().insert(self);
        response
    }
}

fn busy(seconds: u64) -> Problem {
    Problem::new(StatusCode::SERVICE_UNAVAILABLE, "busy").retry_after(seconds)
}

fn unavailable() -> Problem {
    Problem::new(StatusCode::SERVICE_UNAVAILABLE, "unavailable").retry_after(5)
}

/// Code and figures of a rejection: its own serial form.
fn parts(why: &Rejection) -> (String, Figures) {
    let mut figures = match serde_json::to_value(why) {
        Ok(Value::Object(figures)) => figures,
        _ => Figures::new(),
    };
    let code = figures.remove("code");
    let code = code
        .as_ref()
        .and_then(Value::as_str)
        .unwrap_or("bad_request")
        .to_string();
    (code, figures)
}

/// The field of the request that a rejection speaks of.
fn pointer(why: &Rejection) -> Option<&str> {
    Some(match why {
        Rejection::BadField { field, .. } | Rejection::AmountOutOfRange { field, .. } => field,
        Rejection::UnknownTownship { .. } => "/township",
        Rejection::UnknownHousehold { .. }
        | Rejection::HouseholdClosed { .. }
        | Rejection::OwnHousehold { .. }
        | Rejection::KinHousehold { .. }
        | Rejection::AlreadySignedIn { .. }
        | Rejection::NotSignedIn { .. } => "/household",
        Rejection::UnknownRule { .. }
        | Rejection::WrongRuleKind { .. }
        | Rejection::RuleRetired { .. }
        | Rejection::RuleNotYet { .. }
        | Rejection::RuleExcluded { .. } => "/rule",
        Rejection::UnknownGood { .. } => "/sku",
        Rejection::UnknownMember { .. } => "/member",
        Rejection::CodeTaken { .. } => "/code",
        Rejection::UsernameTaken { .. } => "/username",
        Rejection::DateInFuture { .. } | Rejection::DateTooOld { .. } => "/occurred_on",
        Rejection::CapExceeded { .. }
        | Rejection::NotExact { .. }
        | Rejection::OutOfStock { .. }
        | Rejection::MonthlyLimit { .. }
        | Rejection::RefundTooMuch { .. } => "/quantity",
        Rejection::CardRevoked {} | Rejection::UnknownCard {} => "/card",
        Rejection::PinWrong { .. } | Rejection::PinLocked {} | Rejection::PinNotSet {} => "/pin",
        Rejection::RolesClash { .. } | Rejection::RoleDoesNotFit { .. } => "/grants",
        _ => return None,
    })
}

fn field_faults(why: &Rejection, rows: &str) -> Vec<FieldFault> {
    let one = |prefix: &str, why: &Rejection| {
        let at = pointer(why);
        let (code, figures) = match why {
            Rejection::BadField { why, .. } => (why.clone(), Figures::new()),
            other => parts(other),
        };
        let pointer = format!("{prefix}{}", at.unwrap_or(""));
        FieldFault {
            pointer,
            code: code.into(),
            figures,
            said: None,
        }
    };
    match why {
        Rejection::Rows { rows: refused } => refused
            .iter()
            .map(|row| one(&format!("/{rows}/{}", row.row), &row.why))
            .collect(),
        other => pointer(other).map(|_| one("", other)).into_iter().collect(),
    }
}

/// The document every problem is, for the API's description.
#[must_use]
pub fn schema() -> Value {
    let text = json!({"type": "string"});
    let fault = json!({
        "type": "object",
        "required": ["pointer", "code", "detail"],
        "properties": {"pointer": text, "code": text, "detail": text}
    });
    json!({
        "type": "object",
        "description": "RFC 9457. `code` is stable; `title` and `detail` are in the caller's language (Accept-Language, zh or en); figures such as `available`, `asked`, `cap` stand beside them.",
        "required": ["type", "title", "status", "code", "detail"],
        "properties": {
            "type": text,
            "title": text,
            "status": {"type": "integer"},
            "code": text,
            "detail": text,
            "request_id": text,
            "errors": {"type": "array", "items": fault}
        }
    })
}

mod faults;
#[cfg(test)]
mod tests;
