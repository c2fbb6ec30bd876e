//! Photos as pages and the API take and show them.

use super::App;
use super::guard::Visit;
use super::page::{Faults, Page, Upload};
use super::problem::Problem;
use crate::core::PhotoHash;
use crate::core::rights::UnitNo;
use crate::photo::{Form, PhotoFault, Prepared};
use crate::store::photos::{self, PHOTOS_MAX, Photo, Sender};
use axum::body::Bytes;
use axum::http::{StatusCode, header};
use axum::response::{IntoResponse as _, Response};
use std::borrow::Cow;

/// A body with one photo has this much more than the photo.
pub const WRAPPING_BYTES: usize = 64 * 1024;
/// How many photos straight from a camera one form may bring; photos that the browser has made
/// smaller are far below this.
const CAMERA_PHOTOS: usize = 4;

/// The largest body of a form with photos.
#[must_use]
pub fn form_bytes(app: &App) -> usize {
    app.settings.photos.upload_bytes * CAMERA_PHOTOS + WRAPPING_BYTES
}

/// The largest body of a request with one photo.
#[must_use]
pub fn one_bytes(app: &App) -> usize {
    app.settings.photos.upload_bytes + WRAPPING_BYTES
}

/// A photo's name in addresses and forms.
#[must_use]
pub fn id(hash: &PhotoHash) -> String {
    hex::encode(hash)
}

/// The photo of a name; only its one form of 64 small hexadecimal digits is a name.
#[must_use]
pub fn of_id(id: &str) -> Option<PhotoHash> {
    let mut hash = PhotoHash::default();
    hex::decode_to_slice(id, &mut hash).ok()?;
    Some(hash).filter(|hash| hex::encode(hash) == id)
}

/// Octets as people read them: whole megabytes.
fn megabytes(bytes: i64) -> i64 {
    bytes / (1024 * 1024)
}

impl From<PhotoFault> for Problem {
    fn from(fault: PhotoFault) -> Problem {
        let status = match fault {
            PhotoFault::TooLarge { .. } => StatusCode::PAYLOAD_TOO_LARGE,
            PhotoFault::Busy | PhotoFault::Place(_) => StatusCode::SERVICE_UNAVAILABLE,
            _ => StatusCode::UNPROCESSABLE_ENTITY,
        };
        let problem = Problem::new(status, fault.code());
        match fault {
            PhotoFault::TooLarge { limit } => {
                let limit = i64::try_from(limit).unwrap_or(i64::MAX);
                problem.figure("megabytes", megabytes(limit))
            }
            PhotoFault::TooManyPixels { width, height } => {
                problem.figure("width", width).figure("height", height)
            }
            PhotoFault::Busy => problem.retry_after(2),
            PhotoFault::Place(_) => problem.retry_after(5),
            _ => problem,
        }
    }
}

/// Takes one photo in for a village: checked, made small, kept, and entered in that order, so
/// that every row has its octets. The same photo again is the same.
///
/// # Errors
/// The refusal as a problem: no picture, too large, the village's room is used up.
pub async fn enter(
    app: &App,
    unit: UnitNo,
    by: Sender,
    sent: Bytes,
) -> Result<(Photo, bool), Problem> {
    let prepared = app.photos.take(sent).await?;
    let photo = described(&prepared);
    if photos::find(&app.store, unit, &photo.hash).await?.is_none() {
        let most = app.settings.photos.village_bytes;
        let used = photos::used(&app.store, unit).await?;
        if most > 0 && used + photo.bytes + photo.thumb_bytes > most {
            return Err(
                Problem::new(StatusCode::UNPROCESSABLE_ENTITY, "photo_quota")
                    .figure("used_megabytes", megabytes(used))
                    .figure("megabytes", megabytes(most)),
            );
        }
        app.photos.put(unit, &prepared).await?;
        photos::enter(&app.store, unit, &photo, by).await?;
    }
    Ok((photo, prepared.dark))
}

fn described(prepared: &Prepared) -> Photo {
    let length = |bytes: &[u8]| i64::try_from(bytes.len()).unwrap_or(i64::MAX);
    Photo {
        hash: prepared.hash,
        bytes: length(&prepared.full),
        thumb_bytes: length(&prepared.thumb),
        width: prepared.width.into(),
        height: prepared.height.into(),
    }
}

/// Who sends, as a photo's row remembers it.
#[must_use]
pub fn sender(visit: &Visit) -> Sender {
    match visit.caller.household {
        Some((_, household)) => Sender::Household(household),
        None => Sender::Staff(visit.caller.staff),
    }
}

/// The photos of a form's field: those sent with it, after those that it had taken before
/// (`{% call photo::picker_kept(…) %}`). The caller's page is one with a village.
///
/// # Errors
/// [`Faults`] under the field's name, one for each photo that cannot be taken.
pub async fn take(p: &Page, upload: &Upload, field: &str) -> Result<Vec<PhotoHash>, Faults> {
    let mut faults = Faults::none();
    let mut all: Vec<PhotoHash> = Vec::new();
    let place = p.visit().and_then(|visit| Ok((visit, visit.village()?)));
    let (visit, village) = match place {
        Ok(place) => place,
        Err(problem) => {
            faults.add(field, problem.said(p.lang()).1);
            return Err(faults);
        }
    };
    let kept = [field, "-kept"].concat();
    all.extend(upload.form.all(&kept).into_iter().filter_map(of_id));
    if let Err(problem) = known(&p.app, village.no, &all).await {
        faults.add(field, problem.said(p.lang()).1);
        return Err(faults);
    }
    let sent = upload.files.iter().filter(|file| file.field == field);
    for file in sent.filter(|file| !file.bytes.is_empty()) {
        if all.len() >= PHOTOS_MAX {
            faults.add(field, p.t1("photo.too_many", "n", PHOTOS_MAX));
            break;
        }
        let entered = enter(&p.app, village.no, sender(visit), file.bytes.clone()).await;
        match entered {
            Ok((photo, _)) if all.contains(&photo.hash) => {}
            Ok((photo, _)) => all.push(photo.hash),
            Err(problem) => {
                let why = problem.said(p.lang()).1;
                faults.add(field, p.t2("photo.refused", "name", &file.name, "why", why));
            }
        }
    }
    match faults.is_empty() {
        true => Ok(all),
        false => Err(faults),
    }
}

/// Whether a village has every one of these photos; commands name none that it has not.
///
/// # Errors
/// 422 `unknown_photo` for the first that it has not, `photo_too_many` for more than nine.
pub async fn known(app: &App, unit: UnitNo, hashes: &[PhotoHash]) -> Result<(), Problem> {
    if hashes.len() > PHOTOS_MAX {
        let problem = Problem::new(StatusCode::UNPROCESSABLE_ENTITY, "photo_too_many");
        return Err(problem.figure("n", PHOTOS_MAX));
    }
    let first = photos::first_unknown(&app.store, unit, hashes).await?;
    match first.and_then(|place| Some((place, hashes.get(place)?))) {
        Some((place, hash)) => {
            let pointer = ["/photos/", &place.to_string()].concat();
            Err(Problem::unknown("unknown_photo", pointer, &id(hash)))
        }
        None => Ok(()),
    }
}

/// Serves a photo of a village to somebody who may see it.
///
/// # Errors
/// 404 when the village has no such photo; 503 when its place does not answer.
pub async fn serve(
    app: &App,
    unit: UnitNo,
    hash: &PhotoHash,
    form: Form,
) -> Result<Response, Problem> {
    let photo = photos::find(&app.store, unit, hash).await?;
    photo.ok_or_else(Problem::not_found)?;
    let bytes = app.photos.get(unit, hash, form).await?;
    let bytes = bytes.ok_or_else(Problem::not_found)?;
    let headers = [
        (header::CONTENT_TYPE, "image/jpeg"),
        (header::CACHE_CONTROL, "private, max-age=604800, immutable"),
        (header::CONTENT_DISPOSITION, "inline"),
        (header::CONTENT_SECURITY_POLICY, SANDBOX),
    ];
    Ok((headers, bytes).into_response())
}

/// A photo opened by itself runs nothing and loads nothing.
pub const SANDBOX: &str = "default-src 'none'; sandbox";

impl Page {
    /// The address of a photo of the page's village.
    #[must_use]
    pub fn photo(&self, hash: &PhotoHash) -> String {
        self.photo_of(self.village_code(), hash)
    }

    /// The address of its small form.
    #[must_use]
    pub fn photo_small(&self, hash: &PhotoHash) -> String {
        self.photo_small_of(self.village_code(), hash)
    }

    /// The address of a photo of the village with this code.
    #[must_use]
    pub fn photo_of(&self, village: &str, hash: &PhotoHash) -> String {
        ["/photo/", &segment(village), "/", &id(hash), ".jpg"].concat()
    }

    /// The address of its small form.
    #[must_use]
    pub fn photo_small_of(&self, village: &str, hash: &PhotoHash) -> String {
        ["/photo/", &segment(village), "/", &id(hash), "-s.jpg"].concat()
    }

    /// A photo's name in a form.
    #[must_use]
    pub fn photo_id(&self, hash: &PhotoHash) -> String {
        id(hash)
    }

    /// No photo; for the picker of a new form.
    #[must_use]
    pub fn no_photos(&self) -> &'static [PhotoHash] {
        &[]
    }
}

/// A code as a part of an address; codes of units need no escapes but may be any text.
fn segment(code: &str) -> Cow<'_, str> {
    match code
        .chars()
        .all(|c| c.is_alphanumeric() || "-_.".contains(c))
    {
        true => Cow::Borrowed(code),
        false => Cow::Owned(form_urlencoded::byte_serialize(code.as_bytes()).collect()),
    }
}
