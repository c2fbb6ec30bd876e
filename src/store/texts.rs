//! Texts and tags of one request: the same key gives the same salts, so that a retry is the same
//! request, and nobody without the pepper can guess a text from its hash.

use crate::core::Text;
use crate::signin::secret::Pepper;
use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use sha2::{Digest, Sha256};
use uuid::Uuid;

/// Makes the texts of one operation, in the order the request has them.
#[derive(Debug)]
pub struct Texts<'a> {
    pepper: &'a Pepper,
    operation: Uuid,
    next: u32,
}

impl<'a> Texts<'a> {
    /// Starts an operation.
    #[must_use]
    pub fn new(pepper: &'a Pepper, operation: Uuid) -> Self {
        Texts {
            pepper,
            operation,
            next: 0,
        }
    }

    /// The next text.
    pub fn text(&mut self, body: &str) -> Text {
        let mut data = self.operation.as_bytes().to_vec();
        data.extend_from_slice(&self.next.to_be_bytes());
        self.next += 1;
        let tag = self.pepper.tag("text", &data);
        let mut salt = [0; 16];
        salt.copy_from_slice(&tag[..16]);
        Text::new(salt, body)
    }

    /// The next text, if there is one.
    pub fn some(&mut self, body: Option<&str>) -> Option<Text> {
        body.map(|body| self.text(body))
    }
}

/// A tag that tells two secrets under one key apart without telling the secret.
#[must_use]
pub fn secret_tag(pepper: &Pepper, label: &str, operation: Uuid, secret: &str) -> [u8; 32] {
    let mut data = operation.as_bytes().to_vec();
    data.extend_from_slice(secret.as_bytes());
    pepper.tag(label, &data)
}

/// The token of the card that an operation issues: 128 bits that can be shown again to a retry
/// and are stored nowhere.
#[must_use]
pub fn card_token(pepper: &Pepper, operation: Uuid) -> String {
    URL_SAFE_NO_PAD.encode(&pepper.tag("card", operation.as_bytes())[..16])
}

/// What is stored of a token.
#[must_use]
pub fn token_hash(token: &str) -> [u8; 32] {
    Sha256::digest(token.as_bytes()).into()
}
