//! Which rules and goods a village uses most.

use crate::core::rights::UnitNo;
use crate::core::{Points, rows::RuleKind};
use crate::store::Store;
use crate::store::read::{ReadFault, limit, rows, unit as unit_value};
use sea_orm::QueryResult;

/// A rule or a good, and how much it was used.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct MostUsed {
    /// The village's code for it.
    pub code: String,
    /// Its Chinese name.
    pub name_zh: String,
    /// Its English name.
    pub name_en: String,
    /// How often, or how many pieces.
    pub count: i64,
    /// How many points.
    pub points: Points,
    /// Whether it takes points from households for a fault.
    pub takes: bool,
}

fn used(row: &QueryResult) -> Result<MostUsed, ReadFault> {
    let text = |index| {
        let text = row.try_get_by_index::<Option<String>>(index)?;
        Ok::<String, ReadFault>(text.unwrap_or_default())
    };
    Ok(MostUsed {
        code: text(0)?,
        name_zh: text(1)?,
        name_en: text(2)?,
        count: row.try_get_by_index(3)?,
        points: Points(row.try_get_by_index(4)?),
        takes: row.try_get_by_index::<i64>(5)? == RuleKind::Deduct.code(),
    })
}

/// Rules by how often they were recorded in these entries and still stand, the most used first.
///
/// # Errors
/// [`ReadFault`].
pub async fn rules(
    store: &Store,
    unit: UnitNo,
    (first, last): (i64, i64),
    most: usize,
) -> Result<Vec<MostUsed>, ReadFault> {
    let sql = "select r.code, z.body, e.body, u.times, u.points, r.kind from \
         (select rule, max(rule_version) as version, count(*) as times, cast(sum(points) as bigint) as points \
          from award where village_id = $1 and seq between $2 and $3 and state in (2, 3) group by rule) u \
         join rule r on r.village_id = $1 and r.no = u.rule and r.version = u.version \
         left join words z on z.village_id = $1 and z.hash = r.name_zh \
         left join words e on e.village_id = $1 and e.hash = r.name_en \
         order by u.times desc, r.code limit $4";
    let values = vec![unit_value(unit), first.into(), last.into(), limit(most)];
    rows(store, sql, values).await?.iter().map(used).collect()
}

/// Goods by pieces handed over in these entries and not brought back, the most first.
///
/// # Errors
/// [`ReadFault`].
pub async fn goods(
    store: &Store,
    unit: UnitNo,
    (first, last): (i64, i64),
    most: usize,
) -> Result<Vec<MostUsed>, ReadFault> {
    let sql = "select g.sku, z.body, e.body, u.pieces, u.points, cast(0 as bigint) from \
         (select d.station, l.good, cast(sum(l.quantity - l.refunded) as bigint) as pieces, \
           cast(sum((l.quantity - l.refunded) * l.price) as bigint) as points \
          from redemption d join redemption_line l on l.village_id = d.village_id and l.seq = d.seq \
          where d.village_id = $1 and d.seq between $2 and $3 group by d.station, l.good) u \
         join good g on g.village_id = $1 and g.station = u.station and g.no = u.good \
         left join words z on z.village_id = $1 and z.hash = g.name_zh \
         left join words e on e.village_id = $1 and e.hash = g.name_en \
         where u.pieces > 0 order by u.pieces desc, g.sku limit $4";
    let values = vec![unit_value(unit), first.into(), last.into(), limit(most)];
    rows(store, sql, values).await?.iter().map(used).collect()
}
