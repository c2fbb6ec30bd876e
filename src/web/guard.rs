//! Who may come in: every route has a [`Guard`], and nothing is served without passing it.

use super::App;
use super::photos;
use super::problem::Problem;
use crate::cache::Limit;
use crate::core::rights::{Act, Place, SYSTEM, UnitKind};
use crate::store::access::{self, Caller};
use crate::store::read::directory::{self, StationInfo, UnitInfo};
use crate::store::texts::token_hash;
use axum::extract::{FromRequestParts, RawPathParams, Request, State};
use axum::http::request::Parts;
use axum::http::{HeaderMap, Method, StatusCode, header};
use axum::middleware::Next;
use axum::response::{IntoResponse, Response};
use std::sync::Arc;

/// What a route asks of its caller.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Guard {
    /// Nothing.
    Open,
    /// A session.
    Session,
    /// A role that carries the act somewhere; the core decides where.
    Anywhere(Act),
    /// A role that carries the act in the village, and at the station, of the path.
    At(Act),
    /// As `At`; a household may also see itself, which the handler looks at.
    OwnOr(Act),
}

/// Who came, and to where.
#[derive(Clone)]
pub struct Visit {
    /// The session and its rights.
    pub caller: Arc<Caller>,
    /// The village of the path.
    pub unit: Option<Arc<UnitInfo>>,
    /// The station of the path.
    pub station: Option<Arc<StationInfo>>,
}

impl Visit {
    /// The village of the path.
    ///
    /// # Errors
    /// 404 on a route without one.
    pub fn village(&self) -> Result<&Arc<UnitInfo>, Problem> {
        self.unit.as_ref().ok_or_else(Problem::not_found)
    }

    /// The station of the path.
    ///
    /// # Errors
    /// 404 on a route without one.
    pub fn station(&self) -> Result<&Arc<StationInfo>, Problem> {
        self.station.as_ref().ok_or_else(Problem::not_found)
    }

    /// Where this visit takes place.
    #[must_use]
    pub fn place(&self) -> Place {
        let unit = self.unit.as_ref();
        Place {
            unit: unit.map_or(SYSTEM, |unit| unit.no),
            parent: unit.map_or(SYSTEM, |unit| unit.parent),
            station: self.station.as_ref().map(|station| station.no),
        }
    }

    /// Whether the caller may see this household of the path's village.
    #[must_use]
    pub fn sees(&self, household: i32) -> bool {
        let unit = self.place().unit;
        let own = self.caller.household == Some((unit, household));
        let act = if own {
            Act::SeeOwnHousehold
        } else {
            Act::SeeHouseholds
        };
        self.caller.may(act, self.place())
    }
}

impl<S: Send + Sync> FromRequestParts<S> for Visit {
    type Rejection = Problem;

    async fn from_request_parts(parts: &mut Parts, _: &S) -> Result<Self, Problem> {
        // Only a route that stands outside the table could come here without a visit.
        parts
            .extensions
            .get::<Visit>()
            .cloned()
            .ok_or_else(Problem::unauthenticated)
    }
}

/// The bearer token of a request, hashed.
#[must_use]
pub fn bearer(headers: &HeaderMap) -> Option<[u8; 32]> {
    let value = headers.get(header::AUTHORIZATION)?.to_str().ok()?;
    let (scheme, token) = value.split_once(' ')?;
    let token = token.trim();
    let fits = scheme.eq_ignore_ascii_case("bearer") && !token.is_empty() && token.len() <= 200;
    fits.then(|| token_hash(token))
}

/// Counts a request against a limit of so many a minute; 0 is none.
///
/// # Errors
/// 429 with the wait.
pub async fn within(
    app: &App,
    name: &'static str,
    per_minute: u32,
    key: &str,
) -> Result<(), Problem> {
    if per_minute == 0 {
        return Ok(());
    }
    let limit = Limit {
        name,
        per_minute,
        burst: per_minute,
    };
    let wait = app.cache.check(&limit, key).await;
    wait.map_err(|wait| Problem::rate_limited(wait.as_secs() + 1))
}

/// The middleware of every route.
pub async fn enforce(
    State((app, guard)): State<(App, Guard)>,
    request: Request,
    next: Next,
) -> Response {
    let (mut parts, body) = request.into_parts();
    // A body that says it is too large is refused before any of it is read.
    let said = parts.headers.get(header::CONTENT_LENGTH);
    let length = said.and_then(|value| value.to_str().ok()?.parse::<u64>().ok());
    let most = app
        .settings
        .limits
        .import_bytes
        .max(photos::one_bytes(&app));
    if length.is_some_and(|length| length > most as u64) {
        return Problem::of_status(StatusCode::PAYLOAD_TOO_LARGE).into_response();
    }
    match admit(&app, guard, &mut parts).await {
        Ok(()) => next.run(Request::from_parts(parts, body)).await,
        Err(problem) => problem.into_response(),
    }
}

async fn admit(app: &App, guard: Guard, parts: &mut Parts) -> Result<(), Problem> {
    if guard == Guard::Open {
        return Ok(());
    }
    let session = bearer(&parts.headers).ok_or_else(Problem::unauthenticated)?;
    let caller = access::caller(&app.store, &app.cache, session).await?;
    let caller = Arc::new(caller.ok_or_else(Problem::unauthenticated)?);
    let limits = &app.settings.limits;
    let (name, per_minute) = match parts.method {
        Method::GET | Method::HEAD => ("reads", limits.reads_per_minute),
        _ => ("writes", limits.writes_per_minute),
    };
    if per_minute > 0 {
        within(app, name, per_minute, &hex::encode(&caller.session[..16])).await?;
    }
    let visit = arrive(app, caller, parts).await?;
    let allowed = match guard {
        Guard::Open | Guard::Session => true,
        Guard::Anywhere(act) => carries_somewhere(&visit.caller, act),
        Guard::At(act) => visit.caller.may(act, visit.place()),
        Guard::OwnOr(act) => {
            visit.caller.may(act, visit.place())
                || visit.caller.may(Act::SeeOwnHousehold, visit.place())
        }
    };
    if !allowed {
        return Err(Problem::not_allowed());
    }
    parts.extensions.insert(visit);
    Ok(())
}

/// Finds what the path names. What the caller does not touch is as if it were not there.
async fn arrive(app: &App, caller: Arc<Caller>, parts: &mut Parts) -> Result<Visit, Problem> {
    let mut visit = Visit {
        caller,
        unit: None,
        station: None,
    };
    let names = RawPathParams::from_request_parts(parts, &()).await;
    let names = names.map_err(|_| Problem::not_found())?;
    let get = |wanted: &str| {
        let found = names
            .iter()
            .find(|(name, _)| *name == wanted)
            .map(|(_, value)| value);
        found.filter(|value| value.len() <= 64 && !value.chars().any(char::is_control))
    };
    if names.iter().any(|(name, _)| name == "village") {
        let given = get("village").ok_or_else(Problem::not_found)?;
        let unit = directory::unit(&app.store, given).await?;
        let unit = unit.filter(|unit| unit.kind == UnitKind::Village);
        let unit = unit.filter(|unit| visit.caller.touches(unit.no, unit.parent));
        let unit = unit.ok_or_else(Problem::not_found)?;
        if names.iter().any(|(name, _)| name == "station") {
            let given = get("station").ok_or_else(Problem::not_found)?;
            let station = directory::station(&app.store, unit.no, given).await?;
            visit.station = Some(Arc::new(station.ok_or_else(Problem::not_found)?));
        }
        visit.unit = Some(Arc::new(unit));
    }
    Ok(visit)
}

fn carries_somewhere(caller: &Caller, act: Act) -> bool {
    caller.grants.iter().any(|grant| {
        // A place right at the grant: whether the role carries the act, and the token its scope.
        let station = (grant.station != 0).then_some(grant.station);
        caller.may(
            act,
            Place {
                unit: grant.unit,
                parent: SYSTEM,
                station,
            },
        )
    })
}
