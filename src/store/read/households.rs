//! Households: the list, and one with everything it has.

use super::{ReadFault, limit, policy, row, rows, unit as unit_value};
use crate::core::ledger::Balance;
use crate::core::rights::UnitNo;
use crate::core::rows::{Account, HouseholdStatus};
use crate::core::{Day, Points};
use crate::store::Store;
use sea_orm::{QueryResult, Value};
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
const MICROS_PER_DAY: i64 = 86_400_000_000;

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
    Ok(HouseholdItem {
        no: i32::try_from(row.try_get_by_index::<i64>(0)?).unwrap_or(0),
        id: row.try_get_by_index(1)?,
        code: row.try_get_by_index(2)?,
        group: row
            .try_get_by_index::<Option<String>>(3)?
            .unwrap_or_default(),
        head: row
            .try_get_by_index::<Option<String>>(4)?
            .unwrap_or_default(),
        status: HouseholdStatus::of_code(row.try_get_by_index(5)?).ok_or(ReadFault::Fault)?,
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

async fn balance(
    store: &Store,
    unit: UnitNo,
    no: i32,
    today: Day,
    arrears: Points,
) -> Result<(Balance, Vec<(Day, Points)>), ReadFault> {
    let sql = "select account, lot, points from balance where village_id = $1 and holder = $2 \
               and points > 0 order by account, lot";
    let mut sum = Balance {
        arrears,
        ..Balance::default()
    };
    let mut lots = Vec::new();
    for row in rows(store, sql, vec![unit_value(unit), i64::from(no).into()]).await? {
        let lot = Day(i32::try_from(row.try_get_by_index::<i64>(1)?).unwrap_or(0));
        let points = Points(row.try_get_by_index(2)?);
        match Account::of_code(row.try_get_by_index(0)?) {
            Some(Account::Available) if lot >= today => {
                sum.available.0 += points.0;
                lots.push((lot, points));
            }
            Some(Account::Pending) => sum.pending.0 += points.0,
            Some(Account::Reserved) => sum.reserved.0 += points.0,
            _ => {}
        }
    }
    Ok((sum, lots))
}

async fn earned(store: &Store, unit: UnitNo, no: i32, since: i64) -> Result<Points, ReadFault> {
    let sql = "select cast(coalesce(sum(case when t.purpose = 4 then -t.points else t.points end), 0) as bigint) \
               from transfer t join operation o on o.village_id = t.village_id and o.seq = t.seq \
               where t.household = $1 and t.household > 0 and t.village_id = $2 and o.at >= $3 \
               and ((t.to_account = 4 and t.purpose in (2, 9)) or (t.from_account = 4 and t.purpose = 4))";
    let row = row(
        store,
        sql,
        vec![i64::from(no).into(), unit_value(unit), since.into()],
    )
    .await?;
    let sum = row.map(|row| row.try_get_by_index::<i64>(0)).transpose()?;
    Ok(Points(sum.unwrap_or(0).max(0)))
}

/// One household.
///
/// # Errors
/// [`ReadFault`].
pub async fn view(
    store: &Store,
    unit: UnitNo,
    no: i32,
) -> Result<Option<HouseholdView>, ReadFault> {
    let sql = "select h.no, h.id, h.code, g.name, w.body, h.status, p.body, d.body, h.joined, h.arrears, \
               h.pin_version, coalesce(c.active, 0) from household h \
               left join village_group g on g.village_id = h.village_id and g.no = h.group_no \
               left join words w on w.village_id = h.village_id and w.hash = h.head \
               left join words p on p.village_id = h.village_id and p.hash = h.phone \
               left join words d on d.village_id = h.village_id and d.hash = h.door \
               left join card c on c.village_id = h.village_id and c.household = h.no and c.version = h.card_version \
               where h.village_id = $1 and h.no = $2";
    let values = vec![unit_value(unit), i64::from(no).into()];
    let Some(found) = row(store, sql, values.clone()).await? else {
        return Ok(None);
    };
    let int = |index| found.try_get_by_index::<i64>(index);
    let at = store.time();
    let today = Day::of_instant(at, policy::policy(store, unit).await?.utc_offset);
    let (balance, lots) = balance(store, unit, no, today, Points(int(9)?)).await?;
    let since = at - 365 * MICROS_PER_DAY;
    let earned_12_months = earned(store, unit, no, since).await?;
    let sql = "select m.no, w.body from member m left join words w on w.village_id = m.village_id \
               and w.hash = m.name where m.village_id = $1 and m.household = $2 and m.active = 1 order by m.no";
    let mut members = Vec::new();
    for row in rows(store, sql, values).await? {
        members.push(MemberItem {
            no: i32::try_from(row.try_get_by_index::<i64>(0)?).unwrap_or(0),
            name: row
                .try_get_by_index::<Option<String>>(1)?
                .unwrap_or_default(),
        });
    }
    Ok(Some(HouseholdView {
        item: item(&found)?,
        phone: found.try_get_by_index(6)?,
        door: found.try_get_by_index(7)?,
        members,
        joined: Day(i32::try_from(int(8)?).unwrap_or(0)),
        balance,
        lots,
        stars: stars(earned_12_months),
        earned_12_months,
        has_card: int(11)? == 1,
        has_pin: int(10)? > 0,
    }))
}
