//! Settings of photos: where they are kept and how much a village may have.

use serde::Deserialize;
use std::path::PathBuf;

/// Photos.
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Photos {
    /// A folder or a bucket.
    pub place: PhotoPlace,
    /// Empty for the usual place; see [`super::Settings::photo_folder`].
    pub folder: PathBuf,
    /// The most bytes of one file as it is sent.
    pub upload_bytes: usize,
    /// The most bytes that a village's photos may take; 0 for no bound.
    pub village_bytes: i64,
    /// The bucket.
    pub s3: S3,
}

/// Where photos are kept.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum PhotoPlace {
    /// Files on this machine.
    Folder,
    /// A bucket of a service that speaks S3.
    S3,
}

/// A bucket.
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct S3 {
    /// Such as `https://oss.example.com`; empty for Amazon's own.
    pub endpoint: String,
    /// The region that requests are signed for.
    pub region: String,
    /// The bucket's name.
    pub bucket: String,
    /// Public half of the key.
    pub access_key: String,
    /// Secret half; its `Debug` form hides it.
    pub secret_key: Hidden,
}

/// A secret that is no URL: nothing of it is ever shown.
#[derive(Clone, PartialEq, Eq, Deserialize)]
#[serde(transparent)]
pub struct Hidden(String);

impl Hidden {
    /// The secret: for signing, never for showing.
    #[must_use]
    pub fn reveal(&self) -> &str {
        &self.0
    }
}

impl std::fmt::Debug for Hidden {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("***")
    }
}

/// No camera's file is larger, and a body is held in memory.
const UPLOAD_BYTES_MOST: usize = 64 * 1024 * 1024;

impl Photos {
    /// What cannot be: the key, and why in Chinese and English.
    pub(super) fn fault(&self) -> Option<(&'static str, &'static str, &'static str)> {
        if !(100_000..=UPLOAD_BYTES_MOST).contains(&self.upload_bytes) {
            return Some((
                "photos.upload_bytes",
                "应在 100000 到 67108864 之间",
                "it must be from 100000 to 67108864",
            ));
        }
        if self.village_bytes < 0 {
            return Some((
                "photos.village_bytes",
                "不能是负数，0 为不限",
                "it cannot be negative; 0 is no bound",
            ));
        }
        let s3 = &self.s3;
        let named = [&s3.bucket, &s3.region, &s3.access_key];
        let whole = named.iter().all(|part| !part.is_empty()) && !s3.secret_key.0.is_empty();
        if self.place == PhotoPlace::S3 && !whole {
            return Some((
                "photos.s3",
                "bucket、region、access_key、secret_key 都要填",
                "bucket, region, access_key and secret_key are all needed",
            ));
        }
        let web = |url: &str| url.starts_with("https://") || url.starts_with("http://");
        if !s3.endpoint.is_empty() && !web(&s3.endpoint) {
            return Some((
                "photos.s3.endpoint",
                "应以 https:// 开头",
                "it must begin with https://",
            ));
        }
        None
    }
}
