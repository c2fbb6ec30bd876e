//! One transaction: whatever was waiting is fetched, decided in order, written, committed.

use super::access_rows::Standing;
use super::clock::Clock;
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
use std::sync::{Arc, Mutex, PoisonError};
use uuid::Uuid;

/// Configurations by unit and version; safe, because the version is read under the head's lock.
#[derive(Debug, Default)]
pub struct Configs(Mutex<HashMap<UnitNo, (i64, Arc<Config>)>>);

/// Villages whose configuration is kept at hand by one process.
const CONFIGS_MAX: usize = 20_000;

impl Configs {
    /// The configuration, when it is this version.
    pub fn get(&self, unit: UnitNo, version: i64) -> Option<Arc<Config>> {
        let map = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        map.get(&unit)
            .filter(|(known, _)| *known == version)
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

/// Runs one batch, up to the first command that changes what later ones read; the caller brings
/// the rest again.
///
/// # Errors
/// [`BatchFault`]: nobody has been answered, and either nothing happened or nobody knows.
pub async fn run(
    shared: &Shared,
    db: &DatabaseConnection,
    jobs: &mut [Submission],
) -> Result<Fates, BatchFault> {
    resolve::resolve(shared, db, jobs).await?;
    let tx = db.begin_with_options(immediate()).await?;
    let fetched = match prefetch::fetch(shared, &tx, jobs).await {
        Ok(fetched) => fetched,
        Err(fault) => {
            tx.rollback().await?;
            return Err(fault.into());
        }
    };
    let decided = decide(fetched, jobs);
    let news = decided.news;
    let configs = decided.configs;
    if let Err(fault) = decided.changes.flush(shared.backend, &tx).await {
        tx.rollback().await?;
        return Err(fault.into());
    }
    failpoint::hit("before_commit")?;
    tx.commit().await.map_err(BatchFault::InCommit)?;
    failpoint::hit("after_commit").map_err(BatchFault::InCommit)?;
    for (unit, version, config) in configs {
        shared.configs.put(unit, version, config);
    }
    if !news.is_empty() {
        // Nobody listening is no fault.
        let _ = shared.committed.send(Arc::new(news));
    }
    Ok(decided.fates)
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
