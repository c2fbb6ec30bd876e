//! Words of people: only a salted hash of them enters the evidence, so that they can be forgotten.

use super::canonical::{Canonical, Malformed, Reader};
use sha2::{Digest, Sha256};

/// The salted hash under which a text is known in rows and leaves.
pub type TextHash = [u8; 32];

/// A name, phone, note or reason. Two texts are equal when their hashes are.
#[derive(Clone, Debug)]
pub struct Text {
    hash: TextHash,
    words: Option<(Vec<u8>, String)>,
}

impl Text {
    /// A text with its salt (16 bytes that nobody outside can guess).
    #[must_use]
    pub fn new(salt: [u8; 16], body: &str) -> Text {
        Text {
            hash: text_hash(&salt, body),
            words: Some((salt.to_vec(), body.to_string())),
        }
    }

    /// The hash that rows keep.
    #[must_use]
    pub fn hash(&self) -> TextHash {
        self.hash
    }

    /// Salt and body, absent when the text was read back from the journal.
    #[must_use]
    pub fn words(&self) -> Option<(&[u8], &str)> {
        self.words
            .as_ref()
            .map(|(salt, body)| (salt.as_slice(), body.as_str()))
    }
}

/// SHA-256 over a domain byte, the salt and the body.
#[must_use]
pub fn text_hash(salt: &[u8], body: &str) -> TextHash {
    let mut hasher = Sha256::new();
    hasher.update([2]);
    hasher.update(salt);
    hasher.update(body.as_bytes());
    hasher.finalize().into()
}

impl PartialEq for Text {
    fn eq(&self, other: &Text) -> bool {
        self.hash == other.hash
    }
}
impl Eq for Text {}

impl Canonical for Text {
    fn put(&self, out: &mut Vec<u8>) {
        self.hash.put(out);
    }
    fn get(input: &mut Reader<'_>) -> Result<Self, Malformed> {
        Ok(Text {
            hash: TextHash::get(input)?,
            words: None,
        })
    }
}
