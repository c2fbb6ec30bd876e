//! The oracle on awards and deductions: recording, review, reversal, maturity.

use super::oracle::{Actor, Deed, Expect, FUND, OUT, Oracle, together};
use crate::core::award::{AwardSheet, OnCap, RecordAward};
use crate::core::fund::AllotFund;
use crate::core::points::AMOUNT_MAX;
use crate::core::reversal::Reverse;
use crate::core::rows::*;
use crate::core::rule::RuleSpec;
use crate::core::{Command, Day, HouseholdRef, Points, Quantity};

/// Whether a deed no longer counts.
pub fn ended(state: AwardState) -> bool {
    matches!(
        state,
        AwardState::Rejected | AwardState::Reversed | AwardState::Returned
    )
}

/// A deed as asked for.
struct Ask<'a> {
    line: i32,
    household: &'a HouseholdRef,
    member: Option<i32>,
    quantity: Quantity,
    occurred: Day,
    clip: bool,
}

impl Oracle {
    pub fn allot(&mut self, actor: &Actor, command: &Command, body: &AllotFund) -> Expect {
        Self::allowed(actor, command, 0)?;
        if body.points.0 <= 0 || body.points.0 > AMOUNT_MAX {
            return Err("AmountOutOfRange".into());
        }
        self.push(OUT, FUND, Day::NEVER, body.points.0);
        self.allotments.push((self.seq + 1, body.points.0));
        Ok(())
    }

    fn rule_on(&self, code: &str, occurred: Day) -> Result<usize, String> {
        let found = self.rules.iter().rposition(|rule| rule.code == code);
        let index = found.ok_or("UnknownRule")?;
        let (rule, today) = (&self.rules[index], self.today());
        let fault = if occurred > today {
            "DateInFuture"
        } else if occurred.0 < today.0 - self.policy().backdate_days {
            "DateTooOld"
        } else if rule.starts.is_some_and(|starts| occurred < starts) {
            "RuleNotYet"
        } else if rule.ends.is_some_and(|ends| occurred > ends) {
            "RuleRetired"
        } else {
            return Ok(index);
        };
        Err(fault.into())
    }

    pub fn counted(&self) -> impl Iterator<Item = &Deed> {
        let gone = |state| ended(state);
        self.deeds
            .iter()
            .filter(move |deed| !gone(deed.state) && deed.points > 0)
    }

    fn group(&self, kind: CapGroupKind, code: &str) -> (i64, crate::core::Period) {
        let found = self
            .groups
            .iter()
            .find(|known| known.0 == kind && known.1.code == code);
        let spec = &found.unwrap().1;
        (spec.points.map_or(0, |points| points.0), spec.period)
    }

    /// What of the rule's own cap is used by whoever the cap counts.
    fn own_used(&self, rule: &RuleSpec, household: i32, group: &str, member: i32, on: Day) -> i64 {
        let same = |deed: &&Deed| {
            let under = &self.rules[deed.rule];
            let who = match rule.scope {
                RuleScope::Household => deed.household == household,
                RuleScope::Person => deed.household == household && deed.member == member,
                RuleScope::Group => deed.group == group,
            };
            under.code == rule.code
                && under.cap_points.is_some()
                && (under.scope, under.cap_period) == (rule.scope, rule.cap_period)
                && who
                && together(rule.cap_period, deed.occurred, on)
        };
        self.counted().filter(same).map(|deed| deed.points).sum()
    }

    fn within_caps(&self, index: usize, ask: &Ask<'_>, asked: i64) -> Result<i64, String> {
        let rule = &self.rules[index];
        let house = self.house(ask.household)?;
        let (mut granted, on) = (asked, ask.occurred);
        let mut caps = Vec::new();
        if let Some(cap) = rule.cap_points {
            let member = ask.member.unwrap_or(0);
            caps.push((
                cap.0,
                self.own_used(rule, house.no, &house.group, member, on),
            ));
        }
        if let Some(group) = &rule.shared_cap {
            let (cap, period) = self.group(CapGroupKind::Shared, &group.code);
            let used = self.counted().filter(|deed| {
                let other = self.rules[deed.rule].shared_cap.as_ref();
                other.is_some_and(|other| other.code == group.code)
                    && deed.household == house.no
                    && together(period, deed.occurred, on)
            });
            caps.push((cap, used.map(|deed| deed.points).sum()));
        }
        for (cap, used) in caps {
            let left = (cap - used).max(0);
            if asked > left && !ask.clip {
                return Err(format!("CapExceeded {}", Points(left)));
            }
            granted = granted.min(left);
        }
        if let Some(group) = &rule.exclusive {
            let (_, period) = self.group(CapGroupKind::Exclusive, &group.code);
            let excluded = self.counted().any(|deed| {
                let other = &self.rules[deed.rule];
                other
                    .exclusive
                    .as_ref()
                    .is_some_and(|other| other.code == group.code)
                    && other.code != rule.code
                    && deed.household == house.no
                    && together(period, deed.occurred, on)
            });
            if excluded {
                return Err("RuleExcluded".into());
            }
        }
        Ok(granted)
    }

    fn enter(&mut self, actor: &Actor, rule: usize, ask: &Ask<'_>) -> Expect {
        let house = self.open_house(ask.household)?;
        let (no, group) = (house.no, house.group.clone());
        if let Some(member) = ask.member.filter(|member| *member != 0)
            && !house.members.contains(&member)
        {
            return Err("UnknownMember".into());
        }
        self.favour(actor, no)?;
        if ask.quantity.0 <= 0 || ask.quantity.0 > 1_000_000 {
            return Err("BadField /quantity".into());
        }
        let product = self.rules[rule].points.0 * ask.quantity.0;
        if product % 100 != 0 {
            return Err("NotExact".into());
        }
        if product / 100 > AMOUNT_MAX {
            return Err("AmountOutOfRange".into());
        }
        let points = self.within_caps(rule, ask, product / 100)?;
        self.deeds.push(Deed {
            seq: self.seq + 1,
            line: ask.line,
            rule,
            household: no,
            group,
            member: ask.member.unwrap_or(0),
            points,
            occurred: ask.occurred,
            state: AwardState::Proposed,
            recorder: actor.id,
            lot: Day::NEVER,
            until: Day::NEVER,
            unpaid: 0,
            notice: 0,
            frozen: 0,
            at: self.at,
            reviewer: None,
        });
        match self.rules[rule].path {
            Path::Instant => self.book(self.deeds.len() - 1, Account::Available),
            _ => Ok(()),
        }
    }

    /// Takes what is there from these lots; the rest is owed.
    fn take(&mut self, household: i32, lots: &[(Day, i64)], points: i64) -> i64 {
        let mut left = points;
        for (lot, held) in lots {
            let part = left.min(*held);
            if part > 0 {
                self.push((household, Account::Available), FUND, *lot, part);
                left -= part;
            }
        }
        if left > 0 {
            self.debts.push((household, left));
        }
        left
    }

    pub fn collect(&mut self, at: usize) {
        let (household, lot) = (self.deeds[at].household, self.deeds[at].lot);
        let part = self.owed(household).min(self.deeds[at].points / 2);
        if self.policy().arrears == ArrearsPolicy::Recovered && part > 0 {
            self.push((household, Account::Available), FUND, lot, part);
            self.debts.push((household, -part));
        }
    }

    pub fn book(&mut self, at: usize, account: Account) -> Expect {
        let (household, points) = (self.deeds[at].household, self.deeds[at].points);
        if self.rules[self.deeds[at].rule].kind == RuleKind::Deduct {
            let lots = self.spendable(household);
            self.deeds[at].unpaid = self.take(household, &lots, points);
            self.deeds[at].state = AwardState::Booked;
            return Ok(());
        }
        self.fund_has(points)?;
        let lot = self.lot();
        self.deeds[at].lot = lot;
        if points > 0 {
            self.push(FUND, (household, account), lot, points);
        }
        if account == Account::Pending {
            self.deeds[at].state = AwardState::Pending;
        } else {
            self.deeds[at].state = AwardState::Booked;
            self.collect(at);
        }
        Ok(())
    }

    fn undo_to(&mut self, deeds: usize, entries: usize, debts: usize) {
        self.deeds.truncate(deeds);
        self.entries.truncate(entries);
        self.debts.truncate(debts);
    }

    pub fn award(&mut self, actor: &Actor, command: &Command, body: &RecordAward) -> Expect {
        Self::allowed(actor, command, 0)?;
        let rule = self.rule_on(&body.rule, body.occurred)?;
        let marks = (self.deeds.len(), self.entries.len(), self.debts.len());
        let ask = Ask {
            line: 0,
            household: &body.household,
            member: body.member,
            quantity: body.quantity,
            occurred: body.occurred,
            clip: false,
        };
        let entered = self.enter(actor, rule, &ask);
        if entered.is_err() {
            self.undo_to(marks.0, marks.1, marks.2);
        }
        entered
    }

    pub fn sheet(&mut self, actor: &Actor, command: &Command, body: &AwardSheet) -> Expect {
        Self::allowed(actor, command, 0)?;
        if body.rows.is_empty() || body.rows.len() > 2_000 {
            return Err("BadField /rows".into());
        }
        let rule = self.rule_on(&body.rule, body.occurred)?;
        if self.rules[rule].kind == RuleKind::Deduct {
            return Err("WrongRuleKind".into());
        }
        let marks = (self.deeds.len(), self.entries.len(), self.debts.len());
        let (mut faults, mut broke) = (Vec::new(), None);
        for (line, row) in body.rows.iter().enumerate() {
            let ask = Ask {
                line: i32::try_from(line).unwrap(),
                household: &row.household,
                member: None,
                quantity: row.quantity,
                occurred: body.occurred,
                clip: body.on_cap == OnCap::Clip,
            };
            match self.enter(actor, rule, &ask) {
                Err(why) if why.starts_with("FundExhausted") => {
                    broke = Some(why);
                    break;
                }
                Err(why) => faults.push(format!("{line}:{why}")),
                Ok(()) => {}
            }
        }
        let why = match (broke, faults.is_empty()) {
            (Some(why), _) => why,
            (None, false) => format!("Rows[{}]", faults.join(",")),
            (None, true) => return Ok(()),
        };
        self.undo_to(marks.0, marks.1, marks.2);
        Err(why)
    }

    pub fn reverse(&mut self, actor: &Actor, command: &Command, body: &Reverse) -> Expect {
        Self::allowed(actor, command, 0)?;
        let (seq, _) = body.operation.found.ok_or("UnknownOperation")?;
        if self.undone.contains(&seq) {
            return Err("AlreadyReversed".into());
        }
        if let Some((_, points)) = self.allotments.iter().copied().find(|known| known.0 == seq) {
            self.fund_has(points)?;
            self.push(FUND, OUT, Day::NEVER, points);
        } else if self.deeds.iter().any(|deed| deed.seq == seq) {
            self.reverse_deeds(actor, seq)?;
        } else if self.receipts.contains(&seq) {
            self.unreceive(seq)?;
        } else {
            return Err("NotReversible".into());
        }
        self.undone.push(seq);
        Ok(())
    }

    fn reverse_deeds(&mut self, actor: &Actor, seq: i64) -> Expect {
        let open = |deed: &Deed| !ended(deed.state);
        let of: Vec<usize> = (0..self.deeds.len())
            .filter(|at| self.deeds[*at].seq == seq && open(&self.deeds[*at]))
            .collect();
        if of.is_empty() {
            return Err("NotReversible".into());
        }
        for at in &of {
            self.favour(actor, self.deeds[*at].household)?;
        }
        for at in of {
            self.undo(at)?;
        }
        Ok(())
    }

    /// Takes one deed's points back, however far it has come.
    pub fn undo(&mut self, at: usize) -> Expect {
        let deed = &self.deeds[at];
        let (no, points, lot, unpaid) = (deed.household, deed.points, deed.lot, deed.unpaid);
        let gives = self.rules[deed.rule].kind == RuleKind::Award;
        match deed.state {
            AwardState::Pending if gives && points > 0 => {
                self.push((no, Account::Pending), FUND, lot, points);
            }
            AwardState::Booked if gives => {
                let lots = self.spendable(no);
                let (own, other): (Vec<_>, Vec<_>) = lots.into_iter().partition(|l| l.0 == lot);
                self.take(no, &[own, other].concat(), points);
            }
            AwardState::Booked => {
                let forgiven = self.owed(no).min(unpaid);
                self.fund_has(points - forgiven)?;
                if points > forgiven {
                    let lot = self.lot();
                    self.push(FUND, (no, Account::Available), lot, points - forgiven);
                }
                self.debts.push((no, -forgiven));
            }
            _ => {}
        }
        self.deeds[at].state = AwardState::Reversed;
        Ok(())
    }
}
