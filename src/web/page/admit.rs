//! Who may see a page, and the village and station it is about. Every page has a [`Guard`], as
//! every operation of the API has; the faces' tables of pages are all there is.

use super::look::{Look, Size, choice, cookie};
use super::{Page, csrf, go, refuse};
use crate::core::policy::initial;
use crate::core::rights::{Act, Grant, Place, Role, SYSTEM, UnitKind, UnitNo, carries};
use crate::store::access::{self, Caller};
use crate::store::read::directory::{self, StationInfo, UnitInfo};
use crate::store::read::policy;
use crate::store::texts::token_hash;
use crate::web::App;
use crate::web::guard::{Visit, within};
use crate::web::problem::Problem;
use axum::body::to_bytes;
use axum::extract::{Request, State};
use axum::http::{HeaderMap, HeaderValue, Method, StatusCode, header};
use axum::middleware::Next;
use axum::response::{IntoResponse as _, Response};
use futures_util::FutureExt as _;
use std::panic::AssertUnwindSafe;
use std::sync::Arc;

/// What a page asks of its visitor.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Guard {
    /// Nothing; it may still know who comes.
    Open,
    /// A session of any kind.
    Signed,
    /// A household.
    Home,
    /// A role that carries the act in a village.
    Office(Act),
    /// A role that carries the act at a station.
    Till(Act),
    /// A role of a township.
    Town,
}

/// What a form that was typed into may hold when its session has ended meanwhile.
const KEPT_BYTES_MAX: usize = 256 * 1024;

/// Whether cookies may be `Secure`: behind HTTPS they must be, on a plain address in the office
/// they would be lost.
#[must_use]
pub fn is_secure(app: &App) -> bool {
    app.settings.public_url.starts_with("https:")
}

/// The session cookie's name: with the prefix that binds it to this very host, when it can be.
#[must_use]
pub fn session_cookie(app: &App) -> &'static str {
    if is_secure(app) { "__Host-sid" } else { "sid" }
}

/// The `Set-Cookie` of a new session; an empty token ends it.
#[must_use]
pub fn set_session(app: &App, token: &str, days: u32) -> String {
    let secure = if is_secure(app) { "; Secure" } else { "" };
    let age = if token.is_empty() { 0 } else { days * 86_400 };
    let name = session_cookie(app);
    format!("{name}={token}; Path=/; Max-Age={age}; HttpOnly; SameSite=Lax{secure}")
}

/// What no page stands for.
pub async fn nowhere() -> Problem {
    Problem::not_found()
}

/// The middleware of every page.
pub async fn enter(
    State((app, guard)): State<(App, Guard)>,
    request: Request,
    next: Next,
) -> Response {
    let (mut parts, body) = request.into_parts();
    let mut page = stranger(
        &app,
        &parts.headers,
        &parts.uri,
        parts.method == Method::GET,
    );
    let big = page.asked("big") == "1" && page.look.size == Size::Normal;
    if big {
        page.look.size = Size::Large;
    }
    let mut response = match admit(&app, guard, &parts.method, &parts.headers, &mut page).await {
        Ok(()) => {
            parts.extensions.insert(page.clone());
            if let Some(visit) = &page.visit {
                parts.extensions.insert(visit.clone());
            }
            let answered = AssertUnwindSafe(next.run(Request::from_parts(parts, body)));
            let answered = answered.catch_unwind().await;
            answered.unwrap_or_else(|_| Problem::internal().into_response())
        }
        Err(problem) if problem.status() == StatusCode::UNAUTHORIZED => {
            let kept = match parts.method {
                Method::POST => to_bytes(body, KEPT_BYTES_MAX).await.unwrap_or_default(),
                _ => Default::default(),
            };
            ask_to_sign_in(&page, guard, &parts.headers, &kept).await
        }
        Err(problem) => problem.into_response(),
    };
    if let Some(problem) = response.extensions_mut().remove::<Problem>() {
        let id = csrf::fresh().simple().to_string();
        let short = &id[id.len() - 8..];
        if problem.status().is_server_error() {
            tracing::warn!(
                code = problem.code(),
                short,
                here = page.here,
                "a page was refused"
            );
        }
        response = refuse::page(&page, &problem, short);
    }
    if big && let Ok(value) = HeaderValue::from_str(&choice("size", Size::Large.word())) {
        response.headers_mut().append(header::SET_COOKIE, value);
    }
    response
}

fn stranger(app: &App, headers: &HeaderMap, uri: &axum::http::Uri, is_get: bool) -> Page {
    let query = form_urlencoded::parse(uri.query().unwrap_or("").as_bytes()).take(100);
    let here = uri.path_and_query().map_or("/", |here| here.as_str());
    Page {
        app: app.clone(),
        look: Look::of(headers),
        visit: None,
        // A form's own address may know only POST.
        here: if is_get { here } else { uri.path() }.to_string(),
        query: query
            .map(|(name, value)| (name.into_owned(), value.into_owned()))
            .collect(),
        now: app.store.time(),
        policy: Arc::new(initial()),
        is_fragment: refuse::is_htmx(headers),
    }
}

async fn admit(
    app: &App,
    guard: Guard,
    method: &Method,
    headers: &HeaderMap,
    page: &mut Page,
) -> Result<(), Problem> {
    let writes = method != Method::GET && method != Method::HEAD;
    if writes && !csrf::is_same_site(headers) {
        return Err(Problem::new(StatusCode::FORBIDDEN, "form_foreign"));
    }
    let caller = match cookie(headers, session_cookie(app)) {
        Some(token) if !token.is_empty() && token.len() <= 200 => {
            access::caller(&app.store, &app.cache, token_hash(token)).await?
        }
        _ => None,
    };
    let Some(caller) = caller else {
        return match guard {
            Guard::Open => Ok(()),
            _ => Err(Problem::unauthenticated()),
        };
    };
    let limits = &app.settings.limits;
    let (name, per_minute) = match writes {
        true => ("writes", limits.writes_per_minute),
        false => ("reads", limits.reads_per_minute),
    };
    within(app, name, per_minute, &hex::encode(&caller.session[..16])).await?;
    let visit = arrive(app, guard, Arc::new(caller), headers).await?;
    if let Some(unit) = &visit.unit
        && unit.kind == UnitKind::Village
    {
        page.policy = Arc::new(policy::policy(&app.store, unit.no).await?);
    }
    page.visit = Some(visit);
    Ok(())
}

/// The village and station that a visitor's page is about: the ones chosen before, where they
/// still may, else the first where they may.
async fn arrive(
    app: &App,
    guard: Guard,
    caller: Arc<Caller>,
    headers: &HeaderMap,
) -> Result<Visit, Problem> {
    let chosen = (cookie(headers, "place"), cookie(headers, "station"));
    let mut visit = Visit {
        caller: Arc::clone(&caller),
        unit: None,
        station: None,
    };
    let refused = |guard| match guard {
        Guard::Open | Guard::Signed => Ok(()),
        _ => Err(Problem::not_allowed()),
    };
    if let Some((unit, _)) = caller.household {
        visit.unit = directory::unit_by_no(&app.store, unit).await?.map(Arc::new);
        return match guard {
            Guard::Home | Guard::Signed | Guard::Open => Ok(visit),
            _ => Err(Problem::not_allowed()),
        };
    }
    let act = match guard {
        Guard::Office(act) | Guard::Till(act) => act,
        Guard::Open | Guard::Signed => Act::SeeVillage,
        Guard::Home => return Err(Problem::not_allowed()),
        Guard::Town => {
            visit.unit = township(app, &caller, chosen.0).await?.map(Arc::new);
            return match visit.unit {
                Some(_) => Ok(visit),
                None => Err(Problem::not_allowed()),
            };
        }
    };
    let Some(unit) = village(app, &caller, act, chosen.0).await? else {
        return refused(guard).map(|()| visit);
    };
    if matches!(guard, Guard::Till(_)) {
        let station = station(app, &caller, act, &unit, chosen.1).await?;
        visit.station = Some(Arc::new(station.ok_or_else(Problem::not_allowed)?));
    }
    visit.unit = Some(Arc::new(unit));
    Ok(visit)
}

fn place_of(unit: &UnitInfo, station: Option<i32>) -> Place {
    Place {
        unit: unit.no,
        parent: unit.parent,
        station,
    }
}

async fn village(
    app: &App,
    caller: &Caller,
    act: Act,
    chosen: Option<&str>,
) -> Result<Option<UnitInfo>, Problem> {
    if let Some(code) = chosen.filter(|code| code.len() <= 64)
        && let Some(unit) = directory::unit(&app.store, code).await?
        && unit.kind == UnitKind::Village
        && caller.may(act, place_of(&unit, None))
    {
        return Ok(Some(unit));
    }
    for grant in caller
        .grants
        .iter()
        .filter(|grant| carries(grant.role, act))
    {
        if let Some(unit) = first_village(app, grant).await?
            && caller.may(act, place_of(&unit, None))
        {
            return Ok(Some(unit));
        }
    }
    Ok(None)
}

async fn first_village(app: &App, grant: &Grant) -> Result<Option<UnitInfo>, Problem> {
    let under = |unit: UnitNo| (unit != SYSTEM).then_some(unit);
    let unit = directory::unit_by_no(&app.store, grant.unit).await?;
    match unit.filter(|unit| unit.kind == UnitKind::Village) {
        Some(village) => Ok(Some(village)),
        None => {
            let first = directory::villages(&app.store, under(grant.unit), None, 1).await?;
            Ok(first.into_iter().next())
        }
    }
}

async fn station(
    app: &App,
    caller: &Caller,
    act: Act,
    unit: &UnitInfo,
    chosen: Option<&str>,
) -> Result<Option<StationInfo>, Problem> {
    let stations = directory::stations(&app.store, unit.no).await?;
    let mut may = stations
        .into_iter()
        .filter(|station| caller.may(act, place_of(unit, Some(station.no))));
    let first = may.next();
    if first
        .as_ref()
        .is_some_and(|first| Some(first.code.as_str()) == chosen)
    {
        return Ok(first);
    }
    Ok(may
        .find(|station| Some(station.code.as_str()) == chosen)
        .or(first))
}

async fn township(
    app: &App,
    caller: &Caller,
    chosen: Option<&str>,
) -> Result<Option<UnitInfo>, Problem> {
    let sees = |unit: &UnitInfo| {
        let above = [Role::Officer, Role::Admin];
        let mut grants = caller.grants.iter();
        grants.any(|grant| above.contains(&grant.role) && grant.covers(place_of(unit, None)))
    };
    let townships = directory::townships(&app.store).await?;
    let parent = match chosen.filter(|code| code.len() <= 64) {
        Some(code) => directory::unit(&app.store, code)
            .await?
            .map(|unit| (unit.no, unit.parent)),
        None => None,
    };
    let is_chosen =
        |unit: &&UnitInfo| parent.is_some_and(|(no, up)| unit.no == no || unit.no == up);
    let chosen = townships
        .iter()
        .filter(|unit| sees(unit))
        .find(is_chosen)
        .cloned();
    Ok(chosen.or_else(|| townships.into_iter().find(sees)))
}

/// Where to sign in for a page, and back again; what was typed into a form is kept.
async fn ask_to_sign_in(page: &Page, guard: Guard, headers: &HeaderMap, kept: &[u8]) -> Response {
    let is_staff = matches!(guard, Guard::Office(_) | Guard::Till(_) | Guard::Town);
    if !kept.is_empty() {
        return crate::web::faces::signin::ended(page, is_staff, kept).await;
    }
    let path = if is_staff { "/signin/staff" } else { "/signin" };
    let back: String = form_urlencoded::byte_serialize(page.here.as_bytes()).collect();
    let to = format!("{path}?back={back}");
    if refuse::is_htmx(headers) {
        return match HeaderValue::from_str(&to) {
            Ok(to) => (StatusCode::OK, [("HX-Redirect", to)]).into_response(),
            Err(_) => Problem::internal().into_response(),
        };
    }
    go(&to)
}
