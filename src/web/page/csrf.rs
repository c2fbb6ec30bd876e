//! Forms of a signed-in visitor carry a token that only pages of their session can know.

use super::{Markup, Page};
use crate::signin::secret::Pepper;
use axum::http::{HeaderMap, header};
use subtle::ConstantTimeEq as _;
use uuid::Uuid;

/// The hidden field that carries the token.
pub const FIELD: &str = "csrf";
const NONCE: usize = 8;
const TAG: usize = 16;

/// A random key; nil, which no form may carry, when the system gives no random bytes.
#[must_use]
pub fn fresh() -> Uuid {
    let mut bytes = [0; 16];
    match getrandom::fill(&mut bytes) {
        Ok(()) => uuid::Builder::from_random_bytes(bytes).into_uuid(),
        Err(fault) => {
            tracing::error!(%fault, "the system gives no random bytes");
            Uuid::nil()
        }
    }
}

fn tag(pepper: &Pepper, session: &[u8; 32], nonce: &[u8]) -> Vec<u8> {
    let mut data = session.to_vec();
    data.extend_from_slice(nonce);
    pepper.tag("csrf", &data)[..TAG].to_vec()
}

/// A token for a session; another one each time, so that compressed pages tell nothing about it.
#[must_use]
pub fn token(pepper: &Pepper, session: &[u8; 32]) -> String {
    let nonce = &fresh().into_bytes()[..NONCE];
    let mut token = nonce.to_vec();
    token.extend_from_slice(&tag(pepper, session, nonce));
    hex::encode(token)
}

/// Whether a token belongs to the session.
#[must_use]
pub fn is_right(pepper: &Pepper, session: &[u8; 32], token: &str) -> bool {
    let Ok(bytes) = hex::decode(token) else {
        return false;
    };
    let Some((nonce, given)) = bytes.split_at_checked(NONCE) else {
        return false;
    };
    tag(pepper, session, nonce).ct_eq(given).into()
}

/// Whether a request that changes something comes from a page of ours, as far as its browser
/// says; old ones say neither, and there the token and `SameSite` stand alone.
#[must_use]
pub fn is_same_site(headers: &HeaderMap) -> bool {
    let text = |name: &str| headers.get(name).and_then(|value| value.to_str().ok());
    // A browser that says where a request comes from is believed: its `Origin` is "null" where
    // the referrer policy keeps addresses to itself.
    if let Some(site) = text("sec-fetch-site") {
        return matches!(site, "same-origin" | "none");
    }
    match (text(header::ORIGIN.as_str()), text(header::HOST.as_str())) {
        (Some(origin), Some(host)) => origin
            .split_once("://")
            .is_some_and(|(_, authority)| authority.eq_ignore_ascii_case(host)),
        _ => true,
    }
}

impl Page {
    /// The hidden fields of every form that changes something: `{{ p.hidden() }}`.
    #[must_use]
    pub fn hidden(&self) -> Markup {
        let Some(visit) = &self.visit else {
            return Markup::default();
        };
        let token = token(&self.app.store.secrets().pepper, &visit.caller.session);
        Markup(format!(
            "<input type=\"hidden\" name=\"{FIELD}\" value=\"{token}\">"
        ))
    }

    /// As [`Page::hidden`], with a fresh key for the operation: the same form sent twice is one
    /// operation. `{{ p.hidden_op() }}`
    #[must_use]
    pub fn hidden_op(&self) -> Markup {
        let Markup(mut hidden) = self.hidden();
        let op = fresh();
        hidden.push_str(&format!(
            "<input type=\"hidden\" name=\"op\" value=\"{op}\">"
        ));
        Markup(hidden)
    }

    /// As [`Page::hidden_op`], keeping the key of a form that came back to be mended.
    #[must_use]
    pub fn hidden_same(&self, op: &Uuid) -> Markup {
        let Markup(mut hidden) = self.hidden();
        hidden.push_str(&format!(
            "<input type=\"hidden\" name=\"op\" value=\"{op}\">"
        ));
        Markup(hidden)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn headers(pairs: &[(&'static str, &'static str)]) -> HeaderMap {
        pairs
            .iter()
            .map(|(name, value)| {
                (
                    (*name).parse().expect("a name"),
                    (*value).parse().expect("a value"),
                )
            })
            .collect()
    }

    #[test]
    fn a_form_of_another_site_is_seen() {
        for (pairs, is) in [
            (
                &[
                    ("origin", "https://jifen.example"),
                    ("host", "jifen.example"),
                ][..],
                true,
            ),
            (
                &[
                    ("origin", "https://evil.example"),
                    ("host", "jifen.example"),
                ],
                false,
            ),
            (&[("origin", "null"), ("host", "jifen.example")], false),
            (&[("sec-fetch-site", "cross-site")], false),
            (&[("sec-fetch-site", "same-site")], false),
            (&[("sec-fetch-site", "same-origin")], true),
            (
                &[
                    ("sec-fetch-site", "same-origin"),
                    ("origin", "null"),
                    ("host", "jifen.example"),
                ],
                true,
            ),
            (&[], true),
        ] {
            assert_eq!(is_same_site(&headers(pairs)), is, "{pairs:?}");
        }
    }
}
