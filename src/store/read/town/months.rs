//! What happened in one village in each month.
//!
//! All sums are net, by what really moved between accounts:
//! issued: awards into households' accounts, less what reversals of awards took back;
//! taken: deductions and collected arrears, less what reversals of deductions gave back;
//! redeemed: spent on goods, less refunds; expired: lots past their day; allotted: into the fund,
//! less allotments undone. So for every month's end
//! fund = allotted − issued + taken and outstanding = issued − taken − redeemed − expired,
//! each summed up to it.

use crate::core::rights::{Role, UnitNo};
use crate::core::rows::{Account, Purpose};
use crate::core::{Day, Period, Points};
use crate::store::Store;
use crate::store::read::{ReadFault, rows, unit as unit_value};
use sea_orm::QueryResult;
use std::collections::{BTreeMap, BTreeSet};

/// Figures by the first day of the month.
pub type Months = BTreeMap<Day, Figures>;

/// One month of one village.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Figures {
    /// Into the fund.
    pub allotted: Points,
    /// To households, for deeds.
    pub issued: Points,
    /// From households, for faults.
    pub taken: Points,
    /// Spent on goods.
    pub redeemed: Points,
    /// Past their day.
    pub expired: Points,
    /// Households with an award or a redemption, whatever became of it later.
    pub taking_part: BTreeSet<i32>,
    /// First and last entry of the journal.
    pub entries: (i64, i64),
    /// When people last did something, microseconds since 1970 UTC; the nightly job is not people.
    pub last: Option<i64>,
}

/// The month of a day.
#[must_use]
pub fn month_of(day: Day) -> Day {
    Period::Month.start(day)
}

/// Adds the entries after `seen` up to `size`.
pub(super) async fn grow(
    store: &Store,
    unit: UnitNo,
    offset: i32,
    (seen, size): (i64, i64),
    months: &mut Months,
) -> Result<(), ReadFault> {
    let sql = "select seq, at, role from operation where village_id = $1 and seq > $2 and seq <= $3 \
               order by seq";
    let values = vec![unit_value(unit), seen.into(), size.into()];
    let mut fresh: BTreeMap<Day, (i64, i64)> = BTreeMap::new();
    for row in rows(store, sql, values).await? {
        let (seq, at): (i64, i64) = (row.try_get_by_index(0)?, row.try_get_by_index(1)?);
        let month = month_of(Day::of_instant(at, offset));
        let (_, last) = fresh.entry(month).or_insert((seq, seq));
        *last = seq;
        let figures = months.entry(month).or_default();
        if figures.entries.0 == 0 {
            figures.entries.0 = seq;
        }
        figures.entries.1 = seq;
        if row.try_get_by_index::<i64>(2)? != Role::Clock.code() {
            figures.last = Some(at);
        }
    }
    for (month, entries) in fresh {
        let figures = months.entry(month).or_default();
        add_points(store, unit, entries, figures).await?;
        add_households(store, unit, entries, figures).await?;
    }
    Ok(())
}

async fn add_points(
    store: &Store,
    unit: UnitNo,
    (first, last): (i64, i64),
    figures: &mut Figures,
) -> Result<(), ReadFault> {
    let sql = "select purpose, from_account, to_account, cast(sum(points) as bigint) from transfer \
               where village_id = $1 and seq between $2 and $3 group by purpose, from_account, to_account";
    let values = vec![unit_value(unit), first.into(), last.into()];
    for row in rows(store, sql, values).await? {
        let moved = Moved::of(&row)?;
        moved.add_to(figures);
    }
    Ok(())
}

async fn add_households(
    store: &Store,
    unit: UnitNo,
    (first, last): (i64, i64),
    figures: &mut Figures,
) -> Result<(), ReadFault> {
    let sql = "select distinct household from transfer where village_id = $1 \
               and seq between $2 and $3 and household > 0 and purpose in (2, 6)";
    let values = vec![unit_value(unit), first.into(), last.into()];
    for row in rows(store, sql, values).await? {
        let household = i32::try_from(row.try_get_by_index::<i64>(0)?).unwrap_or(0);
        figures.taking_part.insert(household);
    }
    Ok(())
}

/// Points that went one way for one purpose.
struct Moved {
    purpose: Purpose,
    from: Account,
    to: Account,
    points: Points,
}

impl Moved {
    fn of(row: &QueryResult) -> Result<Moved, ReadFault> {
        let account = |index| {
            let code = row.try_get_by_index::<i64>(index)?;
            Account::of_code(code).ok_or(ReadFault::Fault)
        };
        Ok(Moved {
            purpose: Purpose::of_code(row.try_get_by_index(0)?).ok_or(ReadFault::Fault)?,
            from: account(1)?,
            to: account(2)?,
            points: Points(row.try_get_by_index(3)?),
        })
    }

    fn add_to(&self, figures: &mut Figures) {
        let points = self.points.0;
        match (self.purpose, self.from, self.to) {
            (Purpose::Allotment, ..) => figures.allotted.0 += points,
            (Purpose::Award, ..) => figures.issued.0 += points,
            (Purpose::Deduction | Purpose::Recovery, ..) => figures.taken.0 += points,
            (Purpose::Redemption, ..) => figures.redeemed.0 += points,
            (Purpose::Refund, ..) => figures.redeemed.0 -= points,
            (Purpose::Expiry, ..) => figures.expired.0 += points,
            (Purpose::Reversal, Account::Fund, Account::Source) => figures.allotted.0 -= points,
            (Purpose::Reversal, Account::Fund, _) => figures.taken.0 -= points,
            (Purpose::Reversal, ..) => figures.issued.0 -= points,
            // Within a household: from its notice into its balance.
            (Purpose::Maturity, ..) => {}
        }
    }
}
