//! Finding a household as people ask for it: code, name, pinyin initials, telephone tail, door.

use super::{ReadFault, policy, rows, unit as unit_value};
use crate::core::rights::UnitNo;
use crate::core::rows::{Account, HouseholdStatus};
use crate::core::{Day, Points};
use crate::store::Store;
use pinyin::ToPinyin as _;
use sea_orm::QueryResult;
use std::collections::HashMap;
use uuid::Uuid;

/// What is sought.
#[derive(Clone, Debug, Default)]
pub struct Seek {
    /// Part of a code, name, door; initials such as `lgl`; the end of a telephone. Empty for all.
    pub q: String,
    /// Only this group; empty for all.
    pub group: String,
    /// Only this status.
    pub status: Option<HouseholdStatus>,
    /// How many to pass over.
    pub skip: usize,
    /// The most to return.
    pub most: usize,
}

/// A household found, with what a list shows of it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Found {
    /// Its number.
    pub no: i32,
    /// Its public id.
    pub id: Uuid,
    /// Its code, which is its card number.
    pub code: String,
    /// Its group.
    pub group: String,
    /// Its head's name.
    pub head: String,
    /// Its door plate.
    pub door: String,
    /// Its telephone.
    pub phone: String,
    /// Where it stands.
    pub status: HouseholdStatus,
    /// Whether a card is in force.
    pub has_card: bool,
    /// Whether a PIN is set.
    pub has_pin: bool,
    /// Spendable today.
    pub available: Points,
    /// Under notice.
    pub pending: Points,
}

/// The first of a name's syllables, as people type them: 李桂兰 is `lgl`.
#[must_use]
pub fn initials(name: &str) -> String {
    let letters = name.chars().map(|c| match c.to_pinyin() {
        Some(syllable) => syllable.first_letter().chars().next().unwrap_or(c),
        None => c.to_ascii_lowercase(),
    });
    letters.collect()
}

fn fits(found: &Found, seek: &Seek, q: &str) -> bool {
    let in_place = (seek.group.is_empty() || found.group == seek.group)
        && seek.status.is_none_or(|status| found.status == status);
    in_place
        && (q.is_empty()
            || found.code.to_lowercase().contains(q)
            || found.head.to_lowercase().contains(q)
            || found.door.to_lowercase().contains(q)
            || found.group.to_lowercase().contains(q)
            || (q.len() >= 3 && found.phone.ends_with(q))
            || initials(&found.head).starts_with(q))
}

fn found(row: &QueryResult) -> Result<Found, ReadFault> {
    let text = |index| {
        Ok::<String, ReadFault>(
            row.try_get_by_index::<Option<String>>(index)?
                .unwrap_or_default(),
        )
    };
    let int = |index| row.try_get_by_index::<i64>(index);
    Ok(Found {
        no: i32::try_from(int(0)?).unwrap_or(0),
        id: row.try_get_by_index(1)?,
        code: row.try_get_by_index(2)?,
        group: text(3)?,
        head: text(4)?,
        door: text(5)?,
        phone: text(6)?,
        status: HouseholdStatus::of_code(int(7)?).ok_or(ReadFault::Fault)?,
        has_pin: int(8)? > 0,
        has_card: int(9)? == 1,
        available: Points::ZERO,
        pending: Points::ZERO,
    })
}

/// Households that fit, in the order of their codes, and how many fit in all.
///
/// # Errors
/// [`ReadFault`].
pub async fn seek(
    store: &Store,
    unit: UnitNo,
    seek: &Seek,
) -> Result<(Vec<Found>, usize), ReadFault> {
    let sql = "select h.no, h.id, h.code, g.name, w.body, d.body, p.body, h.status, h.pin_version, coalesce(c.active, 0) \
               from household h \
               left join village_group g on g.village_id = h.village_id and g.no = h.group_no \
               left join words w on w.village_id = h.village_id and w.hash = h.head \
               left join words p on p.village_id = h.village_id and p.hash = h.phone \
               left join words d on d.village_id = h.village_id and d.hash = h.door \
               left join card c on c.village_id = h.village_id and c.household = h.no and c.version = h.card_version \
               where h.village_id = $1 order by h.code";
    let q = seek.q.trim().to_lowercase();
    let mut fitting = Vec::new();
    let mut count = 0;
    for row in rows(store, sql, vec![unit_value(unit)]).await? {
        let found = found(&row)?;
        if fits(&found, seek, &q) {
            if count >= seek.skip && fitting.len() < seek.most {
                fitting.push(found);
            }
            count += 1;
        }
    }
    let balances = balances(store, unit).await?;
    for found in &mut fitting {
        if let Some((available, pending)) = balances.get(&found.no) {
            (found.available, found.pending) = (*available, *pending);
        }
    }
    Ok((fitting, count))
}

/// What each household of a village has: spendable today, under notice.
///
/// # Errors
/// [`ReadFault`].
pub async fn balances(
    store: &Store,
    unit: UnitNo,
) -> Result<HashMap<i32, (Points, Points)>, ReadFault> {
    let today = Day::of_instant(store.time(), policy::policy(store, unit).await?.utc_offset);
    let sql = "select holder, account, cast(sum(points) as bigint) from balance where village_id = $1 and holder > 0 \
               and points > 0 and (account <> $2 or lot >= $3) group by holder, account";
    let values = vec![
        unit_value(unit),
        Account::Available.code().into(),
        i64::from(today.0).into(),
    ];
    let mut all: HashMap<i32, (Points, Points)> = HashMap::new();
    for row in rows(store, sql, values).await? {
        let holder = i32::try_from(row.try_get_by_index::<i64>(0)?).unwrap_or(0);
        let points = Points(row.try_get_by_index(2)?);
        let entry = all.entry(holder).or_default();
        match Account::of_code(row.try_get_by_index(1)?) {
            Some(Account::Available) => entry.0 = points,
            Some(Account::Pending) => entry.1 = points,
            _ => {}
        }
    }
    Ok(all)
}

/// The groups of a village, in the order they came.
///
/// # Errors
/// [`ReadFault`].
pub async fn groups(store: &Store, unit: UnitNo) -> Result<Vec<String>, ReadFault> {
    let sql = "select name from village_group where village_id = $1 order by no";
    let mut groups = Vec::new();
    for row in rows(store, sql, vec![unit_value(unit)]).await? {
        groups.push(row.try_get_by_index(0)?);
    }
    Ok(groups)
}

#[cfg(test)]
mod tests {
    use super::initials;

    #[test]
    fn initials_are_what_people_type() {
        assert_eq!(initials("李桂兰"), "lgl");
        assert_eq!(initials("王Mei"), "wmei");
    }
}
