//! Passwords and PINs: argon2id with a pepper, a few at a time.
//!
//! A stored hash is one PHC string, `$argon2id$v=19$m=…,t=…,p=…,keyid=ID$SALT$HASH`; `keyid` names
//! the pepper. Parameters and pepper may change at any time: old hashes go on to verify, and
//! [`Verdict::RightButStale`] asks for a new one.

mod policy;

use std::{fmt, sync::Arc};

use argon2::{
    Algorithm, Argon2, Params, ParamsBuilder, PasswordHasher as _, PasswordVerifier as _, Version,
    password_hash,
};
use tokio::sync::Semaphore;
use unicode_normalization::UnicodeNormalization as _;

pub use self::policy::{PasswordFault, PinFault, check_password, check_pin};
use super::secret::Pepper;

/// How many may wait for their turn before the next is told to come back.
const WAITING_MAX: usize = 16;

/// Longer input is not a password; it is hashed as its beginning, which matches nothing.
const INPUT_BYTES_MAX: usize = 1_024;

/// What a stored hash may ask for. A forged row must not take the server's memory.
const MEMORY_KIB_MAX: u32 = 65_536;
const PASSES_MAX: u32 = 4;
const LANES_MAX: u32 = 4;

/// What is hashed: it decides how much work is done and in which queue.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Profile {
    /// A staff member's password: 46 MiB, two passes.
    Password,
    /// A household's PIN, checked at every redemption: 19 MiB, two passes.
    Pin,
}

/// What came of comparing with a stored hash.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[must_use]
pub enum Verdict {
    /// Not the one.
    Wrong,
    /// The one.
    Right,
    /// The one, but hashed with other parameters or an older pepper: store a new hash.
    RightButStale,
}

impl Verdict {
    /// Whether it was the right one.
    pub fn is_right(self) -> bool {
        self != Self::Wrong
    }
}

/// Why nothing was hashed or compared.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum HashError {
    /// Sixteen others wait already: answer 429.
    #[error("登录人数过多，请稍后再试 / too many people are signing in, try again shortly")]
    Busy,
    /// The stored text is not a hash of ours.
    #[error("保存的密码摘要已损坏，请重设密码 / the stored hash is damaged, set it anew")]
    Malformed,
    /// The stored hash was made with a pepper that is not loaded.
    #[error(
        "缺少该密码所用的密钥文件，请恢复后重启 / the pepper of this hash is not loaded, restore its key file and restart"
    )]
    UnknownPepper,
    /// The machine gave no memory or no randomness, or is shutting down.
    #[error("系统资源不足，请稍后再试 / the system is short of resources, try again shortly")]
    Failed,
}

/// Hashes and compares on the blocking threads: of each profile one at a time per two cores, at
/// most two. PINs have a queue of their own, so that a flood of logins keeps no station waiting.
/// Cloning is cheap.
#[derive(Clone)]
pub struct Hasher {
    inner: Arc<Inner>,
}

struct Inner {
    pepper: Keyed,
    previous: Option<Keyed>,
    password: Lane,
    pin: Lane,
}

struct Keyed {
    id: [u8; 8],
    /// Not the pepper itself but a tag under it: the pepper has other uses too.
    secret: [u8; 32],
}

struct Lane {
    /// Memory in KiB, passes.
    cost: (u32, u32),
    places: Arc<Semaphore>,
    turns: Arc<Semaphore>,
}

impl Keyed {
    fn new(pepper: &Pepper) -> Self {
        Self {
            id: pepper.id,
            secret: pepper.tag("argon2 secret", b""),
        }
    }

    fn argon2(&self, params: Params) -> Result<Argon2<'_>, HashError> {
        Argon2::new_with_secret(&self.secret, Algorithm::Argon2id, Version::V0x13, params)
            .map_err(|_| HashError::Failed)
    }
}

impl Lane {
    fn new(cost: (u32, u32)) -> Self {
        let cores = std::thread::available_parallelism().map_or(1, usize::from);
        let turns = (cores / 2).clamp(1, 2);
        Self {
            cost,
            places: Arc::new(Semaphore::new(turns + WAITING_MAX)),
            turns: Arc::new(Semaphore::new(turns)),
        }
    }

    fn params(&self, pepper: &Keyed) -> Result<Params, HashError> {
        let (memory_kib, passes) = self.cost;
        let key_id = argon2::KeyId::new(&pepper.id).map_err(|_| HashError::Failed)?;
        ParamsBuilder::new()
            .m_cost(memory_kib)
            .t_cost(passes)
            .p_cost(1)
            .keyid(key_id)
            .build()
            .map_err(|_| HashError::Failed)
    }
}

impl Hasher {
    /// The hasher of a server. `previous`: while peppers are changed, the one before.
    pub fn new(pepper: &Pepper, previous: Option<&Pepper>) -> Self {
        Self::with_costs(pepper, previous, (47_104, 2), (19_456, 2))
    }

    /// One that does almost no work, for `demo` data and tests. Its hashes verify everywhere, as
    /// stale.
    pub fn cheap(pepper: &Pepper) -> Self {
        Self::with_costs(pepper, None, (8, 1), (8, 1))
    }

    fn with_costs(
        pepper: &Pepper,
        previous: Option<&Pepper>,
        password: (u32, u32),
        pin: (u32, u32),
    ) -> Self {
        Self {
            inner: Arc::new(Inner {
                pepper: Keyed::new(pepper),
                previous: previous.map(Keyed::new),
                password: Lane::new(password),
                pin: Lane::new(pin),
            }),
        }
    }

    /// The text to store for a password. Whether it is a good one, [`check_password`] says.
    ///
    /// # Errors
    /// Busy, or the machine is out of memory or randomness.
    pub async fn hash_password(&self, password: String) -> Result<String, HashError> {
        self.run(Profile::Password, move |inner| {
            inner.hash(Profile::Password, &password)
        })
        .await
    }

    /// Compares a password with what is stored.
    ///
    /// # Errors
    /// As [`Hasher::hash_password`]; also when the stored text cannot be used.
    pub async fn verify_password(
        &self,
        password: String,
        stored: String,
    ) -> Result<Verdict, HashError> {
        self.run(Profile::Password, move |inner| {
            inner.verify(Profile::Password, &password, &stored)
        })
        .await
    }

    /// The text to store for a PIN. Whether it is a good one, [`check_pin`] says.
    ///
    /// # Errors
    /// As [`Hasher::hash_password`].
    pub async fn hash_pin(&self, pin: String) -> Result<String, HashError> {
        self.run(Profile::Pin, move |inner| inner.hash(Profile::Pin, &pin))
            .await
    }

    /// Compares a PIN with what is stored. Count the failure in the database and commit it first.
    ///
    /// # Errors
    /// As [`Hasher::verify_password`].
    pub async fn verify_pin(&self, pin: String, stored: String) -> Result<Verdict, HashError> {
        self.run(Profile::Pin, move |inner| {
            inner.verify(Profile::Pin, &pin, &stored)
        })
        .await
    }

    /// Compares many PINs one after another in one turn and hands each verdict to `said`. The
    /// caller bounds how many wait.
    ///
    /// # Errors
    /// When the machine is shutting down; those not compared by then are dropped.
    pub async fn verify_pins<T: Send + 'static, R: Send + 'static>(
        &self,
        pins: Vec<(String, String, T)>,
        said: impl Fn(Result<Verdict, HashError>, T) -> R + Send + 'static,
    ) -> Result<Vec<R>, HashError> {
        let inner = self.inner.clone();
        let turns = inner.lane(Profile::Pin).turns.clone();
        let turn = turns.acquire_owned().await.map_err(|_| HashError::Failed)?;
        tokio::task::spawn_blocking(move || {
            let _held = turn;
            let one = |(pin, stored, of): (String, String, T)| {
                said(inner.verify(Profile::Pin, &pin, &stored), of)
            };
            pins.into_iter().map(one).collect()
        })
        .await
        .map_err(|_| HashError::Failed)
    }

    /// The same work for somebody who does not exist, so that the time tells nothing.
    ///
    /// # Errors
    /// As [`Hasher::hash_password`].
    pub async fn verify_absent(&self, profile: Profile) -> Result<(), HashError> {
        self.run(profile, move |inner| inner.work(profile)).await
    }

    async fn run<T: Send + 'static>(
        &self,
        profile: Profile,
        work: impl FnOnce(&Inner) -> Result<T, HashError> + Send + 'static,
    ) -> Result<T, HashError> {
        let inner = self.inner.clone();
        let lane = inner.lane(profile);
        let place = lane
            .places
            .clone()
            .try_acquire_owned()
            .map_err(|_| HashError::Busy)?;
        let turn = lane
            .turns
            .clone()
            .acquire_owned()
            .await
            .map_err(|_| HashError::Failed)?;
        // The permits go along: a caller who hangs up does not free a core that still works.
        tokio::task::spawn_blocking(move || {
            let _held = (place, turn);
            work(&inner)
        })
        .await
        .map_err(|_| HashError::Failed)?
    }
}

impl Inner {
    fn lane(&self, profile: Profile) -> &Lane {
        match profile {
            Profile::Password => &self.password,
            Profile::Pin => &self.pin,
        }
    }

    fn hash(&self, profile: Profile, text: &str) -> Result<String, HashError> {
        let params = self.lane(profile).params(&self.pepper)?;
        let hash = self
            .pepper
            .argon2(params)?
            .hash_password(canonical(text).as_bytes())
            .map_err(|_| HashError::Failed)?;
        Ok(hash.to_string())
    }

    fn verify(&self, profile: Profile, text: &str, stored: &str) -> Result<Verdict, HashError> {
        let hash = argon2::PasswordHash::new(stored).map_err(|_| HashError::Malformed)?;
        let params = Params::try_from(&hash).map_err(|_| HashError::Malformed)?;
        let is_ours = hash.algorithm.as_str() == Algorithm::Argon2id.as_str()
            && params.m_cost() <= MEMORY_KIB_MAX
            && params.t_cost() <= PASSES_MAX
            && params.p_cost() <= LANES_MAX
            && hash.salt.is_some()
            && hash.hash.is_some();
        if !is_ours {
            return Err(HashError::Malformed);
        }
        let pepper = std::iter::once(&self.pepper)
            .chain(&self.previous)
            .find(|pepper| pepper.id == params.keyid())
            .ok_or(HashError::UnknownPepper)?;
        let wanted = self.lane(profile).params(&self.pepper)?;
        let is_stale = params.to_string() != wanted.to_string();
        match pepper
            .argon2(params)?
            .verify_password(canonical(text).as_bytes(), &hash)
        {
            Ok(()) if is_stale => Ok(Verdict::RightButStale),
            Ok(()) => Ok(Verdict::Right),
            Err(password_hash::Error::PasswordInvalid) => Ok(Verdict::Wrong),
            Err(_) => Err(HashError::Failed),
        }
    }

    fn work(&self, profile: Profile) -> Result<(), HashError> {
        let params = self.lane(profile).params(&self.pepper)?;
        let mut out = [0; Params::DEFAULT_OUTPUT_LEN];
        self.pepper
            .argon2(params)?
            .hash_password_into(b"nobody", &[0; 16], &mut out)
            .map_err(|_| HashError::Failed)
    }
}

impl fmt::Debug for Hasher {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Hasher({})", hex::encode(self.inner.pepper.id))
    }
}

/// One spelling for what looks the same: an input method may give full-width letters, and an
/// accent may come as one character or two.
fn canonical(text: &str) -> String {
    let end = text.floor_char_boundary(INPUT_BYTES_MAX);
    text[..end].nfkc().collect()
}

#[cfg(test)]
mod tests {
    use std::time::Instant;

    use super::*;

    fn pepper(n: u8) -> Pepper {
        Pepper::from_key([n; 32])
    }

    #[tokio::test]
    async fn right_wrong_and_stale() {
        let (old, new) = (pepper(1), pepper(2));
        let hasher = Hasher::cheap(&old);
        let stored = hasher
            .hash_password("ｔｅ́st 村口".into())
            .await
            .expect("a hash");
        assert!(
            stored.starts_with("$argon2id$v=19$m=8,t=1,p=1,keyid="),
            "{stored}"
        );
        let again = hasher
            .hash_password("ｔｅ́st 村口".into())
            .await
            .expect("a hash");
        assert_ne!(stored, again, "salted");
        let verify = async |hasher: &Hasher, text: &str| {
            hasher.verify_password(text.into(), stored.clone()).await
        };
        assert_eq!(
            verify(&hasher, "tést 村口").await,
            Ok(Verdict::Right),
            "one spelling"
        );
        assert_eq!(verify(&hasher, "test 村口").await, Ok(Verdict::Wrong));
        assert_eq!(verify(&hasher, "").await, Ok(Verdict::Wrong));

        let rotated = Hasher::new(&new, Some(&old));
        assert_eq!(
            verify(&rotated, "tést 村口").await,
            Ok(Verdict::RightButStale)
        );
        assert_eq!(verify(&rotated, "test 村口").await, Ok(Verdict::Wrong));
        let strong = Hasher::new(&old, None);
        assert_eq!(
            verify(&strong, "tést 村口").await,
            Ok(Verdict::RightButStale)
        );
        let lost = Hasher::cheap(&new);
        assert_eq!(
            verify(&lost, "tést 村口").await,
            Err(HashError::UnknownPepper)
        );
    }

    #[tokio::test]
    async fn the_pepper_counts_even_under_a_forged_id() {
        let (old, new) = (Hasher::cheap(&pepper(1)), Hasher::cheap(&pepper(2)));
        let stored = old.hash_pin("493027".into()).await.expect("a hash");
        let other = new.hash_pin("493027".into()).await.expect("a hash");
        let id = |s: &str| s.split("keyid=").nth(1).expect("an id")[..11].to_owned();
        let forged = stored.replace(&id(&stored), &id(&other));
        let verdict = new.verify_pin("493027".into(), forged).await;
        assert_eq!(verdict, Ok(Verdict::Wrong));
    }

    #[tokio::test]
    async fn what_is_not_a_hash_of_ours_is_refused_without_work() {
        let hasher = Hasher::cheap(&pepper(1));
        let good = hasher.hash_pin("493027".into()).await.expect("a hash");
        for bad in [
            String::new(),
            "x".into(),
            good.replace("argon2id", "argon2i"),
            good.replace("m=8,", "m=4000000,"),
            good.replace("t=1,", "t=1000000,"),
            good.rsplit_once('$').expect("parts").0.into(),
        ] {
            let verdict = hasher.verify_pin("493027".into(), bad.clone()).await;
            assert_eq!(verdict, Err(HashError::Malformed), "{bad}");
        }
        let verdict = hasher.verify_pin("4".repeat(1 << 20), good).await;
        assert_eq!(verdict, Ok(Verdict::Wrong), "long input is bounded");
    }

    #[tokio::test]
    async fn the_strong_profiles_are_as_documented() {
        let hasher = Hasher::new(&pepper(1), None);
        let password = hasher.hash_password("x".into()).await.expect("a hash");
        assert!(password.contains("$m=47104,t=2,p=1,"), "{password}");
        let pin = hasher.hash_pin("493027".into()).await.expect("a hash");
        assert!(pin.contains("$m=19456,t=2,p=1,"), "{pin}");
        let verdict = hasher.verify_pin("493027".into(), pin).await;
        assert_eq!(verdict, Ok(Verdict::Right));
        // Nobody costs what somebody does: both take their work from one place.
        for (profile, cost) in [(Profile::Password, 47_104), (Profile::Pin, 19_456)] {
            let params = hasher.inner.lane(profile).params(&hasher.inner.pepper);
            assert_eq!(params.expect("known").m_cost(), cost);
            assert_eq!(hasher.verify_absent(profile).await, Ok(()));
        }
    }

    #[tokio::test]
    async fn the_queue_has_a_limit_and_pins_their_own() {
        let hasher = Hasher::new(&pepper(1), None);
        let calls = (0..64).map(|_| hasher.verify_absent(Profile::Password));
        let flood = futures_util::future::join_all(calls);
        let pin = async {
            let start = Instant::now();
            hasher
                .verify_absent(Profile::Pin)
                .await
                .expect("not in that queue");
            start.elapsed()
        };
        let start = Instant::now();
        let (results, waited) = tokio::join!(flood, pin);
        let refused = results
            .iter()
            .filter(|r| **r == Err(HashError::Busy))
            .count();
        assert!((64 - 18..=64 - 17).contains(&refused), "{refused}");
        assert!(
            waited < start.elapsed() / 2,
            "{waited:?} of {:?}",
            start.elapsed()
        );
        assert_eq!(hasher.verify_absent(Profile::Password).await, Ok(()));
    }
}
