//! `V/photos`: pictures that commands name by the hash they get here.

use super::prelude::*;
use crate::core::PhotoHash;
use crate::core::rights::Act;
use crate::photo::Form;
use crate::web::extract::bytes;
use crate::web::photos::{enter, id, of_id, sender, serve};
use axum::body::Bytes;
use axum::extract::{FromRequest as _, Multipart, Request};
use axum::http::{StatusCode, header};
use axum::response::IntoResponse as _;

/// A photo as it is kept.
#[derive(Debug, Serialize, ToSchema)]
pub struct PhotoOut {
    /// SHA-256 of the octets kept, in hexadecimal digits: what commands name it by.
    #[schema(min_length = 64, max_length = 64)]
    id: String,
    /// In pixels; the longest side is at most 1280.
    width: i64,
    /// In pixels.
    height: i64,
    /// How many octets it has.
    bytes: i64,
    /// Whether it shows little because it is too dark. It is taken all the same.
    dark: bool,
}

/// A photo that was taken in.
#[derive(Debug, Serialize, ToSchema)]
pub struct PhotoMade {
    photo: PhotoOut,
}

async fn sent(request: Request) -> Result<Bytes, Problem> {
    let kind = request.headers().get(header::CONTENT_TYPE);
    let kind = kind.and_then(|kind| kind.to_str().ok()).unwrap_or("");
    if !kind.starts_with("multipart/form-data") {
        return bytes(request, &()).await;
    }
    let broken = |status: StatusCode| match status {
        StatusCode::PAYLOAD_TOO_LARGE => Problem::of_status(status),
        _ => Problem::new(StatusCode::BAD_REQUEST, "bad_request"),
    };
    let parts = Multipart::from_request(request, &()).await;
    let mut parts = parts.map_err(|fault| broken(fault.status()))?;
    while let Some(part) = parts
        .next_field()
        .await
        .map_err(|fault| broken(fault.status()))?
    {
        if part.name() == Some("file") {
            return part.bytes().await.map_err(|fault| broken(fault.status()));
        }
    }
    Ok(Bytes::new())
}

/// Whether a token made for certain acts was made for any that changes something.
fn may_send(visit: &Visit) -> bool {
    let looks = [
        Act::SeeVillage,
        Act::SeeHouseholds,
        Act::SeeJournal,
        Act::SeeOwnHousehold,
        Act::SeeStaff,
    ];
    let scopes = visit.caller.scopes.as_ref();
    scopes.is_none_or(|scopes| scopes.iter().any(|act| !looks.contains(act)))
}

/// Takes a photo in: JPEG, PNG or WebP, as the body itself or as the part `file` of a form. It is
/// turned upright, made small, and loses all metadata. The same photo again has the same id; no
/// key is needed.
#[utoipa::path(post, path = "/api/v1/villages/{village}/photos", tag = "photos", request_body(content = Vec<u8>, content_type = "application/octet-stream"), responses((status = 201, body = PhotoMade)))]
pub async fn photo_send(State(app): State<App>, visit: Visit, request: Request) -> Outcome {
    if !may_send(&visit) {
        return Err(Problem::not_allowed());
    }
    let sent = sent(request).await?;
    let (photo, dark) = enter(&app, visit.village()?.no, sender(&visit), sent).await?;
    let photo = PhotoOut {
        id: id(&photo.hash),
        width: photo.width,
        height: photo.height,
        bytes: photo.bytes,
        dark,
    };
    Ok((StatusCode::CREATED, Json(PhotoMade { photo })).into_response())
}

fn named(names: &Names) -> Result<PhotoHash, Problem> {
    of_id(names.get("photo")).ok_or_else(Problem::not_found)
}

/// A photo, as JPEG.
#[utoipa::path(get, path = "/api/v1/villages/{village}/photos/{photo}", tag = "photos", responses((status = 200, body = Vec<u8>, content_type = "image/jpeg")))]
pub async fn photo_view(State(app): State<App>, visit: Visit, names: Names) -> Outcome {
    serve(&app, visit.village()?.no, &named(&names)?, Form::Full).await
}

/// Its small form for lists, as JPEG.
#[utoipa::path(get, path = "/api/v1/villages/{village}/photos/{photo}/thumb", tag = "photos", responses((status = 200, body = Vec<u8>, content_type = "image/jpeg")))]
pub async fn photo_thumb(State(app): State<App>, visit: Visit, names: Names) -> Outcome {
    serve(&app, visit.village()?.no, &named(&names)?, Form::Thumb).await
}
