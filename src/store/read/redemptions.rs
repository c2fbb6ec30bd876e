//! One redemption, as its receipt.

use super::{ReadFault, core_row, row, rows, unit as unit_value};
use crate::core::rights::UnitNo;
use crate::core::rows::{RedemptionLineRow, RedemptionRow};
use crate::store::Store;
use uuid::Uuid;

/// A redemption with its goods.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct RedemptionItem {
    /// The operation's id.
    pub id: Uuid,
    /// When.
    pub at: i64,
    /// The redemption.
    pub row: RedemptionRow,
    /// The household's code.
    pub household: String,
    /// Each line with the good's code and names.
    pub lines: Vec<(RedemptionLineRow, String, String, String)>,
}

/// The redemption of an operation.
///
/// # Errors
/// [`ReadFault`].
pub async fn one(
    store: &Store,
    unit: UnitNo,
    id: Uuid,
) -> Result<Option<RedemptionItem>, ReadFault> {
    let sql = "select d.seq, d.station, d.household, d.points, d.refunded, d.receipt_no, d.clerk, d.day, o.at, h.code \
               from operation o join redemption d on d.village_id = o.village_id and d.seq = o.seq \
               join household h on h.village_id = d.village_id and h.no = d.household \
               where o.id = $1 and o.village_id = $2";
    let Some(found) = row(store, sql, vec![id.into(), unit_value(unit)]).await? else {
        return Ok(None);
    };
    let redemption: RedemptionRow = core_row(&found, 0)?;
    let sql = "select l.seq, l.line, l.good, l.quantity, l.price, l.refunded, g.sku, z.body, e.body from redemption_line l \
               join good g on g.village_id = l.village_id and g.station = $3 and g.no = l.good \
               left join words z on z.village_id = g.village_id and z.hash = g.name_zh \
               left join words e on e.village_id = g.village_id and e.hash = g.name_en \
               where l.village_id = $1 and l.seq = $2 order by l.line";
    let values = vec![
        unit_value(unit),
        redemption.seq.into(),
        i64::from(redemption.station).into(),
    ];
    let mut lines = Vec::new();
    for row in rows(store, sql, values).await? {
        let text = |index| {
            Ok::<String, ReadFault>(
                row.try_get_by_index::<Option<String>>(index)?
                    .unwrap_or_default(),
            )
        };
        lines.push((core_row(&row, 0)?, text(6)?, text(7)?, text(8)?));
    }
    Ok(Some(RedemptionItem {
        id,
        at: found.try_get_by_index(8)?,
        household: found.try_get_by_index(9)?,
        row: redemption,
        lines,
    }))
}
