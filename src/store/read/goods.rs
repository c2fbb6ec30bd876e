//! The goods of a station with what is on the shelf.

use super::{ReadFault, core_row, rows, unit as unit_value};
use crate::core::rights::UnitNo;
use crate::core::rows::GoodRow;
use crate::store::Store;

/// A good with its names and stock.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct GoodItem {
    /// The good.
    pub row: GoodRow,
    /// Its Chinese name.
    pub name_zh: String,
    /// Its English name.
    pub name_en: String,
    /// Pieces on the shelf.
    pub on_hand: i64,
}

/// The goods of a station, by number.
///
/// # Errors
/// [`ReadFault`].
pub async fn list(store: &Store, unit: UnitNo, station: i32) -> Result<Vec<GoodItem>, ReadFault> {
    let sql = "select g.station, g.no, g.id, g.sku, g.barcode, g.name_zh, g.name_en, g.unit, g.price, g.price_version, \
               g.monthly_limit, g.low_stock, g.stocked, z.body, e.body, coalesce(s.on_hand, 0) from good g \
               left join words z on z.village_id = g.village_id and z.hash = g.name_zh \
               left join words e on e.village_id = g.village_id and e.hash = g.name_en \
               left join stock s on s.village_id = g.village_id and s.station = g.station and s.good = g.no \
               where g.village_id = $1 and g.station = $2 order by g.no";
    let mut items = Vec::new();
    for row in rows(
        store,
        sql,
        vec![unit_value(unit), i64::from(station).into()],
    )
    .await?
    {
        items.push(GoodItem {
            row: core_row(&row, 0)?,
            name_zh: row
                .try_get_by_index::<Option<String>>(13)?
                .unwrap_or_default(),
            name_en: row
                .try_get_by_index::<Option<String>>(14)?
                .unwrap_or_default(),
            on_hand: row.try_get_by_index(15)?,
        });
    }
    Ok(items)
}
