//! Secrets: random tokens and their digests, the pepper, and the key that signs checkpoints.

mod key_file;

use std::{
    fmt::{self, Write as _},
    path::Path,
};

use base64::{
    Engine as _,
    engine::general_purpose::{STANDARD, URL_SAFE_NO_PAD},
};
use ed25519_dalek::{Signer as _, VerifyingKey};
use hmac::{Hmac, KeyInit as _, Mac as _};
use sha2::{Digest as _, Sha256};

pub use self::key_file::KeyFileError;
use self::key_file::{load_key, load_or_create_key};

/// A random secret of `N` bytes from the operating system. It is shown to its owner once; only
/// [`Token::digest`] is stored.
#[derive(Clone)]
pub struct Token<const N: usize>([u8; N]);

/// The secret of a session, a personal token or a setup link: 256 bits.
pub type Secret = Token<32>;

/// The secret in the QR of a household's card: 128 bits.
pub type CardSecret = Token<16>;

impl<const N: usize> Token<N> {
    /// A new one.
    ///
    /// # Errors
    /// When the operating system gives no randomness; then nothing may go on.
    pub fn random() -> Result<Self, getrandom::Error> {
        let mut bytes = [0; N];
        getrandom::fill(&mut bytes)?;
        Ok(Self(bytes))
    }

    /// As given to its owner: base64url without padding.
    pub fn text(&self) -> String {
        URL_SAFE_NO_PAD.encode(self.0)
    }

    /// Reads [`Token::text`] back; `None` for anything else, other spellings of it included.
    pub fn parse(text: &str) -> Option<Self> {
        let bytes = URL_SAFE_NO_PAD.decode(text).ok()?;
        Some(Self(bytes.try_into().ok()?))
    }

    /// What is stored and looked up: SHA-256 of the bytes. The token is random enough to need no
    /// slow hash.
    pub fn digest(&self) -> [u8; 32] {
        Sha256::digest(self.0).into()
    }
}

impl<const N: usize> fmt::Debug for Token<N> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Token(…)")
    }
}

/// What is mixed into every password and PIN hash and kept outside the database, so that a stolen
/// database alone gives no PIN away.
#[derive(Clone)]
pub struct Pepper {
    /// Names the key in stored hashes. Derived from it, so the two cannot be mixed up.
    pub id: [u8; 8],
    key: [u8; 32],
}

impl Pepper {
    /// The pepper with this key.
    pub fn from_key(key: [u8; 32]) -> Self {
        let mut pepper = Self { id: [0; 8], key };
        let tag = pepper.tag("wenming pepper id", b"");
        pepper.id.copy_from_slice(&tag[..8]);
        pepper
    }

    /// Reads it from its file: 64 hexadecimal digits, readable by the owner only.
    ///
    /// # Errors
    /// Missing, unreadable, damaged, or open to others.
    pub fn load(path: &Path) -> Result<Self, KeyFileError> {
        Ok(Self::from_key(load_key(path)?))
    }

    /// The same; a missing file is created with a new key (and mode 0600).
    ///
    /// # Errors
    /// As [`Pepper::load`], or the file cannot be written.
    pub fn load_or_create(path: &Path) -> Result<Self, KeyFileError> {
        Ok(Self::from_key(load_or_create_key(path)?))
    }

    /// HMAC-SHA256 under this key. The label keeps uses apart and goes in with its length, so no
    /// two (label, data) pairs run together.
    pub fn tag(&self, label: &str, data: &[u8]) -> [u8; 32] {
        // HMAC pads a short key with zeros itself; doing it here leaves no error to handle.
        let mut block = [0; 64];
        block[..32].copy_from_slice(&self.key);
        let mut mac = Hmac::<Sha256>::new(&block.into());
        mac.update(&(label.len() as u64).to_be_bytes());
        mac.update(label.as_bytes());
        mac.update(data);
        mac.finalize().into_bytes().into()
    }
}

impl fmt::Debug for Pepper {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Pepper({}, …)", hex::encode(self.id))
    }
}

/// The Ed25519 key that signs checkpoints of the evidence.
#[derive(Clone)]
pub struct SigningKey(ed25519_dalek::SigningKey);

impl SigningKey {
    /// The key with this seed.
    pub fn from_seed(seed: [u8; 32]) -> Self {
        Self(ed25519_dalek::SigningKey::from_bytes(&seed))
    }

    /// Reads the seed from a file like that of [`Pepper::load`].
    ///
    /// # Errors
    /// Missing, unreadable, damaged, or open to others.
    pub fn load(path: &Path) -> Result<Self, KeyFileError> {
        Ok(Self::from_seed(load_key(path)?))
    }

    /// The same; a missing file is created with a new seed.
    ///
    /// # Errors
    /// As [`SigningKey::load`], or the file cannot be written.
    pub fn load_or_create(path: &Path) -> Result<Self, KeyFileError> {
        Ok(Self::from_seed(load_or_create_key(path)?))
    }

    /// The Ed25519 signature.
    pub fn sign(&self, message: &[u8]) -> [u8; 64] {
        self.0.sign(message).to_bytes()
    }

    /// The public key.
    pub fn public(&self) -> [u8; 32] {
        self.0.verifying_key().to_bytes()
    }

    /// A signed checkpoint as C2SP tlog-checkpoint and signed-note say: origin, size and root, one
    /// line each, an empty line, and the signature line, whose key name is the origin.
    ///
    /// # Errors
    /// The origin is not a key name ([`is_origin`]).
    pub fn checkpoint(
        &self,
        origin: &str,
        size: u64,
        root: &[u8; 32],
    ) -> Result<String, BadOrigin> {
        if !is_origin(origin) {
            return Err(BadOrigin);
        }
        let mut note = format!("{origin}\n{size}\n{}\n", STANDARD.encode(root));
        let mut signature = key_hash(origin, &self.public()).to_vec();
        signature.extend(self.sign(note.as_bytes()));
        // Writing to a String cannot fail.
        let _written = write!(note, "\n— {origin} {}\n", STANDARD.encode(signature));
        Ok(note)
    }

    /// What a verifier is given, in the form that the tools for signed notes read:
    /// `origin+hash+key`.
    pub fn verifier(&self, origin: &str) -> String {
        let hash = hex::encode(key_hash(origin, &self.public()));
        let mut key = vec![ALGORITHM_ED25519];
        key.extend(self.public());
        format!("{origin}+{hash}+{}", STANDARD.encode(key))
    }
}

impl fmt::Debug for SigningKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "SigningKey({}, …)", hex::encode(self.public()))
    }
}

/// The origin cannot be a key name of a signed note.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error(
    "检查点来源不能为空，也不能含空格、加号或控制字符 / a checkpoint's origin must not be empty or hold spaces, plus signs or control characters"
)]
pub struct BadOrigin;

/// Whether a text may name a key: not empty, without white space, plus or control characters.
pub fn is_origin(text: &str) -> bool {
    !text.is_empty()
        && !text
            .chars()
            .any(|c| c == '+' || c.is_whitespace() || c.is_control())
}

/// Reads a checkpoint and verifies the signature made by the key of that origin; signatures of
/// others (witnesses) are passed over. The size and root, or `None` when anything is not as the
/// specification says.
pub fn verify_checkpoint(note: &str, origin: &str, public: &[u8; 32]) -> Option<(u64, [u8; 32])> {
    let (body, signatures) = note.split_once("\n\n")?;
    let signed = &note[..=body.len()];
    let mut lines = body.split('\n');
    if lines.next()? != origin {
        return None;
    }
    let size_text = lines.next()?;
    let size: u64 = size_text.parse().ok()?;
    if size.to_string() != size_text {
        return None;
    }
    let root = STANDARD.decode(lines.next()?).ok()?.try_into().ok()?;
    verify_note(signed, signatures, origin, public).then_some((size, root))
}

fn verify_note(signed: &str, signatures: &str, name: &str, public: &[u8; 32]) -> bool {
    let Ok(key) = VerifyingKey::from_bytes(public) else {
        return false;
    };
    let Some(lines) = signatures.strip_suffix('\n') else {
        return false;
    };
    lines.split('\n').any(|line| {
        let Some((by, encoded)) = line.strip_prefix("— ").and_then(|l| l.split_once(' ')) else {
            return false;
        };
        let Ok(bytes) = STANDARD.decode(encoded) else {
            return false;
        };
        let Some((hash, signature)) = bytes.split_first_chunk::<4>() else {
            return false;
        };
        by == name
            && *hash == key_hash(name, public)
            && ed25519_dalek::Signature::from_slice(signature)
                .is_ok_and(|s| key.verify_strict(signed.as_bytes(), &s).is_ok())
    })
}

const ALGORITHM_ED25519: u8 = 1;

fn key_hash(name: &str, public: &[u8; 32]) -> [u8; 4] {
    let mut hash = Sha256::new();
    hash.update(name);
    hash.update([b'\n', ALGORITHM_ED25519]);
    hash.update(public);
    let mut out = [0; 4];
    out.copy_from_slice(&hash.finalize()[..4]);
    out
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn tokens_differ_and_read_back() {
        let (a, b) = (Secret::random().expect("a"), Secret::random().expect("b"));
        assert!(a.text() != b.text() && a.digest() != b.digest());
        assert_eq!(a.text().len(), 43);
        let back = Secret::parse(&a.text()).expect("its own text");
        assert_eq!(back.digest(), a.digest());
        assert!(CardSecret::parse(&a.text()).is_none(), "another length");
        let card = CardSecret::random().expect("card");
        assert!(CardSecret::parse(&card.text()).is_some());
        for other in [
            String::new(),
            format!("{}=", a.text()),
            format!(" {}", a.text()),
        ] {
            assert!(Secret::parse(&other).is_none(), "{other:?}");
        }
        // The last of 43 letters carries 4 bits: three other letters would decode the same.
        let zero = Token([0; 32]);
        let twin = format!("{}B", &zero.text()[..42]);
        assert!(Secret::parse(&twin).is_none());
        assert_eq!(hex::encode(zero.digest())[..8], *"66687aad");
    }

    #[test]
    fn nothing_secret_is_printed() {
        let shown = format!(
            "{:?} {:?} {:?}",
            Token([0xab; 32]),
            Pepper::from_key([0xab; 32]),
            SigningKey::from_seed([0xab; 32])
        );
        assert!(!shown.contains("abab") && !shown.contains("171"), "{shown}");
    }

    #[test]
    fn a_tag_is_hmac_and_its_label_counts() {
        let pepper = Pepper::from_key([7; 32]);
        let mut mac = Hmac::<Sha256>::new_from_slice(&[7; 32]).expect("any length");
        mac.update(b"\0\0\0\0\0\0\0\x03pinrest");
        assert_eq!(
            pepper.tag("pin", b"rest")[..],
            mac.finalize().into_bytes()[..]
        );
        assert_ne!(pepper.tag("pin", b"rest"), pepper.tag("pinr", b"est"));
        assert_ne!(Pepper::from_key([8; 32]).id, pepper.id);
    }

    #[test]
    fn a_checkpoint_is_as_specified() {
        let key = SigningKey::from_seed([1; 32]);
        let origin = "wenming.example/village/SHIQIAO";
        let note = key.checkpoint(origin, 42, &[0; 32]).expect("a good origin");
        let lines: Vec<&str> = note.split('\n').collect();
        assert_eq!(
            lines[..4],
            [
                origin,
                "42",
                "AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA=",
                ""
            ]
        );
        assert!(lines[4].starts_with("— wenming.example/village/SHIQIAO "));
        assert_eq!(lines[5..], [""]);
        let public = key.public();
        assert_eq!(
            verify_checkpoint(&note, origin, &public),
            Some((42, [0; 32]))
        );

        assert_eq!(verify_checkpoint(&note, "other", &public), None);
        let other = SigningKey::from_seed([2; 32]).public();
        assert_eq!(verify_checkpoint(&note, origin, &other), None);
        for (from, to) in [
            ("42", "43"),
            ("42", "042"),
            ("\nAAA", "\nAAB"),
            ("— ", "- "),
        ] {
            let forged = note.replacen(from, to, 1);
            assert_eq!(
                verify_checkpoint(&forged, origin, &public),
                None,
                "{from} {to}"
            );
        }
        let witnessed = note.replace("\n\n", "\n\n— witness AAAAAAAA\n");
        assert_eq!(
            verify_checkpoint(&witnessed, origin, &public),
            Some((42, [0; 32]))
        );
        for origin in ["", "a b", "a+b", "a\nb", "村\u{3000}"] {
            assert_eq!(
                key.checkpoint(origin, 1, &[0; 32]),
                Err(BadOrigin),
                "{origin:?}"
            );
        }
    }

    /// The example in the documentation of golang.org/x/mod/sumdb/note.
    #[test]
    fn a_note_made_by_others_verifies() {
        let name = "PeterNeumann";
        let key = STANDARD
            .decode("ARpc2QcUPDhMQegwxbzhKqiBfsVkmqq/LDE4izWy10TW")
            .expect("base64");
        let public: [u8; 32] = key[1..].try_into().expect("32 bytes");
        assert_eq!(hex::encode(key_hash(name, &public)), "c74f20a3");
        let text = "If you think cryptography is the answer to your problem,\n\
                    then you don't know what your problem is.\n";
        let signatures = "— PeterNeumann x08go/ZJkuBS9UG/SffcvIAQxVBtiFupLLr8pAcElZInNIuGUgYN1FFYC2pZSNXgKvqfqdngotpRZb6KE6RyyBwJnAM=\n";
        assert!(verify_note(text, signatures, name, &public));
        assert!(!verify_note(&text[1..], signatures, name, &public));
    }
}
