//! How much of a rule's limits is used: what an award page shows before anything is booked.

use super::{ReadFault, core_row, rows, unit as unit_value};
use crate::core::rights::UnitNo;
use crate::core::rows::{CapGroupRow, RuleRow, UseKind, UseRow};
use crate::core::rule::{Counter, counters};
use crate::core::state::{Config, Tables};
use crate::core::{Day, Period, Points};
use crate::store::Store;
use std::collections::HashMap;

/// The limits that deeds under one rule count against.
#[derive(Clone, Debug)]
pub struct Limits {
    config: Config,
    rule: RuleRow,
}

/// Whose deed it is.
#[derive(Clone, Copy, Debug)]
pub struct Deed {
    /// The household.
    pub household: i32,
    /// Its group.
    pub group_no: i32,
    /// The member, when the rule counts persons.
    pub member: Option<i32>,
    /// The day of the deed.
    pub day: Day,
}

/// One limit and how much of it is used.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct CapUse {
    /// The rule's own, shared, or exclusive.
    pub kind: UseKind,
    /// The code of a shared cap or exclusive group; empty for the rule's own cap.
    pub code: String,
    /// The most; `None` for exclusives.
    pub cap: Option<Points>,
    /// Given so far in the period.
    pub used: Points,
    /// The period's length.
    pub span: Period,
    /// Number of the other rule that was used, for exclusives.
    pub other: Option<i32>,
}

impl CapUse {
    /// What may still be given; `None` without a cap.
    #[must_use]
    pub fn left(&self) -> Option<Points> {
        self.cap.map(|cap| Points((cap.0 - self.used.0).max(0)))
    }
}

/// What has been counted: kind, rule or group, holder.
pub type Used = HashMap<(UseKind, i64, i64), UseRow>;

/// The limits of a rule.
///
/// # Errors
/// [`ReadFault`].
pub async fn limits(store: &Store, unit: UnitNo, rule: &RuleRow) -> Result<Limits, ReadFault> {
    let mut tables = Tables::default();
    let sql = "select no, code, kind, points, period from cap_group where village_id = $1";
    for row in rows(store, sql, vec![unit_value(unit)]).await? {
        let group: CapGroupRow = core_row(&row, 0)?;
        tables.cap_groups.insert((group.no,), group);
    }
    Ok(Limits {
        config: Config::new(tables),
        rule: rule.clone(),
    })
}

impl Limits {
    fn counters(&self, deed: Deed) -> Vec<Counter> {
        let Deed {
            household,
            group_no,
            member,
            day,
        } = deed;
        counters(&self.config, &self.rule, household, group_no, member, day)
    }

    /// Each limit of a deed with what is used of it.
    #[must_use]
    pub fn of(&self, used: &Used, deed: Deed) -> Vec<CapUse> {
        let one = |counter: Counter| {
            let row = used.get(&(counter.kind, counter.no, counter.holder));
            let count = row.map_or(0, |row| row.used);
            let group = i32::try_from(counter.no).unwrap_or(0);
            let group = self.config.tables().cap_groups.get(&(group,));
            let other = row.filter(|_| counter.kind == UseKind::Exclusive && count > 0);
            CapUse {
                kind: counter.kind,
                code: group
                    .filter(|_| counter.kind != UseKind::Rule)
                    .map(|group| group.code.clone())
                    .unwrap_or_default(),
                cap: counter.cap,
                used: Points(count),
                span: counter.span,
                other: other.map(|row| row.rule).filter(|no| *no != self.rule.no),
            }
        };
        self.counters(deed).into_iter().map(one).collect()
    }
}

/// What one deed's limits have counted.
///
/// # Errors
/// [`ReadFault`].
pub async fn used(
    store: &Store,
    unit: UnitNo,
    limits: &Limits,
    deed: Deed,
) -> Result<Used, ReadFault> {
    let sql = "select kind, no, holder, period, used, rule from use_count \
               where village_id = $1 and kind = $2 and no = $3 and holder = $4 and period = $5";
    let mut used = Used::new();
    for counter in limits.counters(deed) {
        let values = vec![
            unit_value(unit),
            counter.kind.code().into(),
            counter.no.into(),
            counter.holder.into(),
            i64::from(counter.period.0).into(),
        ];
        for row in rows(store, sql, values).await? {
            let row: UseRow = core_row(&row, 0)?;
            used.insert((row.kind, row.no, row.holder), row);
        }
    }
    Ok(used)
}

/// What the limits have counted for every household on a day.
///
/// # Errors
/// [`ReadFault`].
pub async fn used_by_all(
    store: &Store,
    unit: UnitNo,
    limits: &Limits,
    day: Day,
) -> Result<Used, ReadFault> {
    let sql = "select kind, no, holder, period, used, rule from use_count \
               where village_id = $1 and kind = $2 and no = $3 and period = $4";
    let any = Deed {
        household: 0,
        group_no: 0,
        member: None,
        day,
    };
    let mut used = Used::new();
    for counter in limits.counters(any) {
        let values = vec![
            unit_value(unit),
            counter.kind.code().into(),
            counter.no.into(),
            i64::from(counter.period.0).into(),
        ];
        for row in rows(store, sql, values).await? {
            let row: UseRow = core_row(&row, 0)?;
            used.insert((row.kind, row.no, row.holder), row);
        }
    }
    Ok(used)
}
