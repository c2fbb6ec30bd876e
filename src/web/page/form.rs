//! What a form brings: fields, each as often as it was sent, and files.

use super::Page;
use super::csrf;
use crate::web::problem::Problem;
use axum::body::Bytes;
use axum::extract::{FromRequest, Multipart, Request};
use axum::http::{StatusCode, header};
use uuid::Uuid;

/// The most fields one form may have: a sheet of 2,000 rows with room to spare.
const FIELDS_MAX: usize = 20_000;

/// The fields of a form, trimmed, without control characters but line breaks and tabs.
#[derive(Clone, Debug, Default)]
pub struct Form {
    fields: Vec<(String, String)>,
}

/// A form with files.
#[derive(Debug, Default)]
pub struct Upload {
    /// The other fields.
    pub form: Form,
    /// The last file's name as its sender calls it.
    pub name: String,
    /// What it holds; empty when none was chosen.
    pub bytes: Bytes,
    /// Every file in order.
    pub files: Vec<Sent>,
}

/// A file of a form.
#[derive(Clone, Debug)]
pub struct Sent {
    /// The field it was chosen in.
    pub field: String,
    /// Its name as its sender calls it.
    pub name: String,
    /// What it holds; empty when none was chosen.
    pub bytes: Bytes,
}

/// The most files one form may have.
const FILES_MAX: usize = 100;

fn cleaned(text: &str) -> String {
    let plain = |c: &char| !c.is_control() || matches!(c, '\n' | '\t');
    text.chars()
        .filter(plain)
        .collect::<String>()
        .trim()
        .to_string()
}

impl Form {
    /// Reads `application/x-www-form-urlencoded`.
    #[must_use]
    pub fn of(body: &[u8]) -> Form {
        let pairs = form_urlencoded::parse(body).take(FIELDS_MAX);
        Form {
            fields: pairs
                .map(|(name, value)| (name.into_owned(), cleaned(&value)))
                .collect(),
        }
    }

    /// One field; empty when it is missing.
    #[must_use]
    pub fn get(&self, name: &str) -> &str {
        let found = self.fields.iter().find(|(known, _)| known == name);
        found.map_or("", |(_, value)| value)
    }

    /// One field, `None` when missing or empty.
    #[must_use]
    pub fn some(&self, name: &str) -> Option<&str> {
        Some(self.get(name)).filter(|value| !value.is_empty())
    }

    /// Whether a field was sent at all, as a ticked box is.
    #[must_use]
    pub fn has(&self, name: &str) -> bool {
        self.fields.iter().any(|(known, _)| known == name)
    }

    /// Every value of a field that may be sent several times, in order.
    #[must_use]
    pub fn all(&self, name: &str) -> Vec<&str> {
        let of = self.fields.iter().filter(|(known, _)| known == name);
        of.map(|(_, value)| value.as_str()).collect()
    }

    /// All fields in order, but for the token.
    pub fn fields(&self) -> impl Iterator<Item = (&str, &str)> {
        let kept = self.fields.iter().filter(|(name, _)| name != csrf::FIELD);
        kept.map(|(name, value)| (name.as_str(), value.as_str()))
    }

    /// The key of the operation that the form asks for.
    ///
    /// # Errors
    /// 400 when our own form was tampered with.
    pub fn op(&self) -> Result<Uuid, Problem> {
        let op = Uuid::parse_str(self.get("op"))
            .ok()
            .filter(|op| !op.is_nil());
        op.ok_or_else(|| Problem::new(StatusCode::BAD_REQUEST, "idempotency_key_invalid"))
    }

    /// Takes a value in place of what was sent.
    pub fn set(&mut self, name: &str, value: &str) {
        self.fields.retain(|(known, _)| known != name);
        self.fields.push((name.to_string(), value.to_string()));
    }

    fn check(&self, page: &Page) -> Result<(), Problem> {
        let Some(visit) = &page.visit else {
            return Ok(());
        };
        let pepper = &page.app.store.secrets().pepper;
        if csrf::is_right(pepper, &visit.caller.session, self.get(csrf::FIELD)) {
            Ok(())
        } else {
            Err(Problem::new(StatusCode::FORBIDDEN, "form_stale"))
        }
    }
}

fn page_of(request: &Request) -> Result<Page, Problem> {
    let page = request.extensions().get::<Page>().cloned();
    page.ok_or_else(Problem::internal)
}

impl<S: Send + Sync> FromRequest<S> for Form {
    type Rejection = Problem;

    async fn from_request(request: Request, state: &S) -> Result<Self, Problem> {
        let page = page_of(&request)?;
        let kind = request
            .headers()
            .get(header::CONTENT_TYPE)
            .and_then(|kind| kind.to_str().ok());
        let is_form =
            kind.is_some_and(|kind| kind.starts_with("application/x-www-form-urlencoded"));
        if !is_form {
            return Err(Problem::of_status(StatusCode::UNSUPPORTED_MEDIA_TYPE));
        }
        let body: Bytes = crate::web::extract::bytes(request, state).await?;
        let form = Form::of(&body);
        form.check(&page)?;
        Ok(form)
    }
}

impl<S: Send + Sync> FromRequest<S> for Upload {
    type Rejection = Problem;

    async fn from_request(request: Request, state: &S) -> Result<Self, Problem> {
        let page = page_of(&request)?;
        let broken = |status: StatusCode| match status {
            StatusCode::PAYLOAD_TOO_LARGE => Problem::of_status(status),
            _ => Problem::new(StatusCode::BAD_REQUEST, "bad_request"),
        };
        let parts = Multipart::from_request(request, state).await;
        let mut parts = parts.map_err(|fault| broken(fault.status()))?;
        let mut upload = Upload::default();
        while let Some(part) = parts
            .next_field()
            .await
            .map_err(|fault| broken(fault.status()))?
        {
            let name = part.name().unwrap_or("").to_string();
            if let Some(file) = part.file_name() {
                upload.name = cleaned(file);
                let bytes = part.bytes().await.map_err(|fault| broken(fault.status()))?;
                upload.bytes = bytes.clone();
                if upload.files.len() < FILES_MAX {
                    upload.files.push(Sent {
                        field: name,
                        name: upload.name.clone(),
                        bytes,
                    });
                }
            } else if upload.form.fields.len() < FIELDS_MAX {
                let text = part.text().await.map_err(|fault| broken(fault.status()))?;
                upload.form.fields.push((name, cleaned(&text)));
            }
        }
        upload.form.check(&page)?;
        Ok(upload)
    }
}
