//! Secrets of people and of the installation: passwords, PINs, tokens, pepper, signing key.

pub mod password;
pub mod secret;

use password::Hasher;
use secret::{KeyFileError, Pepper, SigningKey};
use std::path::Path;
use std::sync::Arc;

/// What must be kept outside the database and beside its backup.
#[derive(Clone)]
pub struct Secrets {
    /// Keyed into every hash.
    pub pepper: Arc<Pepper>,
    /// Signs checkpoints.
    pub signing: Arc<SigningKey>,
    /// Hashes passwords and PINs.
    pub hasher: Hasher,
}

impl std::fmt::Debug for Secrets {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("Secrets(…)")
    }
}

impl Secrets {
    /// Loads both files, or makes them on first use.
    ///
    /// # Errors
    /// [`KeyFileError`] says which file and what to do.
    pub fn load_or_create(pepper: &Path, signing: &Path) -> Result<Secrets, KeyFileError> {
        let pepper = Pepper::load_or_create(pepper)?;
        let signing = SigningKey::load_or_create(signing)?;
        let hasher = Hasher::new(&pepper, None);
        Ok(Secrets {
            pepper: Arc::new(pepper),
            signing: Arc::new(signing),
            hasher,
        })
    }

    /// The same with hashes that cost nothing: for throw-away data of `demo` and tests.
    #[must_use]
    pub fn with_cheap_hashes(mut self) -> Secrets {
        self.hasher = Hasher::cheap(&self.pepper);
        self
    }
}
