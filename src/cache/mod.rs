//! What may be forgotten: session copies, rate limits, leaderboards and the news of changes.
//!
//! Kept in Redis when one is configured, else in memory, with the same behaviour. Nothing here is
//! ever the truth: with Redis dead, hung or flushed every call still answers, from the memory of
//! this process, and no caller sees an error.

mod breaker;
mod changes;
mod counters;
mod memory;
mod redis;
#[cfg(test)]
mod tests;

use std::{
    sync::{Arc, Mutex, MutexGuard, PoisonError},
    time::{Duration, Instant},
};

use serde::{Deserialize, Serialize};
use tokio::{sync::broadcast, task::AbortHandle};
use uuid::Uuid;

pub use self::counters::Limit;
use self::{changes::Fanout, memory::Memory, redis::Remote};

/// What Redis keys begin with unless the configuration says otherwise.
pub const DEFAULT_PREFIX: &str = "wm:";

/// How long a session copy lives. A revoked session may be *read* from another process's copy for
/// so long at most; every write looks at the session row itself.
pub(crate) const SESSION_LIFE: Duration = Duration::from_secs(60);

/// How long a month's board lives after it was last written.
pub(crate) const BOARD_LIFE: Duration = Duration::from_secs(100 * 24 * 3600);

/// An operation was committed. A hint and no proof: news may be lost while Redis is away, so a
/// listener that finds a gap in `seq` asks the database.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Change {
    /// The operation's id.
    pub id: Uuid,
    /// The operation's kind, as in the journal.
    pub kind: String,
    /// The village (or township) whose journal it is in.
    pub village: Uuid,
    /// Its place in that journal.
    pub seq: i64,
}

/// The leaderboard of one village in one month.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct BoardKey {
    /// The village.
    pub village: Uuid,
    /// The month by the village's local date, such as `2026-11`.
    pub month: String,
}

/// How the cache does, for `/readyz`. None of the three is a reason not to serve.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Status {
    /// No Redis is configured.
    Memory,
    /// Redis answers.
    Up,
    /// Redis is configured but does not answer; this process's memory stands in.
    Down,
}

/// Why a cache could not be set up. A Redis that is merely down is no such reason.
#[derive(Debug, thiserror::Error)]
pub enum ConfigError {
    /// The URL is not one of a Redis server. The URL itself is left out: it may hold a password.
    #[error(
        "Redis 地址无效，应形如 redis://主机:6379/0 / not a Redis URL, expected redis://HOST:6379/0: {0}"
    )]
    Url(String),
    /// The connection is kept by background tasks, which need a running tokio runtime.
    #[error("缓存须在异步运行时中创建 / the cache must be made inside a tokio runtime")]
    NoRuntime,
}

/// The handle that every part of the server shares; cloning it is cheap. When the last clone goes,
/// its background tasks stop.
#[derive(Clone)]
pub struct Cache {
    inner: Arc<Inner>,
}

struct Inner {
    memory: Arc<Memory>,
    remote: Option<Arc<Remote>>,
    fanout: Fanout,
    tasks: Vec<AbortHandle>,
}

impl Drop for Inner {
    fn drop(&mut self) {
        for task in &self.tasks {
            task.abort();
        }
    }
}

impl Cache {
    /// A cache in this process only.
    pub fn memory() -> Self {
        Self {
            inner: Arc::new(Inner {
                memory: Arc::new(Memory::new()),
                remote: None,
                fanout: Fanout::local(),
                tasks: Vec::new(),
            }),
        }
    }

    /// A cache in the Redis at `url`, with [`DEFAULT_PREFIX`].
    ///
    /// # Errors
    /// Only for a URL that cannot be one, or outside a tokio runtime.
    pub fn redis(url: &str) -> Result<Self, ConfigError> {
        Self::redis_with_prefix(url, DEFAULT_PREFIX)
    }

    /// The same with a prefix for every key, so that several counties can share one server.
    ///
    /// # Errors
    /// As [`Cache::redis`].
    pub fn redis_with_prefix(url: &str, prefix: &str) -> Result<Self, ConfigError> {
        let runtime = tokio::runtime::Handle::try_current().map_err(|_| ConfigError::NoRuntime)?;
        let remote = Remote::open(url, prefix).map_err(|e| ConfigError::Url(e.to_string()))?;
        let (memory, remote) = (Arc::new(Memory::new()), Arc::new(remote));
        let (fanout, outbox) = Fanout::shared();
        let tasks = vec![
            runtime
                .spawn(redis::keep_link(remote.clone(), memory.clone()))
                .abort_handle(),
            runtime
                .spawn(changes::send(remote.clone(), fanout.origin(), outbox))
                .abort_handle(),
            runtime
                .spawn(changes::receive(
                    remote.clone(),
                    fanout.origin(),
                    fanout.sender(),
                ))
                .abort_handle(),
        ];
        Ok(Self {
            inner: Arc::new(Inner {
                memory,
                remote: Some(remote),
                fanout,
                tasks,
            }),
        })
    }

    /// Whether Redis is configured and answers.
    pub fn status(&self) -> Status {
        match &self.inner.remote {
            None => Status::Memory,
            Some(remote) if remote.is_up() => Status::Up,
            Some(_) => Status::Down,
        }
    }

    /// The copy of a session, at most 60 s old, by the digest of its token.
    pub async fn get_session(&self, digest: &[u8; 32]) -> Option<Vec<u8>> {
        if let Some(remote) = &self.inner.remote
            && let Some(answer) = remote.get_session(digest).await
        {
            return answer;
        }
        self.inner.memory.get_session(digest, Instant::now())
    }

    /// Keeps a copy of a session for 60 s. The bytes are the caller's business.
    pub async fn put_session(&self, digest: &[u8; 32], value: &[u8]) {
        if let Some(remote) = &self.inner.remote
            && remote.put_session(digest, value).await
        {
            return;
        }
        self.inner
            .memory
            .put_session(*digest, value, Instant::now());
    }

    /// Forgets one session. If Redis cannot be told now, it is told to forget all of them before
    /// it is used again.
    pub async fn drop_session(&self, digest: &[u8; 32]) {
        self.inner.memory.drop_session(digest);
        if let Some(remote) = &self.inner.remote {
            remote.drop_session(digest).await;
        }
    }

    /// Forgets every session of this prefix, as after a change of rights.
    pub async fn drop_all_sessions(&self) {
        self.inner.memory.drop_all_sessions();
        if let Some(remote) = &self.inner.remote {
            remote.drop_all_sessions().await;
        }
    }

    /// Counts one request of `key` against a limit. While Redis is away each process counts for
    /// itself.
    ///
    /// # Errors
    /// How long to wait before the next try would pass.
    pub async fn check(&self, limit: &Limit, key: &str) -> Result<(), Duration> {
        let bucket = counters::bucket(limit, key);
        let wait = match &self.inner.remote {
            Some(remote) => remote.check(limit, &bucket).await,
            None => None,
        };
        match wait.unwrap_or_else(|| self.inner.memory.check(limit, bucket, Instant::now())) {
            Duration::ZERO => Ok(()),
            wait => Err(wait),
        }
    }

    /// Adds points (hundredths, may be negative) to a household's place on a board. A board that is
    /// not present stays absent: half a board would be a wrong board.
    pub async fn board_add(&self, board: &BoardKey, household: i32, points: i64) {
        if let Some(remote) = &self.inner.remote
            && remote.board_add(board, household, points).await
        {
            return;
        }
        self.inner
            .memory
            .board_add(board, household, points, Instant::now());
    }

    /// The first `n` households and their points (hundredths), most first, then by number. `None`:
    /// not present, rebuild it from the database and hand it to [`Cache::board_replace`].
    pub async fn board_top(&self, board: &BoardKey, n: usize) -> Option<Vec<(i32, i64)>> {
        let remote_answer = match &self.inner.remote {
            Some(remote) => remote.board(board).await,
            None => None,
        };
        let mut rows = match remote_answer {
            Some(answer) => answer?,
            None => self.inner.memory.board(board, Instant::now())?,
        };
        rows.sort_unstable_by_key(|&(household, points)| (std::cmp::Reverse(points), household));
        rows.truncate(n);
        Some(rows)
    }

    /// Puts a whole board in place, empty ones too. An addition that arrives between the caller's
    /// query and this call is lost until the next rebuild, so rebuild nightly.
    pub async fn board_replace(&self, board: &BoardKey, rows: &[(i32, i64)]) {
        if let Some(remote) = &self.inner.remote
            && remote.board_replace(board, rows).await
        {
            return;
        }
        self.inner.memory.board_replace(board, rows, Instant::now());
    }

    /// Tells every listener of this process at once, and those of the others through Redis. Never
    /// waits.
    pub fn publish(&self, change: &Change) {
        self.inner.fanout.publish(change);
    }

    /// Hears every change from now on. A listener that falls 1,024 changes behind gets `Lagged`.
    pub fn subscribe(&self) -> broadcast::Receiver<Change> {
        self.inner.fanout.sender().subscribe()
    }
}

/// The data behind these locks is only a cache: a panic elsewhere is no reason to stop using it.
fn lock<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}

/// A number no other process has drawn. Not a secret, so the standard library's seed, which cannot
/// fail, is good enough.
fn any_u64() -> u64 {
    std::hash::BuildHasher::hash_one(&std::hash::RandomState::new(), 0)
}
