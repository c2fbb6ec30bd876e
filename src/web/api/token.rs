//! `/api/v1/tokens`: personal tokens for programs.

use super::prelude::*;
use crate::core::rights::Act;
use crate::store::access::{self, SessionKind, TokenItem};
use axum::http::StatusCode;
use axum::response::IntoResponse as _;

/// A token to make.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct TokenIn {
    /// What its holder calls it.
    #[schema(schema_with = schema::label)]
    name: Words<40>,
    /// What it is for; null or absent for everything its holder may do.
    #[schema(schema_with = schema::acts)]
    scopes: Option<Vec<Act>>,
    /// How long it is good, 1 to 366 days; 90 when absent.
    #[schema(minimum = 1, maximum = 366)]
    days: Option<i32>,
}

/// A token with its secret.
#[derive(Debug, Serialize, ToSchema)]
pub struct TokenMade {
    token: TokenOut,
    /// Send it as `Authorization: Bearer SECRET`. Shown once.
    secret: String,
}

/// A token.
#[derive(Debug, Serialize, ToSchema)]
pub struct TokenOut {
    id: Uuid,
    name: String,
    #[schema(value_type = Option<Vec<String>>)]
    scopes: Option<Vec<Act>>,
    #[schema(format = DateTime)]
    created_at: String,
    #[schema(format = DateTime)]
    expires_at: String,
    /// To the minute.
    #[schema(format = DateTime)]
    last_seen_at: String,
}

impl From<TokenItem> for TokenOut {
    fn from(item: TokenItem) -> TokenOut {
        TokenOut {
            id: item.id,
            name: item.name,
            scopes: item.scopes,
            created_at: rfc3339(item.created),
            expires_at: rfc3339(item.expires),
            last_seen_at: rfc3339(item.last_seen),
        }
    }
}

/// Only a person who gave a password handles tokens: a stolen token makes no others.
fn in_person(visit: &Visit) -> Result<(), Problem> {
    match visit.caller.kind {
        SessionKind::Password => Ok(()),
        SessionKind::Token | SessionKind::Household => Err(Problem::not_allowed()),
    }
}

/// Makes a personal token.
#[utoipa::path(post, path = "/api/v1/tokens", tag = "session", request_body = TokenIn, responses((status = 201, body = TokenMade)))]
pub async fn token_make(
    State(app): State<App>,
    visit: Visit,
    Json(body): Json<TokenIn>,
) -> Outcome {
    in_person(&visit)?;
    let days = body.days.unwrap_or(90);
    if !(1..=366).contains(&days) {
        return Err(Problem::field("/days", "out_of_range"));
    }
    if body.scopes.as_ref().is_some_and(Vec::is_empty) {
        return Err(Problem::field("/scopes", "wrong_count"));
    }
    let made = access::token_add(&app.store, &visit.caller, &body.name, body.scopes, days).await?;
    let (item, secret) = made;
    Ok((
        StatusCode::CREATED,
        Json(TokenMade {
            token: item.into(),
            secret,
        }),
    )
        .into_response())
}

/// The caller's tokens, without their secrets.
#[utoipa::path(get, path = "/api/v1/tokens", tag = "session", responses((status = 200, body = Listed<TokenOut>)))]
pub async fn token_list(
    State(app): State<App>,
    visit: Visit,
) -> Result<Json<Listed<TokenOut>>, Problem> {
    in_person(&visit)?;
    let items = access::token_list(&app.store, visit.caller.staff).await?;
    let items = items.into_iter().map(TokenOut::from).collect();
    Ok(Json(Listed { items, next: None }))
}

/// Ends one of the caller's tokens.
#[utoipa::path(delete, path = "/api/v1/tokens/{token}", tag = "session", responses((status = 204)))]
pub async fn token_end(State(app): State<App>, visit: Visit, names: Names) -> Outcome {
    in_person(&visit)?;
    let ended = access::token_end(
        &app.store,
        &app.cache,
        visit.caller.staff,
        names.id("token")?,
    )
    .await?;
    if ended {
        Ok(StatusCode::NO_CONTENT.into_response())
    } else {
        Err(Problem::not_found())
    }
}
