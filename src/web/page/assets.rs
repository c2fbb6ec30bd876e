//! Stylesheet, scripts and pictures, inside the binary. Their addresses carry a version, so a
//! browser may keep them for ever.

use crate::web::problem::Problem;
use axum::extract::{Path, RawQuery};
use axum::http::header;
use axum::response::{IntoResponse as _, Response};
use sha2::{Digest as _, Sha256};
use std::sync::LazyLock;

/// One file.
struct Asset {
    name: &'static str,
    kind: &'static str,
    bytes: &'static [u8],
}

macro_rules! assets {
    ($($name:literal $kind:literal;)*) => {
        &[$(Asset { name: $name, kind: $kind, bytes: include_bytes!(concat!("../../../assets/", $name)) }),*]
    };
}

const ASSETS: &[Asset] = assets! {
    "app.css" "text/css; charset=utf-8";
    "app.js" "text/javascript; charset=utf-8";
    "till.js" "text/javascript; charset=utf-8";
    "sheet.js" "text/javascript; charset=utf-8";
    "card.js" "text/javascript; charset=utf-8";
    "photo.js" "text/javascript; charset=utf-8";
    "setup.js" "text/javascript; charset=utf-8";
    "htmx.min.js" "text/javascript; charset=utf-8";
    "icons.svg" "image/svg+xml";
    "icon-192.png" "image/png";
    "icon-512.png" "image/png";
    "icon-maskable.png" "image/png";
    "favicon.svg" "image/svg+xml";
};

static VERSION: LazyLock<String> = LazyLock::new(|| {
    let mut hash = Sha256::new();
    for asset in ASSETS {
        hash.update(asset.bytes);
    }
    hex::encode(&hash.finalize()[..5])
});

/// A short name for exactly these files.
#[must_use]
pub fn version() -> &'static str {
    &VERSION
}

/// Serves one of them.
///
/// # Errors
/// 404 for any other name.
pub async fn serve(
    Path(name): Path<String>,
    RawQuery(query): RawQuery,
) -> Result<Response, Problem> {
    let asset = ASSETS.iter().find(|asset| asset.name == name);
    let asset = asset.ok_or_else(Problem::not_found)?;
    let is_this_version = query.is_some_and(|query| query.strip_prefix("v=") == Some(version()));
    let cache = if is_this_version {
        "public, max-age=31536000, immutable"
    } else {
        "public, max-age=300"
    };
    let headers = [
        (header::CONTENT_TYPE, asset.kind),
        (header::CACHE_CONTROL, cache),
    ];
    Ok((headers, asset.bytes).into_response())
}
