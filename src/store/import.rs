//! Takes rows read from a committee's file into a village: what is new is entered, what differs is
//! changed, what is the same is left alone, so that a second import changes nothing.

use super::read::{ReadFault, goods as read_goods, rows, rules as read_rules, unit as unit_value};
use super::texts::Texts;
use super::{Refusal, Store, Submission, Who};
use crate::core::household::{ChangeHousehold, IMPORT_MAX, NewHousehold, RegisterHouseholds};
use crate::core::rights::UnitNo;
use crate::core::rows::{Path, RuleKind, RuleScope};
use crate::core::rule::{CapGroupSpec, DeclareRules, RuleSpec};
use crate::core::station::{DeclareGoods, GoodSpec};
use crate::core::text::text_hash;
use crate::core::{Command, HouseholdRef, Period, Points, derived_id};
use crate::import::{goods, households, rules};
use std::collections::HashMap;
use uuid::Uuid;

/// What an import did, or would do.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, serde::Serialize)]
pub struct Imported {
    /// Entered.
    pub new: usize,
    /// Changed.
    pub changed: usize,
    /// Left alone.
    pub same: usize,
}

impl Imported {
    /// Counts a row by whether it is the same as what is known, if anything is; whether to send it.
    fn count(&mut self, same: Option<bool>) -> bool {
        match same {
            Some(true) => self.same += 1,
            Some(false) => self.changed += 1,
            None => self.new += 1,
        }
        same != Some(true)
    }
}

/// Where an import goes and in whose name.
#[derive(Clone, Copy, Debug)]
pub struct Target {
    /// The village.
    pub unit: UnitNo,
    /// Who imports.
    pub who: Who,
    /// The caller's key.
    pub id: Uuid,
    /// Whether to look only.
    pub dry_run: bool,
}

impl From<ReadFault> for Refusal {
    fn from(fault: ReadFault) -> Self {
        match fault {
            ReadFault::Unavailable => Refusal::Unavailable,
            ReadFault::Fault => Refusal::Fault,
        }
    }
}

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

fn new_household(texts: &mut Texts<'_>, row: &households::HouseholdRow) -> NewHousehold {
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
fn group_of(row: &households::HouseholdRow) -> String {
    if row.group.is_empty() {
        "全村".to_string()
    } else {
        row.group.clone()
    }
}

fn changed_household(
    texts: &mut Texts<'_>,
    known: &Known,
    row: &households::HouseholdRow,
) -> ChangeHousehold {
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

/// Takes households in: new ones in one operation, then each change as one of its own.
///
/// # Errors
/// [`Refusal`] of the first operation that was refused.
pub async fn take_households(
    store: &Store,
    target: Target,
    rows: &[households::HouseholdRow],
) -> Result<Imported, Refusal> {
    let known = known_households(store, target.unit).await?;
    let mut done = Imported::default();
    let (mut new, mut changed) = (Vec::new(), Vec::new());
    for row in rows {
        let as_read = Known {
            group: group_of(row),
            head: row.head.clone(),
            phone: row.phone.clone(),
            door: row.door.clone(),
            members: row.members.clone(),
        };
        match known.get(&row.code) {
            None => new.push(row),
            Some(known) if *known == as_read => done.same += 1,
            Some(known) => changed.push((known, row)),
        }
    }
    (done.new, done.changed) = (new.len(), changed.len());
    if target.dry_run {
        return Ok(done);
    }
    let pepper = &store.secrets().pepper;
    for (index, chunk) in new.chunks(IMPORT_MAX).enumerate() {
        let id = if index == 0 {
            target.id
        } else {
            part_id(target.id, 1_000_000 + index)
        };
        let mut texts = Texts::new(pepper, id);
        let rows = chunk
            .iter()
            .map(|row| new_household(&mut texts, row))
            .collect();
        send(
            store,
            target,
            id,
            Command::RegisterHouseholds(RegisterHouseholds { rows }),
        )
        .await?;
    }
    for (known, row) in changed {
        let id = change_id(target.id, &row.code);
        let body = changed_household(&mut Texts::new(pepper, id), known, row);
        send(store, target, id, Command::ChangeHousehold(body)).await?;
    }
    Ok(done)
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

async fn send(store: &Store, target: Target, id: Uuid, command: Command) -> Result<(), Refusal> {
    let submission = Submission {
        id,
        unit: target.unit,
        who: target.who,
        command,
    };
    store.submit(submission).await.map(|_| ())
}

fn rule_spec(
    texts: &mut Texts<'_>,
    row: &rules::RuleRow,
    known: Option<&read_rules::RuleItem>,
) -> Option<RuleSpec> {
    let cap = |item: &read_rules::CapItem| CapGroupSpec {
        code: item.code.clone(),
        points: item.points,
        period: item.period,
    };
    Some(RuleSpec {
        code: row.code.clone(),
        name_zh: texts.text(&row.name_zh),
        name_en: texts.text(&row.name_en),
        category: row.category.clone(),
        kind: RuleKind::of_word(&row.kind)?,
        points: Points::parse(&row.points).ok()?,
        unit: row.unit.clone(),
        cap_points: row
            .cap_points
            .as_deref()
            .map(Points::parse)
            .transpose()
            .ok()?,
        cap_period: Period::of_word(&row.cap_period)?,
        path: Path::of_word(&row.path)?,
        evidence: row.evidence.clone(),
        scope: RuleScope::of_word(&row.scope)?,
        // What a file cannot say stays as the village settled it.
        shared_cap: known.and_then(|item| item.shared_cap.as_ref()).map(cap),
        exclusive: known.and_then(|item| item.exclusive.as_ref()).map(cap),
        starts: known.and_then(|item| item.row.starts),
        ends: known.and_then(|item| item.row.ends),
    })
}

fn same_rule(spec: &RuleSpec, row: &rules::RuleRow, item: &read_rules::RuleItem) -> bool {
    let known = &item.row;
    item.name_zh == row.name_zh
        && item.name_en == row.name_en
        && known.category == spec.category
        && known.kind == spec.kind
        && known.points == spec.points
        && known.unit == spec.unit
        && known.cap_points == spec.cap_points
        && known.cap_period == spec.cap_period
        && known.path == spec.path
        && known.evidence == spec.evidence
        && known.scope == spec.scope
}

/// Takes rules in: new ones and new versions in one operation.
///
/// # Errors
/// [`Refusal`].
pub async fn take_rules(
    store: &Store,
    target: Target,
    rows: &[rules::RuleRow],
) -> Result<Imported, Refusal> {
    let known = read_rules::list(store, target.unit).await?;
    let mut texts = Texts::new(&store.secrets().pepper, target.id);
    let (mut done, mut specs) = (Imported::default(), Vec::new());
    for row in rows {
        let item = known.iter().find(|item| item.row.code == row.code);
        // The reader lets no row through that has no such form.
        let spec = rule_spec(&mut texts, row, item).ok_or(Refusal::Fault)?;
        if done.count(item.map(|item| same_rule(&spec, row, item))) {
            specs.push(spec);
        }
    }
    if !target.dry_run && !specs.is_empty() {
        send(
            store,
            target,
            target.id,
            Command::DeclareRules(DeclareRules { rules: specs }),
        )
        .await?;
    }
    Ok(done)
}

fn good_spec(texts: &mut Texts<'_>, row: &goods::GoodRow) -> Option<GoodSpec> {
    Some(GoodSpec {
        sku: row.sku.clone(),
        barcode: row.barcode.clone(),
        name_zh: texts.text(&row.name_zh),
        name_en: texts.text(&row.name_en),
        unit: row.unit.clone(),
        price: Points::parse(&row.price_points).ok()?,
        monthly_limit: row.monthly_limit,
        low_stock: row.low_stock.unwrap_or(0),
        stocked: !row.service,
    })
}

fn same_good(spec: &GoodSpec, row: &goods::GoodRow, item: &read_goods::GoodItem) -> bool {
    let known = &item.row;
    item.name_zh == row.name_zh
        && item.name_en == row.name_en
        && known.barcode == spec.barcode
        && known.unit == spec.unit
        && known.price == spec.price
        && known.monthly_limit == spec.monthly_limit
        && known.low_stock == spec.low_stock
        && known.stocked == spec.stocked
}

/// Takes goods in at a station: new ones and other prices in one operation.
///
/// # Errors
/// [`Refusal`].
pub async fn take_goods(
    store: &Store,
    target: Target,
    station: (i32, &str),
    rows: &[goods::GoodRow],
) -> Result<Imported, Refusal> {
    let known = read_goods::list(store, target.unit, station.0).await?;
    let mut texts = Texts::new(&store.secrets().pepper, target.id);
    let (mut done, mut specs) = (Imported::default(), Vec::new());
    for row in rows {
        let spec = good_spec(&mut texts, row).ok_or(Refusal::Fault)?;
        let item = known.iter().find(|item| item.row.sku == row.sku);
        if done.count(item.map(|item| same_good(&spec, row, item))) {
            specs.push(spec);
        }
    }
    if !target.dry_run && !specs.is_empty() {
        let body = DeclareGoods {
            station: station.1.to_string(),
            goods: specs,
        };
        send(store, target, target.id, Command::DeclareGoods(body)).await?;
    }
    Ok(done)
}
