//! A system with its villages, its cast and its store of cells; one step is one command.

use super::cut::{Flat, cut_state, same_effects, same_on_cut_state};
use super::dice::Dice;
use super::invariants::Checker;
use super::oracle::{self, Oracle, Part};
use crate::core::canonical::Canonical;
use crate::core::reads::changes_reads;
use crate::core::rights::{Authority, Grant, Role, SYSTEM, UnitNo};
use crate::core::rows::*;
use crate::core::state::Tables;
use crate::core::{Actor, Answer, Command, Context, Effects, Points, Rejection, State};
use crate::core::{absorb, apply, empty_state, replay_one};
use std::collections::BTreeMap;
use uuid::Uuid;

/// A person of a village with what they hold.
#[derive(Clone)]
pub struct Person {
    pub part: Part,
    pub id: Uuid,
    pub grants: Vec<Grant>,
}

pub struct Village {
    pub no: UnitNo,
    pub oracle: Oracle,
    pub cast: Vec<Person>,
    /// Number, kind and id of every operation.
    pub operations: Vec<(i64, i16, Uuid)>,
}

pub struct World {
    pub seed: u64,
    pub dice: Dice,
    pub state: State,
    flats: BTreeMap<UnitNo, Flat>,
    checkers: BTreeMap<UnitNo, Checker>,
    pub villages: Vec<Village>,
    /// The unit asked and what each unit's journal then held.
    pub journal: Vec<(UnitNo, Vec<(UnitNo, OperationRow)>)>,
    pub now: i64,
    pub steps: usize,
    pub accepted: BTreeMap<i16, usize>,
    pub refused: BTreeMap<String, usize>,
    current: Option<(UnitNo, Context, Command)>,
    /// The last command's context.
    last: Option<Context>,
}

impl Drop for World {
    fn drop(&mut self) {
        if std::thread::panicking() {
            eprintln!(
                "seed {} failed at step {}: WENMING_MODEL_SEED={} repeats it\n{:#?}",
                self.seed, self.steps, self.seed, self.current
            );
        }
    }
}

pub fn one(role: Role, unit: UnitNo, station: i32) -> Vec<Grant> {
    vec![Grant {
        role,
        unit,
        station,
    }]
}

impl World {
    pub fn new(seed: u64) -> World {
        World {
            seed,
            dice: Dice::new(seed),
            state: empty_state(),
            flats: BTreeMap::new(),
            checkers: BTreeMap::new(),
            villages: Vec::new(),
            journal: Vec::new(),
            now: 1_780_000_000_000_000,
            steps: 0,
            accepted: BTreeMap::new(),
            refused: BTreeMap::new(),
            current: None,
            last: None,
        }
    }

    /// The nightly job, the operator and the township, who are the same everywhere.
    pub fn common_cast() -> Vec<Person> {
        let person = |part, role, n| {
            let (id, grants) = (Uuid::from_u128(n), one(role, SYSTEM, 0));
            Person { part, id, grants }
        };
        vec![
            person(Part::Admin, Role::Admin, 0xAD),
            person(Part::Officer, Role::Officer, 0x0F),
            person(Part::Clock, Role::Clock, 0),
            person(Part::Operator, Role::Operator, 0),
        ]
    }

    /// One command by one person: decided, compared, checked, taken in.
    pub fn step(
        &mut self,
        unit: UnitNo,
        by: &Person,
        command: Command,
    ) -> Result<Answer, Rejection> {
        self.steps += 1;
        let context = Context {
            id: self.dice.uuid(),
            at: self.now,
            actor: Actor {
                id: by.id,
                household: None,
                authority: Authority::Granted(by.grants.clone()),
            },
            salt: self.dice.bytes(),
        };
        self.current = Some((unit, context.clone(), command.clone()));
        let result = apply(&self.state, &context, unit, &command);
        same_on_cut_state(&self.state, &self.flats, &context, unit, &command, &result);
        let expected = self
            .villages
            .iter_mut()
            .find(|v| v.no == unit)
            .and_then(|village| {
                let actor = oracle::Actor {
                    part: by.part,
                    id: by.id,
                };
                village.oracle.decide(&actor, context.at, &command)
            });
        let judged = expected.is_some();
        let got = result.as_ref().map(|_| ()).map_err(oracle::short);
        if let Some(expected) = expected {
            assert_eq!(got, expected, "core (left) and oracle (right)");
        }
        let result = match result {
            Ok((answer, effects)) => {
                *self.accepted.entry(command.kind()).or_default() += 1;
                self.take_in(unit, &effects);
                self.teach(&effects, &command, &answer, judged);
                Ok(answer)
            }
            Err(why) => {
                let short = got.unwrap_err();
                let name = short.split([' ', '[']).next().unwrap().to_string();
                *self.refused.entry(name).or_default() += 1;
                Err(why)
            }
        };
        self.current = None;
        self.last = Some(context);
        result
    }

    /// Several commands decided on what was fetched for all of them beforehand, as a writer does;
    /// a batch ends where later commands may read something else.
    pub fn batch(&mut self, unit: UnitNo, jobs: Vec<(Person, Command)>) {
        let (people, commands): (Vec<Person>, Vec<Command>) = jobs.into_iter().unzip();
        let mut small = cut_state(&self.state, &self.flats, self.now, unit, &commands);
        for (by, command) in people.iter().zip(commands) {
            let full = self.step(unit, by, command.clone());
            let context = self.last.take().unwrap();
            match (full, apply(&small, &context, unit, &command)) {
                (Ok(answer), Ok((same, effects))) => {
                    assert_eq!(answer, same, "in a batch: {command:?}");
                    let written = &self.journal.last().unwrap().1[0].1;
                    assert_eq!(written, &effects[0].operation, "in a batch: {command:?}");
                    absorb(&mut small, &effects);
                    if changes_reads(&command) {
                        return;
                    }
                }
                (Err(a), Err(b)) => assert_eq!(a, b, "in a batch: {command:?}"),
                (a, b) => panic!("alone: {a:?}\nin a batch: {b:?}\n{command:?}"),
            }
        }
    }

    fn take_in(&mut self, unit: UnitNo, effects: &Effects) {
        for part in effects {
            let before = &self.state.units[&part.unit];
            self.checkers
                .entry(part.unit)
                .or_default()
                .check(before, part);
            self.flats.entry(part.unit).or_default().flush(part);
            if let Some(village) = self.villages.iter_mut().find(|v| v.no == part.unit) {
                let row = &part.operation;
                village.operations.push((row.seq, row.kind, row.id));
            }
        }
        let rows = effects
            .iter()
            .map(|part| (part.unit, part.operation.clone()));
        self.journal.push((unit, rows.collect()));
        absorb(&mut self.state, effects);
    }

    fn teach(&mut self, effects: &Effects, command: &Command, answer: &Answer, judged: bool) {
        for part in effects {
            let Some(village) = self.villages.iter_mut().find(|v| v.no == part.unit) else {
                continue;
            };
            if !judged {
                let staff = match answer {
                    Answer::Made(made) => made.first().map_or(Uuid::nil(), |made| made.id),
                    _ => Uuid::nil(),
                };
                village
                    .oracle
                    .learn(part.operation.at, command, answer, staff);
            }
            compare(&self.state, village, &part.rows);
        }
    }

    /// All that is checked once, when a history ends.
    pub fn finish(&mut self) {
        for (no, unit) in &self.state.units {
            if let Some(checker) = self.checkers.get(no) {
                checker.check_all(unit);
            }
            let stored = self.flats.remove(no).unwrap_or_default();
            assert!(Flat::of(unit) == stored, "the cells stored are the state");
        }
        self.replay();
    }

    /// The journal alone gives the same state; a changed byte of it does not pass.
    fn replay(&mut self) {
        let mut state = empty_state();
        for (unit, rows) in &self.journal {
            let first = &rows[0].1;
            let command = Command::whole(&first.payload).expect("a stored command reads back");
            assert_eq!(command.bytes(), first.payload);
            let answer = Answer::whole(&first.answer).expect("a stored answer reads back");
            if self.dice.chance(4) {
                let mut forged = first.clone();
                tamper(&mut self.dice, &mut forged);
                assert!(found(&state, *unit, &forged, first), "forged: {forged:?}");
            }
            let again = apply(&state, &recorded(first), *unit, &command);
            let (same, effects) = again.expect("what was accepted is accepted again");
            for ((no, row), part) in rows.iter().zip(&effects) {
                let alone = replay_one(&state, &recorded(row), *no, &command, &answer);
                same_effects(&alone.expect("each journal replays by itself"), part);
            }
            assert_eq!(same, answer);
            let units = effects
                .iter()
                .map(|part| (part.unit, part.operation.clone()));
            assert_eq!(&units.collect::<Vec<_>>(), rows, "the journal replayed");
            absorb(&mut state, &effects);
        }
        assert_eq!(state.units, self.state.units, "the state replayed");
    }
}

pub fn recorded(row: &OperationRow) -> Context {
    Context {
        id: row.id,
        at: row.at,
        actor: Actor {
            id: row.actor,
            household: None,
            authority: Authority::Recorded(row.role),
        },
        salt: row.salt,
    }
}

fn tamper(dice: &mut Dice, row: &mut OperationRow) {
    let bit = 1u8 << dice.below(8);
    let at = |dice: &mut Dice, bytes: &mut [u8]| {
        let index = dice.below(bytes.len());
        bytes[index] ^= bit;
    };
    match dice.below(9) {
        0 => at(dice, &mut row.answer),
        1 => at(dice, &mut row.salt),
        2 => at(dice, &mut row.leaf),
        3 => row.at ^= 1 << dice.below(40),
        4 => row.actor = dice.uuid(),
        5 => row.id = dice.uuid(),
        6 => row.kind += 1,
        7 => {
            row.role = if row.role == Role::Clock {
                Role::Admin
            } else {
                Role::Clock
            }
        }
        _ => at(dice, &mut row.payload),
    }
}

/// Whether replay sees that a row is not what was written, even when its leaf is made to fit.
fn found(state: &State, unit: UnitNo, forged: &OperationRow, real: &OperationRow) -> bool {
    let Ok(command) = Command::whole(&forged.payload) else {
        return true;
    };
    match apply(state, &recorded(forged), unit, &command) {
        Err(_) => true,
        Ok((_, effects)) => {
            let again = &effects[0].operation;
            again != forged && (again.leaf != real.leaf || again == real)
        }
    }
}

/// Balances, arrears, stock, counters and award states as the oracle has them.
fn compare(state: &State, village: &Village, changed: &Tables) {
    let (unit, oracle) = (&state.units[&village.no], &village.oracle);
    assert_eq!(unit.head.seq(), oracle.seq, "number of operations");
    if !changed.transfers.is_empty() {
        assert_eq!(unit.head.fund.0, oracle.fund(), "fund");
    }
    for row in changed.balances.values() {
        let lot = (row.holder > 0).then_some(row.lot);
        assert_eq!(
            row.points.0,
            oracle.sum(row.holder, row.account, lot),
            "{row:?}"
        );
    }
    for row in changed.households.values() {
        assert_eq!(row.arrears.0, oracle.owed(row.no), "arrears of {}", row.no);
    }
    for row in changed.stock.values() {
        assert_eq!(row.on_hand, oracle.stock(row.station, row.good), "stock");
    }
    for row in changed.awards.values() {
        let same = |deed: &&oracle::Deed| (deed.seq, deed.line) == (row.seq, row.line);
        let deed = oracle.deeds.iter().find(same).expect("the oracle's deed");
        assert_eq!((row.points, row.state), (Points(deed.points), deed.state));
        assert_eq!(row.unpaid.0, deed.unpaid);
        assert_eq!(row.notice.unwrap_or(0), deed.notice, "its notice");
        assert_eq!(row.objections, deed.frozen, "open objections");
        assert_eq!(row.rule_version, oracle.version(deed.rule), "rule version");
    }
    for row in changed.uses.values() {
        assert_eq!(row.used, oracle.used(unit, row), "{row:?}");
    }
}
