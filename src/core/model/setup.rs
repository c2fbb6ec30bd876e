//! How a history begins: township, villages, rules, households, staff, a shelf, a budget.

use super::dice::Dice;
use super::oracle::{Oracle, Part};
use super::world::{Person, Village, World, one};
use crate::core::fund::AllotFund;
use crate::core::household::{IssueCard, NewHousehold, RegisterHouseholds, SetPin};
use crate::core::policy::SetPolicy;
use crate::core::registry::{AddStaff, FoundTownship, FoundVillage, TieSpec};
use crate::core::rights::{Role, SYSTEM, UnitNo};
use crate::core::rows::*;
use crate::core::rule::{CapGroupSpec, DeclareRules, RuleSpec};
use crate::core::station::{DeclareGoods, GoodSpec, OpenStation, ReceiptLine, ReceiveStock};
use crate::core::{Answer, Command, Day, HouseholdRef, Period, Points, SecretHash};

pub const GROUPS: [&str; 3] = ["一组", "二组", "三组"];
pub const RULES: usize = 10;
const PERIODS: &[Period] = Period::ALL;

pub fn policy(dice: &mut Dice) -> SetPolicy {
    let expiry = dice.pick(Expiry::ALL);
    SetPolicy {
        policy: PolicyRow {
            no: 0,
            utc_offset: dice.pick(&[480, 480, 480, 0, -300, 345]),
            expiry,
            expiry_months: dice.int(1, 6),
            grace_days: dice.pick(&[0, 0, 5, 31]),
            arrears: dice.pick(ArrearsPolicy::ALL),
            notice_days: dice.int(3, 7),
            point_value_fen: 100,
            backdate_days: dice.pick(&[7, 31, 366]),
            help_phone: dice.pick(&["", "0530-5551234"]).into(),
            answer_days: dice.int(1, 30),
        },
    }
}

fn cap_group(dice: &mut Dice, kind: CapGroupKind) -> CapGroupSpec {
    let shared = kind == CapGroupKind::Shared;
    let (code, period) = dice.pick(&[("X1", Period::Month), ("X2", Period::Week)]);
    let points = shared.then(|| Points(dice.pick(&[300, 600, 1000])));
    // Once in a while the village changes its mind about the period.
    let period = if dice.chance(5) {
        dice.pick(PERIODS)
    } else {
        period
    };
    CapGroupSpec {
        code: code.into(),
        points,
        period,
    }
}

pub fn rule(dice: &mut Dice, no: usize, today: Day) -> RuleSpec {
    let kind = if no % 4 == 3 {
        RuleKind::Deduct
    } else {
        RuleKind::Award
    };
    let points = dice.pick(&[5, 50, 100, 200, 200, 500, 1000, 2500]);
    let points = if dice.chance(1) { 100_000_000 } else { points };
    let capped = dice.chance(60);
    let ties = |dice: &mut Dice, kind| dice.maybe(35, |dice| cap_group(dice, kind));
    RuleSpec {
        code: format!("R{no}"),
        name_zh: dice.text(),
        name_en: dice.text(),
        category: "courtyard".into(),
        kind,
        points: Points(points),
        unit: "次".into(),
        cap_points: capped.then(|| Points((points * dice.between(1, 6)).min(100_000_000))),
        cap_period: if capped {
            dice.pick(PERIODS)
        } else {
            Period::Lifetime
        },
        path: dice.pick(&[Path::Instant, Path::Instant, Path::Reviewed, Path::Noticed]),
        evidence: "photo".into(),
        scope: dice.pick(&[
            RuleScope::Household,
            RuleScope::Household,
            RuleScope::Person,
            RuleScope::Group,
        ]),
        shared_cap: ties(dice, CapGroupKind::Shared),
        exclusive: ties(dice, CapGroupKind::Exclusive),
        starts: dice.maybe(10, |dice| today.plus(dice.int(-60, 20))),
        ends: dice.maybe(10, |dice| today.plus(dice.int(20, 200))),
    }
}

pub fn good(dice: &mut Dice, no: usize) -> GoodSpec {
    GoodSpec {
        sku: format!("G{no}"),
        barcode: None,
        name_zh: dice.text(),
        name_en: dice.text(),
        unit: "块".into(),
        price: Points(dice.pick(&[50, 50, 100, 150, 400])),
        monthly_limit: dice.maybe(50, |dice| dice.between(1, 4)),
        low_stock: 2,
        stocked: !no.is_multiple_of(4),
    }
}

pub fn household(dice: &mut Dice, code: String) -> NewHousehold {
    let members = (0..dice.below(3)).map(|_| dice.text()).collect();
    NewHousehold {
        code,
        group: dice.pick(&GROUPS).into(),
        head: dice.text(),
        phone: None,
        door: dice.maybe(50, Dice::text),
        members,
    }
}

fn added(answer: &Answer) -> i32 {
    match answer {
        Answer::Made(made) => made[0].no,
        other => panic!("{other:?}"),
    }
}

impl World {
    pub fn set_up(&mut self) {
        let admin = World::common_cast()[0].clone();
        let found = FoundTownship {
            code: "T1".into(),
            name: self.dice.text(),
        };
        self.step(SYSTEM, &admin, Command::FoundTownship(found))
            .expect("a township");
        for n in 1..=self.dice.below(2) + 1 {
            let (code, name) = (format!("V{n}"), self.dice.text());
            let found = FoundVillage {
                code,
                name,
                township: "T1".into(),
            };
            let answer = self.step(SYSTEM, &admin, Command::FoundVillage(found));
            let no = added(&answer.expect("a village"));
            self.villages.push(Village {
                no,
                oracle: Oracle {
                    unit: no,
                    ..Oracle::default()
                },
                cast: World::common_cast(),
                operations: Vec::new(),
            });
            self.furnish(n - 1, no, &admin);
            self.people(n - 1, no, &admin);
        }
    }

    fn furnish(&mut self, at: usize, no: UnitNo, admin: &Person) {
        let today = Day(i32::try_from(self.now / 86_400_000_000).unwrap());
        let mut commands = vec![Command::SetPolicy(policy(&mut self.dice))];
        let rules = (0..6 + self.dice.below(5)).map(|n| rule(&mut self.dice, n, today));
        let rules: Vec<RuleSpec> = rules.collect();
        for some in rules.chunks(2) {
            let rules = some.to_vec();
            commands.push(Command::DeclareRules(DeclareRules {
                rules,
                resolution: None,
            }));
        }
        let rows = (1..=self.dice.below(8) + 5).map(|n| household(&mut self.dice, format!("H{n}")));
        let rows = rows.collect();
        commands.push(Command::RegisterHouseholds(RegisterHouseholds { rows }));
        let operator = World::common_cast()[3].clone();
        for station in ["S1", "S2"] {
            let (code, name) = (station.to_string(), self.dice.text());
            commands.push(Command::OpenStation(OpenStation { code, name }));
            let goods = (0..4 + self.dice.below(3))
                .map(|n| good(&mut self.dice, n))
                .collect();
            let station = station.to_string();
            commands.push(Command::DeclareGoods(DeclareGoods { station, goods }));
        }
        for command in commands {
            // A cap group declared twice with two periods is refused.
            let _ = self.step(no, admin, command);
        }
        let lines = [1, 2, 3].map(|n| ReceiptLine {
            sku: format!("G{n}"),
            quantity: self.dice.between(3, 60),
            cost_fen: Some(100),
        });
        let (station, lines) = ("S1".to_string(), lines.to_vec());
        let receipt = ReceiveStock {
            station,
            supplier: None,
            lines,
        };
        self.step(no, &operator, Command::ReceiveStock(receipt))
            .expect("stock");
        let (points, reference) = (Points(self.dice.pick(&[20_000, 200_000])), self.dice.text());
        let allot = AllotFund { points, reference };
        self.step(no, admin, Command::AllotFund(allot))
            .expect("a budget");
        self.secrets(at, no, &operator);
    }

    /// Most households have a PIN, half of them a card.
    fn secrets(&mut self, at: usize, no: UnitNo, operator: &Person) {
        for house in 1..=i32::try_from(self.villages[at].oracle.houses.len()).unwrap() {
            let household = HouseholdRef::No(house);
            if self.dice.chance(50) {
                let token = self.dice.bytes();
                let card = IssueCard {
                    household: household.clone(),
                    token,
                };
                self.step(no, operator, Command::IssueCard(card))
                    .expect("a card");
            }
            if self.dice.chance(85) {
                let (tag, hash) = (self.dice.bytes(), SecretHash(Some("$argon2id$".into())));
                let pin = SetPin {
                    household,
                    second: None,
                    tag,
                    hash,
                };
                self.step(no, operator, Command::SetPin(pin))
                    .expect("a PIN");
            }
        }
    }

    fn people(&mut self, at: usize, no: UnitNo, admin: &Person) {
        let parts = [
            (Part::Manager, vec![(Role::Manager, 0)], vec![(3, Tie::Kin)]),
            (
                Part::Recorder,
                vec![(Role::Recorder, 0)],
                vec![(1, Tie::Own), (2, Tie::Kin)],
            ),
            (Part::Recorder, vec![(Role::Recorder, 0)], vec![]),
            (
                Part::Reviewer,
                vec![(Role::Reviewer, 0)],
                vec![(2, Tie::Own)],
            ),
            (
                Part::Both,
                vec![(Role::Recorder, 0), (Role::Reviewer, 0)],
                vec![(4, Tie::Kin)],
            ),
            (Part::Clerk(1), vec![(Role::Clerk, 1)], vec![]),
            (Part::Clerk(2), vec![(Role::Clerk, 2)], vec![]),
        ];
        for (index, (part, roles, ties)) in parts.into_iter().enumerate() {
            let grants: Vec<_> = roles
                .iter()
                .flat_map(|(role, at)| one(*role, no, *at))
                .collect();
            let ties = ties.into_iter().map(|(household, tie)| TieSpec {
                unit: no,
                household: HouseholdRef::No(household),
                tie,
            });
            let add = AddStaff {
                username: format!("v{no}p{index}"),
                name: self.dice.text(),
                grants: grants.clone(),
                ties: ties.collect(),
                tag: self.dice.bytes(),
                hash: SecretHash(Some("$argon2id$".into())),
            };
            self.jitter();
            let answer = self
                .step(SYSTEM, admin, Command::AddStaff(add))
                .expect("staff");
            let Answer::Made(made) = answer else { panic!() };
            let id = made[0].id;
            self.villages[at].cast.push(Person { part, id, grants });
        }
        // Whoever holds everything in another village holds nothing here.
        let id = self.dice.uuid();
        let grants = [Role::Manager, Role::Reviewer]
            .iter()
            .flat_map(|role| one(*role, no + 50, 0));
        let person = Person {
            part: Part::Foreigner,
            id,
            grants: grants.collect(),
        };
        self.villages[at].cast.push(person);
    }

    /// Moves the clock, now and then backwards.
    pub fn jitter(&mut self) {
        const MINUTE: i64 = 60_000_000;
        let minutes = match self.dice.below(20) {
            0 => -self.dice.between(1, 3000),
            1 => self.dice.between(1, 20_000),
            2..=5 => self.dice.between(60, 3000),
            _ => self.dice.between(0, 60),
        };
        self.now += minutes * MINUTE;
    }
}
