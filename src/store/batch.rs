//! One transaction: whatever was waiting is fetched, decided in order, written, committed.

use super::access::rows::Standing;
use super::clock::{Clock, TimeBase};
use super::dialect::Seen;
use super::flush::{Changes, RefusalRow};
use super::prefetch::{self, Earlier, Fetched};
use super::{Committed, Receipt, Refusal, Submission, dialect, failpoint, resolve};
use crate::core::canonical::Canonical;
use crate::core::reads::changes_reads;
use crate::core::rights::{UnitNo, act_of};
use crate::core::rows::{Purpose, RuleKind};
use crate::core::state::Config;
use crate::core::{self, Answer, Context, Day, Effects, Points, Rejection, fingerprint, kind_word};
use sea_orm::{
    ConnectionTrait, DatabaseConnection, DbBackend, DbErr, SqliteTransactionMode,
    TransactionOptions, TransactionTrait,
};
use std::collections::HashMap;
use std::num::NonZeroUsize;
use std::sync::atomic::{AtomicU32, Ordering};
use std::sync::{Arc, Mutex, PoisonError};
use uuid::Uuid;

/// Configurations by unit and version; safe, because the version is read under the head's lock.
#[derive(Debug, Default)]
pub struct Configs(Mutex<HashMap<UnitNo, (i64, Arc<Config>)>>);

/// Villages whose configuration is kept at hand by one process.
const CONFIGS_MAX: usize = 20_000;

impl Configs {
    /// The configuration, when it is this version; of any version, when none is named.
    pub fn get(&self, unit: UnitNo, version: Option<i64>) -> Option<Arc<Config>> {
        let map = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        map.get(&unit)
            .filter(|(known, _)| version.is_none_or(|version| *known == version))
            .map(|(_, config)| Arc::clone(config))
    }

    /// Keeps a configuration.
    pub fn put(&self, unit: UnitNo, version: i64, config: Arc<Config>) {
        let mut map = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        if map.len() >= CONFIGS_MAX {
            map.clear();
        }
        map.insert(unit, (version, config));
    }
}

/// What all writers of a process share.
pub struct Shared {
    /// Which database.
    pub backend: DbBackend,
    /// Where time comes from.
    pub clock: Clock,
    /// The database's time, carried on.
    pub time: TimeBase,
    /// Configurations at hand.
    pub configs: Configs,
    /// Households by the names callers use.
    pub households: resolve::Households,
    /// Tells what is committed.
    pub committed: tokio::sync::broadcast::Sender<Arc<Vec<Committed>>>,
    /// The most submissions in one transaction.
    pub batch_max: NonZeroUsize,
}

/// Why a batch came to nothing.
#[derive(Debug)]
pub enum BatchFault {
    /// Before the commit: nothing happened.
    Before(DbErr),
    /// In the commit: nobody knows.
    InCommit(DbErr),
}

impl From<DbErr> for BatchFault {
    fn from(fault: DbErr) -> Self {
        BatchFault::Before(fault)
    }
}

/// The fate of each submission, in order.
pub type Fates = Vec<Result<Receipt, Refusal>>;

/// How a transaction that will write begins on either database.
#[must_use]
pub fn immediate() -> TransactionOptions {
    TransactionOptions {
        sqlite_transaction_mode: Some(SqliteTransactionMode::Immediate),
        ..TransactionOptions::default()
    }
}

/// A writer's connection.
pub struct Line {
    db: DatabaseConnection,
    /// Batches that lock first, because another process writes to the same units.
    wary: AtomicU32,
}

/// For how many batches a writer locks first once a head has moved under it.
const WARY: u32 = 16;

impl Line {
    /// A line on this connection.
    #[must_use]
    pub fn new(db: DatabaseConnection) -> Line {
        Line {
            db,
            wary: AtomicU32::new(0),
        }
    }

    /// Whether this batch is to lock the heads before it reads.
    fn locks_first(&self, backend: DbBackend) -> bool {
        let wary = self.wary.load(Ordering::Relaxed);
        self.wary.store(wary.saturating_sub(1), Ordering::Relaxed);
        backend == DbBackend::Sqlite || wary > 0
    }
}

/// Runs one batch, up to the first command that changes what later ones read; the caller brings
/// the rest again.
///
/// On PostgreSQL a batch first reads without a lock and then, in one statement, locks the heads,
/// sees that none has moved, and writes: two round trips. When another process was faster, it
/// locks first.
///
/// # Errors
/// [`BatchFault`]: nobody has been answered, and either nothing happened or nobody knows.
pub async fn run(
    shared: &Shared,
    line: &Line,
    jobs: &mut [Submission],
) -> Result<Fates, BatchFault> {
    resolve::resolve(shared, &line.db, jobs).await?;
    let mut decided = None;
    if !line.locks_first(shared.backend) {
        decided = write_unmoved(shared, &line.db, jobs).await?;
        if decided.is_none() {
            line.wary.store(WARY, Ordering::Relaxed);
        }
    }
    let decided = match decided {
        Some(decided) => decided,
        None => write_locked(shared, &line.db, jobs).await?,
    };
    failpoint::hit("after_commit").map_err(BatchFault::InCommit)?;
    for (unit, version, config) in decided.configs {
        shared.configs.put(unit, version, config);
    }
    if !decided.news.is_empty() {
        // Nobody listening is no fault.
        let _ = shared.committed.send(Arc::new(decided.news));
    }
    Ok(decided.fates)
}

/// `None` when a head moved: then nothing was written.
async fn write_unmoved(
    shared: &Shared,
    db: &DatabaseConnection,
    jobs: &[Submission],
) -> Result<Option<Decided>, BatchFault> {
    let fetched = prefetch::fetch(shared, db, jobs, false).await?;
    let seen = fetched.state.units.iter().map(|(no, unit)| Seen {
        unit: *no,
        size: unit.head.seq(),
    });
    let seen: Vec<Seen> = seen.collect();
    let mut decided = decide(fetched, jobs);
    let changes = std::mem::take(&mut decided.changes);
    if changes.is_empty() {
        return Ok(Some(decided));
    }
    failpoint::hit("before_statement")?;
    failpoint::hit("before_commit")?;
    let unmoved =
        changes
            .flush_if_unmoved(db, &seen)
            .await
            .map_err(|fault| match said_no(&fault) {
                true => BatchFault::Before(fault),
                false => BatchFault::InCommit(fault),
            })?;
    Ok(unmoved.then_some(decided))
}

async fn write_locked(
    shared: &Shared,
    db: &DatabaseConnection,
    jobs: &[Submission],
) -> Result<Decided, BatchFault> {
    let tx = db.begin_with_options(immediate()).await?;
    let lock = shared.backend == DbBackend::Postgres;
    let fetched = match prefetch::fetch(shared, &tx, jobs, lock).await {
        Ok(fetched) => fetched,
        Err(fault) => {
            tx.rollback().await?;
            return Err(fault.into());
        }
    };
    let mut decided = decide(fetched, jobs);
    let changes = std::mem::take(&mut decided.changes);
    if let Err(fault) = changes.flush(shared.backend, &tx).await {
        tx.rollback().await?;
        return Err(fault.into());
    }
    failpoint::hit("before_commit")?;
    tx.commit().await.map_err(BatchFault::InCommit)?;
    Ok(decided)
}

struct Decided {
    fates: Fates,
    changes: Changes,
    news: Vec<Committed>,
    configs: Vec<(UnitNo, i64, Arc<Config>)>,
}

fn salt() -> Result<[u8; 16], Refusal> {
    let mut salt = [0; 16];
    getrandom::fill(&mut salt).map_err(|fault| {
        tracing::error!(%fault, "the system gives no random bytes");
        Refusal::Fault
    })?;
    Ok(salt)
}

fn decide(mut fetched: Fetched, jobs: &[Submission]) -> Decided {
    let mut changes = Changes::default();
    let mut news = Vec::new();
    let mut fates = Vec::with_capacity(jobs.len());
    let versions: HashMap<UnitNo, i64> = fetched
        .state
        .units
        .iter()
        .map(|(no, unit)| (*no, unit.head.config_version))
        .collect();
    for job in jobs {
        let fate = decide_one(&mut fetched, job, &mut changes, &mut news);
        // What later commands read may be other rows now: they are fetched anew.
        let reads_differ = fate.is_ok() && changes_reads(&job.command);
        fates.push(fate);
        if reads_differ {
            break;
        }
    }
    let changed = |(no, unit): (&UnitNo, &core::Unit)| {
        let version = unit.head.config_version;
        (versions.get(no) != Some(&version)).then(|| (*no, version, Arc::clone(&unit.config)))
    };
    let configs = fetched.state.units.iter().filter_map(changed).collect();
    Decided {
        fates,
        changes,
        news,
        configs,
    }
}

fn decide_one(
    fetched: &mut Fetched,
    job: &Submission,
    changes: &mut Changes,
    news: &mut Vec<Committed>,
) -> Result<Receipt, Refusal> {
    let standing: Standing = fetched
        .standings
        .get(&job.who)
        .cloned()
        .ok_or(Refusal::Unauthenticated)?;
    if standing
        .scopes
        .is_some_and(|scopes| !scopes.contains(&act_of(&job.command)))
    {
        return Err(Refusal::ScopeMissing);
    }
    let actor = standing.actor;
    let payload = job.command.bytes();
    if let Some(earlier) = fetched.earlier.get(&(job.unit, job.id)) {
        return answer_earlier(earlier, job.unit, actor.id, &payload);
    }
    let ctx = Context {
        id: job.id,
        at: fetched.at,
        actor,
        salt: salt()?,
    };
    match core::apply(&fetched.state, &ctx, job.unit, &job.command) {
        Ok((answer, effects)) => {
            core::absorb(&mut fetched.state, &effects);
            let receipt = accepted(fetched, job, answer, &effects, news);
            changes.add(effects);
            receipt
        }
        Err(why) => {
            if let Some(row) = remembered(job, &ctx, &payload, &why) {
                let refused = Earlier::Refused(row.fingerprint.to_vec(), row.why.clone());
                fetched.earlier.insert((job.unit, job.id), refused);
                changes.refusals.push(row);
            }
            Err(Refusal::Rejected {
                why,
                replayed: false,
            })
        }
    }
}

fn accepted(
    fetched: &mut Fetched,
    job: &Submission,
    answer: Answer,
    effects: &Effects,
    news: &mut Vec<Committed>,
) -> Result<Receipt, Refusal> {
    let own = effects.first().ok_or(Refusal::Fault)?;
    let (seq, at) = (own.operation.seq, own.operation.at);
    for part in effects {
        let key = (part.unit, part.operation.id);
        fetched
            .earlier
            .insert(key, Earlier::Accepted(Box::new(part.operation.clone())));
        let offset = fetched
            .state
            .units
            .get(&part.unit)
            .map(|unit| unit.config.policy().utc_offset);
        news.push(Committed {
            id: part.operation.id,
            kind: kind_word(part.operation.kind),
            unit: part.unit,
            village: part.head.id,
            seq: part.operation.seq,
            day: Day::of_instant(at, offset.unwrap_or(0)),
            earned: earned(part),
        });
    }
    Ok(Receipt {
        id: job.id,
        unit: own.unit,
        seq,
        at,
        answer,
        replayed: false,
    })
}

/// What households earned by an operation: awards that reached the balance, less those undone.
fn earned(part: &core::UnitEffects) -> Vec<(i32, Points)> {
    let counted = part.rows.transfers.values().filter_map(|row| {
        let award = part.rows.awards.values().find(|award| {
            award.household == row.household
                && (award.seq, award.line) == (row.about, row.award_line)
        });
        let gives = award.is_some_and(|award| award.kind == RuleKind::Award);
        match row.purpose {
            Purpose::Award | Purpose::Maturity
                if row.to_account == core::rows::Account::Available =>
            {
                Some((row.household, row.points))
            }
            Purpose::Reversal if gives => Some((row.household, Points(-row.points.0))),
            _ => None,
        }
    });
    counted.collect()
}

/// Refusals that say nothing about the request itself are not remembered: a stranger could
/// otherwise spoil a key that is not theirs.
#[must_use]
pub fn is_remembered(why: &Rejection) -> bool {
    !matches!(
        why,
        Rejection::NotAllowed {} | Rejection::UnknownVillage {} | Rejection::OperationIdReused {}
    )
}

fn remembered(
    job: &Submission,
    ctx: &Context,
    payload: &[u8],
    why: &Rejection,
) -> Option<RefusalRow> {
    if !is_remembered(why) {
        return None;
    }
    Some(RefusalRow {
        unit: job.unit,
        id: job.id,
        fingerprint: fingerprint(ctx.actor.id, payload),
        why: serde_json::to_string(why).ok()?,
        at: ctx.at,
    })
}

/// The stored answer, when the request is the same.
///
/// # Errors
/// The stored refusal, or [`Rejection::OperationIdReused`] for another request.
pub fn answer_earlier(
    earlier: &Earlier,
    unit: UnitNo,
    actor: Uuid,
    payload: &[u8],
) -> Result<Receipt, Refusal> {
    let reused = Refusal::Rejected {
        why: Rejection::OperationIdReused {},
        replayed: false,
    };
    match earlier {
        Earlier::Accepted(row) if row.actor == actor && row.payload == payload => Ok(Receipt {
            id: row.id,
            unit,
            seq: row.seq,
            at: row.at,
            answer: Answer::whole(&row.answer).map_err(|_| {
                tracing::error!(unit, seq = row.seq, "a stored answer cannot be read");
                Refusal::Fault
            })?,
            replayed: true,
        }),
        Earlier::Refused(print, why) if *print == fingerprint(actor, payload) => {
            let why = serde_json::from_str(why).map_err(|_| Refusal::Fault)?;
            Err(Refusal::Rejected {
                why,
                replayed: true,
            })
        }
        _ => Err(reused),
    }
}

/// Whether the same batch may simply be tried again.
#[must_use]
pub fn is_passing(fault: &DbErr) -> bool {
    // 40001 serialization, 40P01 deadlock, 55P03 lock not available; SQLITE_BUSY is 5.
    matches!(
        code(fault).as_deref(),
        Some("40001" | "40P01" | "55P03" | "5" | "517")
    )
}

/// Whether the database is not there, or not well.
#[must_use]
pub fn is_outage(fault: &DbErr) -> bool {
    let class = code(fault).map(|code| code.chars().take(2).collect::<String>());
    matches!(fault, DbErr::ConnectionAcquire(_) | DbErr::Conn(_))
        || matches!(class.as_deref(), Some("08" | "53" | "57" | "58"))
        || is_passing(fault)
        || driver(fault).is_some_and(|fault| !matches!(fault, sqlx::Error::Database(_)))
}

/// Whether the database itself refused a statement that is a transaction of its own, so that
/// nothing was written. One that was being shut down may have been in the middle of its commit.
fn said_no(fault: &DbErr) -> bool {
    let database = driver(fault).is_some_and(|fault| matches!(fault, sqlx::Error::Database(_)));
    let ends = code(fault).is_some_and(|code| code.starts_with("57P"));
    database && !ends || driver(fault).is_none()
}

fn driver(fault: &DbErr) -> Option<&sqlx::Error> {
    match fault {
        DbErr::Exec(inner) | DbErr::Query(inner) | DbErr::Conn(inner) => match inner {
            sea_orm::RuntimeErr::SqlxError(fault) => Some(fault),
            sea_orm::RuntimeErr::Internal(_) => None,
        },
        _ => None,
    }
}

fn code(fault: &DbErr) -> Option<String> {
    driver(fault)?
        .as_database_error()?
        .code()
        .map(|code| code.to_string())
}

/// Reads the database's time.
///
/// # Errors
/// Of the database.
pub async fn now<C: ConnectionTrait>(
    shared_clock: &Clock,
    backend: DbBackend,
    db: &C,
) -> Result<i64, DbErr> {
    let row = db.query_one_raw(dialect::now(backend)).await?;
    let at = row
        .map(|row| row.try_get_by_index::<i64>(0))
        .transpose()?
        .unwrap_or(0);
    Ok(shared_clock.at(at))
}
