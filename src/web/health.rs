//! `/healthz`, `/readyz`, and metrics on a port of their own.

use super::App;
use super::extract::Json;
use super::frame;
use super::serve::Draining;
use crate::cache::Status;
use crate::store::read::directory;
use crate::telemetry::Metrics;
use axum::Router;
use axum::extract::State;
use axum::http::{StatusCode, header};
use axum::response::{IntoResponse as _, Response};
use axum::routing::get;
use serde::Serialize;
use std::time::Duration;
use utoipa::ToSchema;

/// How long readiness waits for the database.
const PATIENCE: Duration = Duration::from_secs(1);

/// That the process lives.
#[derive(Debug, Serialize, ToSchema)]
pub struct Health {
    /// Always `ok`.
    status: String,
    /// Of the program.
    version: String,
}

/// Whether requests should come here.
#[derive(Debug, Serialize, ToSchema)]
pub struct Readiness {
    /// `ready`, `draining` or `unavailable`.
    status: String,
    /// `up` or `down`.
    database: String,
    /// `memory`, `up` or `down`; none of them is a reason not to serve.
    cache: String,
}

/// The process lives.
#[utoipa::path(get, path = "/healthz", tag = "health", responses((status = 200, body = Health)))]
pub async fn healthz() -> Json<Health> {
    let version = env!("CARGO_PKG_VERSION").to_string();
    Json(Health {
        status: "ok".to_string(),
        version,
    })
}

/// The database answers, and the server is not stopping.
#[utoipa::path(get, path = "/readyz", tag = "health", responses((status = 200, body = Readiness), (status = 503, body = Readiness)))]
pub async fn readyz(State(app): State<App>, draining: Draining) -> Response {
    let cache = match app.cache.status() {
        Status::Memory => "memory",
        Status::Up => "up",
        Status::Down => "down",
    };
    // The read runs to its end on its own: a cut query would leave its connection in doubt.
    let store = app.store.clone();
    let read = tokio::spawn(async move { directory::villages(&store, None, None, 1).await });
    let up = matches!(tokio::time::timeout(PATIENCE, read).await, Ok(Ok(Ok(_))));
    let status = match (up, draining.is_draining()) {
        (_, true) => "draining",
        (true, false) => "ready",
        (false, false) => "unavailable",
    };
    let code = if status == "ready" {
        StatusCode::OK
    } else {
        StatusCode::SERVICE_UNAVAILABLE
    };
    let database = if up { "up" } else { "down" };
    let body = Readiness {
        status: status.into(),
        database: database.into(),
        cache: cache.into(),
    };
    (code, Json(body)).into_response()
}

/// The router of the metrics port: `/metrics` and nothing else.
pub fn metrics(of: Metrics) -> Router {
    let page = move || async move {
        let kind = "text/plain; version=0.0.4; charset=utf-8";
        ([(header::CONTENT_TYPE, kind)], of.render())
    };
    Router::new()
        .route("/metrics", get(page))
        .layer(axum::middleware::from_fn(frame::surround))
}
