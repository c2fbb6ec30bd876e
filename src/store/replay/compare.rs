//! What the journal gives, beside what is stored.

use super::{Check, query};
use crate::core::evidence::Frontier;
use crate::core::rights::UnitNo;
use crate::core::row::{Cell, Row};
use crate::core::state::{Table, Tables, Visit};
use crate::core::{Points, Unit, text};
use crate::store::read::{ReadFault, unit as unit_value};
use crate::store::tables::{Known, known_tables};
use crate::store::{Store, dialect};
use sea_orm::{ConnectionTrait, Statement};
use std::collections::{BTreeMap, HashSet};
use uuid::Uuid;

pub(super) async fn compare_head<C: ConnectionTrait>(
    store: &Store,
    db: &C,
    no: UnitNo,
    unit: &Unit,
    check: &mut Check<'_>,
) -> Result<(), ReadFault> {
    let sql = "select parent, id, at, config_version, numbered, source, fund, expired, outstanding, size, frontier \
               from head where unit = $1";
    let found = query(store, db, sql, vec![unit_value(no)]).await?;
    let Some(row) = found.first() else {
        check.found("head", no, "is missing");
        return Ok(());
    };
    check.report.rows += 1;
    let int = |index| row.try_get_by_index::<i64>(index);
    let head = &unit.head;
    let size = u64::try_from(int(9)?).unwrap_or(u64::MAX);
    let frontier: Vec<u8> = row.try_get_by_index(10)?;
    let pairs: [(&str, bool); 11] = [
        ("parent", int(0)? == i64::from(head.parent)),
        ("id", row.try_get_by_index::<Uuid>(1)? == head.id),
        ("at", int(2)? == head.at),
        ("config_version", int(3)? == head.config_version),
        ("numbered", int(4)? == i64::from(head.numbered)),
        ("source", int(5)? == head.source.0),
        ("fund", int(6)? == head.fund.0),
        ("expired", int(7)? == head.expired.0),
        ("outstanding", int(8)? == head.outstanding.0),
        ("size", size == head.frontier.size()),
        (
            "frontier",
            Frontier::stored(size, &frontier).as_ref() == Some(&head.frontier),
        ),
    ];
    for (name, _) in pairs.iter().filter(|(_, same)| !same) {
        let what = [*name, " is not what the journal gives"].concat();
        check.found("head", no, &what);
    }
    sums(unit, check);
    Ok(())
}

/// All accounts together are nothing, and only the source is below it.
fn sums(unit: &Unit, check: &mut Check<'_>) {
    let head = &unit.head;
    let held: i64 = unit.rows.balances.values().map(|row| row.points.0).sum();
    if head.source.0 + head.fund.0 + head.expired.0 + held != 0 {
        check.found("balance", "sum", "all accounts together are not zero");
    }
    let negative = unit
        .rows
        .balances
        .values()
        .find(|row| row.points < Points::ZERO);
    if negative.is_some() || head.fund < Points::ZERO || head.source > Points::ZERO {
        check.found(
            "balance",
            "sign",
            "an account other than the source is below zero",
        );
    }
}

type Stored = BTreeMap<Vec<Cell>, Vec<Cell>>;

struct Compare<'a, 'b> {
    stored: &'a mut BTreeMap<&'static str, Stored>,
    check: &'a mut Check<'b>,
}

impl Visit for Compare<'_, '_> {
    fn table<R: Row>(&mut self, rows: &Table<R>) {
        let mut stored = self.stored.remove(R::TABLE).unwrap_or_default();
        for row in rows.values() {
            let cells = row.cells();
            let key = cells[..R::KEY_COLUMNS].to_vec();
            match stored.remove(&key) {
                Some(found) if found == cells => {}
                Some(_) => self
                    .check
                    .found(R::TABLE, row.key(), "is not what the journal gives"),
                None => self.check.found(R::TABLE, row.key(), "is missing"),
            }
        }
        for key in stored.into_keys() {
            self.check
                .found(R::TABLE, key, "was never made by the journal");
        }
    }
}

async fn stored_rows<C: ConnectionTrait>(
    store: &Store,
    db: &C,
    no: UnitNo,
    table: &'static str,
    known: &Known,
) -> Result<Stored, ReadFault> {
    let names: Vec<&str> = known.columns[1..]
        .iter()
        .map(|column| column.name)
        .collect();
    let sql = [
        "select ",
        &names.join(", "),
        " from ",
        table,
        " where village_id = $1",
    ]
    .concat();
    let statement = Statement::from_sql_and_values(store.backend(), sql, [unit_value(no)]);
    let keys = known.key;
    let mut stored = Stored::new();
    for row in db.query_all_raw(statement).await? {
        let mut cells = Vec::with_capacity(names.len());
        for (index, column) in known.columns[1..].iter().enumerate() {
            cells.push(dialect::cell(&row, index, column.kind)?);
        }
        stored.insert(cells[..keys].to_vec(), cells);
    }
    Ok(stored)
}

pub(super) async fn compare_rows<C: ConnectionTrait>(
    store: &Store,
    db: &C,
    no: UnitNo,
    unit: &Unit,
    check: &mut Check<'_>,
) -> Result<(), ReadFault> {
    let mut stored = BTreeMap::new();
    for (table, known) in known_tables() {
        let rows = stored_rows(store, db, no, table, known).await?;
        check.report.rows += rows.len() as u64;
        stored.insert(*table, rows);
    }
    let mut all: Tables = unit.rows.clone();
    all.overwrite(unit.config.tables());
    all.visit(&mut Compare {
        stored: &mut stored,
        check,
    });
    Ok(())
}

/// Texts must say what their hashes say, and every name must have its words.
pub(super) async fn compare_words<C: ConnectionTrait>(
    store: &Store,
    db: &C,
    no: UnitNo,
    unit: &Unit,
    check: &mut Check<'_>,
) -> Result<(), ReadFault> {
    let sql = "select hash, salt, body from words where village_id = $1";
    let mut known: HashSet<Vec<u8>> = HashSet::new();
    for row in query(store, db, sql, vec![unit_value(no)]).await? {
        check.report.rows += 1;
        let (hash, salt): (Vec<u8>, Vec<u8>) = (row.try_get_by_index(0)?, row.try_get_by_index(1)?);
        let body: String = row.try_get_by_index(2)?;
        if text::text_hash(&salt, &body).as_slice() != hash.as_slice() {
            check.found(
                "words",
                hex::encode(&hash),
                "does not say what its hash says",
            );
        }
        known.insert(hash);
    }
    let mut names: Vec<(&str, [u8; 32])> = Vec::new();
    names.extend(
        unit.rows
            .households
            .values()
            .map(|row| ("household", row.head)),
    );
    names.extend(unit.rows.members.values().map(|row| ("member", row.name)));
    names.extend(unit.rows.staff.values().map(|row| ("staff", row.name)));
    names.extend(unit.rows.units.values().map(|row| ("unit", row.name)));
    names.extend(
        unit.config
            .tables()
            .rules
            .values()
            .map(|row| ("rule", row.name_zh)),
    );
    names.extend(
        unit.config
            .tables()
            .goods
            .values()
            .map(|row| ("good", row.name_zh)),
    );
    names.extend(
        unit.rows
            .awards
            .values()
            .flat_map(|row| [row.note, row.reason])
            .filter_map(|text| Some(("award", text?))),
    );
    let notices = unit.rows.notices.values();
    names.extend(notices.filter_map(|row| Some(("notice", row.reason?))));
    let objections = unit.rows.objections.values();
    let said = objections.flat_map(|row| [row.words, row.answer]);
    names.extend(said.filter_map(|text| Some(("objection", text?))));
    let activities = unit.rows.activities.values();
    let said = activities.flat_map(|row| [Some(row.title), row.place, row.reason]);
    names.extend(said.filter_map(|text| Some(("activity", text?))));
    let struck = unit.rows.attendances.values();
    names.extend(struck.filter_map(|row| Some(("attendance", row.reason?))));
    for (table, hash) in names {
        if !known.contains(hash.as_slice()) {
            check.found(
                "words",
                hex::encode(hash),
                &["the text of a ", table, " is missing"].concat(),
            );
        }
    }
    Ok(())
}
