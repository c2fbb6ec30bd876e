//! What happens by itself: lots past their day, notices that close, memories that end, and, on a
//! young PostgreSQL, statistics.

use super::read::{ReadFault, directory, policy, rows};
use super::{Store, Submission, Who, dialect};
use crate::core::award::{AwardKey, MatureAwards, ReturnAwards};
use crate::core::fund::ExpireLots;
use crate::core::rights::UnitNo;
use crate::core::{Command, Day, derived_id};
use sea_orm::{ConnectionTrait, DbBackend};
use uuid::Uuid;

const MICROS_PER_DAY: i64 = 86_400_000_000;
/// A refusal is remembered this long, so that a late duplicate cannot come true.
const REFUSAL_DAYS: i64 = 30;
/// The most things one sweep of a village takes at once.
const CHUNK: usize = 500;
const CHUNK_SQL: i64 = 500;

/// What one sweep did.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Sweep {
    /// Households with lots past their day.
    pub expired: usize,
    /// Awards whose notice closed.
    pub matured: usize,
    /// Proposals that nobody reviewed in time.
    pub returned: usize,
}

/// A number of its own for each line of a journal.
fn place(key: &AwardKey) -> i64 {
    key.seq * 4096 + i64::from(key.line)
}

impl Store {
    /// Sweeps every village for its own local day. Safe to run twice and in several processes:
    /// each piece has an id of its own, made from village, day and rows.
    ///
    /// # Errors
    /// [`ReadFault`] when the database does not answer; what was swept stays swept.
    pub async fn sweep(&self) -> Result<Sweep, ReadFault> {
        let mut sum = Sweep::default();
        let mut after = None;
        loop {
            let villages = directory::villages(self, None, after, CHUNK).await?;
            let Some(last) = villages.last() else { break };
            after = Some(last.no);
            for village in &villages {
                let offset = policy::policy(self, village.no).await?.utc_offset;
                let today = Day::of_instant(self.time(), offset);
                sum.expired += self.sweep_lots(village.no, today).await?;
                sum.matured += self.sweep_notices(village.no, today).await?;
                sum.returned += self.sweep_proposals(village.no, today).await?;
            }
        }
        self.forget().await?;
        Ok(sum)
    }

    async fn swept(&self, unit: UnitNo, first: i64, today: Day, command: Command) {
        let name = Uuid::from_u64_pair(u64::from(unit.unsigned_abs()), first.unsigned_abs());
        let id = derived_id(
            name,
            i64::from(today.0) * MICROS_PER_DAY,
            u32::from(command.kind().unsigned_abs()),
        );
        let submission = Submission {
            id,
            unit,
            who: Who::Clock,
            command,
        };
        if let Err(refusal) = self.submit(submission).await {
            tracing::warn!(?refusal, unit, "a sweep was refused");
        }
    }

    async fn sweep_lots(&self, unit: UnitNo, today: Day) -> Result<usize, ReadFault> {
        let sql = "select distinct holder from balance where village_id = $1 and account = 4 and lot <> 2932896 \
                   and lot < $2 and points > 0 order by holder limit $3";
        let values = vec![
            i64::from(unit).into(),
            i64::from(today.0).into(),
            CHUNK_SQL.into(),
        ];
        let mut households = Vec::new();
        for row in rows(self, sql, values).await? {
            households.push(i32::try_from(row.try_get_by_index::<i64>(0)?).unwrap_or(0));
        }
        let Some(first) = households.first() else {
            return Ok(0);
        };
        let (first, count) = (i64::from(*first), households.len());
        self.swept(
            unit,
            first,
            today,
            Command::ExpireLots(ExpireLots { households }),
        )
        .await;
        Ok(count)
    }

    async fn sweep_notices(&self, unit: UnitNo, today: Day) -> Result<usize, ReadFault> {
        let sql = "select seq, line from award where village_id = $1 and state = 2 and state in (1, 2) \
                   and notice_until < $2 and objections = 0 order by seq, line limit $3";
        let values = vec![
            i64::from(unit).into(),
            i64::from(today.0).into(),
            CHUNK_SQL.into(),
        ];
        let awards = self.keys(sql, values).await?;
        let Some(first) = awards.first().map(place) else {
            return Ok(0);
        };
        let count = awards.len();
        let command = Command::MatureAwards(MatureAwards { awards });
        self.swept(unit, first, today, command).await;
        Ok(count)
    }

    async fn sweep_proposals(&self, unit: UnitNo, today: Day) -> Result<usize, ReadFault> {
        let sql = "select seq, line from award where village_id = $1 and state = 1 and state in (1, 2) \
                   and review_by < $2 order by seq, line limit $3";
        let values = vec![i64::from(unit).into(), self.time().into(), CHUNK_SQL.into()];
        let awards = self.keys(sql, values).await?;
        let Some(first) = awards.first().map(place) else {
            return Ok(0);
        };
        let count = awards.len();
        let command = Command::ReturnAwards(ReturnAwards { awards });
        self.swept(unit, first, today, command).await;
        Ok(count)
    }

    async fn keys(
        &self,
        sql: &'static str,
        values: Vec<sea_orm::Value>,
    ) -> Result<Vec<AwardKey>, ReadFault> {
        let mut awards = Vec::new();
        for row in rows(self, sql, values).await? {
            let line = i32::try_from(row.try_get_by_index::<i64>(1)?).unwrap_or(0);
            awards.push(AwardKey {
                seq: row.try_get_by_index(0)?,
                line,
            });
        }
        Ok(awards)
    }

    async fn forget(&self) -> Result<(), ReadFault> {
        let now = self.time();
        let refusals = "delete from refusal where at < $1";
        let sessions = "delete from session where expires < $1 or (ended > 0 and ended < $1)";
        for (sql, days) in [(refusals, REFUSAL_DAYS), (sessions, 1)] {
            let before = now - days * MICROS_PER_DAY;
            let statement = dialect::plain(self.backend(), sql, vec![before.into()]);
            self.desk().execute_raw(statement).await?;
        }
        Ok(())
    }

    /// Gathers statistics, so that plans made on empty tables do not stay.
    ///
    /// # Errors
    /// [`ReadFault`].
    pub async fn gather_statistics(&self) -> Result<(), ReadFault> {
        if self.backend() == DbBackend::Postgres {
            for table in [
                "head",
                "operation",
                "transfer",
                "award",
                "balance",
                "use_count",
                "household",
                "words",
            ] {
                let sql = ["analyze ", table].concat();
                self.desk().execute_unprepared(&sql).await?;
            }
        }
        Ok(())
    }
}
