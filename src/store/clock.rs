//! The time that stamps operations: the database's, or one that a demo or test sets.

use std::sync::Arc;
use std::sync::atomic::{AtomicI64, Ordering};
use std::time::Instant;

/// Where time comes from.
#[derive(Clone, Debug, Default)]
pub enum Clock {
    /// The database.
    #[default]
    Database,
    /// Microseconds since 1970 UTC, set by hand; zero means the database's.
    Set(Arc<AtomicI64>),
}

impl Clock {
    /// The time to use when the database says `database`.
    #[must_use]
    pub fn at(&self, database: i64) -> i64 {
        match self {
            Clock::Database => database,
            Clock::Set(set) => match set.load(Ordering::Relaxed) {
                0 => database,
                at => at,
            },
        }
    }
}

/// The database's time carried on by this process's own steady clock, so that a read need not
/// ask for it.
#[derive(Clone, Debug)]
pub struct TimeBase {
    database: i64,
    since: Instant,
}

impl TimeBase {
    /// Starts from what the database says now.
    #[must_use]
    pub fn new(database: i64) -> TimeBase {
        TimeBase {
            database,
            since: Instant::now(),
        }
    }

    /// Now, microseconds since 1970 UTC.
    #[must_use]
    pub fn now(&self) -> i64 {
        let passed = i64::try_from(self.since.elapsed().as_micros()).unwrap_or(0);
        self.database.saturating_add(passed)
    }
}
