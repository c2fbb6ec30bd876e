//! Rate limits by GCRA: one time per key says when its allowance is whole again.

use std::time::Duration;

use sha2::{Digest, Sha256};

/// How often something may be done. GCRA: `burst` at once, then `per_minute` evenly.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Limit {
    /// Keeps the counters of different limits apart.
    pub name: &'static str,
    /// Requests a minute in the long run; 0 counts as 1.
    pub per_minute: u32,
    /// Requests at once after a pause; 0 counts as 1.
    pub burst: u32,
}

/// A limit's counter for one key. A digest, so that neither long nor personal keys are kept.
pub(super) type Bucket = [u8; 16];

pub(super) fn bucket(limit: &Limit, key: &str) -> Bucket {
    let mut hash = Sha256::new();
    hash.update(limit.name);
    hash.update([0]);
    hash.update(key);
    let mut out = [0; 16];
    out.copy_from_slice(&hash.finalize()[..16]);
    out
}

impl Limit {
    /// Microseconds from one evenly spaced request to the next.
    pub(super) fn interval_us(&self) -> u64 {
        60_000_000 / u64::from(self.per_minute.max(1))
    }

    pub(super) fn burst_us(&self) -> u64 {
        self.interval_us() * u64::from(self.burst.max(1))
    }

    /// `whole_us`: when the key's allowance was to be whole again. Either the new such time, or how
    /// long to wait. The Lua script in `redis.rs` does the same sum.
    pub(super) fn step(&self, whole_us: u64, now_us: u64) -> Result<u64, Duration> {
        let next = whole_us.max(now_us) + self.interval_us();
        match next.saturating_sub(self.burst_us() + now_us) {
            0 => Ok(next),
            wait_us => Err(Duration::from_micros(wait_us)),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const LIMIT: Limit = Limit {
        name: "test",
        per_minute: 60,
        burst: 3,
    };

    #[test]
    fn a_burst_then_evenly() {
        let mut whole = 0;
        for _ in 0..3 {
            whole = LIMIT.step(whole, 1_000).expect("within the burst");
        }
        assert_eq!(LIMIT.step(whole, 1_000), Err(Duration::from_secs(1)));
        assert_eq!(
            LIMIT.step(whole, 501_000),
            Err(Duration::from_millis(500)),
            "half way there"
        );
        whole = LIMIT.step(whole, 1_001_000).expect("a second later");
        assert!(LIMIT.step(whole, 1_001_000).is_err());
    }

    #[test]
    fn names_and_keys_do_not_mix() {
        let other = Limit {
            name: "tes",
            ..LIMIT
        };
        assert_ne!(bucket(&LIMIT, "a"), bucket(&other, "ta"));
        assert_ne!(bucket(&LIMIT, "a"), bucket(&LIMIT, "b"));
    }
}
