//! Pages to come.

use crate::web::faces::Entry;

/// The pages of this part.
#[must_use]
pub fn pages() -> Vec<Entry> {
    Vec::new()
}
