//! The time that stamps operations: the database's, or one that a demo or test sets.

use std::sync::Arc;
use std::sync::atomic::{AtomicI64, Ordering};

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
