//! The server's face: the JSON API, its description, and a few plain pages.

pub mod api;
pub mod checkin;
pub mod events;
mod extract;
pub mod faces;
mod frame;
pub mod guard;
pub mod health;
mod json_fault;
pub mod lang;
mod openapi;
pub mod page;
mod payment;
pub mod photos;
pub mod problem;
pub mod router;
pub mod serve;
mod setup;
mod statement_text;

use crate::cache::Cache;
use crate::config::Settings;
use crate::photo::{PhotoFault, Photos};
use crate::store::Store;
use std::sync::Arc;

pub use router::{openapi, router};

/// What every handler shares; cheap to clone.
#[derive(Clone)]
pub struct App {
    /// The ledger.
    pub store: Store,
    /// What may be forgotten.
    pub cache: Cache,
    /// Where photos are kept.
    pub photos: Photos,
    /// The settings of this process.
    pub settings: Arc<Settings>,
}

impl App {
    /// Puts the parts together.
    ///
    /// # Errors
    /// [`PhotoFault::Place`] when the settings name a bucket that cannot be used.
    pub fn new(store: Store, cache: Cache, settings: Settings) -> Result<App, PhotoFault> {
        Ok(App {
            store,
            cache,
            photos: Photos::open(&settings.photos, settings.photo_folder())?,
            settings: Arc::new(settings),
        })
    }
}

impl Settings {
    /// The deadlines of the accept loop.
    #[must_use]
    pub fn deadlines(&self) -> serve::Deadlines {
        let seconds = std::time::Duration::from_secs;
        serve::Deadlines {
            header: seconds(self.limits.header_seconds),
            body: seconds(self.limits.body_seconds),
            write: seconds(self.limits.write_seconds),
            drain: seconds(self.limits.drain_seconds),
            max_connections: self.limits.max_connections,
            ..serve::Deadlines::default()
        }
    }
}
