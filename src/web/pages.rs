//! The two plain pages there are so far: what runs here, and the one-time set-up.

use super::App;
use super::lang::Lang;
use super::problem::Problem;
use crate::store::access::{self, SetupFault};
use askama::Template;
use axum::body::Bytes;
use axum::extract::{Path, State};
use axum::http::{StatusCode, header};
use axum::response::{Html, IntoResponse, Response};
use serde::Deserialize;

const STYLE: &str = include_str!("../../assets/app.css");
const SETUP_SCRIPT: &str = include_str!("../../assets/setup.js");

#[derive(Template)]
#[template(path = "start.html")]
struct Start {
    version: &'static str,
    public_url: String,
}

#[derive(Template)]
#[template(path = "setup.html")]
struct Setup<'a> {
    fault: Option<[String; 2]>,
    token: &'a str,
    username: &'a str,
    name: &'a str,
}

#[derive(Template)]
#[template(path = "setup_done.html")]
struct SetupDone<'a> {
    username: &'a str,
}

fn page(status: StatusCode, template: &impl Template) -> Response {
    match template.render() {
        Ok(text) => (status, Html(text)).into_response(),
        Err(error) => {
            tracing::error!(%error, "a page cannot be rendered");
            Problem::internal().into_response()
        }
    }
}

/// What runs here, and where the API and its description are.
pub async fn start(State(app): State<App>) -> Response {
    let public_url = app.settings.public_url.trim_end_matches('/').to_string();
    page(
        StatusCode::OK,
        &Start {
            version: env!("CARGO_PKG_VERSION"),
            public_url,
        },
    )
}

/// The form for the first admin. The token comes in the fragment, which no server ever sees.
pub async fn setup() -> Response {
    page(
        StatusCode::OK,
        &Setup {
            fault: None,
            token: "",
            username: "",
            name: "",
        },
    )
}

#[derive(Default, Deserialize)]
#[serde(default)]
struct SetupForm {
    token: String,
    username: String,
    password: String,
    name: String,
}

/// Makes the first admin. No cookie is involved: whoever has the token may.
pub async fn setup_finish(State(app): State<App>, body: Bytes) -> Response {
    let form: SetupForm = super::json_fault::read_form(&body).unwrap_or_default();
    let SetupForm {
        token,
        username,
        password,
        name,
    } = &form;
    if let Err(problem) = super::guard::within(
        &app,
        "sign_in",
        app.settings.limits.sign_in_per_minute,
        "setup",
    )
    .await
    {
        return problem.into_response();
    }
    let key = match access::setup_finish(&app.store, token, username, password, name).await {
        Ok(()) => return page(StatusCode::CREATED, &SetupDone { username }),
        Err(SetupFault::Wrong) => "setup.wrong_token".to_string(),
        Err(SetupFault::Password(fault)) => format!("field.{}", fault.code()),
        Err(SetupFault::Username) => "field.not_a_username".to_string(),
        Err(SetupFault::Name) => "field.not_a_label".to_string(),
        Err(fault) => return Problem::from(fault).into_response(),
    };
    let fault = Some([Lang::Zh.text(&key), Lang::En.text(&key)]);
    page(
        StatusCode::UNPROCESSABLE_ENTITY,
        &Setup {
            fault,
            token,
            username,
            name,
        },
    )
}

/// The stylesheet and the one script.
pub async fn asset(Path(name): Path<String>) -> Result<Response, Problem> {
    let (kind, text) = match name.as_str() {
        "app.css" => ("text/css; charset=utf-8", STYLE),
        "setup.js" => ("text/javascript; charset=utf-8", SETUP_SCRIPT),
        _ => return Err(Problem::not_found()),
    };
    let cache = (header::CACHE_CONTROL, "public, max-age=3600");
    Ok(([(header::CONTENT_TYPE, kind), cache], text).into_response())
}
