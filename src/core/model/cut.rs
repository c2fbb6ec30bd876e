//! A database made of plain cells, and states cut down to what a command says it reads.

use crate::core::reads::{Want, Wants, collect};
use crate::core::rights::UnitNo;
use crate::core::row::{Cell, Row};
use crate::core::state::{
    Config, ConfigSlot, Slot, State, Table, Tables, Unit, UnitEffects, Visit, VisitKind,
    each_data_kind,
};
use crate::core::{Answer, Command, Context, Day, Effects, Rejection, apply, other_units};
use std::collections::BTreeMap;

type Rows = BTreeMap<Vec<Cell>, Vec<Cell>>;

/// One unit's tables as a store keeps them: by key cells.
#[derive(Default, Clone, PartialEq)]
pub struct Flat(BTreeMap<&'static str, Rows>);

struct Flush<'a>(&'a mut Flat);

impl Visit for Flush<'_> {
    fn table<R: Row>(&mut self, rows: &Table<R>) {
        if rows.is_empty() {
            return;
        }
        let table = self.0.0.entry(R::TABLE).or_default();
        for row in rows.values() {
            let cells = row.cells();
            assert_eq!(cells.len(), R::COLUMNS.len(), "{}", R::TABLE);
            table.insert(cells[..R::KEY_COLUMNS].to_vec(), cells);
        }
    }
}

impl Flat {
    pub fn flush(&mut self, effects: &UnitEffects) {
        effects.rows.visit(&mut Flush(self));
    }

    pub fn of(unit: &Unit) -> Flat {
        let mut flat = Flat::default();
        unit.config.tables().visit(&mut Flush(&mut flat));
        unit.rows.visit(&mut Flush(&mut flat));
        flat
    }
}

struct Load<'a> {
    flat: &'a Flat,
    wants: &'a Wants,
    rows: &'a mut Tables,
}

impl VisitKind for Load<'_> {
    fn kind<R: Row>(&mut self)
    where
        Tables: Slot<R>,
        Config: ConfigSlot<R>,
    {
        for want in self.wants.iter().filter(|want| want.table == R::TABLE) {
            let Some(table) = self.flat.0.get(R::TABLE) else {
                continue;
            };
            for cells in matching::<R>(table, want) {
                let row = R::of_cells(cells.clone()).expect("a stored row reads back");
                let slot: &mut Table<R> = self.rows.slot_mut();
                slot.insert(row.key(), row);
            }
        }
    }
}

fn matching<'a, R: Row>(table: &'a Rows, want: &Want) -> Vec<&'a Vec<Cell>> {
    let at = |name: &&str| {
        let found = R::COLUMNS.iter().position(|column| column.name == *name);
        found.unwrap_or_else(|| panic!("{} has no column {name}", R::TABLE))
    };
    let columns: Vec<usize> = want.by.iter().map(at).collect();
    assert_eq!(columns.len(), want.key.len());
    if columns.iter().copied().eq(0..columns.len()) {
        let from = table.range(want.key.clone()..);
        let held = from.take_while(|(key, _)| key.starts_with(&want.key));
        return held.map(|(_, cells)| cells).collect();
    }
    let fits = |cells: &&Vec<Cell>| {
        let mut pairs = columns.iter().zip(&want.key);
        pairs.all(|(column, value)| cells[*column] == *value)
    };
    table.values().filter(fits).collect()
}

/// Head, configuration and the rows that `collect` names, asked again until it names no more.
fn cut(no: UnitNo, unit: &Unit, flat: &Flat, at: i64, commands: &[Command]) -> Unit {
    let offset = unit.config.policy().utc_offset;
    let today = Day::of_instant(at.max(unit.head.at), offset);
    let mut bare = Unit {
        head: unit.head.clone(),
        config: unit.config.clone(),
        rows: Tables::default(),
    };
    let mut known = Wants::new();
    loop {
        let mut wants = known.clone();
        for command in commands {
            collect(&mut wants, no, &bare, today, command);
        }
        if wants == known {
            return bare;
        }
        known = wants;
        each_data_kind(&mut Load {
            flat,
            wants: &known,
            rows: &mut bare.rows,
        });
    }
}

/// What a store fetches before it decides these commands of one unit in one transaction.
pub fn cut_state(
    state: &State,
    flats: &BTreeMap<UnitNo, Flat>,
    at: i64,
    unit: UnitNo,
    commands: &[Command],
) -> State {
    let mut small = State::default();
    let empty = Flat::default();
    for no in commands.iter().flat_map(other_units).chain([unit]) {
        if let Some(whole) = state.units.get(&no) {
            let flat = flats.get(&no).unwrap_or(&empty);
            small.units.insert(no, cut(no, whole, flat, at, commands));
        }
    }
    small
}

/// Decides a command on the cut-down state and expects what the full state gave.
pub fn same_on_cut_state(
    state: &State,
    flats: &BTreeMap<UnitNo, Flat>,
    ctx: &Context,
    unit: UnitNo,
    command: &Command,
    full: &Result<(Answer, Effects), Rejection>,
) {
    let small = cut_state(state, flats, ctx.at, unit, std::slice::from_ref(command));
    match (full, &apply(&small, ctx, unit, command)) {
        (Ok((answer, effects)), Ok((cut_answer, cut_effects))) => {
            assert_eq!(answer, cut_answer, "answers on full and cut state");
            assert_eq!(effects.len(), cut_effects.len());
            for (a, b) in effects.iter().zip(cut_effects) {
                same_effects(a, b);
            }
        }
        (Err(a), Err(b)) => assert_eq!(a, b, "rejections on full and cut state"),
        (a, b) => panic!("full state: {a:?}\ncut state: {b:?}"),
    }
}

pub fn same_effects(a: &UnitEffects, b: &UnitEffects) {
    assert_eq!(a.unit, b.unit);
    assert_eq!(a.rows, b.rows, "rows");
    assert_eq!(a.operation, b.operation, "operation");
    assert_eq!(a.head, b.head, "head");
    assert_eq!(a.words, b.words, "words");
    assert_eq!(a.secrets, b.secrets, "secrets");
}
