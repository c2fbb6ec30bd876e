//! Photos: whatever a phone sends becomes a small JPEG without metadata, named by its own hash,
//! and is kept in a folder or an S3 bucket.
//!
//! A photo is no fact of the journal. Commands name photos by hash; the store keeps a row of each.

mod fault;
mod place;
mod prepare;
#[cfg(test)]
mod samples;
#[cfg(test)]
mod tests;

pub use fault::PhotoFault;
pub use prepare::{FULL_BYTES_MAX, FULL_SIDE_MAX, Prepared, THUMB_BYTES_MAX, prepare};

use crate::config::Photos as Settings;
use crate::core::PhotoHash;
use crate::core::rights::UnitNo;
use bytes::Bytes;
use place::Place;
use std::path::PathBuf;
use std::sync::Arc;
use std::time::Duration;
use tokio::sync::Semaphore;

/// Millions of pixels that may be decoded at once in this process. A pixel takes up to ten octets
/// while it is decoded, so this bounds the memory whatever is sent.
const MEGAPIXELS_AT_ONCE: u32 = 60;
/// A small photo counts as this many.
const MEGAPIXELS_LEAST: u32 = 4;
/// How long a photo may wait for its turn.
const TURN: Duration = Duration::from_secs(15);

/// The photo itself, or its small form for lists.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Form {
    /// At most [`FULL_SIDE_MAX`] pixels long.
    Full,
    /// For lists.
    Thumb,
}

/// Takes photos in and gives them back; cheap to clone.
#[derive(Clone, Debug)]
pub struct Photos {
    turns: Arc<Semaphore>,
    place: Arc<Place>,
    upload_bytes: usize,
}

impl Photos {
    /// Opens the place where photos are kept. A folder is made when the first photo comes.
    ///
    /// # Errors
    /// [`PhotoFault::Place`] for S3 settings that cannot be used.
    pub fn open(settings: &Settings, folder: PathBuf) -> Result<Photos, PhotoFault> {
        Ok(Photos {
            turns: Arc::new(Semaphore::new(MEGAPIXELS_AT_ONCE as usize)),
            place: Arc::new(Place::open(settings, folder)?),
            upload_bytes: settings.upload_bytes,
        })
    }

    /// Makes a photo of what was sent, off the request's thread and within the memory bound.
    ///
    /// # Errors
    /// [`PhotoFault`]: why it is none, or `Busy`.
    pub async fn take(&self, sent: Bytes) -> Result<Prepared, PhotoFault> {
        if sent.len() > self.upload_bytes {
            return Err(PhotoFault::TooLarge {
                limit: self.upload_bytes,
            });
        }
        let pixels = prepare::look(&sent)?;
        let weight = u32::try_from(pixels / 1_000_000).unwrap_or(MEGAPIXELS_AT_ONCE);
        let weight = weight.clamp(MEGAPIXELS_LEAST, MEGAPIXELS_AT_ONCE);
        let turn = Arc::clone(&self.turns).acquire_many_owned(weight);
        let turn = tokio::time::timeout(TURN, turn).await;
        let turn = turn
            .map_err(|_| PhotoFault::Busy)?
            .map_err(|_| PhotoFault::Busy)?;
        let work = tokio::task::spawn_blocking(move || {
            let prepared = prepare(&sent);
            // Held to the end of the work, even when the request is gone.
            drop(turn);
            prepared
        });
        work.await.unwrap_or_else(|fault| {
            tracing::error!(%fault, "decoding a photo ended in a panic");
            Err(PhotoFault::Broken)
        })
    }

    /// Keeps both forms of a photo of a village; keeping it again changes nothing.
    ///
    /// # Errors
    /// [`PhotoFault::Place`] when the place does not take it.
    pub async fn put(&self, unit: UnitNo, photo: &Prepared) -> Result<(), PhotoFault> {
        let pair = [(Form::Full, &photo.full), (Form::Thumb, &photo.thumb)];
        for (form, bytes) in pair {
            self.place.put(unit, &photo.hash, form, bytes).await?;
        }
        Ok(())
    }

    /// A photo of a village as it was kept; `None` when it is not there.
    ///
    /// # Errors
    /// [`PhotoFault::Place`] when the place does not answer.
    pub async fn get(
        &self,
        unit: UnitNo,
        hash: &PhotoHash,
        form: Form,
    ) -> Result<Option<Bytes>, PhotoFault> {
        self.place.get(unit, hash, form).await
    }
}
