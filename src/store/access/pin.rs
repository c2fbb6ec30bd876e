//! PIN attempts. One desk of each process takes what waits: it counts the attempts and commits,
//! then compares hashes, then ends them together with the next count.
//!
//! An attempt being checked holds its household's row until a time written there, so that right
//! PINs that arrive at several processes at once do not count as failures for each other. A crash
//! leaves the attempt counted and the row free after that time: there is no free guess.

use super::card::PinFault;
use crate::core::rights::UnitNo;
use crate::core::row::{Cell, Column, Field, Kind};
use crate::signin::password::{HashError, Hasher, Verdict};
use crate::store::Store;
use crate::store::batch::Shared;
use crate::store::clock::TimeBase;
use crate::store::dialect::{self, Lookup, PinTurn, UNIT};
use crate::store::prefetch::ask;
use crate::store::read::ReadFault;
use sea_orm::{ConnectionTrait, DatabaseConnection, DbErr};
use std::collections::{BTreeMap, HashMap, HashSet, VecDeque};
use std::sync::{Arc, Mutex, PoisonError};
use std::time::{Duration, Instant};
use tokio::sync::{mpsc, oneshot};
use tokio::task::JoinHandle;
use uuid::Uuid;

/// Failures of a PIN before it is locked until set anew (DESIGN section 6).
const PIN_FAILURES: i64 = 5;
/// How long an attempt may take to be checked before another may begin, microseconds.
const TURN: i64 = 15_000_000;
/// Attempts that may stand before the desk.
const QUEUE: usize = 1024;
/// Attempts counted at once, whatever a hash costs.
const COUNTED_MAX: usize = 256;
/// Attempts counted at once before the first hash has been measured.
const FIRST: usize = 4;
/// Hashing that is counted ahead: what a crash would leave counted.
const AHEAD: Duration = Duration::from_millis(200);
/// Whoever would wait longer is told to come back.
const PATIENCE: Duration = Duration::from_secs(2);
/// How soon to look again at a household whose attempt another process checks.
const ELSEWHERE: Duration = Duration::from_millis(20);

/// An attempt that did not fail.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Attempt {
    /// The PIN is right, and this is its version.
    Right(i32),
    /// The operation's key was used before: nothing was counted or compared.
    Known,
}

type Fate = Result<Attempt, PinFault>;
type Place = (UnitNo, i32);

struct Job {
    place: Place,
    key: Option<Uuid>,
    pin: String,
    reply: oneshot::Sender<Fate>,
}

/// The same PIN for the same household, however often it was sent: one guess.
struct Guess {
    place: Place,
    pin: String,
    jobs: Vec<Job>,
}

struct Counted {
    guess: Guess,
    version: i64,
    failures: i64,
}

/// Where attempts are handed in.
pub(in crate::store) struct PinDesk {
    queue: Mutex<Option<mpsc::Sender<Job>>>,
    task: Mutex<Option<JoinHandle<()>>>,
}

/// Checks a household's PIN; the attempt is counted and committed first.
///
/// # Errors
/// [`PinFault`].
pub async fn check_pin(
    store: &Store,
    unit: UnitNo,
    household: i32,
    pin: String,
) -> Result<i32, PinFault> {
    match attempt(store, unit, household, None, pin).await? {
        Attempt::Right(version) => Ok(version),
        Attempt::Known => Err(PinFault::Fault),
    }
}

/// As [`check_pin`], for the operation that this key is to name.
///
/// # Errors
/// [`PinFault`].
pub async fn attempt(
    store: &Store,
    unit: UnitNo,
    household: i32,
    key: Option<Uuid>,
    pin: String,
) -> Result<Attempt, PinFault> {
    let queue = {
        let queue = &store.inner.pins.queue;
        let queue = queue.lock().unwrap_or_else(PoisonError::into_inner);
        queue.clone().ok_or(PinFault::Unavailable)?
    };
    let (reply, fate) = oneshot::channel();
    let job = Job {
        place: (unit, household),
        key,
        pin,
        reply,
    };
    match queue.try_send(job) {
        Ok(()) => fate.await.unwrap_or(Err(PinFault::Fault)),
        Err(mpsc::error::TrySendError::Full(_)) => Err(PinFault::Busy),
        Err(mpsc::error::TrySendError::Closed(_)) => Err(PinFault::Unavailable),
    }
}

impl PinDesk {
    /// Opens the desk on a connection that may write.
    pub(in crate::store) fn start(
        shared: Arc<Shared>,
        db: DatabaseConnection,
        hasher: Hasher,
        time: TimeBase,
    ) -> PinDesk {
        let (send, receive) = mpsc::channel(QUEUE);
        let clerk = Clerk {
            shared,
            db,
            hasher,
            time,
            waiting: VecDeque::new(),
            elsewhere: false,
            ended: BTreeMap::new(),
            pace: Duration::ZERO,
        };
        PinDesk {
            queue: Mutex::new(Some(send)),
            task: Mutex::new(Some(tokio::spawn(clerk.work(receive)))),
        }
    }

    /// Takes nothing more and waits until what waits is decided.
    pub(in crate::store) async fn close(&self) {
        self.queue
            .lock()
            .unwrap_or_else(PoisonError::into_inner)
            .take();
        let task = self
            .task
            .lock()
            .unwrap_or_else(PoisonError::into_inner)
            .take();
        if let Some(task) = task {
            // A panic has been logged by the panic hook.
            let _ = task.await;
        }
    }
}

struct Clerk {
    shared: Arc<Shared>,
    db: DatabaseConnection,
    hasher: Hasher,
    time: TimeBase,
    waiting: VecDeque<Job>,
    /// Whether all that was looked at last is being checked by another process.
    elsewhere: bool,
    /// Attempts that have ended and are not yet written: version, and failures forgiven.
    ended: BTreeMap<Place, (i64, i64)>,
    /// What one comparison takes; zero until one has been measured.
    pace: Duration,
}

fn fault(fault: DbErr) -> PinFault {
    ReadFault::from(fault).into()
}

fn tell(jobs: Vec<Job>, fate: Fate) {
    for job in jobs {
        // Whoever went away does not hear it.
        let _ = job.reply.send(fate);
    }
}

impl Clerk {
    async fn work(mut self, mut queue: mpsc::Receiver<Job>) {
        while self.refill(&mut queue).await {
            self.turn_away();
            let guesses = self.guesses();
            let guesses = self.without_known(guesses).await;
            let counted = self.count(guesses).await;
            self.compare(counted).await;
        }
    }

    /// Takes what is there; waits when there is nothing to do. False when the desk is closed.
    async fn refill(&mut self, queue: &mut mpsc::Receiver<Job>) -> bool {
        let mut fresh = Vec::new();
        if self.waiting.is_empty() && self.ended.is_empty() {
            if queue.recv_many(&mut fresh, QUEUE).await == 0 {
                return false;
            }
        } else if self.elsewhere && self.ended.is_empty() {
            // What times out here is only the wait for a message.
            let came = tokio::time::timeout(ELSEWHERE, queue.recv_many(&mut fresh, QUEUE)).await;
            if came == Ok(0) {
                // The desk is closed; what waits is decided all the same.
                tokio::time::sleep(ELSEWHERE).await;
            }
        } else {
            while let Ok(job) = queue.try_recv() {
                fresh.push(job);
            }
        }
        self.waiting.extend(fresh);
        true
    }

    fn turn_away(&mut self) {
        let most = PATIENCE.as_micros() / self.pace.as_micros().max(1);
        let most = usize::try_from(most).unwrap_or(usize::MAX).max(16);
        while self.waiting.len() > most {
            tell(
                self.waiting.pop_back().into_iter().collect(),
                Err(PinFault::Busy),
            );
        }
    }

    /// The next guesses, one for each household.
    fn guesses(&mut self) -> Vec<Guess> {
        let most = AHEAD.as_micros() / self.pace.as_micros().max(1);
        let most = match self.pace {
            Duration::ZERO => FIRST,
            _ => usize::try_from(most).unwrap_or(1).clamp(1, COUNTED_MAX),
        };
        let mut guesses: Vec<Guess> = Vec::new();
        let mut at: HashMap<Place, usize> = HashMap::new();
        let mut later = VecDeque::new();
        for job in self.waiting.drain(..) {
            let known = at.get(&job.place).copied();
            let counted = guesses.len();
            match known.and_then(|index| guesses.get_mut(index)) {
                Some(guess) if guess.pin == job.pin => guess.jobs.push(job),
                None if counted < most => {
                    at.insert(job.place, counted);
                    guesses.push(Guess {
                        place: job.place,
                        pin: job.pin.clone(),
                        jobs: vec![job],
                    });
                }
                _ => later.push_back(job),
            }
        }
        self.waiting = later;
        guesses
    }

    /// Sends away the jobs whose key was used before.
    async fn without_known(&self, guesses: Vec<Guess>) -> Vec<Guess> {
        let keys = guesses.iter().flat_map(|guess| &guess.jobs);
        let keys = keys
            .filter_map(|job| Some((job.place.0, job.key?)))
            .collect();
        let known = match used(&self.shared, &self.db, keys).await {
            Ok(known) if known.is_empty() => return guesses,
            Ok(known) => known,
            Err(why) => {
                let why = fault(why);
                for guess in guesses {
                    tell(guess.jobs, Err(why));
                }
                return Vec::new();
            }
        };
        let is_known = |job: &Job| {
            job.key
                .is_some_and(|key| known.contains(&(job.place.0, key)))
        };
        let mut left = Vec::new();
        for mut guess in guesses {
            let (old, new) = guess.jobs.into_iter().partition(is_known);
            tell(old, Ok(Attempt::Known));
            guess.jobs = new;
            left.push(guess);
        }
        left.retain(|guess| !guess.jobs.is_empty());
        left
    }

    /// Counts these guesses, and writes how the ones before them ended.
    async fn count(&mut self, guesses: Vec<Guess>) -> Vec<(Counted, String)> {
        let mut turns: BTreeMap<Place, PinTurn> = BTreeMap::new();
        let ended = std::mem::take(&mut self.ended);
        let fresh = guesses.iter().map(|guess| (guess.place, true));
        for ((unit, household), counts) in ended.keys().map(|place| (*place, false)).chain(fresh) {
            let (version, forgives) = ended.get(&(unit, household)).copied().unwrap_or((0, 0));
            let turn = PinTurn {
                unit,
                household,
                ended: version,
                forgives,
                counts,
            };
            turns.insert((unit, household), turn);
        }
        let turns: Vec<PinTurn> = turns.into_values().collect();
        let now = self.time.now();
        match self.turns(&turns, now).await {
            Ok((until, rows)) => self.sort(guesses, rows, now, until),
            Err(why) => {
                // What ended stays counted; the next right PIN forgives it.
                let why = fault(why);
                for guess in guesses {
                    tell(guess.jobs, Err(why));
                }
                Vec::new()
            }
        }
    }

    async fn turns(
        &self,
        turns: &[PinTurn],
        now: i64,
    ) -> Result<(i64, HashMap<Place, PinRow>), DbErr> {
        if turns.is_empty() {
            return Ok((0, HashMap::new()));
        }
        // Tells this count from one that another process makes in the same microsecond.
        let mut odd = [0; 4];
        getrandom::fill(&mut odd).map_err(|fault| DbErr::Custom(fault.to_string()))?;
        let until = now + TURN + i64::from(u32::from_le_bytes(odd) % 1_000_000);
        let statement =
            dialect::pin_statement(self.shared.backend, turns, PIN_FAILURES, now, until);
        let mut rows = HashMap::new();
        for row in self.db.query_all_raw(statement).await? {
            let int = |index| row.try_get_by_index::<i64>(index);
            let small = |index| Ok::<i32, DbErr>(i32::try_from(int(index)?).unwrap_or(0));
            let pin = PinRow {
                version: int(2)?,
                hash: row.try_get_by_index(3)?,
                failures: int(4)?,
                wait_until: int(5)?,
            };
            rows.insert((small(0)?, small(1)?), pin);
        }
        Ok((until, rows))
    }

    fn sort(
        &mut self,
        guesses: Vec<Guess>,
        mut rows: HashMap<Place, PinRow>,
        now: i64,
        until: i64,
    ) -> Vec<(Counted, String)> {
        let mut counted = Vec::new();
        let mut again = Vec::new();
        for guess in guesses {
            let Some(row) = rows.remove(&guess.place) else {
                tell(guess.jobs, Err(PinFault::NotSet));
                continue;
            };
            if row.wait_until == until {
                let one = Counted {
                    guess,
                    version: row.version,
                    failures: row.failures,
                };
                counted.push((one, row.hash));
            } else if row.wait_until > now {
                again.extend(guess.jobs);
            } else {
                tell(guess.jobs, Err(PinFault::Locked));
            }
        }
        // They go behind the others, who may not have to wait.
        self.elsewhere = counted.is_empty() && !again.is_empty();
        self.waiting.extend(again);
        counted
    }

    async fn compare(&mut self, counted: Vec<(Counted, String)>) {
        if counted.is_empty() {
            return;
        }
        let many = u32::try_from(counted.len()).unwrap_or(u32::MAX);
        let begun = Instant::now();
        let pins = counted
            .into_iter()
            .map(|(one, hash)| (one.guess.pin.clone(), hash, one));
        let ended = self.hasher.verify_pins(pins.collect(), end).await;
        match ended {
            Ok(ended) => self.ended.extend(ended),
            // Those who wait hear of a fault, because their replies are gone.
            Err(why) => tracing::error!(%why, "PINs could not be checked"),
        }
        let one = begun.elapsed() / many;
        self.pace = match self.pace {
            Duration::ZERO => one.max(Duration::from_nanos(1)),
            known => (known * 3 + one) / 4,
        };
    }
}

struct PinRow {
    version: i64,
    hash: String,
    failures: i64,
    wait_until: i64,
}

/// Answers everybody who made this guess, and says how it ended.
fn end(verdict: Result<Verdict, HashError>, one: Counted) -> (Place, (i64, i64)) {
    let left = i32::try_from(PIN_FAILURES - one.failures).unwrap_or(0);
    let (fate, forgives) = match verdict {
        Ok(verdict) if verdict.is_right() => {
            let version = i32::try_from(one.version).unwrap_or(0);
            (Ok(Attempt::Right(version)), one.failures)
        }
        Ok(_) => (Err(PinFault::Wrong { left: left.max(0) }), 0),
        Err(why) => {
            tracing::error!(%why, "a stored PIN cannot be checked");
            (Err(PinFault::Fault), 0)
        }
    };
    tell(one.guess.jobs, fate);
    (one.guess.place, (one.version, forgives))
}

/// Which of these keys have an answer already.
async fn used(
    shared: &Shared,
    db: &DatabaseConnection,
    keys: HashSet<(UnitNo, Uuid)>,
) -> Result<HashSet<(UnitNo, Uuid)>, DbErr> {
    let mut known = HashSet::new();
    if keys.is_empty() {
        return Ok(known);
    }
    let id = Column {
        name: "id",
        kind: Kind::Uuid,
        optional: false,
    };
    let keys: Vec<Vec<Cell>> = keys
        .iter()
        .map(|(unit, key)| vec![unit.cell(), key.cell()])
        .collect();
    let lookup = |table| Lookup {
        table,
        columns: vec![UNIT, id],
        by: vec![UNIT, id],
        keys: keys.clone(),
    };
    let lookups = vec![lookup("operation"), lookup("refusal")];
    ask(shared, db, lookups, |_, cells| {
        let mut cells = cells.into_iter();
        let mut next = || cells.next().unwrap_or(Cell::Null);
        if let (Ok(unit), Ok(key)) = (i32::of(next()), Uuid::of(next())) {
            known.insert((unit, key));
        }
        Ok(())
    })
    .await?;
    Ok(known)
}
