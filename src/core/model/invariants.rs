//! The invariants of DESIGN section 4, checked on each operation's effects with running sums of
//! our own, and once more over all rows when a history ends.

use crate::core::canonical::Canonical;
use crate::core::row::Row;
use crate::core::rows::*;
use crate::core::state::{Table, Tables, Unit, UnitEffects, Visit};
use crate::core::{Day, Points};
use sha2::{Digest, Sha256};
use std::collections::{BTreeMap, HashMap};
use uuid::Uuid;

type Place = (i32, Account, Day);

/// A good's pieces, by why they came or went.
#[derive(Clone, Debug, Default, PartialEq)]
struct Shelf {
    received: i64,
    returned: i64,
    redeemed: i64,
    wasted: i64,
}

impl Shelf {
    fn on_hand(&self) -> i64 {
        self.received + self.returned - self.redeemed - self.wasted
    }
}

/// Running sums of one unit, made from transfers and movements alone.
#[derive(Default)]
pub struct Checker {
    sums: HashMap<Place, i64>,
    village: HashMap<Account, i64>,
    household_seq: HashMap<i32, i64>,
    available: HashMap<i32, i64>,
    shelf: HashMap<(i32, i32), Shelf>,
}

fn signed(transfer: &TransferRow) -> [(i32, Account, i64); 2] {
    let points = transfer.points.0;
    [
        (transfer.from_holder, transfer.from_account, -points),
        (transfer.to_holder, transfer.to_account, points),
    ]
}

fn place(holder: i32, account: Account, lot: Day) -> Place {
    (holder, account, if holder < 0 { Day::NEVER } else { lot })
}

impl Checker {
    /// Checks one operation against the unit as it was before it.
    pub fn check(&mut self, before: &Unit, effects: &UnitEffects) {
        let seq = effects.operation.seq;
        assert_eq!(seq, before.head.seq() + 1, "seq is dense");
        assert_eq!(effects.head.seq(), seq);
        assert!(effects.operation.at >= before.head.at, "time runs forward");
        evidence(before, effects);
        grows_only(before, effects);
        self.points(effects);
        self.stock(effects);
        awards(before, effects);
        redemptions(before, effects);
        caps(before, effects);
    }

    fn points(&mut self, effects: &UnitEffects) {
        let mut touched: BTreeMap<Place, i64> = BTreeMap::new();
        for transfer in effects.rows.transfers.values() {
            assert!(transfer.points > Points::ZERO && transfer.points.0 <= 100_000_000);
            let ends = signed(transfer);
            assert_ne!((ends[0].0, ends[0].1), (ends[1].0, ends[1].1));
            for (holder, account, by) in ends {
                if holder == 0 {
                    *self.village.entry(account).or_default() += by;
                    continue;
                }
                let key = place(holder, account, transfer.lot);
                let sum = self.sums.entry(key).or_default();
                *sum += by;
                touched.insert(key, *sum);
                if holder > 0 && account == Account::Available {
                    *self.available.entry(holder).or_default() += by;
                }
            }
            if transfer.household > 0 {
                let last = self.household_seq.entry(transfer.household).or_default();
                *last += 1;
                assert_eq!(transfer.household_seq, *last, "household_seq is dense");
                let after = self.available.get(&transfer.household).copied();
                assert_eq!(
                    transfer.balance_after.0,
                    after.unwrap_or(0),
                    "balance_after"
                );
            }
        }
        let stored: BTreeMap<Place, i64> = effects
            .rows
            .balances
            .values()
            .map(|row| ((row.holder, row.account, row.lot), row.points.0))
            .collect();
        assert_eq!(stored, touched, "balances are sums of transfers");
        assert!(
            stored.values().all(|points| *points >= 0),
            "none below zero"
        );
        self.head(effects);
    }

    fn head(&self, effects: &UnitEffects) {
        let head = &effects.head;
        let of = |account| Points(self.village.get(&account).copied().unwrap_or(0));
        assert_eq!(head.source, of(Account::Source));
        assert_eq!(head.fund, of(Account::Fund));
        assert_eq!(head.expired, of(Account::Expired));
        assert!(head.fund >= Points::ZERO && head.expired >= Points::ZERO);
        assert!(head.source <= Points::ZERO);
        let held = |households: bool| {
            let of = self
                .sums
                .iter()
                .filter(|(key, _)| (key.0 > 0) == households);
            of.map(|(_, points)| points).sum::<i64>()
        };
        assert_eq!(head.outstanding.0, held(true), "outstanding");
        let all = head.source.0 + head.fund.0 + head.expired.0 + held(true) + held(false);
        assert_eq!(all, 0, "everything sums to zero");
    }

    fn stock(&mut self, effects: &UnitEffects) {
        for row in effects.rows.moves.values() {
            assert!(row.quantity > 0);
            let shelf = self.shelf.entry((row.station, row.good)).or_default();
            match row.kind {
                MoveKind::Received => shelf.received += row.quantity,
                MoveKind::Unreceived => shelf.received -= row.quantity,
                MoveKind::Returned => shelf.returned += row.quantity,
                MoveKind::Redeemed => shelf.redeemed += row.quantity,
                MoveKind::Wasted => shelf.wasted += row.quantity,
            }
            assert_eq!(row.on_hand, shelf.on_hand(), "the movement card follows");
        }
        for row in effects.rows.stock.values() {
            let stored = Shelf {
                received: row.received,
                returned: row.returned,
                redeemed: row.redeemed,
                wasted: row.wasted,
            };
            assert_eq!(row.on_hand, stored.on_hand(), "stock identity");
            assert!(row.on_hand >= 0);
            assert_eq!(self.shelf.get(&(row.station, row.good)), Some(&stored));
        }
    }

    /// Everything once more, from the rows alone.
    pub fn check_all(&self, unit: &Unit) {
        let mut sums: BTreeMap<Place, i64> = BTreeMap::new();
        for transfer in unit.rows.transfers.values() {
            for (holder, account, by) in signed(transfer) {
                if holder != 0 {
                    *sums
                        .entry(place(holder, account, transfer.lot))
                        .or_default() += by;
                }
            }
        }
        let stored: BTreeMap<Place, i64> = unit
            .rows
            .balances
            .values()
            .map(|row| ((row.holder, row.account, row.lot), row.points.0))
            .collect();
        assert_eq!(sums, stored, "every balance is the sum of its transfers");
        for (key, row) in &unit.rows.stock {
            assert_eq!(self.shelf[key].on_hand(), row.on_hand);
        }
    }
}

struct Rows<'a>(&'a mut Vec<u8>);

impl Visit for Rows<'_> {
    fn table<R: Row>(&mut self, rows: &Table<R>) {
        if !rows.is_empty() {
            R::TABLE.to_string().put(self.0);
            rows.values().cloned().collect::<Vec<R>>().put(self.0);
        }
    }
}

/// The leaf covers who, when, what was asked and answered, and every row; the root covers it.
fn evidence(before: &Unit, effects: &UnitEffects) {
    let row = &effects.operation;
    let mut entry = vec![0];
    entry.extend(row.salt);
    entry.extend(before.head.id.as_bytes());
    entry.extend(row.seq.to_be_bytes());
    entry.extend([row.id, row.actor].map(Uuid::into_bytes).concat());
    entry.push(u8::try_from(row.role.code()).unwrap());
    entry.extend(row.at.to_be_bytes());
    row.payload.put(&mut entry);
    row.answer.put(&mut entry);
    effects.rows.visit(&mut Rows(&mut entry));
    let leaf: [u8; 32] = Sha256::digest(&entry).into();
    assert_eq!(row.leaf, leaf, "leaf");
    let mut frontier = before.head.frontier.clone();
    frontier.append(leaf);
    assert_eq!(effects.head.frontier, frontier, "root");
}

/// Journal rows are only added, and under this operation's number.
fn grows_only(before: &Unit, effects: &UnitEffects) {
    let (rows, old, seq) = (&effects.rows, &before.rows, effects.operation.seq);
    let new = |is_new: bool, at: i64| assert!(!is_new || at == seq, "a row of another operation");
    assert!(
        rows.transfers
            .keys()
            .all(|key| key.0 == seq && !old.transfers.contains_key(key))
    );
    assert!(
        rows.moves
            .keys()
            .all(|key| key.0 == seq && !old.moves.contains_key(key))
    );
    assert!(
        rows.reversals
            .iter()
            .all(|(key, row)| row.by == seq && !old.reversals.contains_key(key))
    );
    rows.awards
        .keys()
        .for_each(|key| new(!old.awards.contains_key(key), key.0));
    rows.redemptions
        .keys()
        .for_each(|key| new(!old.redemptions.contains_key(key), key.0));
    rows.redemption_lines
        .keys()
        .for_each(|key| new(!old.redemption_lines.contains_key(key), key.0));
    let versions = |tables: &Tables| tables.rules.keys().copied().collect::<Vec<_>>();
    let known = before.config.tables();
    assert!(
        versions(rows)
            .iter()
            .all(|key| !known.rules.contains_key(key)),
        "a rule version changed"
    );
    assert!(
        rows.prices.keys().all(|key| !old.prices.contains_key(key)),
        "a price changed"
    );
}

/// Nobody reviews their own record, nor touches their own household or kin; the deed itself and
/// the rule version it was made under never change.
fn awards(before: &Unit, effects: &UnitEffects) {
    let actor = effects.operation.actor;
    for (key, row) in &effects.rows.awards {
        let moved_by_clock = row.state == AwardState::Returned
            || (row.state == AwardState::Booked && row.notice_until.is_some());
        let tie = before.config.tables().ties.get(&(actor, row.household));
        let known = before.rows.awards.get(key);
        // To put a line up or take it down decides nothing about it.
        let only_posted =
            known.is_some_and(|old| (old.state, old.points) == (row.state, row.points));
        assert!(tie.is_none() || moved_by_clock || only_posted, "favour");
        assert_ne!(row.reviewer, Some(row.recorder), "recorder reviewed");
        match before.rows.awards.get(key) {
            None => {
                assert_eq!(row.recorder, actor);
                let rules = &before.config.tables().rules;
                let newest = rules
                    .range((row.rule, 0)..=(row.rule, i32::MAX))
                    .next_back();
                let (no, version) = newest.expect("a known rule").0;
                assert_eq!((row.rule, row.rule_version), (*no, *version));
            }
            Some(old) => {
                let same = AwardRow {
                    state: row.state,
                    reviewer: row.reviewer,
                    reason: row.reason,
                    changed_by: effects.operation.seq,
                    lot: row.lot,
                    notice_until: row.notice_until,
                    notice: row.notice,
                    objections: row.objections,
                    review_by: row.review_by,
                    unpaid: row.unpaid,
                    ..old.clone()
                };
                assert_eq!(*row, same, "the deed itself stays");
                let ended = super::oracle_awards::ended(old.state);
                // An objection to it may still be answered.
                assert!(!ended || only_posted, "an ended award changed");
            }
        }
    }
}

/// Points, lines, lots, stock and receipt of a redemption: all or none.
fn redemptions(before: &Unit, effects: &UnitEffects) {
    let rows = &effects.rows;
    for (key, row) in &rows.redemptions {
        let lines = rows.redemption_lines.values();
        if let Some(old) = before.rows.redemptions.get(key) {
            let back = row.refunded.0 - old.refunded.0;
            let moved: i64 = rows.transfers.values().map(|t| t.points.0).sum();
            assert_eq!(moved, back, "refund and transfers agree");
            assert!(row.refunded <= row.points);
            let lots = rows.redemption_lots.values();
            assert!(lots.clone().all(|lot| lot.returned <= lot.taken));
            assert!(lines.clone().all(|line| line.refunded <= line.quantity));
            continue;
        }
        let cost: i64 = lines.clone().map(|line| line.price.0 * line.quantity).sum();
        let paid: i64 = rows.transfers.values().map(|t| t.points.0).sum();
        let lots: i64 = rows.redemption_lots.values().map(|lot| lot.taken.0).sum();
        assert_eq!([row.points.0; 3], [cost, paid, lots], "points, lines, lots");
        let goods = &before.config.tables().goods;
        let stocked = |line: &&RedemptionLineRow| goods[&(row.station, line.good)].stocked;
        let out: Vec<(i32, i64)> = rows.moves.values().map(|m| (m.good, m.quantity)).collect();
        let sold: Vec<(i32, i64)> = lines
            .filter(stocked)
            .map(|l| (l.good, l.quantity))
            .collect();
        assert_eq!(out, sold, "what is paid leaves the shelf");
    }
    if rows.redemptions.is_empty() {
        assert!(rows.redemption_lines.is_empty() && rows.redemption_lots.is_empty());
    }
}

/// A counter that grew has not passed the cap of the newest version that counts by it.
fn caps(before: &Unit, effects: &UnitEffects) {
    let tables = before.config.tables();
    let made: Vec<&AwardRow> = effects.rows.awards.values().collect();
    for (key, row) in &effects.rows.uses {
        let old = before.rows.uses.get(key).map_or(0, |row| row.used);
        assert!(row.used >= 0);
        if row.used <= old {
            continue;
        }
        let cap = match row.kind {
            UseKind::Rule => {
                let award = made.first().expect("an award used the cap");
                tables.rules[&(award.rule, award.rule_version)].cap_points
            }
            UseKind::Shared => {
                let group = i32::try_from(row.no).unwrap();
                tables.cap_groups[&(group,)].points
            }
            _ => continue,
        };
        assert!(row.used <= cap.expect("a cap").0, "cap exceeded: {row:?}");
    }
}
