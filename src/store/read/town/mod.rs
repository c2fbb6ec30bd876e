//! A township's villages month by month, grown from their journals.
//!
//! A journal only grows and its time never runs backwards, so the figures of a past month stand
//! for good; an undone entry counts in the month that undid it. Each process keeps what it has
//! added up and reads only what came after. What it kept is right as long as the village's head
//! says the same number, and that is asked every time: processes need not tell each other.

mod months;
mod most;

pub use months::{Figures, Months, month_of};
pub use most::{MostUsed, goods, rules};

use super::{ReadFault, rows, unit as unit_value};
use crate::core::policy::HOME_OFFSET;
use crate::core::rights::UnitNo;
use crate::core::{Day, Points};
use crate::store::Store;
use std::collections::{BTreeMap, HashMap};
use std::sync::Arc;
use tokio::sync::Mutex;

/// What has been added up so far.
#[derive(Debug, Default)]
pub struct Kept(Mutex<HashMap<UnitNo, Counted>>);

/// One village as it was when its journal had `size` entries.
#[derive(Clone, Debug)]
struct Counted {
    size: i64,
    offset: i32,
    village: Arc<Village>,
}

/// A village with all its months.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Village {
    /// May still be awarded, now.
    pub fund: Points,
    /// Held by households, now.
    pub outstanding: Points,
    /// What happened in each month; months without an entry are missing.
    pub months: Months,
    /// Households that take part at all, by the month they joined; closed ones are left out.
    pub joined: BTreeMap<Day, i64>,
}

impl Village {
    /// Households that had joined by the end of a month.
    #[must_use]
    pub fn households(&self, month: Day) -> i64 {
        self.joined.range(..=month).map(|(_, count)| count).sum()
    }
}

/// Where the journals of a township's villages stand.
struct Head {
    unit: UnitNo,
    size: i64,
    fund: Points,
    outstanding: Points,
    offset: i32,
}

async fn heads(store: &Store, township: UnitNo) -> Result<Vec<Head>, ReadFault> {
    let sql = "select h.unit, h.size, h.fund, h.outstanding, p.utc_offset from head h \
               left join policy p on p.village_id = h.unit and p.no = 0 where h.parent = $1";
    let head = |row: &sea_orm::QueryResult| {
        let offset = row.try_get_by_index::<Option<i64>>(4)?;
        Ok(Head {
            unit: i32::try_from(row.try_get_by_index::<i64>(0)?).unwrap_or(0),
            size: row.try_get_by_index(1)?,
            fund: Points(row.try_get_by_index(2)?),
            outstanding: Points(row.try_get_by_index(3)?),
            offset: offset
                .and_then(|minutes| i32::try_from(minutes).ok())
                .unwrap_or(HOME_OFFSET),
        })
    };
    let found = rows(store, sql, vec![unit_value(township)]).await?;
    found.iter().map(head).collect()
}

/// The villages of a township by number.
///
/// # Errors
/// [`ReadFault`].
pub async fn villages(
    store: &Store,
    township: UnitNo,
) -> Result<HashMap<UnitNo, Arc<Village>>, ReadFault> {
    let mut out = HashMap::new();
    // Held while reading: of many that ask at once, one reads and the others find it kept.
    let mut kept = store.inner.town.0.lock().await;
    for head in heads(store, township).await? {
        let known = kept
            .get(&head.unit)
            .filter(|counted| counted.offset == head.offset);
        let village = match known {
            Some(counted) if counted.size == head.size => Arc::clone(&counted.village),
            // A smaller journal than before is another one, restored from a backup.
            Some(counted) if counted.size < head.size => {
                grown(store, &head, Village::clone(&counted.village), counted.size).await?
            }
            _ => grown(store, &head, Village::default(), 0).await?,
        };
        let counted = Counted {
            size: head.size,
            offset: head.offset,
            village: Arc::clone(&village),
        };
        kept.insert(head.unit, counted);
        out.insert(head.unit, village);
    }
    Ok(out)
}

async fn grown(
    store: &Store,
    head: &Head,
    mut village: Village,
    seen: i64,
) -> Result<Arc<Village>, ReadFault> {
    let entries = (seen, head.size);
    months::grow(store, head.unit, head.offset, entries, &mut village.months).await?;
    village.joined = joined(store, head.unit).await?;
    (village.fund, village.outstanding) = (head.fund, head.outstanding);
    Ok(Arc::new(village))
}

async fn joined(store: &Store, unit: UnitNo) -> Result<BTreeMap<Day, i64>, ReadFault> {
    let sql = "select joined, count(*) from household where village_id = $1 and status <> 3 \
               group by joined";
    let mut out = BTreeMap::new();
    for row in rows(store, sql, vec![unit_value(unit)]).await? {
        let day = Day(i32::try_from(row.try_get_by_index::<i64>(0)?).unwrap_or(0));
        *out.entry(months::month_of(day)).or_insert(0) += row.try_get_by_index::<i64>(1)?;
    }
    Ok(out)
}
