//! `/api/v1/session`, `/api/v1/household-session` and `/api/v1/me`: signing in and out.

use super::prelude::*;
use super::staff::{GrantOut, grants_out};
use crate::core::rights::Act;
use crate::store::access::{self, Caller, SessionKind, SignedIn};
use crate::store::read::{directory, households};
use crate::web::guard::within;
use axum::extract::ConnectInfo;
use axum::http::StatusCode;
use axum::response::IntoResponse as _;
use std::net::SocketAddr;

/// Where a request comes from; unknown in tests without a socket.
type Peer = Option<axum::Extension<ConnectInfo<SocketAddr>>>;

/// A staff member's name and password.
#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct SignInIn {
    #[schema(schema_with = schema::reference)]
    username: Words<64>,
    #[schema(value_type = String, min_length = 1, max_length = 1024)]
    password: Words<1024>,
}

/// A household's card and PIN.
#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct HouseholdSignInIn {
    /// What stands in the QR.
    #[schema(schema_with = schema::reference)]
    card: Words<64>,
    #[schema(schema_with = schema::pin)]
    pin: Words<64>,
}

/// A session.
#[derive(Serialize, ToSchema)]
pub struct SessionMade {
    /// Send it as `Authorization: Bearer TOKEN`. Shown once.
    token: String,
    staff: StaffSelf,
}

/// A household's session.
#[derive(Serialize, ToSchema)]
pub struct HouseholdSessionMade {
    /// Send it as `Authorization: Bearer TOKEN`. Shown once.
    token: String,
    household: HouseholdSelf,
}

/// A staff member.
#[derive(Serialize, ToSchema)]
pub struct StaffSelf {
    id: Uuid,
    username: String,
    name: String,
    grants: Vec<GrantOut>,
}

/// A household.
#[derive(Serialize, ToSchema)]
pub struct HouseholdSelf {
    /// The village's code.
    village: String,
    id: Uuid,
    code: String,
}

/// Whoever asks.
#[derive(Serialize, ToSchema)]
pub struct MeOut {
    /// `password`, `token` or `household`.
    session: String,
    staff: Option<StaffSelf>,
    household: Option<HouseholdSelf>,
    /// What the token is made for; null for everything its holder may do.
    #[schema(value_type = Option<Vec<String>>)]
    scopes: Option<Vec<Act>>,
}

async fn staff_self(app: &App, caller: &Caller) -> Result<StaffSelf, Problem> {
    Ok(StaffSelf {
        id: caller.staff,
        username: caller.username.clone(),
        name: caller.name.clone(),
        grants: grants_out(app, &caller.grants).await?,
    })
}

async fn household_self(app: &App, caller: &Caller) -> Result<Option<HouseholdSelf>, Problem> {
    let Some((unit, no)) = caller.household else {
        return Ok(None);
    };
    let village = directory::unit_by_no(&app.store, unit).await?;
    let view = households::view(&app.store, unit, no).await?;
    Ok(village.zip(view).map(|(village, view)| HouseholdSelf {
        village: village.code,
        id: view.item.id,
        code: view.item.code,
    }))
}

async fn may_try(app: &App, peer: &Peer, name: &str) -> Result<(), Problem> {
    let from = peer
        .as_ref()
        .map(|peer| peer.0.0.ip().to_string())
        .unwrap_or_default();
    within(
        app,
        "sign_in",
        app.settings.limits.sign_in_per_minute,
        &format!("{from} {name}"),
    )
    .await
}

/// Signs a staff member in.
#[utoipa::path(post, path = "/api/v1/session", tag = "session", request_body = SignInIn, responses((status = 201, body = SessionMade)))]
pub async fn session_open(
    State(app): State<App>,
    peer: Peer,
    Json(body): Json<SignInIn>,
) -> Outcome {
    may_try(&app, &peer, &body.username).await?;
    let SignedIn { token, caller } =
        access::sign_in(&app.store, &body.username, body.password.into_inner()).await?;
    let staff = staff_self(&app, &caller).await?;
    Ok((StatusCode::CREATED, Json(SessionMade { token, staff })).into_response())
}

/// Signs a household in with its card and PIN.
#[utoipa::path(post, path = "/api/v1/household-session", tag = "session", request_body = HouseholdSignInIn, responses((status = 201, body = HouseholdSessionMade)))]
pub async fn household_session_open(
    State(app): State<App>,
    peer: Peer,
    Json(body): Json<HouseholdSignInIn>,
) -> Outcome {
    may_try(&app, &peer, &body.card).await?;
    let signed = access::sign_in_household(&app.store, &body.card, body.pin.into_inner()).await?;
    let SignedIn { token, caller } = signed;
    let household = household_self(&app, &caller)
        .await?
        .ok_or_else(Problem::internal)?;
    Ok((
        StatusCode::CREATED,
        Json(HouseholdSessionMade { token, household }),
    )
        .into_response())
}

/// Ends the session; with a personal token, the token.
#[utoipa::path(delete, path = "/api/v1/session", tag = "session", responses((status = 204)))]
pub async fn session_end(State(app): State<App>, visit: Visit) -> Outcome {
    access::sign_out(&app.store, &app.cache, visit.caller.session).await?;
    Ok(StatusCode::NO_CONTENT.into_response())
}

/// Who is signed in, and as what.
#[utoipa::path(get, path = "/api/v1/me", tag = "session", responses((status = 200, body = MeOut)))]
pub async fn me(State(app): State<App>, visit: Visit) -> Result<Json<MeOut>, Problem> {
    let caller = &visit.caller;
    let (session, staff) = match caller.kind {
        SessionKind::Password => ("password", Some(staff_self(&app, caller).await?)),
        SessionKind::Token => ("token", Some(staff_self(&app, caller).await?)),
        SessionKind::Household => ("household", None),
    };
    let household = household_self(&app, caller).await?;
    Ok(Json(MeOut {
        session: session.to_string(),
        staff,
        household,
        scopes: caller.scopes.clone(),
    }))
}
