//! Which rows a command reads, so that the store can fetch them before the core decides.
//!
//! Asked again after each fetch, because some rows name others; a test runs every command on a
//! state cut down to what is named here and expects the same answer.

mod activities;
mod brought;
mod notices;

use super::award::AwardKey;
use super::day::Period;
use super::redemption::good_counter;
use super::row::{Cell, Field};
use super::rows::*;
use super::rule::counters;
use super::state::Unit;
use super::{Command, Day, HouseholdRef, OperationRef, registry::TieSpec};
use std::collections::BTreeSet;
use std::ops::RangeInclusive;

/// Rows of one table whose leading or named columns have these values.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Want {
    /// The table.
    pub table: &'static str,
    /// The columns, besides the unit.
    pub by: &'static [&'static str],
    /// Their values.
    pub key: Vec<Cell>,
}

/// The rows wanted.
pub type Wants = BTreeSet<Want>;

fn want(wants: &mut Wants, table: &'static str, by: &'static [&'static str], key: Vec<Cell>) {
    wants.insert(Want { table, by, key });
}

fn household(wants: &mut Wants, no: i32) {
    want(wants, "household", &["no"], vec![no.cell()]);
}

fn holder(wants: &mut Wants, no: i32) {
    want(wants, "balance", &["holder"], vec![no.cell()]);
}

fn of_household(wants: &mut Wants, given: &HouseholdRef) -> Option<i32> {
    match given {
        HouseholdRef::No(no) => {
            household(wants, *no);
            holder(wants, *no);
            Some(*no)
        }
        HouseholdRef::Given(_) => None,
    }
}

fn by_seq(wants: &mut Wants, table: &'static str, seq: i64) {
    want(wants, table, &["seq"], vec![seq.cell()]);
}

fn uses(
    wants: &mut Wants,
    unit: &Unit,
    rule: Option<&RuleRow>,
    (household, group_no): (i32, Option<i32>),
    member: Option<i32>,
    occurred: Day,
) {
    let Some(rule) = rule else { return };
    if rule.scope == RuleScope::Group && group_no.is_none() {
        return;
    }
    let group_no = group_no.unwrap_or(0);
    for counter in counters(&unit.config, rule, household, group_no, member, occurred) {
        let key = vec![
            counter.kind.cell(),
            counter.no.cell(),
            counter.holder.cell(),
            counter.period.cell(),
        ];
        want(wants, "use_count", &["kind", "no", "holder", "period"], key);
    }
}

fn group_of(unit: &Unit, household: i32) -> Option<i32> {
    let row = unit.rows.households.get(&(household,));
    row.map(|row| row.group_no)
}

fn awards_of(wants: &mut Wants, unit: &Unit, seq: i64) {
    by_seq(wants, "award", seq);
    behind_awards(wants, unit, seq, 0..=i32::MAX);
}

/// One line of a sheet alone: a sheet may have thousands.
fn award_line(wants: &mut Wants, unit: &Unit, seq: i64, line: i32) {
    let key = vec![seq.cell(), line.cell()];
    want(wants, "award", &["seq", "line"], key);
    behind_awards(wants, unit, seq, line..=line);
}

fn award_keys(wants: &mut Wants, unit: &Unit, keys: &[AwardKey]) {
    for key in keys {
        award_line(wants, unit, key.seq, key.line);
    }
}

fn behind_awards(wants: &mut Wants, unit: &Unit, seq: i64, lines: RangeInclusive<i32>) {
    let keys = (seq, *lines.start())..=(seq, *lines.end());
    for award in unit.rows.awards.range(keys).map(|(_, row)| row) {
        household(wants, award.household);
        holder(wants, award.household);
        let rule = unit
            .config
            .tables()
            .rules
            .get(&(award.rule, award.rule_version));
        uses(
            wants,
            unit,
            rule,
            (award.household, Some(award.group_no)),
            award.member,
            award.occurred,
        );
    }
}

fn stock(
    wants: &mut Wants,
    unit: &Unit,
    station: &str,
    skus: impl Iterator<Item = String>,
) -> Vec<GoodRow> {
    let station = unit.config.station(station).map(|row| row.no);
    let goods: Vec<GoodRow> = skus
        .filter_map(|sku| unit.config.good(station?, &sku).cloned())
        .collect();
    for good in &goods {
        want(
            wants,
            "stock",
            &["station", "good"],
            vec![good.station.cell(), good.no.cell()],
        );
    }
    goods
}

fn limits(wants: &mut Wants, goods: &[GoodRow], household: i32, day: Day) {
    for good in goods {
        let key = vec![
            UseKind::Good.cell(),
            good_counter(good.station, good.no).cell(),
            i64::from(household).cell(),
            Period::Month.start(day).cell(),
        ];
        want(wants, "use_count", &["kind", "no", "holder", "period"], key);
    }
}

fn refund(wants: &mut Wants, unit: &Unit, body: &super::redemption::Refund) {
    let Some(seq) = found(&body.redemption) else {
        return;
    };
    for table in ["redemption", "redemption_line", "redemption_lot"] {
        by_seq(wants, table, seq);
    }
    let skus = body.lines.iter().map(|line| line.sku.clone());
    let goods = stock(wants, unit, &body.station, skus);
    if let Some(redemption) = unit.rows.redemptions.get(&(seq,)) {
        household(wants, redemption.household);
        holder(wants, redemption.household);
        holder(wants, -redemption.station);
        limits(wants, &goods, redemption.household, redemption.day);
    }
}

fn reverse(wants: &mut Wants, unit: &Unit, given: &OperationRef) {
    let Some(seq) = found(given) else { return };
    by_seq(wants, "reversal", seq);
    by_seq(wants, "transfer", seq);
    by_seq(wants, "stock_move", seq);
    awards_of(wants, unit, seq);
    for line in unit
        .rows
        .moves
        .range((seq, 0)..=(seq, i32::MAX))
        .map(|(_, row)| row)
    {
        want(
            wants,
            "stock",
            &["station", "good"],
            vec![line.station.cell(), line.good.cell()],
        );
    }
}

fn found(given: &OperationRef) -> Option<i64> {
    given.found.map(|(seq, _)| seq)
}

fn unit_code(wants: &mut Wants, code: &str) {
    want(wants, "unit", &["code"], vec![Cell::Text(code.to_string())]);
}

fn ties(wants: &mut Wants, unit_no: i32, ties: &[TieSpec]) {
    for tie in ties.iter().filter(|tie| tie.unit == unit_no) {
        of_household(wants, &tie.household);
    }
}

fn card(wants: &mut Wants, given: &HouseholdRef) {
    if let Some(no) = of_household(wants, given) {
        want(wants, "card", &["household"], vec![no.cell()]);
    }
}

fn grants(wants: &mut Wants, unit: &Unit, grants: &[super::rights::Grant]) {
    for grant in grants {
        want(wants, "unit", &["no"], vec![grant.unit.cell()]);
    }
    for unit in unit.rows.units.values() {
        want(wants, "unit", &["no"], vec![unit.parent.cell()]);
    }
}

fn at_station(wants: &mut Wants, unit: &Unit, today: Day, command: &Command) {
    match command {
        Command::ReceiveStock(body) => {
            stock(
                wants,
                unit,
                &body.station,
                body.lines.iter().map(|line| line.sku.clone()),
            );
        }
        Command::Redeem(body) => {
            card(wants, &body.household);
            let skus = body.lines.iter().map(|line| line.sku.clone());
            let goods = stock(wants, unit, &body.station, skus);
            if let Some(station) = unit.config.station(&body.station) {
                holder(wants, -station.no);
            }
            if let HouseholdRef::No(no) = &body.household {
                limits(wants, &goods, *no, today);
            }
        }
        Command::Refund(body) => refund(wants, unit, body),
        _ => {}
    }
}

fn in_system(wants: &mut Wants, unit_no: i32, unit: &Unit, command: &Command) {
    match command {
        Command::FoundTownship(body) => unit_code(wants, &body.code),
        Command::FoundVillage(body) => {
            unit_code(wants, &body.code);
            unit_code(wants, &body.township);
        }
        Command::AddStaff(body) => {
            let username = Cell::Text(body.username.clone());
            want(wants, "staff", &["username"], vec![username]);
            grants(wants, unit, &body.grants);
            ties(wants, unit_no, &body.ties);
        }
        Command::ChangeStaff(body) => {
            want(wants, "staff", &["id"], vec![body.staff.cell()]);
            want(wants, "grant_of", &["staff"], vec![body.staff.cell()]);
            let held = unit
                .rows
                .grants
                .values()
                .filter(|grant| grant.staff == body.staff);
            let held = held.map(|grant| grant.unit_no.cell());
            for no in held {
                want(wants, "unit", &["no"], vec![no]);
            }
            grants(wants, unit, body.grants.as_deref().unwrap_or_default());
        }
        _ => {}
    }
}

fn counter(wants: &mut Wants, kind: Numbered) {
    want(wants, "counter", &["kind"], vec![kind.cell()]);
}

/// Whether later commands may read other rows once this one has been accepted, so that what was
/// fetched for them before no longer suffices: other counters, another day, another group.
#[must_use]
pub fn changes_reads(command: &Command) -> bool {
    match command {
        Command::DeclareRules(_) | Command::SetPolicy(_) => true,
        // Whoever signed in must be among those whose awards are read when it is sent.
        Command::EndActivity(_) => true,
        Command::SignIn(body) => body.how == SignInHow::List,
        Command::ChangeHousehold(body) => body.group.is_some(),
        _ => false,
    }
}

/// Adds what `command` reads of this unit, as far as the rows loaded so far tell.
pub fn collect(wants: &mut Wants, unit_no: i32, unit: &Unit, today: Day, command: &Command) {
    match command {
        Command::AllotFund(_)
        | Command::DeclareRules(_)
        | Command::RetireRule(_)
        | Command::SetPolicy(_)
        | Command::OpenStation(_)
        | Command::DeclareGoods(_) => {}
        Command::RegisterHouseholds(body) => {
            for row in &body.rows {
                want(
                    wants,
                    "household",
                    &["code"],
                    vec![Cell::Text(row.code.clone())],
                );
            }
        }
        Command::ChangeHousehold(body) => {
            if let Some(no) = of_household(wants, &body.household) {
                want(wants, "member", &["household"], vec![no.cell()]);
            }
        }
        Command::IssueCard(body) => card(wants, &body.household),
        Command::RevokeCard(body) => card(wants, &body.household),
        Command::SetPin(body) => {
            of_household(wants, &body.household);
        }
        Command::DeclareTies(body) => ties(wants, unit_no, &body.ties),
        Command::Award(body) => {
            if let Some(no) = of_household(wants, &body.household) {
                let rule = unit.config.rule(&body.rule);
                let who = (no, group_of(unit, no));
                uses(wants, unit, rule, who, body.member, body.occurred);
                if body.member.is_some() {
                    want(wants, "member", &["household"], vec![no.cell()]);
                }
            }
        }
        Command::AwardSheet(body) => {
            let rule = unit.config.rule(&body.rule);
            for row in &body.rows {
                if let Some(no) = of_household(wants, &row.household) {
                    let who = (no, group_of(unit, no));
                    uses(wants, unit, rule, who, None, body.occurred);
                }
            }
        }
        Command::ReviewAward(body) => {
            if let Some(seq) = found(&body.award) {
                award_line(wants, unit, seq, body.award.line);
            }
        }
        Command::ReviewSheet(body) => {
            if let Some(seq) = found(&body.operation) {
                awards_of(wants, unit, seq);
            }
        }
        Command::ReturnAwards(body) => award_keys(wants, unit, &body.awards),
        Command::WithdrawAward(body) => {
            if let Some(seq) = found(&body.award) {
                award_line(wants, unit, seq, body.award.line);
            }
        }
        Command::ComposeNotice(_)
        | Command::ConfirmNotice(_)
        | Command::WithdrawNotice(_)
        | Command::ProveNotice(_)
        | Command::RaiseObjection(_)
        | Command::AnswerObjection(_) => notices::on_notices(wants, unit, command),
        Command::Apply(_) | Command::CheckApplication(_) | Command::WithdrawApplication(_) => {
            brought::on_applications(wants, unit, command);
        }
        Command::ReportSpot(_)
        | Command::ClaimSpot(_)
        | Command::ClearSpot(_)
        | Command::VerifySpot(_)
        | Command::RejectSpot(_)
        | Command::AssignSpot(_)
        | Command::CloseTask(_) => brought::on_spots(wants, unit, today, command),
        Command::PlanActivity(_)
        | Command::SignIn(_)
        | Command::SignOut(_)
        | Command::StrikeNoShow(_)
        | Command::EndActivity(_)
        | Command::SendActivity(_)
        | Command::CancelActivity(_) => activities::collect(wants, unit, command),
        Command::Reverse(body) => reverse(wants, unit, &body.operation),
        Command::ExpireLots(body) => body.households.iter().for_each(|no| {
            household(wants, *no);
            holder(wants, *no);
        }),
        Command::MatureAwards(body) => award_keys(wants, unit, &body.awards),
        Command::ReceiveStock(_) | Command::Redeem(_) | Command::Refund(_) => {
            at_station(wants, unit, today, command);
        }
        Command::FoundTownship(_)
        | Command::FoundVillage(_)
        | Command::AddStaff(_)
        | Command::ChangeStaff(_) => in_system(wants, unit_no, unit, command),
    }
}

/// The households a command names, each with the unit when it is not the one asked.
pub fn households_mut(command: &mut Command) -> Vec<(Option<i32>, &mut HouseholdRef)> {
    let one = |given| vec![(None, given)];
    match command {
        Command::ChangeHousehold(body) => one(&mut body.household),
        Command::IssueCard(body) => one(&mut body.household),
        Command::RevokeCard(body) => one(&mut body.household),
        Command::SetPin(body) => one(&mut body.household),
        Command::Award(body) => one(&mut body.household),
        Command::Apply(body) => one(&mut body.household),
        Command::ReportSpot(body) => one(&mut body.household),
        Command::ClaimSpot(body) => one(&mut body.household),
        Command::ClearSpot(body) => one(&mut body.household),
        Command::RaiseObjection(body) => body
            .household
            .as_mut()
            .map(|household| (None, household))
            .into_iter()
            .collect(),
        Command::Redeem(body) => one(&mut body.household),
        Command::SignOut(body) => one(&mut body.household),
        Command::StrikeNoShow(body) => one(&mut body.household),
        Command::SignIn(body) => body
            .rows
            .iter_mut()
            .map(|row| (None, &mut row.household))
            .collect(),
        Command::AwardSheet(body) => body
            .rows
            .iter_mut()
            .map(|row| (None, &mut row.household))
            .collect(),
        Command::DeclareTies(body) => body
            .ties
            .iter_mut()
            .map(|tie| (Some(tie.unit), &mut tie.household))
            .collect(),
        Command::AddStaff(body) => body
            .ties
            .iter_mut()
            .map(|tie| (Some(tie.unit), &mut tie.household))
            .collect(),
        _ => Vec::new(),
    }
}

/// The earlier operation a command names.
pub fn operation_mut(command: &mut Command) -> Option<&mut OperationRef> {
    match command {
        Command::ReviewAward(body) => Some(&mut body.award),
        Command::ReviewSheet(body) => Some(&mut body.operation),
        Command::WithdrawAward(body) => Some(&mut body.award),
        Command::RaiseObjection(body) => body.award.as_mut(),
        Command::Reverse(body) => Some(&mut body.operation),
        Command::Refund(body) => Some(&mut body.redemption),
        _ => None,
    }
}
