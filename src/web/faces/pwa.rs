//! What makes the pages an application on a phone: the manifest, the worker that keeps a little of
//! it on the device, and the page for when there is no network.

use super::{Entry, page};
use crate::web::page::admit::Guard;
use crate::web::page::{Page, Shown, assets};
use crate::web::problem::Problem;
use askama::Template;
use axum::http::{HeaderName, header};
use axum::response::{IntoResponse as _, Response};
use axum::routing::get;
use serde_json::json;
use sha2::{Digest as _, Sha256};
use std::sync::LazyLock;

/// The pages of this face.
#[must_use]
pub fn pages() -> Vec<Entry> {
    vec![
        page("/manifest.webmanifest", Guard::Open, get(manifest)),
        page("/worker.js", Guard::Open, get(worker)),
        page("/offline", Guard::Open, get(offline)),
    ]
}

/// What the offline page is made of: when it changes, devices must fetch it again.
const OFFLINE_PARTS: [&str; 5] = [
    include_str!("../../../templates/offline.html"),
    include_str!("../../../templates/face_public.html"),
    include_str!("../../../templates/base.html"),
    include_str!("../../../locales/zh.toml"),
    include_str!("../../../locales/en.toml"),
];

static WORKER: LazyLock<String> = LazyLock::new(|| {
    let mut hash = Sha256::new();
    for part in OFFLINE_PARTS {
        hash.update(part);
    }
    let words = hex::encode(&hash.finalize()[..5]);
    include_str!("../../../assets/worker.js")
        .replace("{assets}", assets::version())
        .replace("{words}", &words)
});

/// An answer that browsers keep, but ask about each time.
fn asked_each_time(kind: &'static str, body: String) -> Response {
    let headers: [(HeaderName, &str); 2] = [
        (header::CONTENT_TYPE, kind),
        (header::CACHE_CONTROL, "no-cache"),
    ];
    (headers, body).into_response()
}

async fn manifest(p: Page) -> Shown {
    let icon = |name: &str, sizes: &str, purpose: &str| json!({"src": p.asset(name), "sizes": sizes, "type": "image/png", "purpose": purpose});
    let manifest = json!({
        "id": "/",
        "name": p.t("offline.app_name"),
        "short_name": p.t("brand"),
        "description": p.t("start.lead"),
        "lang": p.lang().pick("zh-CN", "en"),
        "start_url": "/home",
        "scope": "/",
        "display": "standalone",
        "background_color": "#F6F5F0",
        "theme_color": "#0B6B4A",
        "icons": [
            icon("icon-192.png", "192x192", "any"),
            icon("icon-512.png", "512x512", "any"),
            icon("icon-maskable.png", "512x512", "maskable"),
        ],
    });
    Ok(asked_each_time(
        "application/manifest+json",
        manifest.to_string(),
    ))
}

async fn worker() -> Result<Response, Problem> {
    Ok(asked_each_time(
        "text/javascript; charset=utf-8",
        WORKER.clone(),
    ))
}

#[derive(Template)]
#[template(path = "offline.html")]
struct Offline<'a> {
    p: &'a Page,
    tongues: [Page; 2],
}

/// In the language chosen, then in the other: on a device it may outlive the choice.
async fn offline(p: Page) -> Shown {
    let mut other = p.clone();
    other.look.lang = p
        .lang()
        .pick(crate::web::lang::Lang::En, crate::web::lang::Lang::Zh);
    let tongues = [p.clone(), other];
    p.show(&Offline { p: &p, tongues })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_worker_knows_its_version_and_keeps_no_page_but_one() {
        assert!(WORKER.contains(assets::version()));
        assert!(
            !WORKER.contains('{') || !WORKER.contains("{assets}") && !WORKER.contains("{words}")
        );
    }
}
