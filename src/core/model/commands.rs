//! Random commands: mostly sensible, a good share of them wrong.

use super::dice::Dice;
use super::oracle::{Deed, Oracle, Part};
use super::setup::{self, GROUPS, RULES};
use super::world::{Person, Village, World};
use crate::core::award::{
    AwardKey, AwardSheet, MatureAwards, OnCap, RecordAward, ReviewAward, SheetRow,
};
use crate::core::fund::{AllotFund, ExpireLots};
use crate::core::household::{ChangeHousehold, IssueCard, RegisterHouseholds, RevokeCard, SetPin};
use crate::core::redemption::{CartLine, Redeem, Refund, RefundLine, ReturnTo};
use crate::core::registry::{DeclareTies, TieSpec};
use crate::core::reversal::Reverse;
use crate::core::rows::*;
use crate::core::rule::{DeclareRules, RetireRule, RuleSpec};
use crate::core::state::Unit;
use crate::core::station::{DeclareGoods, ReceiptLine, ReceiveStock};
use crate::core::{Command, Day, HouseholdRef, OperationRef, Points, Quantity, SecretHash};

pub(super) struct Source<'a> {
    pub(super) dice: &'a mut Dice,
    pub(super) village: &'a Village,
    pub(super) unit: &'a Unit,
    today: Day,
}

impl World {
    pub fn random_step(&mut self) {
        self.jitter();
        if self.dice.chance(4) {
            return self.random_system_step();
        }
        let at = self.dice.below(self.villages.len());
        let village = &self.villages[at];
        let (no, oracle) = (village.no, &village.oracle);
        let offset = oracle.policy().utc_offset;
        let today = Day::of_instant(self.now.max(oracle.at), offset);
        let mut source = Source {
            dice: &mut self.dice,
            village,
            unit: &self.state.units[&no],
            today,
        };
        let count = source.dice.pick(&[1, 1, 1, 3, 6]);
        let commands: Vec<Command> = match source.dice.chance(5) {
            true => source.pointed(),
            false => (0..count).map(|_| source.command()).collect(),
        };
        // What was seen before a batch need not be what stands there in its midst.
        let is_sealed = |command: &Command| {
            matches!(command, Command::ConfirmNotice(_) | Command::ReviewSheet(_))
        };
        let alone = commands.len() == 1;
        let commands = commands
            .into_iter()
            .filter(|command| alone || !is_sealed(command));
        let with = |command| (source.person_for(&command), command);
        let jobs: Vec<_> = commands.map(with).collect();
        if !jobs.is_empty() {
            self.batch(no, jobs);
        }
    }
}

impl Source<'_> {
    pub(super) fn oracle(&self) -> &Oracle {
        &self.village.oracle
    }

    /// Mostly somebody who may, sometimes anybody.
    fn person_for(&mut self, command: &Command) -> Person {
        let station = |code: &str| if code == "S2" { 2 } else { 1 };
        let may = |part: Part| match command {
            Command::Redeem(body) => part == Part::Clerk(station(&body.station)),
            Command::Refund(body) => part == Part::Clerk(station(&body.station)),
            Command::ReceiveStock(body) => part == Part::Clerk(station(&body.station)),
            Command::Award(_) | Command::AwardSheet(_) => {
                matches!(part, Part::Recorder | Part::Both | Part::Manager)
            }
            Command::ReviewAward(_)
            | Command::ReviewSheet(_)
            | Command::WithdrawAward(_)
            | Command::AnswerObjection(_)
            | Command::Reverse(_) => {
                matches!(part, Part::Reviewer | Part::Both | Part::Manager)
            }
            Command::ComposeNotice(_)
            | Command::ConfirmNotice(_)
            | Command::WithdrawNotice(_)
            | Command::ProveNotice(_)
            | Command::RaiseObjection(_) => {
                matches!(
                    part,
                    Part::Recorder | Part::Reviewer | Part::Both | Part::Manager
                )
            }
            Command::ExpireLots(_) | Command::MatureAwards(_) | Command::ReturnAwards(_) => {
                part == Part::Clock
            }
            Command::IssueCard(_) | Command::RevokeCard(_) | Command::SetPin(_) => {
                matches!(part, Part::Recorder | Part::Manager)
            }
            _ => part == Part::Admin,
        };
        let cast = &self.village.cast;
        if self.dice.chance(4) {
            return cast[self.dice.below(cast.len())].clone();
        }
        let able: Vec<&Person> = cast.iter().filter(|person| may(person.part)).collect();
        able[self.dice.below(able.len())].clone()
    }

    fn command(&mut self) -> Command {
        match self.dice.below(100) {
            0..=21 => Command::Award(self.award()),
            22..=27 => Command::AwardSheet(self.sheet()),
            28..=36 => self.on_notices(),
            37..=47 => Command::ReviewAward(self.review()),
            48..=57 => Command::Reverse(self.reverse()),
            58..=72 => Command::Redeem(self.redeem()),
            73..=78 => Command::Refund(self.refund()),
            79..=80 => Command::ReceiveStock(self.receive()),
            81..=84 => Command::MatureAwards(self.mature()),
            85..=86 => Command::ExpireLots(ExpireLots {
                households: self.everyone(),
            }),
            87..=88 => Command::AllotFund(self.allot()),
            89..=90 => Command::SetPolicy(setup::policy(self.dice)),
            91..=92 => self.rule(),
            93 => self.goods(),
            94 => Command::SetPin(SetPin {
                household: self.household(),
                second: Some(self.dice.uuid()),
                tag: self.dice.bytes(),
                hash: SecretHash(None),
            }),
            95 => Command::IssueCard(IssueCard {
                household: self.household(),
                token: self.dice.bytes(),
            }),
            96 => Command::RevokeCard(RevokeCard {
                household: self.household(),
            }),
            97..=98 => Command::ChangeHousehold(self.change()),
            _ => self.rare(),
        }
    }

    /// A batch that begins by changing what its later commands count by.
    fn pointed(&mut self) -> Vec<Command> {
        let mut award = RecordAward {
            occurred: self.today,
            quantity: Quantity::ONE,
            ..self.award()
        };
        let first = match self.dice.chance(50) {
            true => {
                let scope =
                    |rule: &&RuleSpec| rule.scope == RuleScope::Group && rule.cap_points.is_some();
                let rule = self.oracle().rules.iter().rfind(scope);
                award.rule = rule.map_or(award.rule, |rule| rule.code.clone());
                let group = Some(self.dice.pick(&GROUPS).to_string());
                let household = award.household.clone();
                Command::ChangeHousehold(ChangeHousehold {
                    household,
                    group,
                    ..self.change()
                })
            }
            false => {
                let no = self.dice.below(RULES);
                award.rule = format!("R{no}");
                let rules = vec![setup::rule(self.dice, no, self.today)];
                Command::DeclareRules(DeclareRules {
                    rules,
                    resolution: None,
                })
            }
        };
        [vec![first], vec![Command::Award(award); 3]].concat()
    }

    pub(super) fn household(&mut self) -> HouseholdRef {
        let count = self.oracle().houses.len();
        match self.dice.below(100) {
            0 => HouseholdRef::Given("nobody".into()),
            1 => HouseholdRef::No(self.dice.pick(&[0, -1, 999])),
            _ => HouseholdRef::No(i32::try_from(self.dice.below(count) + 1).unwrap()),
        }
    }

    fn everyone(&mut self) -> Vec<i32> {
        let mut all: Vec<i32> = self.oracle().houses.iter().map(|house| house.no).collect();
        all.extend(self.dice.maybe(10, |dice| dice.pick(&[1, -1, 0, 77])));
        all
    }

    fn amount(&mut self) -> i64 {
        self.dice.pick(&[
            1,
            100,
            5_000,
            20_000,
            200_000,
            200_000,
            200_000,
            0,
            -5,
            100_000_000,
            100_000_001,
            i64::MAX,
        ])
    }

    fn quantity(&mut self) -> Quantity {
        let common = [100, 100, 100, 200, 50, 150, 300, 20];
        let odd = [0, -100, 1_000_001, 33, 1, 1_000_000, i64::MIN, i64::MAX];
        Quantity(if self.dice.chance(6) {
            self.dice.pick(&odd)
        } else {
            self.dice.pick(&common)
        })
    }

    fn rule_code(&mut self) -> String {
        let count = self.oracle().rules.len();
        if count == 0 || self.dice.chance(2) {
            return "R99".into();
        }
        self.village.oracle.rules[self.dice.below(count)]
            .code
            .clone()
    }

    fn occurred(&mut self) -> Day {
        match self.dice.below(30) {
            0 => self.today.plus(self.dice.int(1, 30)),
            1 => self.today.plus(-self.dice.int(300, 500)),
            2..=9 => self.today.plus(-self.dice.int(1, 40)),
            _ => self.today,
        }
    }

    fn award(&mut self) -> RecordAward {
        RecordAward {
            rule: self.rule_code(),
            household: self.household(),
            member: self
                .dice
                .maybe(25, |dice| dice.pick(&[0, 0, 0, 1, 1, 2, 4])),
            quantity: self.quantity(),
            occurred: self.occurred(),
            note: self.dice.maybe(20, Dice::text),
        }
    }

    fn sheet(&mut self) -> AwardSheet {
        let on_cap = self.dice.pick(OnCap::ALL);
        let rows = (0..self.dice.below(9)).map(|_| {
            let quantity = if self.dice.chance(85) {
                Quantity::ONE
            } else {
                self.quantity()
            };
            SheetRow {
                household: self.household(),
                quantity,
            }
        });
        let rows = rows.collect();
        AwardSheet {
            rule: self.rule_code(),
            occurred: self.occurred(),
            on_cap,
            rows,
        }
    }

    pub(super) fn operation(&mut self, kinds: &[i16]) -> OperationRef {
        let wanted = |kind: &i16| kinds.is_empty() || kinds.contains(kind);
        let all = &self.village.operations;
        let of: Vec<_> = all
            .iter()
            .filter(|operation| wanted(&operation.1))
            .collect();
        let line = self.dice.pick(&[0, 0, 0, 1, 2, 5]);
        if of.is_empty() || self.dice.chance(3) {
            return OperationRef::new(self.dice.uuid(), line);
        }
        let recent = of.len().saturating_sub(12);
        let from = if self.dice.chance(60) { recent } else { 0 };
        let (seq, kind, id) = *of[from + self.dice.below(of.len() - from)];
        OperationRef {
            id,
            line,
            found: Some((seq, kind)),
        }
    }

    pub(super) fn deed(&mut self, state: AwardState) -> Option<&Deed> {
        let of: Vec<usize> = (0..self.oracle().deeds.len())
            .filter(|at| self.oracle().deeds[*at].state == state)
            .collect();
        let at = *of.get(self.dice.below(of.len()))?;
        Some(&self.oracle().deeds[at])
    }

    fn review(&mut self) -> ReviewAward {
        let award = match self
            .deed(AwardState::Proposed)
            .map(|deed| (deed.seq, deed.line))
        {
            Some((seq, line)) if self.dice.chance(90) => {
                let (_, kind, id) = self.village.operations[usize::try_from(seq - 1).unwrap()];
                OperationRef {
                    id,
                    line,
                    found: Some((seq, kind)),
                }
            }
            _ => self.operation(&[11, 12]),
        };
        let approve = self.dice.chance(80);
        ReviewAward {
            award,
            approve,
            reason: self.dice.maybe(30, Dice::text),
        }
    }

    fn reverse(&mut self) -> Reverse {
        let operation = match self.dice.below(10) {
            0 => self.operation(&[]),
            1 => self.operation(&[1, 19]),
            _ => self.operation(&[11, 12]),
        };
        Reverse {
            operation,
            reason: self.dice.text(),
        }
    }

    fn station(&mut self) -> String {
        self.dice
            .pick(&["S1", "S1", "S1", "S1", "S1", "S1", "S2", "S2", "S9"])
            .into()
    }

    fn sku(&mut self) -> String {
        format!(
            "G{}",
            if self.dice.chance(2) {
                42
            } else {
                self.dice.below(4)
            }
        )
    }

    fn pieces(&mut self) -> i64 {
        match self.dice.below(30) {
            0 => self.dice.pick(&[0, -1, 10_001, i64::MIN, i64::MAX, 10_000]),
            _ => self.dice.pick(&[1, 1, 1, 2, 3]),
        }
    }

    fn redeem(&mut self) -> Redeem {
        let household = self.household();
        let lines = (0..self.dice.pick(&[1, 1, 2, 3, 0])).map(|_| CartLine {
            sku: self.sku(),
            quantity: self.pieces(),
        });
        let lines = lines.collect();
        let house = self.oracle().house(&household).ok();
        let (card, pin) = house.map_or((0, 0), |house| (house.card, house.pin));
        let pin_version = if self.dice.chance(3) { pin + 1 } else { pin };
        let card = (card > 0 && self.dice.chance(50)).then_some(card);
        let card = if self.dice.chance(3) {
            Some(self.dice.int(0, 2))
        } else {
            card
        };
        let (station, pin_tag) = (self.station(), self.dice.bytes());
        Redeem {
            station,
            household,
            card,
            pin_version,
            pin_tag,
            lines,
        }
    }

    fn refund(&mut self) -> Refund {
        let redemption = self.operation(&[20]);
        let seq = redemption.found.map_or(0, |found| found.0);
        let oracle = self.oracle();
        let sale = oracle.sales.iter().find(|sale| sale.seq == seq);
        let sold = sale.map_or(Vec::new(), |sale| sale.lines.clone());
        let station = sale.map_or(String::from("S1"), |sale| format!("S{}", sale.station));
        let mut lines = Vec::new();
        for _ in 0..self.dice.pick(&[1, 1, 1, 2]) {
            let good = sold
                .get(self.dice.below(sold.len()))
                .map_or(9, |line| line.0);
            let sku = if self.dice.chance(95) {
                format!("G{}", good - 1)
            } else {
                self.sku()
            };
            let (quantity, to) = (self.pieces(), self.dice.pick(ReturnTo::ALL));
            lines.push(RefundLine { sku, quantity, to });
        }
        let station = if self.dice.chance(95) {
            station
        } else {
            self.station()
        };
        Refund {
            station,
            redemption,
            reason: self.dice.text(),
            lines,
        }
    }

    fn receive(&mut self) -> ReceiveStock {
        let lines = (0..self.dice.below(4)).map(|_| ReceiptLine {
            sku: if self.dice.chance(80) {
                format!("G{}", 1 + self.dice.below(3))
            } else {
                self.sku()
            },
            quantity: if self.dice.chance(90) {
                self.dice.between(1, 40)
            } else {
                self.pieces()
            },
            cost_fen: self.dice.maybe(50, |dice| dice.pick(&[100, 250, 0, -1])),
        });
        let lines = lines.collect();
        ReceiveStock {
            station: self.station(),
            supplier: self.dice.maybe(50, Dice::text),
            lines,
        }
    }

    fn mature(&mut self) -> MatureAwards {
        let mut awards: Vec<AwardKey> = Vec::new();
        for deed in &self.oracle().deeds {
            if deed.state == AwardState::Pending {
                awards.push(AwardKey {
                    seq: deed.seq,
                    line: deed.line,
                });
            }
        }
        let odd = AwardKey {
            seq: self.dice.between(0, 40),
            line: 0,
        };
        awards.extend([odd, odd]);
        MatureAwards { awards }
    }

    fn allot(&mut self) -> AllotFund {
        AllotFund {
            points: Points(self.amount()),
            reference: self.dice.text(),
        }
    }

    fn rule(&mut self) -> Command {
        if self.dice.chance(20) {
            let ends = self.today.plus(self.dice.int(-20, 20));
            return Command::RetireRule(RetireRule {
                rule: self.rule_code(),
                ends,
                resolution: None,
            });
        }
        let no = self.dice.below(RULES);
        let mut rule = setup::rule(self.dice, no, self.today);
        // Points in hundredths of nothing, and a cap without points, must be refused.
        if self.dice.chance(5) {
            rule.points = Points(self.dice.pick(&[0, -1, 100_000_001]));
        }
        Command::DeclareRules(DeclareRules {
            rules: vec![rule],
            resolution: None,
        })
    }

    fn goods(&mut self) -> Command {
        let no = self.dice.below(6);
        let (station, good) = (self.station(), setup::good(self.dice, no));
        Command::DeclareGoods(DeclareGoods {
            station,
            goods: vec![good],
        })
    }

    fn change(&mut self) -> ChangeHousehold {
        ChangeHousehold {
            household: self.household(),
            group: self.dice.maybe(50, |dice| dice.pick(&GROUPS).into()),
            head: self.dice.maybe(20, Dice::text),
            phone: self.dice.maybe(20, |dice| dice.maybe(50, Dice::text)),
            door: None,
            members: self
                .dice
                .maybe(20, |dice| (0..dice.below(4)).map(|_| dice.text()).collect()),
            status: self.dice.maybe(40, |dice| dice.pick(HouseholdStatus::ALL)),
        }
    }

    fn rare(&mut self) -> Command {
        if self.dice.chance(50) {
            let code = format!("H{}", self.oracle().houses.len() + self.dice.below(2));
            let rows = vec![setup::household(self.dice, code)];
            return Command::RegisterHouseholds(RegisterHouseholds { rows });
        }
        let tie = TieSpec {
            unit: self.village.no,
            household: self.household(),
            tie: self.dice.pick(Tie::ALL),
        };
        let cast = &self.village.cast;
        let staff = cast[self.dice.below(cast.len())].id;
        Command::DeclareTies(DeclareTies {
            staff,
            ties: vec![tie],
        })
    }
}
