//! Random commands of the system's own journal: staff, their grants and ties in several villages.

use super::world::{World, one};
use crate::core::registry::{AddStaff, ChangeStaff, FoundVillage, TieSpec};
use crate::core::rights::{Grant, Role, SYSTEM};
use crate::core::rows::Tie;
use crate::core::{Command, HouseholdRef, SecretHash};

impl World {
    pub fn random_system_step(&mut self) {
        let at = self.dice.below(self.villages.len());
        let command = match self.dice.below(5) {
            0 => Command::FoundVillage(FoundVillage {
                code: self.dice.pick(&["V1", "V7", "T1", "V 8"]).into(),
                name: self.dice.text(),
                township: self.dice.pick(&["T1", "T1", "V1", "T5"]).into(),
            }),
            1..=2 => Command::AddStaff(self.new_staff()),
            _ => Command::ChangeStaff(self.changed_staff(at)),
        };
        let cast = &self.villages[at].cast;
        let anybody = cast[self.dice.below(cast.len())].clone();
        let by = match self.dice.chance(80) {
            true => World::common_cast()[0].clone(),
            false => anybody,
        };
        let _ = self.step(SYSTEM, &by, command);
    }

    fn grants(&mut self) -> Vec<Grant> {
        let mut units: Vec<i32> = self.villages.iter().map(|village| village.no).collect();
        units.extend([SYSTEM, 2, 99]);
        if self.dice.chance(15) {
            let no = units[0];
            return [one(Role::Clerk, no, 1), one(Role::Recorder, no, 0)].concat();
        }
        let count = self.dice.below(3);
        let roles = (0..count).map(|_| {
            let role = self.dice.pick(Role::ALL);
            let station = i32::from((role == Role::Clerk) != self.dice.chance(10));
            one(role, self.dice.pick(&units[..]), station)
        });
        roles.collect::<Vec<_>>().concat()
    }

    fn new_staff(&mut self) -> AddStaff {
        let mut units: Vec<i32> = self.villages.iter().map(|village| village.no).collect();
        if self.dice.chance(10) {
            units.extend([SYSTEM, 99]);
        }
        let ties = (0..self.dice.below(4)).map(|_| TieSpec {
            unit: self.dice.pick(&units),
            household: HouseholdRef::No(self.dice.int(0, 6)),
            tie: self.dice.pick(Tie::ALL),
        });
        let ties = ties.collect();
        AddStaff {
            username: format!("p{}", self.dice.below(30)),
            name: self.dice.text(),
            grants: self.grants(),
            ties,
            tag: self.dice.bytes(),
            hash: SecretHash(None),
        }
    }

    fn changed_staff(&mut self, at: usize) -> ChangeStaff {
        let cast = &self.villages[at].cast;
        let staff = cast[self.dice.below(cast.len())].id;
        let grants = match self.dice.chance(70) {
            true => Some(self.grants()),
            false => None,
        };
        ChangeStaff {
            staff,
            active: self.dice.chance(80),
            grants,
            tag: None,
            hash: SecretHash(None),
        }
    }
}
