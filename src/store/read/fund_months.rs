//! What went through the fund, month by month.

use super::{ReadFault, policy, rows, unit as unit_value};
use crate::core::rights::UnitNo;
use crate::core::{Day, Period, Points};
use crate::store::Store;

/// The points of a span of time.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Flow {
    /// Put into the fund.
    pub allotted: Points,
    /// Given to households, less what was taken back by reversals.
    pub issued: Points,
    /// Taken for faults and arrears.
    pub deducted: Points,
    /// Spent on goods.
    pub redeemed: Points,
    /// Back for goods brought back.
    pub refunded: Points,
    /// Past their day.
    pub expired: Points,
}

/// One month of the fund.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct FundMonth {
    /// Its first day.
    pub month: Day,
    /// What moved in it.
    pub flow: Flow,
}

const MICROS_PER_DAY: i64 = 86_400_000_000;

impl Flow {
    fn take(&mut self, purpose: i64, to_fund: bool, points: i64) {
        match purpose {
            1 => self.allotted.0 += points,
            2 => self.issued.0 += points,
            3 | 5 => self.deducted.0 += points,
            4 if to_fund => self.issued.0 -= points,
            4 => self.issued.0 += points,
            6 => self.redeemed.0 += points,
            7 => self.refunded.0 += points,
            8 => self.expired.0 += points,
            _ => {}
        }
    }
}

/// All movements so far, and those of the last twelve months by month, the newest first.
///
/// # Errors
/// [`ReadFault`].
pub async fn months(store: &Store, unit: UnitNo) -> Result<(Flow, Vec<FundMonth>), ReadFault> {
    let offset = i64::from(policy::policy(store, unit).await?.utc_offset);
    // Days are few, movements many: the database sums them by day.
    let sql = "select (o.at + $2) / $3 as day, t.purpose, cast(case when t.to_account = 1 then 1 else 0 end as bigint) as back, \
               cast(sum(t.points) as bigint) from transfer t \
               join operation o on o.village_id = t.village_id and o.seq = t.seq \
               where t.village_id = $1 group by day, t.purpose, back";
    let values = vec![
        unit_value(unit),
        (offset * 60_000_000).into(),
        MICROS_PER_DAY.into(),
    ];
    let this = Period::Month.start(Day::of_instant(
        store.time(),
        i32::try_from(offset).unwrap_or(0),
    ));
    let mut all = Flow::default();
    let mut months: Vec<FundMonth> = (0..12).map(|back| before(this, back)).collect();
    for row in rows(store, sql, values).await? {
        let int = |index| row.try_get_by_index::<i64>(index);
        let (day, purpose) = (Day(i32::try_from(int(0)?).unwrap_or(0)), int(1)?);
        let (back, points) = (int(2)? == 1, int(3)?);
        all.take(purpose, back, points);
        let month = Period::Month.start(day);
        if let Some(month) = months.iter_mut().find(|known| known.month == month) {
            month.flow.take(purpose, back, points);
        }
    }
    Ok((all, months))
}

fn before(this: Day, months: u32) -> FundMonth {
    let mut month = this;
    for _ in 0..months {
        month = Period::Month.start(month.plus(-1));
    }
    FundMonth {
        month,
        flow: Flow::default(),
    }
}
