//! The cache in Redis: one multiplexed connection, kept by a background task, so that no request
//! ever waits for a connect.

use std::{
    collections::{HashMap, HashSet},
    sync::{Arc, Mutex, PoisonError, RwLock},
    time::{Duration, Instant},
};

use ::redis::{
    AsyncConnectionConfig, Client, Pipeline, RedisError, RedisResult, Script,
    aio::MultiplexedConnection,
};
use tokio::{sync::Notify, time::timeout};

use super::{
    BOARD_LIFE, BoardKey, SESSION_LIFE, any_u64,
    breaker::Breaker,
    counters::{Bucket, Limit},
    lock,
    memory::Memory,
};

const CONNECT_MAX: Duration = Duration::from_millis(100);
const ANSWER_MAX: Duration = Duration::from_millis(50);
const PROBE_EVERY: Duration = Duration::from_secs(1);
/// Above so many boards to take away, taking all away is cheaper.
const DEBT_BOARDS_MAX: usize = 1_000;

pub(super) struct Remote {
    client: Client,
    prefix: String,
    connection: RwLock<Option<MultiplexedConnection>>,
    breaker: Breaker,
    wake: Notify,
    debts: Mutex<Debts>,
    scripts: Scripts,
}

/// What Redis holds but must not be believed, because it could not be told of a change. Paid
/// before it is used again.
#[derive(Default)]
struct Debts {
    sessions: bool,
    all_boards: bool,
    boards: HashSet<String>,
}

struct Scripts {
    put_session: Script,
    check: Script,
    board_add: Script,
    board: Script,
    board_replace: Script,
}

impl Scripts {
    fn new() -> Self {
        Self {
            put_session: Script::new(PUT_SESSION),
            check: Script::new(CHECK),
            board_add: Script::new(BOARD_ADD),
            board: Script::new(BOARD),
            board_replace: Script::new(BOARD_REPLACE),
        }
    }
}

// A generation in its own key stands in every session and board: a new one makes all of them void
// at once, without a scan.
const PUT_SESSION: &str = r"
local generation = redis.call('GET', KEYS[1]) or '0'
redis.call('SET', KEYS[2], generation .. ':' .. ARGV[1], 'EX', ARGV[2])
return 1";

// Microseconds of today need 51 bits, exact in Lua's numbers; '%.0f' since tostring would round.
const CHECK: &str = r"
local time = redis.call('TIME')
local now = time[1] * 1000000 + time[2]
local whole = tonumber(redis.call('GET', KEYS[1]) or '0')
if whole < now then whole = now end
local next = whole + ARGV[1]
local wait = next - ARGV[2] - now
if wait > 0 then return wait end
redis.call('SET', KEYS[1], string.format('%.0f', next), 'PX', string.format('%.0f', math.ceil((next - now) / 1000)))
return 0";

// A hash and not a sorted set: HINCRBY is exact for 64 bits, the scores of a sorted set are floats.
const BOARD_ADD: &str = r"
local generation = redis.call('GET', KEYS[1]) or '0'
if redis.call('HGET', KEYS[2], '_') ~= generation then return 0 end
redis.call('HINCRBY', KEYS[2], ARGV[1], ARGV[2])
redis.call('EXPIRE', KEYS[2], ARGV[3])
return 1";

const BOARD: &str = r"
local generation = redis.call('GET', KEYS[1]) or '0'
if redis.call('HGET', KEYS[2], '_') ~= generation then return false end
return redis.call('HGETALL', KEYS[2])";

const BOARD_REPLACE: &str = r"
local generation = redis.call('GET', KEYS[1]) or '0'
redis.call('DEL', KEYS[2])
redis.call('HSET', KEYS[2], '_', generation)
for i = 2, #ARGV, 2 do redis.call('HSET', KEYS[2], ARGV[i], ARGV[i + 1]) end
redis.call('EXPIRE', KEYS[2], ARGV[1])
return 1";

impl Remote {
    pub(super) fn open(url: &str, prefix: &str) -> Result<Self, RedisError> {
        Ok(Self {
            client: Client::open(url)?,
            prefix: prefix.to_owned(),
            connection: RwLock::new(None),
            breaker: Breaker::new(),
            wake: Notify::new(),
            // An earlier process may have died in debt.
            debts: Mutex::new(Debts {
                sessions: true,
                all_boards: true,
                boards: HashSet::new(),
            }),
            scripts: Scripts::new(),
        })
    }

    pub(super) fn is_up(&self) -> bool {
        !self.breaker.is_open()
    }

    pub(super) fn client(&self) -> &Client {
        &self.client
    }

    pub(super) fn key(&self, name: &str) -> String {
        format!("{}{name}", self.prefix)
    }

    fn session_key(&self, digest: &[u8; 32]) -> String {
        format!("{}s:{}", self.prefix, hex::encode(digest))
    }

    fn board_key(&self, board: &BoardKey) -> String {
        format!("{}b:{}:{}", self.prefix, board.village, board.month)
    }

    /// The outer `None`: Redis did not answer. The inner: it has no such session.
    pub(super) async fn get_session(&self, digest: &[u8; 32]) -> Option<Option<Vec<u8>>> {
        let mut command = ::redis::cmd("MGET");
        command
            .arg(self.key("generation:s"))
            .arg(self.session_key(digest));
        let (generation, value): (Option<Vec<u8>>, Option<Vec<u8>>) = self
            .call(async |mut link| command.query_async(&mut link).await)
            .await?;
        let generation = generation.unwrap_or_else(|| b"0".to_vec());
        Some(value.and_then(|value| {
            let rest = value.strip_prefix(generation.as_slice())?;
            Some(rest.strip_prefix(b":")?.to_vec())
        }))
    }

    pub(super) async fn put_session(&self, digest: &[u8; 32], value: &[u8]) -> bool {
        let mut call = self.scripts.put_session.key(self.key("generation:s"));
        call.key(self.session_key(digest))
            .arg(value)
            .arg(SESSION_LIFE.as_secs());
        self.call(async |mut link| call.invoke_async::<i64>(&mut link).await)
            .await
            .is_some()
    }

    pub(super) async fn drop_session(&self, digest: &[u8; 32]) {
        let mut command = ::redis::cmd("DEL");
        command.arg(self.session_key(digest));
        let done: Option<i64> = self
            .call(async |mut link| command.query_async(&mut link).await)
            .await;
        if done.is_none() {
            self.owe(|debts| debts.sessions = true);
        }
    }

    pub(super) async fn drop_all_sessions(&self) {
        let mut command = ::redis::cmd("SET");
        command.arg(self.key("generation:s")).arg(new_generation());
        let done: Option<String> = self
            .call(async |mut link| command.query_async(&mut link).await)
            .await;
        if done.is_none() {
            self.owe(|debts| debts.sessions = true);
        }
    }

    /// Zero, or how long to wait; `None` when Redis did not answer.
    pub(super) async fn check(&self, limit: &Limit, bucket: &Bucket) -> Option<Duration> {
        let key = format!("{}l:{}", self.prefix, hex::encode(bucket));
        let mut call = self.scripts.check.key(key);
        call.arg(limit.interval_us()).arg(limit.burst_us());
        let wait_us: i64 = self
            .call(async |mut link| call.invoke_async(&mut link).await)
            .await?;
        Some(Duration::from_micros(u64::try_from(wait_us).unwrap_or(0)))
    }

    pub(super) async fn board_add(&self, board: &BoardKey, household: i32, points: i64) -> bool {
        let key = self.board_key(board);
        let mut call = self.scripts.board_add.key(self.key("generation:b"));
        call.key(&key)
            .arg(household)
            .arg(points)
            .arg(BOARD_LIFE.as_secs());
        let done: Option<i64> = self
            .call(async |mut link| call.invoke_async(&mut link).await)
            .await;
        if done.is_none() {
            self.owe_board(key);
        }
        done.is_some()
    }

    /// The outer `None`: Redis did not answer. The inner: it has no such board.
    pub(super) async fn board(&self, board: &BoardKey) -> Option<Option<Vec<(i32, i64)>>> {
        let mut call = self.scripts.board.key(self.key("generation:b"));
        call.key(self.board_key(board));
        let fields: Option<HashMap<String, String>> = self
            .call(async |mut link| call.invoke_async(&mut link).await)
            .await?;
        Some(fields.map(|fields| {
            let rows = fields.iter();
            rows.filter_map(|(household, sum)| Some((household.parse().ok()?, sum.parse().ok()?)))
                .collect()
        }))
    }

    pub(super) async fn board_replace(&self, board: &BoardKey, rows: &[(i32, i64)]) -> bool {
        let key = self.board_key(board);
        let mut call = self.scripts.board_replace.key(self.key("generation:b"));
        call.key(&key).arg(BOARD_LIFE.as_secs());
        for (household, points) in rows {
            call.arg(household).arg(points);
        }
        let done: Option<i64> = self
            .call(async |mut link| call.invoke_async(&mut link).await)
            .await;
        if done.is_none() {
            self.owe_board(key);
        }
        done.is_some()
    }

    /// Sends messages to a channel in one round trip; false when Redis did not answer.
    pub(super) async fn publish(&self, channel: &str, messages: &[String]) -> bool {
        let mut pipeline = Pipeline::new();
        for message in messages {
            pipeline.publish(channel, message).ignore();
        }
        self.call(async |mut link| pipeline.query_async::<()>(&mut link).await)
            .await
            .is_some()
    }

    /// Asks Redis within the answer limit. `None` when it is not asked or does not answer, and the
    /// caller falls back to memory.
    async fn call<T>(
        &self,
        work: impl AsyncFnOnce(MultiplexedConnection) -> RedisResult<T>,
    ) -> Option<T> {
        if self.breaker.is_open() {
            return None;
        }
        let link = self
            .connection
            .read()
            .unwrap_or_else(PoisonError::into_inner)
            .clone()?;
        let opened = match timeout(ANSWER_MAX, work(link)).await {
            Ok(Ok(value)) => return Some(value),
            Ok(Err(error)) => {
                tracing::debug!(%error, "redis");
                if error.is_unrecoverable_error() {
                    self.breaker.trip()
                } else {
                    self.breaker.fail(Instant::now())
                }
            }
            Err(_) => self.breaker.fail(Instant::now()),
        };
        if opened {
            self.disconnect();
        }
        None
    }

    fn disconnect(&self) {
        tracing::warn!("Redis does not answer; this process's memory stands in");
        *self
            .connection
            .write()
            .unwrap_or_else(PoisonError::into_inner) = None;
        self.wake.notify_one();
    }

    fn owe(&self, add: impl FnOnce(&mut Debts)) {
        add(&mut lock(&self.debts));
        self.wake.notify_one();
    }

    fn owe_board(&self, key: String) {
        self.owe(|debts| {
            if debts.boards.len() < DEBT_BOARDS_MAX {
                debts.boards.insert(key);
            } else {
                debts.all_boards = true;
            }
        });
    }

    /// The commands that make Redis believable again, ending with a write: a replica or a full
    /// server answers PING but is of no use.
    fn probe(&self, debts: &Debts) -> Pipeline {
        let mut pipeline = Pipeline::new();
        if debts.sessions {
            pipeline
                .set(self.key("generation:s"), new_generation())
                .ignore();
        }
        if debts.all_boards {
            pipeline
                .set(self.key("generation:b"), new_generation())
                .ignore();
        } else {
            for board in &debts.boards {
                pipeline.del(board).ignore();
            }
        }
        pipeline.set_ex(self.key("probe"), 1, 60).ignore();
        pipeline
    }

    /// Pays the debts over a link, or keeps them.
    async fn settle(&self, pay: impl AsyncFnOnce(Pipeline) -> bool) -> bool {
        let debts = std::mem::take(&mut *lock(&self.debts));
        let paid = pay(self.probe(&debts)).await;
        if !paid {
            let mut kept = lock(&self.debts);
            kept.sessions |= debts.sessions;
            kept.all_boards |= debts.all_boards;
            kept.boards.extend(debts.boards);
        }
        paid
    }

    async fn connect(&self) -> bool {
        let config = AsyncConnectionConfig::new()
            .set_connection_timeout(Some(CONNECT_MAX))
            .set_response_timeout(Some(ANSWER_MAX));
        let connecting = self
            .client
            .get_multiplexed_async_connection_with_config(&config);
        let Ok(Ok(link)) = timeout(CONNECT_MAX, connecting).await else {
            return false;
        };
        let mut probe_link = link.clone();
        let paid = self
            .settle(async |pipeline| {
                let answer = pipeline.query_async::<()>(&mut probe_link);
                matches!(timeout(ANSWER_MAX, answer).await, Ok(Ok(())))
            })
            .await;
        if paid {
            *self
                .connection
                .write()
                .unwrap_or_else(PoisonError::into_inner) = Some(link);
        }
        paid
    }

    async fn beat(&self) -> bool {
        self.settle(async |pipeline| {
            self.call(async |mut link| pipeline.query_async::<()>(&mut link).await)
                .await
                .is_some()
        })
        .await
    }
}

/// Connects when the breaker is open, at once and then each second; else sees that Redis still
/// answers. Two beats missed in a row open the breaker, or a server with few requests would pay
/// the answer limit on each of them and never reach five failures in a second.
pub(super) async fn keep_link(remote: Arc<Remote>, memory: Arc<Memory>) {
    let mut missed = 0;
    loop {
        if remote.breaker.is_open() {
            missed = 0;
            if remote.connect().await {
                memory.forget_outage();
                remote.breaker.close();
                tracing::info!("Redis answers");
            }
        } else if remote.beat().await {
            missed = 0;
        } else {
            missed += 1;
            if missed >= 2 && remote.breaker.trip() {
                remote.disconnect();
            }
        }
        let _woken = timeout(PROBE_EVERY, remote.wake.notified()).await;
    }
}

/// Random and not counted up: a counter that Redis evicts would begin again and name an old one.
fn new_generation() -> String {
    format!("{:016x}", any_u64())
}
