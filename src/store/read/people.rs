//! The staff of a village, and the households they belong to or are kin of.

use super::{ReadFault, rows, unit as unit_value};
use crate::core::rights::{Grant, Role, UnitNo};
use crate::core::rows::Tie;
use crate::store::Store;
use uuid::Uuid;

/// A household a staff member may not touch.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Tied {
    /// Its code.
    pub household: String,
    /// Its head's name.
    pub head: String,
    /// Own or kin.
    pub tie: Tie,
}

/// A staff member of a village.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Person {
    /// Their id.
    pub id: Uuid,
    /// What they sign in with.
    pub username: String,
    /// Their name.
    pub name: String,
    /// Whether they may act at all.
    pub active: bool,
    /// What they may do in this village.
    pub here: Vec<Grant>,
    /// What they may do elsewhere.
    pub elsewhere: Vec<Grant>,
    /// Households of this village they may not touch.
    pub ties: Vec<Tied>,
}

/// Who holds a role in a village, by name they sign in with.
///
/// # Errors
/// [`ReadFault`].
pub async fn list(store: &Store, unit: UnitNo) -> Result<Vec<Person>, ReadFault> {
    let sql = "select s.id, s.username, w.body, s.active, g.role, g.unit_no, g.station from staff s \
               join grant_of g on g.village_id = 1 and g.staff = s.id and g.active = 1 \
               left join words w on w.village_id = 1 and w.hash = s.name \
               where s.village_id = 1 and s.id in (select staff from grant_of \
               where village_id = 1 and unit_no = $1 and active = 1) order by s.username, g.role, g.station";
    let mut people: Vec<Person> = Vec::new();
    for row in rows(store, sql, vec![unit_value(unit)]).await? {
        let id: Uuid = row.try_get_by_index(0)?;
        let small = |index| {
            let value = row.try_get_by_index::<i64>(index);
            value.map(|value| i32::try_from(value).unwrap_or(0))
        };
        let grant = Grant {
            role: Role::of_code(row.try_get_by_index(4)?).ok_or(ReadFault::Fault)?,
            unit: small(5)?,
            station: small(6)?,
        };
        if people.last().is_none_or(|person| person.id != id) {
            let name: Option<String> = row.try_get_by_index(2)?;
            people.push(Person {
                id,
                username: row.try_get_by_index(1)?,
                name: name.unwrap_or_default(),
                active: row.try_get_by_index::<i64>(3)? == 1,
                here: Vec::new(),
                elsewhere: Vec::new(),
                ties: Vec::new(),
            });
        }
        if let Some(person) = people.last_mut() {
            match grant.unit == unit {
                true => person.here.push(grant),
                false => person.elsewhere.push(grant),
            }
        }
    }
    put_ties(store, unit, &mut people).await?;
    Ok(people)
}

async fn put_ties(store: &Store, unit: UnitNo, people: &mut [Person]) -> Result<(), ReadFault> {
    let sql = "select t.staff, t.tie, h.code, w.body from tie t \
               join household h on h.village_id = t.village_id and h.no = t.household \
               left join words w on w.village_id = h.village_id and w.hash = h.head \
               where t.village_id = $1 order by t.tie, h.code";
    for row in rows(store, sql, vec![unit_value(unit)]).await? {
        let staff: Uuid = row.try_get_by_index(0)?;
        let head: Option<String> = row.try_get_by_index(3)?;
        let tied = Tied {
            tie: Tie::of_code(row.try_get_by_index(1)?).ok_or(ReadFault::Fault)?,
            household: row.try_get_by_index(2)?,
            head: head.unwrap_or_default(),
        };
        if let Some(person) = people.iter_mut().find(|person| person.id == staff) {
            person.ties.push(tied);
        }
    }
    Ok(())
}
