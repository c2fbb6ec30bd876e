//! What handlers take: bodies, queries, keys and visitors, refused with a [`Problem`].

use super::App;
use super::guard::{Visit, within};
use super::json_fault;
use super::problem::{Problem, REPLAYED};
use crate::core::rights::{Act, SYSTEM, UnitNo, role_for};
use crate::core::{Command, Text};
use crate::store::access;
use crate::store::read::directory::{StationInfo, UnitInfo};
use crate::store::texts::Texts;
use crate::store::{Receipt, Refusal, Submission, Who};
use axum::body::Bytes;
use axum::extract::rejection::BytesRejection;
use axum::extract::{FromRef, FromRequest, FromRequestParts, RawPathParams, Request};
use axum::http::request::Parts;
use axum::http::{HeaderMap, HeaderName, HeaderValue, StatusCode, header};
use axum::response::{IntoResponse, Response};
use serde::de::DeserializeOwned;
use serde::{Deserialize, Serialize};
use std::sync::Arc;
use utoipa::ToSchema;
use uuid::Uuid;

/// The header that names an operation.
pub const KEY: &str = "idempotency-key";
/// A longer name in a path names nothing.
const NAME_BYTES_MAX: usize = 200;

/// A JSON body, in and out.
pub struct Json<T>(pub T);

impl<T: Serialize> IntoResponse for Json<T> {
    fn into_response(self) -> Response {
        match serde_json::to_vec(&self.0) {
            Ok(body) => {
                let kind = HeaderValue::from_static("application/json");
                ([(header::CONTENT_TYPE, kind)], body).into_response()
            }
            Err(error) => {
                tracing::error!(%error, "an answer has no JSON form");
                Problem::internal().into_response()
            }
        }
    }
}

impl<S: Send + Sync, T: DeserializeOwned> FromRequest<S> for Json<T> {
    type Rejection = Problem;

    async fn from_request(request: Request, state: &S) -> Result<Self, Problem> {
        if !is_json(request.headers()) {
            return Err(Problem::of_status(StatusCode::UNSUPPORTED_MEDIA_TYPE));
        }
        let body = bytes(request, state).await?;
        json_fault::read(&body).map(Json)
    }
}

fn is_json(headers: &HeaderMap) -> bool {
    let kind = headers
        .get(header::CONTENT_TYPE)
        .and_then(|kind| kind.to_str().ok());
    let kind = kind
        .and_then(|kind| kind.split(';').next())
        .unwrap_or("")
        .trim();
    kind.eq_ignore_ascii_case("application/json")
}

/// The whole body within the route's limit.
///
/// # Errors
/// 413 beyond the limit, 400 when it broke off.
pub async fn bytes<S: Send + Sync>(request: Request, state: &S) -> Result<Bytes, Problem> {
    Bytes::from_request(request, state)
        .await
        .map_err(|fault: BytesRejection| match fault.status() {
            StatusCode::PAYLOAD_TOO_LARGE => Problem::of_status(StatusCode::PAYLOAD_TOO_LARGE),
            _ => Problem::new(StatusCode::BAD_REQUEST, "bad_request"),
        })
}

/// The query string. Unknown parameters are refused by the types themselves.
pub struct Query<T>(pub T);

impl<S: Send + Sync, T: DeserializeOwned> FromRequestParts<S> for Query<T> {
    type Rejection = Problem;

    async fn from_request_parts(parts: &mut Parts, _: &S) -> Result<Self, Problem> {
        let query = parts.uri.query().unwrap_or("");
        json_fault::read_query(query).map(Query)
    }
}

/// The names in the path beyond village and station.
pub struct Names(Vec<(String, String)>);

impl<S: Send + Sync> FromRequestParts<S> for Names {
    type Rejection = Problem;

    async fn from_request_parts(parts: &mut Parts, state: &S) -> Result<Self, Problem> {
        // A name that is not UTF-8 names nothing.
        let names = RawPathParams::from_request_parts(parts, state).await;
        let names = names.map_err(|_| Problem::not_found())?;
        let plain =
            |value: &str| value.len() <= NAME_BYTES_MAX && !value.chars().any(char::is_control);
        if !names.iter().all(|(_, value)| plain(value)) {
            return Err(Problem::not_found());
        }
        Ok(Names(
            names
                .iter()
                .map(|(name, value)| (name.to_string(), value.to_string()))
                .collect(),
        ))
    }
}

impl Names {
    /// The value of one name; empty when the route has no such name.
    #[must_use]
    pub fn get(&self, name: &str) -> &str {
        self.0
            .iter()
            .find(|(known, _)| known == name)
            .map_or("", |(_, value)| value)
    }

    /// The value as an id.
    ///
    /// # Errors
    /// 404: what is not a UUID names nothing.
    pub fn id(&self, name: &str) -> Result<Uuid, Problem> {
        plain_uuid(self.get(name)).ok_or_else(Problem::not_found)
    }

    /// The value as an operation, or as a line of one: `UUID` or `UUID.LINE`.
    ///
    /// # Errors
    /// 404.
    pub fn line(&self, name: &str) -> Result<(Uuid, i32), Problem> {
        line_of(self.get(name)).ok_or_else(Problem::not_found)
    }
}

/// An operation, or a line of one: `UUID` or `UUID.LINE`.
#[must_use]
pub fn line_of(given: &str) -> Option<(Uuid, i32)> {
    let (id, line) = given.split_once('.').unwrap_or((given, "0"));
    let line = line.parse().ok().filter(|line: &i32| *line >= 0);
    plain_uuid(id).zip(line)
}

/// A UUID in its usual form with hyphens, and no other.
fn plain_uuid(text: &str) -> Option<Uuid> {
    Uuid::parse_str(text).ok().filter(|_| text.len() == 36)
}

/// The caller's key.
#[derive(Clone, Copy, Debug)]
pub struct Key(pub Uuid);

impl<S: Send + Sync> FromRequestParts<S> for Key {
    type Rejection = Problem;

    async fn from_request_parts(parts: &mut Parts, _: &S) -> Result<Self, Problem> {
        let bad = |code| Problem::new(StatusCode::BAD_REQUEST, code);
        let mut given = parts.headers.get_all(KEY).iter();
        let key = given
            .next()
            .ok_or_else(|| bad("idempotency_key_required"))?;
        let key = key
            .to_str()
            .ok()
            .and_then(plain_uuid)
            .filter(|key| !key.is_nil());
        match (key, given.next()) {
            (Some(key), None) => Ok(Key(key)),
            _ => Err(bad("idempotency_key_invalid")),
        }
    }
}

/// A change being asked for: who, where, under which key.
pub struct Write {
    /// The server.
    pub app: App,
    /// Who asks, and where.
    pub visit: Visit,
    /// The operation's id.
    pub key: Uuid,
}

impl<S: Send + Sync> FromRequestParts<S> for Write
where
    App: FromRef<S>,
{
    type Rejection = Problem;

    async fn from_request_parts(parts: &mut Parts, state: &S) -> Result<Self, Problem> {
        let visit = Visit::from_request_parts(parts, state).await?;
        let Key(key) = Key::from_request_parts(parts, state).await?;
        Ok(Write {
            app: App::from_ref(state),
            visit,
            key,
        })
    }
}

/// The operation behind an answer.
#[derive(Clone, Debug, Serialize, ToSchema)]
pub struct Operation {
    /// The caller's key.
    pub id: Uuid,
    /// Code of the village or township; `system` for the installation's own journal.
    pub village: String,
    /// Its place in that journal.
    pub seq: i64,
    /// When, by the database.
    #[schema(format = DateTime)]
    pub at: String,
}

/// Microseconds since 1970 UTC in RFC 3339.
#[must_use]
pub fn rfc3339(at: i64) -> String {
    let time = chrono::DateTime::from_timestamp_micros(at).unwrap_or_default();
    time.format("%Y-%m-%dT%H:%M:%S%.6fZ").to_string()
}

impl Write {
    /// The village; only on routes below one.
    ///
    /// # Errors
    /// 404 elsewhere.
    pub fn village(&self) -> Result<&Arc<UnitInfo>, Problem> {
        self.visit.village()
    }

    /// The station; only on routes below one.
    ///
    /// # Errors
    /// 404 elsewhere.
    pub fn station(&self) -> Result<&Arc<StationInfo>, Problem> {
        self.visit.station()
    }

    /// The unit whose journal this change enters.
    #[must_use]
    pub fn unit(&self) -> UnitNo {
        self.visit.unit.as_ref().map_or(SYSTEM, |unit| unit.no)
    }

    /// The texts of this operation.
    #[must_use]
    pub fn texts(&self) -> Texts<'_> {
        Texts::new(&self.app.store.secrets().pepper, self.key)
    }

    /// One text of this operation; for requests with just one.
    #[must_use]
    pub fn text(&self, body: &str) -> Text {
        self.texts().text(body)
    }

    /// Another staff member who stands by: not the caller, and one who keeps cards here or
    /// reviews.
    ///
    /// # Errors
    /// 401 for a wrong name or password, 403 for somebody who may not.
    pub async fn second(&self, username: &str, password: String) -> Result<Uuid, Problem> {
        let limit = self.app.settings.limits.sign_in_per_minute;
        within(&self.app, "sign_in", limit, username).await?;
        let (staff, grants) = access::who_knows(&self.app.store, username, password).await?;
        let place = self.visit.place();
        let may = [Act::KeepCards, Act::ReviewAward]
            .iter()
            .any(|act| role_for(&grants, *act, place).is_some());
        if staff == self.visit.caller.staff || !may {
            return Err(Problem::new(StatusCode::FORBIDDEN, "second_person_unfit"));
        }
        Ok(staff)
    }

    /// What the store is asked.
    #[must_use]
    pub fn submission(&self, command: Command) -> Submission {
        let who = Who::Session(self.visit.caller.session);
        Submission {
            id: self.key,
            unit: self.unit(),
            who,
            command,
        }
    }

    /// Asks for the change and waits for its fate.
    ///
    /// # Errors
    /// The refusal as a problem.
    pub async fn submit(&self, command: Command) -> Result<Receipt, Problem> {
        let rows = rows_word(&command);
        let fate = self.app.store.submit(self.submission(command)).await;
        fate.map_err(|refusal| Problem::refused(&refusal, rows))
    }

    /// The answer to this key, when there is one already.
    ///
    /// # Errors
    /// The refusal as a problem.
    pub async fn earlier(&self, submission: &Submission) -> Result<Option<Receipt>, Problem> {
        let rows = rows_word(&submission.command);
        let earlier = self.app.store.earlier(submission).await;
        earlier.map_err(|refusal: Refusal| Problem::refused(&refusal, rows))
    }

    /// The operation part of an answer.
    #[must_use]
    pub fn operation(&self, receipt: &Receipt) -> Operation {
        let village = self.visit.unit.as_ref().map_or("system", |unit| &unit.code);
        Operation {
            id: receipt.id,
            village: village.to_string(),
            seq: receipt.seq,
            at: rfc3339(receipt.at),
        }
    }

    /// Answers 201.
    pub fn created<T: Serialize>(&self, receipt: &Receipt, body: T) -> Response {
        answer(StatusCode::CREATED, receipt.replayed, Json(body))
    }

    /// Answers 200.
    pub fn ok<T: Serialize>(&self, receipt: &Receipt, body: T) -> Response {
        answer(StatusCode::OK, receipt.replayed, Json(body))
    }

    /// Answers 204.
    #[must_use]
    pub fn no_content(receipt: &Receipt) -> Response {
        answer(StatusCode::NO_CONTENT, receipt.replayed, ())
    }

    /// Answers 200 without a receipt of its own.
    #[must_use]
    pub fn reported(replayed: bool, body: impl IntoResponse) -> Response {
        answer(StatusCode::OK, replayed, body)
    }
}

fn answer(status: StatusCode, replayed: bool, body: impl IntoResponse) -> Response {
    let mut response = (status, body).into_response();
    if replayed {
        let name = HeaderName::from_static(REPLAYED);
        response
            .headers_mut()
            .insert(name, HeaderValue::from_static("true"));
    }
    response
}

/// The list of a request whose rows a refusal may name.
fn rows_word(command: &Command) -> &'static str {
    match command {
        Command::Redeem(_) | Command::Refund(_) | Command::ReceiveStock(_) => "lines",
        _ => "rows",
    }
}

/// The bounds of a list: `limit` from 1 to 200, and where the last page ended.
#[derive(Debug, Deserialize, utoipa::IntoParams)]
#[serde(deny_unknown_fields)]
#[into_params(parameter_in = Query)]
pub struct Page {
    /// Items on one page, 1 to 200; 50 when absent.
    #[param(minimum = 1, maximum = 200, value_type = Option<u32>)]
    pub limit: Option<String>,
    /// The `next` of the page before.
    pub after: Option<String>,
}

/// The usual length of a page.
const LIMIT: usize = 50;
/// The longest.
const LIMIT_MAX: usize = 200;

impl Page {
    /// How many items a page may have.
    ///
    /// # Errors
    /// 422 outside 1 to 200.
    pub fn limit(&self) -> Result<usize, Problem> {
        limit(self.limit.as_deref())
    }

    /// Where to go on, when it is a number.
    ///
    /// # Errors
    /// 422 for anything else.
    pub fn after<T: std::str::FromStr>(&self) -> Result<Option<T>, Problem> {
        after(self.after.as_deref())
    }
}

/// As [`Page::limit`], for queries with more parameters.
///
/// # Errors
/// 422 outside 1 to 200.
pub fn limit(given: Option<&str>) -> Result<usize, Problem> {
    let Some(given) = given else { return Ok(LIMIT) };
    let limit = given
        .parse()
        .ok()
        .filter(|limit| (1..=LIMIT_MAX).contains(limit));
    limit.ok_or_else(|| Problem::field("?limit", "out_of_range"))
}

/// As [`Page::after`], for queries with more parameters.
///
/// # Errors
/// 422 for what was never a `next`.
pub fn after<T: std::str::FromStr>(given: Option<&str>) -> Result<Option<T>, Problem> {
    let parsed = given.map(|text| {
        text.parse()
            .map_err(|_| Problem::field("?after", "not_a_cursor"))
    });
    parsed.transpose()
}

/// A page of a list.
#[derive(Debug, Serialize, ToSchema)]
pub struct Listed<T> {
    /// The items.
    pub items: Vec<T>,
    /// Send it as `after` for the next page; null on the last.
    pub next: Option<String>,
}

impl<T> Listed<T> {
    /// A page of at most `limit` from one item more, which only says that there is a next page.
    pub fn of(mut items: Vec<T>, limit: usize, key: impl Fn(&T) -> String) -> Listed<T> {
        let more = items.len() > limit;
        items.truncate(limit);
        let next = items.last().filter(|_| more).map(key);
        Listed { items, next }
    }

    /// The same page with its items in another form.
    pub fn map<U>(self, form: impl FnMut(T) -> U) -> Listed<U> {
        Listed {
            items: self.items.into_iter().map(form).collect(),
            next: self.next,
        }
    }
}
