//! Households: the list, and one with everything it has.

pub use super::view_desk::{view, view_named};

use super::{ReadFault, limit, rows, unit as unit_value};
use crate::core::ledger::Balance;
use crate::core::rights::UnitNo;
use crate::core::rows::HouseholdStatus;
use crate::core::{Day, Points};
use crate::store::Store;
use crate::store::tables::damaged;
use sea_orm::{DbErr, QueryResult, Value};
use uuid::Uuid;

/// A household in a list.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct HouseholdItem {
    /// Its number.
    pub no: i32,
    /// Its public id.
    pub id: Uuid,
    /// Its code.
    pub code: String,
    /// Its group.
    pub group: String,
    /// Its head's name.
    pub head: String,
    /// Where it stands.
    pub status: HouseholdStatus,
}

/// A member.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct MemberItem {
    /// The number in the household.
    pub no: i32,
    /// The name.
    pub name: String,
}

/// A household with what it has.
#[derive(Clone, Debug, PartialEq)]
pub struct HouseholdView {
    /// The household.
    pub item: HouseholdItem,
    /// Its telephone.
    pub phone: Option<String>,
    /// Its door plate.
    pub door: Option<String>,
    /// Its members.
    pub members: Vec<MemberItem>,
    /// When it joined.
    pub joined: Day,
    /// What it has today.
    pub balance: Balance,
    /// Spendable points by the day they end, the first to end first.
    pub lots: Vec<(Day, Points)>,
    /// Stars by points earned in twelve months, 0 to 5.
    pub stars: i32,
    /// Points earned in twelve months.
    pub earned_12_months: Points,
    /// Whether a card is in force.
    pub has_card: bool,
    /// Whether a PIN is set.
    pub has_pin: bool,
}

/// Points earned in twelve months for each star, in hundredths: 10, 50, 100, 200, 300 points.
/// An active household earns 10 to 25 a month (PRACTICE section g).
const STARS: [i64; 5] = [1_000, 5_000, 10_000, 20_000, 30_000];

/// Stars for points earned in twelve months.
#[must_use]
pub fn stars(earned: Points) -> i32 {
    i32::try_from(STARS.iter().filter(|least| earned.0 >= **least).count()).unwrap_or(0)
}

/// The next star for points earned in twelve months, and the points it takes; `None` at the top.
#[must_use]
pub fn next_star(earned: Points) -> Option<(i32, Points)> {
    let next = STARS.get(usize::try_from(stars(earned)).unwrap_or(0))?;
    Some((stars(earned) + 1, Points(*next)))
}

fn item(row: &QueryResult) -> Result<HouseholdItem, ReadFault> {
    Ok(item_at(row, [0, 1, 2, 3, 4, 5])?)
}

/// A household from these columns: number, id, code, group, head, status.
pub(super) fn item_at(row: &QueryResult, at: [usize; 6]) -> Result<HouseholdItem, DbErr> {
    let [no, id, code, group, head, status] = at;
    let text = |index| {
        let text = row.try_get_by_index::<Option<String>>(index)?;
        Ok::<String, DbErr>(text.unwrap_or_default())
    };
    Ok(HouseholdItem {
        no: i32::try_from(row.try_get_by_index::<i64>(no)?).unwrap_or(0),
        id: row.try_get_by_index(id)?,
        code: row.try_get_by_index(code)?,
        group: text(group)?,
        head: text(head)?,
        status: HouseholdStatus::of_code(row.try_get_by_index(status)?)
            .ok_or_else(|| damaged("household"))?,
    })
}

/// Households in the order they were registered; `q` finds by code, head, phone tail or door.
///
/// # Errors
/// [`ReadFault`].
pub async fn list(
    store: &Store,
    unit: UnitNo,
    q: Option<&str>,
    after: Option<i32>,
    most: usize,
) -> Result<Vec<HouseholdItem>, ReadFault> {
    let from = i64::from(after.unwrap_or(0));
    let found = match q.map(str::trim).filter(|q| !q.is_empty()) {
        None => {
            let sql = "select h.no, h.id, h.code, g.name, w.body, h.status from household h \
                 left join village_group g on g.village_id = h.village_id and g.no = h.group_no \
                 left join words w on w.village_id = h.village_id and w.hash = h.head \
                 where h.village_id = $1 and h.no > $2 order by h.no limit $3";
            rows(store, sql, vec![unit_value(unit), from.into(), limit(most)]).await?
        }
        Some(q) => {
            let sql = "select h.no, h.id, h.code, g.name, w.body, h.status from household h \
                 left join village_group g on g.village_id = h.village_id and g.no = h.group_no \
                 left join words w on w.village_id = h.village_id and w.hash = h.head \
                 left join words p on p.village_id = h.village_id and p.hash = h.phone \
                 left join words d on d.village_id = h.village_id and d.hash = h.door \
                 where h.village_id = $1 and h.no > $2 and (h.code like $4 escape '!' \
                 or w.body like $5 escape '!' or p.body like $6 escape '!' or d.body like $5 escape '!') \
                 order by h.no limit $3";
            let plain = q.replace('!', "!!").replace('%', "!%").replace('_', "!_");
            let like = |before: &str, after: &str| Value::from([before, &plain, after].concat());
            let patterns = [like("", "%"), like("%", "%"), like("%", "")];
            let values = vec![unit_value(unit), from.into(), limit(most)]
                .into_iter()
                .chain(patterns);
            rows(store, sql, values.collect()).await?
        }
    };
    found.iter().map(item).collect()
}
