//! A problem as a page: what happened, what to do, a short code to read out by telephone.

use super::Page;
use crate::web::problem::Problem;
use askama::Template;
use axum::http::{HeaderMap, HeaderValue, StatusCode, header};
use axum::response::{IntoResponse as _, Response};

#[derive(Template)]
#[template(path = "refused.html")]
struct Refused<'a> {
    p: &'a Page,
    title: String,
    detail: String,
    code: String,
    status: u16,
    /// The key of an operation whose fate is not known.
    unknown: Option<String>,
    errors: Vec<String>,
}

/// The page of a problem.
pub fn page(page: &Page, problem: &Problem, request: &str) -> Response {
    let (title, detail) = problem.said(page.lang());
    let code = match problem.status() {
        StatusCode::INTERNAL_SERVER_ERROR => request.to_string(),
        _ => problem.code().to_string(),
    };
    let template = Refused {
        p: page,
        title,
        detail,
        code,
        status: problem.status().as_u16(),
        unknown: problem.figure_text("operation"),
        errors: problem
            .errors_said(page.lang())
            .into_iter()
            .map(|(_, text)| text)
            .collect(),
    };
    let Ok(text) = template.render() else {
        return problem.clone().into_response();
    };
    let mut response = (problem.status(), axum::response::Html(text)).into_response();
    if let Some(seconds) = problem.retry_seconds() {
        response
            .headers_mut()
            .insert(header::RETRY_AFTER, HeaderValue::from(seconds));
    }
    response
}

/// Whether htmx asks: it swaps a part and follows `HX-Redirect`.
#[must_use]
pub fn is_htmx(headers: &HeaderMap) -> bool {
    headers.contains_key("hx-request")
}
