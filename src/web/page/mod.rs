//! What every page shares: who looks at it and how, its words, its forms, its refusals.

pub mod admit;
pub mod assets;
pub mod csrf;
pub mod faults;
pub mod form;
pub mod look;
pub mod markup;
mod menu;
pub mod qr;
pub mod refuse;
pub mod show;
mod spoken;
mod write;

use super::App;
use super::guard::Visit;
use super::lang::Lang;
use super::problem::Problem;
use crate::core::rights::{Act, Place};
use crate::core::rows::PolicyRow;
use crate::store::access::SessionKind;
use crate::store::read::directory::{StationInfo, UnitInfo};
use askama::Template;
use axum::extract::FromRequestParts;
use axum::http::request::Parts;
use axum::http::{HeaderValue, StatusCode, header};
use axum::response::{Html, IntoResponse, Response};
use look::Look;
use std::sync::Arc;

pub use faults::Faults;
pub use form::{Form, Sent, Upload};
pub use markup::Markup;

/// A handler's outcome: a page, or a problem that [`refuse`] turns into one.
pub type Shown = Result<Response, Problem>;

/// One visit to one page. Templates know it as `p`.
#[derive(Clone)]
pub struct Page {
    /// The server.
    pub app: App,
    /// Language, text size, theme.
    pub look: Look,
    /// Who came, and to which village and station; `None` for a stranger.
    pub visit: Option<Visit>,
    /// Path and query, for links that come back here.
    pub here: String,
    /// The query's fields.
    pub query: Vec<(String, String)>,
    /// Database time, microseconds since 1970 UTC.
    pub now: i64,
    /// What the visitor's village has settled; its offset is the one by which days are reckoned.
    pub policy: Arc<PolicyRow>,
    /// Whether only a part is asked for, by htmx.
    pub is_fragment: bool,
}

impl<S: Send + Sync> FromRequestParts<S> for Page {
    type Rejection = Problem;

    async fn from_request_parts(parts: &mut Parts, _: &S) -> Result<Self, Problem> {
        // Only a page outside the table of pages could come here without one.
        let page = parts.extensions.get::<Page>().cloned();
        page.ok_or_else(Problem::internal)
    }
}

impl Page {
    /// The language of this visit.
    #[must_use]
    pub fn lang(&self) -> Lang {
        self.look.lang
    }

    /// Whoever is signed in.
    ///
    /// # Errors
    /// 401 for a stranger; guards of the faces keep strangers out.
    pub fn visit(&self) -> Result<&Visit, Problem> {
        self.visit.as_ref().ok_or_else(Problem::unauthenticated)
    }

    /// The village of this visit.
    ///
    /// # Errors
    /// 404 where there is none.
    pub fn village(&self) -> Result<&Arc<UnitInfo>, Problem> {
        self.visit()?.village()
    }

    /// The station of this visit.
    ///
    /// # Errors
    /// 404 where there is none.
    pub fn station(&self) -> Result<&Arc<StationInfo>, Problem> {
        self.visit()?.station()
    }

    /// The household that looks at itself: its number.
    ///
    /// # Errors
    /// 403 for anybody else.
    pub fn household(&self) -> Result<i32, Problem> {
        let household = self.visit()?.caller.household;
        household.map(|(_, no)| no).ok_or_else(Problem::not_allowed)
    }

    /// Whether the visitor may do this here.
    #[must_use]
    pub fn may(&self, act: Act) -> bool {
        self.may_at(act, None)
    }

    /// Whether the visitor may do this here, at a station.
    #[must_use]
    pub fn may_at(&self, act: Act, station: Option<i32>) -> bool {
        self.visit.as_ref().is_some_and(|visit| {
            let place = Place {
                station,
                ..visit.place()
            };
            visit.caller.may(act, place)
        })
    }

    /// Whether a household looks.
    #[must_use]
    pub fn is_household(&self) -> bool {
        self.visit
            .as_ref()
            .is_some_and(|visit| visit.caller.kind == SessionKind::Household)
    }

    /// Whether staff looks.
    #[must_use]
    pub fn is_staff(&self) -> bool {
        self.visit.is_some() && !self.is_household()
    }

    /// The staff member's name; empty for others.
    #[must_use]
    pub fn staff_name(&self) -> &str {
        self.visit.as_ref().map_or("", |visit| &visit.caller.name)
    }

    /// The name of the village, or empty.
    #[must_use]
    pub fn village_name(&self) -> &str {
        let unit = self.visit.as_ref().and_then(|visit| visit.unit.as_ref());
        unit.map_or("", |unit| &unit.name)
    }

    /// The code of the village, or empty.
    #[must_use]
    pub fn village_code(&self) -> &str {
        let unit = self.visit.as_ref().and_then(|visit| visit.unit.as_ref());
        unit.map_or("", |unit| &unit.code)
    }

    /// The name of the station, or empty.
    #[must_use]
    pub fn station_name(&self) -> &str {
        let station = self.visit.as_ref().and_then(|visit| visit.station.as_ref());
        station.map_or("", |station| &station.name)
    }

    /// Whether the server shows invented people (`wenming demo`).
    #[must_use]
    pub fn is_demo(&self) -> bool {
        self.app.settings.demo
    }

    /// A field of the query; empty when absent.
    #[must_use]
    pub fn asked(&self, name: &str) -> &str {
        let found = self.query.iter().find(|(known, _)| known == name);
        found.map_or("", |(_, value)| value)
    }

    /// Whether this page lies under a path; for the menu.
    #[must_use]
    pub fn is_under(&self, path: &str) -> bool {
        let here = self.here.split('?').next().unwrap_or("");
        here == path
            || here
                .strip_prefix(path)
                .is_some_and(|rest| rest.starts_with('/'))
    }

    /// The page itself: 200.
    pub fn show(&self, template: &impl Template) -> Shown {
        Ok(self.with(StatusCode::OK, template))
    }

    /// A form that must be mended: 422.
    pub fn mend(&self, template: &impl Template) -> Shown {
        Ok(self.with(StatusCode::UNPROCESSABLE_ENTITY, template))
    }

    /// A page with any status.
    pub fn with(&self, status: StatusCode, template: &impl Template) -> Response {
        match template.render() {
            Ok(text) => {
                let lang = HeaderValue::from_static(self.lang().code());
                (status, [(header::CONTENT_LANGUAGE, lang)], Html(text)).into_response()
            }
            Err(error) => {
                tracing::error!(%error, "a page cannot be rendered");
                Problem::internal().into_response()
            }
        }
    }
}

/// Another page, asked for with GET: what follows every accepted form.
#[must_use]
pub fn go(to: &str) -> Response {
    match HeaderValue::from_str(to) {
        Ok(to) => (StatusCode::SEE_OTHER, [(header::LOCATION, to)]).into_response(),
        Err(_) => Problem::internal().into_response(),
    }
}

/// A path of this server to come back to, or the fallback: never another site.
#[must_use]
pub fn back_to<'a>(given: &'a str, fallback: &'a str) -> &'a str {
    let local = given.starts_with('/') && !given.starts_with("//") && !given.contains('\\');
    let plain = given.len() <= 300 && given.chars().all(|c| c.is_ascii_graphic());
    if local && plain { given } else { fallback }
}

#[cfg(test)]
mod tests {
    use super::back_to;

    #[test]
    fn nobody_is_sent_to_another_site() {
        for bad in [
            "",
            "//evil.example",
            "https://evil.example",
            "/\\evil",
            "/a b",
            "/\n",
            "home",
        ] {
            assert_eq!(back_to(bad, "/"), "/", "{bad:?}");
        }
        assert_eq!(back_to("/home/ledger?after=3", "/"), "/home/ledger?after=3");
    }
}
