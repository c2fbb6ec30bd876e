//! The store: the only folder that knows a database.
//!
//! Writes go through [`Store::submit`] alone: prefetch, apply, flush (DESIGN section 3.3). Reads
//! are one file per question in [`read`]; people and their sessions are in [`access`].

pub mod access;
mod batch;
mod clock;
pub mod dialect;
mod failpoint;
pub mod files;
mod flush;
pub mod household_sessions;
pub mod import;
mod nightly;
mod open;
pub mod photos;
mod prefetch;
pub mod read;
mod rehearse;
pub mod replay;
mod resolve;
mod tables;
pub mod texts;
mod writer;

pub use clock::Clock;
pub use nightly::Sweep;
pub use open::{OpenFault, Settings, redacted, search_path, sqlite_path};
pub use read::ReadFault;

use crate::core::rights::UnitNo;
use crate::core::{Answer, Command, Rejection};
use crate::signin::Secrets;
use sea_orm::{DatabaseConnection, DbBackend};
use std::sync::Arc;
use tokio::sync::broadcast;
use uuid::Uuid;

/// A request to change something.
#[derive(Clone, Debug)]
pub struct Submission {
    /// The caller's key, which becomes the operation's id.
    pub id: Uuid,
    /// The unit asked.
    pub unit: UnitNo,
    /// Who asks.
    pub who: Who,
    /// What for.
    pub command: Command,
}

/// Who asks for a change.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Who {
    /// Whoever holds the session; read again inside the transaction. SHA-256 of its token.
    Session([u8; 32]),
    /// Whoever runs the machine.
    Operator,
    /// The nightly job.
    Clock,
    /// A staff member, by the demo and the tests.
    Staff(Uuid),
}

/// An accepted change: it is durable.
#[derive(Clone, Debug, PartialEq)]
pub struct Receipt {
    /// The operation.
    pub id: Uuid,
    /// Its unit.
    pub unit: UnitNo,
    /// Its number there.
    pub seq: i64,
    /// When, microseconds since 1970 UTC.
    pub at: i64,
    /// What it answers.
    pub answer: Answer,
    /// Whether it had been accepted before.
    pub replayed: bool,
}

/// A change that did not happen, or whose fate is not known.
#[derive(Clone, Debug, PartialEq)]
pub enum Refusal {
    /// The rules refuse it.
    Rejected {
        /// Why.
        why: Rejection,
        /// Whether it had been refused before.
        replayed: bool,
    },
    /// No session stands behind it.
    Unauthenticated,
    /// The token was not made for this.
    ScopeMissing,
    /// The queue is full.
    Busy {
        /// Seconds to wait.
        retry_after: u32,
    },
    /// The database does not answer; nothing happened.
    Unavailable,
    /// The commit's fate is not known: ask again with the same key.
    OutcomeUnknown,
    /// A defect; logged.
    Fault,
}

/// What others may hear of a committed operation.
#[derive(Clone, Debug)]
pub struct Committed {
    /// The operation.
    pub id: Uuid,
    /// Its kind's word.
    pub kind: &'static str,
    /// Its unit.
    pub unit: UnitNo,
    /// The unit's public id.
    pub village: Uuid,
    /// Its number.
    pub seq: i64,
    /// The unit's local day.
    pub day: crate::core::Day,
    /// Households with what they earned (or gave back) by it.
    pub earned: Vec<(i32, crate::core::Points)>,
}

/// A handle on the database; cheap to clone.
#[derive(Clone)]
pub struct Store {
    inner: Arc<Inner>,
}

struct Inner {
    backend: DbBackend,
    /// Reads, and short writes of sign-in.
    pool: DatabaseConnection,
    /// The one connection that may write to an embedded file; on PostgreSQL the pool itself.
    desk: DatabaseConnection,
    writers: writer::Writers,
    committed: broadcast::Sender<Arc<Vec<Committed>>>,
    secrets: Secrets,
    clock: Clock,
    directory: read::directory::Known,
    town: read::town::Kept,
    time: clock::TimeBase,
    pins: access::pin::PinDesk,
    views: read::view_desk::ViewDesk,
    /// Held as long as the process owns an embedded file.
    _lock: Option<std::fs::File>,
}

impl std::fmt::Debug for Store {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Store")
            .field("backend", &self.inner.backend)
            .finish_non_exhaustive()
    }
}

impl Store {
    /// Asks for a change and waits for its fate. A caller that goes away changes nothing: the
    /// writer owns the work.
    ///
    /// # Errors
    /// [`Refusal`].
    pub async fn submit(&self, submission: Submission) -> Result<Receipt, Refusal> {
        self.inner.writers.submit(submission).await
    }

    /// The stored answer to a key, without doing anything.
    ///
    /// # Errors
    /// [`Refusal::Rejected`] when the key was refused before or used for another request.
    pub async fn earlier(&self, submission: &Submission) -> Result<Option<Receipt>, Refusal> {
        resolve::earlier(self, submission).await
    }

    /// Remembers a refusal that the rules did not make themselves, such as a wrong PIN.
    pub async fn remember(&self, submission: &Submission, why: &Rejection) {
        resolve::remember(self, submission, why).await;
    }

    /// Pepper, signing key and hasher.
    #[must_use]
    pub fn secrets(&self) -> &Secrets {
        &self.inner.secrets
    }

    /// What is committed from now on.
    #[must_use]
    pub fn committed(&self) -> broadcast::Receiver<Arc<Vec<Committed>>> {
        self.inner.committed.subscribe()
    }

    /// Which database it is.
    #[must_use]
    pub fn backend(&self) -> DbBackend {
        self.inner.backend
    }

    /// How many submissions wait.
    #[must_use]
    pub fn waiting(&self) -> usize {
        self.inner.writers.waiting()
    }

    /// The clock that stamps operations.
    #[must_use]
    pub fn clock(&self) -> &Clock {
        &self.inner.clock
    }

    /// The database's time as far as reads need it, microseconds since 1970 UTC.
    #[must_use]
    pub fn time(&self) -> i64 {
        self.inner.clock.at(self.inner.time.now())
    }

    /// The connection pool for reads.
    pub(crate) fn pool(&self) -> &DatabaseConnection {
        &self.inner.pool
    }

    /// The connection for short writes outside the journal.
    pub(crate) fn desk(&self) -> &DatabaseConnection {
        &self.inner.desk
    }

    /// Waits until everything submitted has been decided and writes no more.
    pub async fn close(&self) {
        self.inner.pins.close().await;
        self.inner.writers.close().await;
    }
}
