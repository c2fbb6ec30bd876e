//! A circuit breaker: after 5 failures within a second Redis is not asked again until a probe
//! succeeds.

use std::{
    collections::VecDeque,
    sync::{
        Mutex,
        atomic::{AtomicBool, Ordering},
    },
    time::{Duration, Instant},
};

use super::lock;

const FAILURES_MAX: usize = 5;
const WINDOW: Duration = Duration::from_secs(1);

pub(super) struct Breaker {
    open: AtomicBool,
    failures: Mutex<VecDeque<Instant>>,
}

impl Breaker {
    /// Open, since nothing is known of the server before the first probe.
    pub(super) fn new() -> Self {
        Self {
            open: AtomicBool::new(true),
            failures: Mutex::new(VecDeque::with_capacity(FAILURES_MAX)),
        }
    }

    pub(super) fn is_open(&self) -> bool {
        self.open.load(Ordering::Acquire)
    }

    /// Counts a failure; true when it was the one that opened the breaker.
    pub(super) fn fail(&self, now: Instant) -> bool {
        let mut failures = lock(&self.failures);
        failures.retain(|at| now.saturating_duration_since(*at) < WINDOW);
        failures.push_back(now);
        if failures.len() < FAILURES_MAX {
            return false;
        }
        failures.clear();
        !self.open.swap(true, Ordering::AcqRel)
    }

    /// Opens at once, for a connection known to be gone; true when it was closed before.
    pub(super) fn trip(&self) -> bool {
        lock(&self.failures).clear();
        !self.open.swap(true, Ordering::AcqRel)
    }

    pub(super) fn close(&self) {
        lock(&self.failures).clear();
        self.open.store(false, Ordering::Release);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn five_failures_within_a_second_open_it() {
        let breaker = Breaker::new();
        assert!(breaker.is_open(), "unknown counts as down");
        breaker.close();
        let start = Instant::now();
        for i in 0..4 {
            assert!(!breaker.fail(start + Duration::from_millis(i * 200)));
        }
        assert!(!breaker.is_open());
        assert!(breaker.fail(start + Duration::from_millis(900)));
        assert!(breaker.is_open());
        assert!(!breaker.trip(), "already open");
    }

    #[test]
    fn slow_failures_do_not() {
        let breaker = Breaker::new();
        breaker.close();
        let start = Instant::now();
        for i in 0..50 {
            assert!(!breaker.fail(start + Duration::from_millis(i * 251)));
        }
        assert!(!breaker.is_open());
    }
}
