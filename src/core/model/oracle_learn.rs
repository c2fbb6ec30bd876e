//! The oracle takes in what the core accepted and it does not judge itself.

use super::oracle::{Good, House, Oracle};
use crate::core::registry::TieSpec;
use crate::core::rows::*;
use crate::core::rule::{CapGroupSpec, RuleSpec};
use crate::core::{Answer, Command, HouseholdRef};
use uuid::Uuid;

impl Oracle {
    /// Takes in what the core accepted and the oracle does not judge.
    pub fn learn(&mut self, at: i64, command: &Command, answer: &Answer, staff: Uuid) {
        self.at = self.at.max(at);
        self.seq += 1;
        let made = match answer {
            Answer::Made(made) => made.as_slice(),
            _ => &[],
        };
        match command {
            Command::SetPolicy(body) => self.policy = Some(body.policy.clone()),
            Command::DeclareRules(body) => body.rules.iter().for_each(|rule| self.learn_rule(rule)),
            Command::RetireRule(body) => {
                let old = self.rules.iter().rfind(|rule| rule.code == body.rule);
                let ends = Some(body.ends);
                let new = RuleSpec {
                    ends,
                    ..old.unwrap().clone()
                };
                self.rules.push(new);
            }
            Command::OpenStation(body) => self.stations.push((made[0].no, body.code.clone())),
            Command::DeclareGoods(body) => {
                let station = self.station(&body.station).unwrap();
                for (spec, made) in body.goods.iter().zip(made) {
                    self.goods
                        .retain(|good| (good.station, good.no) != (station, made.no));
                    self.goods.push(Good {
                        station,
                        no: made.no,
                        spec: spec.clone(),
                    });
                }
            }
            Command::DeclareTies(body) => {
                self.learn_ties(body.staff, &body.ties);
            }
            Command::AddStaff(body) => {
                self.learn_ties(staff, &body.ties);
            }
            _ => self.learn_house(command, made),
        }
    }

    fn learn_rule(&mut self, rule: &RuleSpec) {
        let shared = rule
            .shared_cap
            .iter()
            .map(|group| (CapGroupKind::Shared, group));
        let exclusive = rule
            .exclusive
            .iter()
            .map(|group| (CapGroupKind::Exclusive, group));
        for (kind, group) in shared.chain(exclusive) {
            let same = |known: &&mut (CapGroupKind, CapGroupSpec)| {
                (known.0, &known.1.code) == (kind, &group.code)
            };
            match self.groups.iter_mut().find(same) {
                Some(known) => known.1 = group.clone(),
                None => self.groups.push((kind, group.clone())),
            }
        }
        self.rules.push(rule.clone());
    }

    fn learn_ties(&mut self, staff: Uuid, ties: &[TieSpec]) {
        for tie in ties.iter().filter(|tie| tie.unit == self.unit) {
            if let HouseholdRef::No(no) = tie.household {
                self.ties.push((staff, no, tie.tie));
            }
        }
    }

    fn learn_house(&mut self, command: &Command, made: &[crate::core::Made]) {
        let given = match command {
            Command::RegisterHouseholds(body) => {
                for (new, made) in body.rows.iter().zip(made) {
                    let entered = i32::try_from(new.members.len()).unwrap();
                    self.houses.push(House {
                        no: made.no,
                        group: new.group.clone(),
                        status: HouseholdStatus::Resident,
                        pin: 0,
                        card: 0,
                        card_works: false,
                        entered,
                        members: (1..=entered).collect(),
                    });
                }
                return;
            }
            Command::ChangeHousehold(body) => &body.household,
            Command::IssueCard(body) => &body.household,
            Command::RevokeCard(body) => &body.household,
            Command::SetPin(body) => &body.household,
            _ => return,
        };
        let no = self.house(given).unwrap().no;
        let house = self.houses.iter_mut().find(|house| house.no == no).unwrap();
        match command {
            Command::ChangeHousehold(body) => {
                house.group = body.group.clone().unwrap_or(house.group.clone());
                house.status = body.status.unwrap_or(house.status);
                if let Some(members) = &body.members {
                    let now = house.entered + i32::try_from(members.len()).unwrap();
                    house.members = (house.entered + 1..=now).collect();
                    house.entered = now;
                }
            }
            Command::IssueCard(_) => {
                house.card += 1;
                house.card_works = true;
            }
            Command::RevokeCard(_) => house.card_works = false,
            _ => house.pin += 1,
        }
    }
}
