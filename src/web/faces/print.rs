//! PLACEHOLDER

use super::Entry;

/// The pages of this face.
#[must_use]
pub fn pages() -> Vec<Entry> {
    Vec::new()
}
