//! The in-memory twin of Redis. Every map has a limit; what is nearest to its end goes first.

use std::{
    collections::HashMap,
    hash::Hash,
    sync::Mutex,
    time::{Duration, Instant},
};

use super::{
    BOARD_LIFE, BoardKey, SESSION_LIFE,
    counters::{Bucket, Limit},
    lock,
};

const SESSIONS_MAX: usize = 20_000;
const BUCKETS_MAX: usize = 100_000;
const BOARDS_MAX: usize = 2_000;

pub(super) struct Memory {
    start: Instant,
    sessions: Mutex<Expiring<[u8; 32], Vec<u8>>>,
    /// Microseconds after `start` at which a key's allowance is whole again.
    buckets: Mutex<Expiring<Bucket, u64>>,
    boards: Mutex<Expiring<BoardKey, HashMap<i32, i64>>>,
}

impl Memory {
    pub(super) fn new() -> Self {
        Self {
            start: Instant::now(),
            sessions: Mutex::new(Expiring::new(SESSIONS_MAX)),
            buckets: Mutex::new(Expiring::new(BUCKETS_MAX)),
            boards: Mutex::new(Expiring::new(BOARDS_MAX)),
        }
    }

    /// Sessions and boards of an outage are stale once Redis is back. Limits only get stricter by
    /// being remembered, so they stay.
    pub(super) fn forget_outage(&self) {
        lock(&self.sessions).clear();
        lock(&self.boards).clear();
    }

    pub(super) fn get_session(&self, digest: &[u8; 32], now: Instant) -> Option<Vec<u8>> {
        lock(&self.sessions).get_mut(digest, now).cloned()
    }

    pub(super) fn put_session(&self, digest: [u8; 32], value: &[u8], now: Instant) {
        lock(&self.sessions).put(digest, value.to_vec(), SESSION_LIFE, now);
    }

    pub(super) fn drop_session(&self, digest: &[u8; 32]) {
        lock(&self.sessions).remove(digest);
    }

    pub(super) fn drop_all_sessions(&self) {
        lock(&self.sessions).clear();
    }

    /// Zero, or how long to wait.
    pub(super) fn check(&self, limit: &Limit, bucket: Bucket, now: Instant) -> Duration {
        let now_us = u64::try_from(now.saturating_duration_since(self.start).as_micros())
            .unwrap_or(u64::MAX / 2);
        let mut buckets = lock(&self.buckets);
        let whole_us = buckets.get_mut(&bucket, now).map_or(0, |us| *us);
        match limit.step(whole_us, now_us) {
            Ok(next_us) => {
                let life = Duration::from_micros(next_us.saturating_sub(now_us));
                buckets.put(bucket, next_us, life, now);
                Duration::ZERO
            }
            Err(wait) => wait,
        }
    }

    pub(super) fn board_add(&self, board: &BoardKey, household: i32, points: i64, now: Instant) {
        if let Some(rows) = lock(&self.boards).get_mut(board, now) {
            let sum = rows.entry(household).or_default();
            *sum = sum.saturating_add(points);
        }
    }

    pub(super) fn board(&self, board: &BoardKey, now: Instant) -> Option<Vec<(i32, i64)>> {
        let mut boards = lock(&self.boards);
        let rows = boards.get_mut(board, now)?;
        Some(
            rows.iter()
                .map(|(household, sum)| (*household, *sum))
                .collect(),
        )
    }

    pub(super) fn board_replace(&self, board: &BoardKey, rows: &[(i32, i64)], now: Instant) {
        let rows = rows.iter().copied().collect();
        lock(&self.boards).put(board.clone(), rows, BOARD_LIFE, now);
    }
}

/// A map whose entries end by themselves and which never holds more than `max` of them.
struct Expiring<K, V> {
    entries: HashMap<K, (Instant, V)>,
    max: usize,
}

impl<K: Eq + Hash, V> Expiring<K, V> {
    fn new(max: usize) -> Self {
        Self {
            entries: HashMap::new(),
            max,
        }
    }

    fn get_mut(&mut self, key: &K, now: Instant) -> Option<&mut V> {
        match self.entries.get_mut(key) {
            Some((end, value)) if *end > now => Some(value),
            _ => None,
        }
    }

    fn put(&mut self, key: K, value: V, life: Duration, now: Instant) {
        if self.entries.len() >= self.max && !self.entries.contains_key(&key) {
            self.make_room(now);
        }
        self.entries.insert(key, (now + life, value));
    }

    fn remove(&mut self, key: &K) {
        self.entries.remove(key);
    }

    fn clear(&mut self) {
        self.entries.clear();
    }

    /// An eighth goes at a time, so that the scan is paid once in many insertions. For rate limits
    /// this spares those deepest in debt: a flood of fresh keys does not set anybody free.
    fn make_room(&mut self, now: Instant) {
        self.entries.retain(|_, (end, _)| *end > now);
        let surplus = (self.entries.len() + self.max / 8 + 1).saturating_sub(self.max);
        if surplus == 0 || self.entries.is_empty() {
            return;
        }
        let mut ends: Vec<Instant> = self.entries.values().map(|(end, _)| *end).collect();
        let nth = (surplus - 1).min(ends.len() - 1);
        let (_, &mut bound, _) = ends.select_nth_unstable(nth);
        // Many may share the bound; counting keeps the rest of them.
        let mut left = surplus;
        self.entries.retain(|_, (end, _)| {
            let goes = *end <= bound && left > 0;
            left -= usize::from(goes);
            !goes
        });
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_expiring_map_never_grows_past_its_limit() {
        let now = Instant::now();
        let mut map = Expiring::new(100);
        for i in 0..10_000_u64 {
            map.put(i, i, Duration::from_secs(1 + i % 7), now);
            assert!(map.entries.len() <= 100);
            assert_eq!(map.get_mut(&i, now).copied(), Some(i));
        }
        assert_eq!(map.get_mut(&9_999, now + Duration::from_secs(8)), None);
    }

    #[test]
    fn a_flood_of_keys_frees_nobody() {
        let now = Instant::now();
        let memory = Memory {
            buckets: Mutex::new(Expiring::new(64)),
            ..Memory::new()
        };
        let limit = Limit {
            name: "pin",
            per_minute: 1,
            burst: 5,
        };
        let held = [7; 16];
        for _ in 0..5 {
            assert!(memory.check(&limit, held, now).is_zero());
        }
        assert!(!memory.check(&limit, held, now).is_zero());
        for i in 0..10_000_u128 {
            memory.check(&limit, (i << 8).to_be_bytes(), now);
        }
        assert!(!memory.check(&limit, held, now).is_zero());
        assert!(lock(&memory.buckets).entries.len() <= 64);
    }

    #[test]
    fn a_session_ends_after_a_minute() {
        let (memory, now) = (Memory::new(), Instant::now());
        memory.put_session([1; 32], b"x", now);
        let late = now + SESSION_LIFE - Duration::from_millis(1);
        assert_eq!(
            memory.get_session(&[1; 32], late).as_deref(),
            Some(&b"x"[..])
        );
        assert_eq!(memory.get_session(&[1; 32], now + SESSION_LIFE), None);
    }
}
