//! What commands about activities read.

use super::{Wants, counter, group_of, holder, household, uses, want};
use crate::core::row::Field;
use crate::core::rows::Numbered;
use crate::core::state::Unit;
use crate::core::{Command, HouseholdRef};

/// An activity; with everyone who signed in when they are wanted too.
fn activity(wants: &mut Wants, no: i32, with_all: bool) {
    want(wants, "activity", &["no"], vec![no.cell()]);
    if with_all {
        want(wants, "attendance", &["activity"], vec![no.cell()]);
    }
}

/// One household at an activity, with its members when one is named.
fn at_activity(wants: &mut Wants, no: i32, given: &HouseholdRef, member: Option<i32>) {
    activity(wants, no, false);
    let HouseholdRef::No(came) = given else {
        return;
    };
    household(wants, *came);
    let key = vec![no.cell(), came.cell()];
    want(wants, "attendance", &["activity", "household"], key);
    if member.is_some() {
        want(wants, "member", &["household"], vec![came.cell()]);
    }
}

pub(super) fn collect(wants: &mut Wants, unit: &Unit, command: &Command) {
    match command {
        Command::PlanActivity(_) => counter(wants, Numbered::Activity),
        Command::SignIn(body) => {
            activity(wants, body.activity, false);
            for row in &body.rows {
                at_activity(wants, body.activity, &row.household, row.member);
            }
        }
        Command::SignOut(body) => {
            at_activity(wants, body.activity, &body.household, None);
        }
        Command::StrikeNoShow(body) => {
            at_activity(wants, body.activity, &body.household, None);
        }
        Command::EndActivity(body) => activity(wants, body.activity, true),
        Command::CancelActivity(body) => activity(wants, body.activity, false),
        Command::SendActivity(body) => {
            activity(wants, body.activity, true);
            deeds_of_activity(wants, unit, body.activity);
        }
        _ => {}
    }
}

/// What the awards of an activity read, once it and its attendance are known.
fn deeds_of_activity(wants: &mut Wants, unit: &Unit, no: i32) {
    let Some(activity) = unit.rows.activities.get(&(no,)) else {
        return;
    };
    let rules = unit.config.tables().rules.values();
    let rule = rules.rev().find(|rule| rule.no == activity.rule);
    let keys = (no, i32::MIN, i32::MIN)..=(no, i32::MAX, i32::MAX);
    for row in unit.rows.attendances.range(keys).map(|(_, row)| row) {
        household(wants, row.household);
        holder(wants, row.household);
        let who = (row.household, group_of(unit, row.household));
        let member = Some(row.person).filter(|person| *person >= 0);
        uses(wants, unit, rule, who, member, activity.day);
    }
}
