//! Registers of households against the households of a village.

use super::{Plan, Refusal, Step, Store, Target};
use crate::core::household::{ChangeHousehold, IMPORT_MAX, NewHousehold, RegisterHouseholds};
use crate::core::rights::UnitNo;
use crate::core::text::text_hash;
use crate::core::{Command, HouseholdRef, derived_id};
use crate::import::HouseholdRow;
use crate::store::read::{ReadFault, rows, unit as unit_value};
use crate::store::texts::Texts;
use std::collections::HashMap;
use uuid::Uuid;

#[derive(Debug, Default, PartialEq, Eq)]
struct Known {
    group: String,
    head: String,
    phone: Option<String>,
    door: Option<String>,
    members: Vec<String>,
}

async fn known_households(
    store: &Store,
    unit: UnitNo,
) -> Result<HashMap<String, Known>, ReadFault> {
    let sql = "select h.code, g.name, w.body, p.body, d.body, h.no from household h \
               left join village_group g on g.village_id = h.village_id and g.no = h.group_no \
               left join words w on w.village_id = h.village_id and w.hash = h.head \
               left join words p on p.village_id = h.village_id and p.hash = h.phone \
               left join words d on d.village_id = h.village_id and d.hash = h.door where h.village_id = $1";
    let mut by_no: HashMap<i64, (String, Known)> = HashMap::new();
    for row in rows(store, sql, vec![unit_value(unit)]).await? {
        let text = |index| row.try_get_by_index::<Option<String>>(index);
        let known = Known {
            group: text(1)?.unwrap_or_default(),
            head: text(2)?.unwrap_or_default(),
            phone: text(3)?,
            door: text(4)?,
            members: Vec::new(),
        };
        by_no.insert(row.try_get_by_index(5)?, (row.try_get_by_index(0)?, known));
    }
    let sql = "select m.household, w.body from member m left join words w on w.village_id = m.village_id \
               and w.hash = m.name where m.village_id = $1 and m.active = 1 order by m.household, m.no";
    for row in rows(store, sql, vec![unit_value(unit)]).await? {
        if let Some((_, known)) = by_no.get_mut(&row.try_get_by_index::<i64>(0)?) {
            known.members.push(
                row.try_get_by_index::<Option<String>>(1)?
                    .unwrap_or_default(),
            );
        }
    }
    Ok(by_no.into_values().collect())
}

fn new_household(texts: &mut Texts<'_>, row: &HouseholdRow) -> NewHousehold {
    NewHousehold {
        code: row.code.clone(),
        group: group_of(row),
        head: texts.text(&row.head),
        phone: texts.some(row.phone.as_deref()),
        door: texts.some(row.door.as_deref()),
        members: row.members.iter().map(|name| texts.text(name)).collect(),
    }
}

/// A village without groups is one group.
fn group_of(row: &HouseholdRow) -> String {
    if row.group.is_empty() {
        "全村".to_string()
    } else {
        row.group.clone()
    }
}

fn changed_household(texts: &mut Texts<'_>, known: &Known, row: &HouseholdRow) -> ChangeHousehold {
    ChangeHousehold {
        household: HouseholdRef::Given(row.code.clone()),
        group: (known.group != group_of(row)).then(|| group_of(row)),
        head: (known.head != row.head).then(|| texts.text(&row.head)),
        phone: (known.phone != row.phone).then(|| texts.some(row.phone.as_deref())),
        door: (known.door != row.door).then(|| texts.some(row.door.as_deref())),
        members: (known.members != row.members)
            .then(|| row.members.iter().map(|name| texts.text(name)).collect()),
        status: None,
    }
}

/// What a row would change: new households go in one operation, each change in one of its own.
pub(super) async fn plan(
    store: &Store,
    target: Target,
    rows: &[HouseholdRow],
) -> Result<Plan, Refusal> {
    let known = known_households(store, target.unit).await?;
    let pepper = &store.secrets().pepper;
    let mut plan = Plan::default();
    let (mut new, mut changed) = (Vec::new(), Vec::new());
    for row in rows {
        let old = known.get(&row.code);
        let about = (row.row, row.code.as_str(), row.head.as_str());
        if plan.compare(about, old.map(|old| pairs(old, row))) {
            match old {
                None => new.push(row),
                Some(old) => changed.push((old, row)),
            }
        }
    }
    for (index, chunk) in new.chunks(IMPORT_MAX).enumerate() {
        let id = match index {
            0 => target.id,
            _ => part_id(target.id, 1_000_000 + index),
        };
        let mut texts = Texts::new(pepper, id);
        let rows = chunk.iter().map(|row| new_household(&mut texts, row));
        let body = RegisterHouseholds {
            rows: rows.collect(),
        };
        plan.steps.push(Step {
            id,
            command: Command::RegisterHouseholds(body),
            rows: chunk.iter().map(|row| row.row).collect(),
        });
    }
    for (old, row) in changed {
        let id = change_id(target.id, &row.code);
        let body = changed_household(&mut Texts::new(pepper, id), old, row);
        plan.steps.push(Step {
            id,
            command: Command::ChangeHousehold(body),
            rows: vec![row.row],
        });
    }
    Ok(plan)
}

fn pairs(old: &Known, row: &HouseholdRow) -> Vec<(&'static str, String, String)> {
    let some = |text: &Option<String>| text.clone().unwrap_or_default();
    vec![
        ("head", old.head.clone(), row.head.clone()),
        ("group", old.group.clone(), group_of(row)),
        ("phone", some(&old.phone), some(&row.phone)),
        ("door", some(&old.door), some(&row.door)),
        ("members", old.members.join("、"), row.members.join("、")),
    ]
}

fn part_id(id: Uuid, index: usize) -> Uuid {
    derived_id(id, 0, u32::try_from(index).unwrap_or(u32::MAX))
}

/// The same household gets the same id when an import is sent again after part of it was done.
fn change_id(id: Uuid, code: &str) -> Uuid {
    let hash = text_hash(id.as_bytes(), code);
    let mut seed = [0; 16];
    seed.copy_from_slice(&hash[..16]);
    derived_id(Uuid::from_bytes(seed), 0, 0)
}
