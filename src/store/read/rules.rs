//! The rules in force: the newest version of each.

use super::{ReadFault, core_row, rows, unit as unit_value};
use crate::core::rights::UnitNo;
use crate::core::rows::{CapGroupRow, RuleRow};
use crate::core::{Period, Points};
use crate::store::Store;
use sea_orm::QueryResult;
use std::collections::HashMap;

/// A cap that rules share, or a group of which one counts.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct CapItem {
    /// Its code.
    pub code: String,
    /// The shared cap.
    pub points: Option<Points>,
    /// Its period.
    pub period: Period,
}

/// A rule with its names.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct RuleItem {
    /// The rule.
    pub row: RuleRow,
    /// Its Chinese name.
    pub name_zh: String,
    /// Its English name.
    pub name_en: String,
    /// The cap it shares.
    pub shared_cap: Option<CapItem>,
    /// The group it excludes.
    pub exclusive: Option<CapItem>,
}

/// Caps by the number of their group.
pub(super) type Caps = HashMap<i32, CapItem>;

/// All groups of rules.
pub(super) async fn caps(store: &Store, unit: UnitNo) -> Result<Caps, ReadFault> {
    let sql = "select no, code, kind, points, period from cap_group where village_id = $1";
    let mut caps = Caps::new();
    for row in rows(store, sql, vec![unit_value(unit)]).await? {
        let group: CapGroupRow = core_row(&row, 0)?;
        let item = CapItem {
            code: group.code,
            points: group.points,
            period: group.period,
        };
        caps.insert(group.no, item);
    }
    Ok(caps)
}

/// A rule from its columns, followed by its two names.
pub(super) fn item(row: &QueryResult, caps: &Caps) -> Result<RuleItem, ReadFault> {
    let rule: RuleRow = core_row(row, 0)?;
    let cap = |no: Option<i32>| no.and_then(|no| caps.get(&no).cloned());
    let name = |index| row.try_get_by_index::<Option<String>>(index);
    Ok(RuleItem {
        shared_cap: cap(rule.shared_cap),
        exclusive: cap(rule.exclusive),
        name_zh: name(18)?.unwrap_or_default(),
        name_en: name(19)?.unwrap_or_default(),
        row: rule,
    })
}

/// The newest version of each rule, by number.
///
/// # Errors
/// [`ReadFault`].
pub async fn list(store: &Store, unit: UnitNo) -> Result<Vec<RuleItem>, ReadFault> {
    let caps = caps(store, unit).await?;
    let sql = "select r.no, r.version, r.code, r.name_zh, r.name_en, r.category, r.kind, r.points, r.unit, \
               r.cap_points, r.cap_period, r.path, r.evidence, r.scope, r.shared_cap, r.exclusive, r.starts, r.ends, \
               z.body, e.body from rule r \
               left join words z on z.village_id = r.village_id and z.hash = r.name_zh \
               left join words e on e.village_id = r.village_id and e.hash = r.name_en \
               where r.village_id = $1 and r.version = (select max(x.version) from rule x \
               where x.village_id = r.village_id and x.no = r.no) order by r.no";
    let found = rows(store, sql, vec![unit_value(unit)]).await?;
    found.iter().map(|row| item(row, &caps)).collect()
}
