//! Random commands about review, notices and objections.

use super::commands::Source;
use super::dice::Dice;
use super::oracle::{Deed, Objection};
use super::oracle_notices::WRONG_SEAL;
use crate::core::award::{AwardKey, ReturnAwards, ReviewSheet, WithdrawAward, seal};
use crate::core::notice::{ComposeNotice, ConfirmNotice, ProveNotice, WithdrawNotice};
use crate::core::objection::{AnswerObjection, RaiseObjection};
use crate::core::rows::*;
use crate::core::{Command, HouseholdRef, OperationRef};

impl Source<'_> {
    pub(super) fn on_notices(&mut self) -> Command {
        match self.dice.below(16) {
            0..=2 => Command::ComposeNotice(self.compose()),
            3..=5 => Command::ConfirmNotice(self.confirm()),
            6 if self.dice.chance(40) => Command::WithdrawNotice(WithdrawNotice {
                notice: self.notice(),
                reason: self.dice.text(),
            }),
            6 => Command::ProveNotice(ProveNotice {
                notice: self.notice(),
                photo: self.dice.bytes(),
            }),
            7..=9 => Command::RaiseObjection(self.objection()),
            10..=11 => Command::AnswerObjection(AnswerObjection {
                objection: self.objection_no(),
                uphold: self.dice.chance(50),
                answer: self.dice.text(),
            }),
            12 => Command::WithdrawAward(WithdrawAward {
                award: self.pending().unwrap_or_else(|| self.operation(&[11, 12])),
                reason: self.dice.text(),
            }),
            13 => Command::ReturnAwards(ReturnAwards {
                awards: self.keys(AwardState::Proposed),
            }),
            _ => Command::ReviewSheet(self.review_sheet()),
        }
    }

    fn keys(&mut self, state: AwardState) -> Vec<AwardKey> {
        let of = |deed: &&Deed| deed.state == state;
        let deeds = self.oracle().deeds.iter().filter(of);
        let keys: Vec<AwardKey> = deeds
            .map(|deed| AwardKey {
                seq: deed.seq,
                line: deed.line,
            })
            .collect();
        keys.into_iter().filter(|_| self.dice.chance(80)).collect()
    }

    fn compose(&mut self) -> ComposeNotice {
        let waits = |deed: &&Deed| deed.state == AwardState::Pending && deed.notice == 0;
        let deeds = self.oracle().deeds.iter().filter(waits);
        let mut awards: Vec<AwardKey> = deeds
            .map(|deed| AwardKey {
                seq: deed.seq,
                line: deed.line,
            })
            .collect();
        if self.dice.chance(10) {
            awards.push(AwardKey {
                seq: self.dice.between(0, 40),
                line: 0,
            });
        }
        let least = self.oracle().policy().notice_days;
        let days = self.dice.pick(&[least, least, 7, 7, 8, 1]);
        ComposeNotice { days, awards }
    }

    fn notice(&mut self) -> i32 {
        let last = i32::try_from(self.oracle().notices.len()).unwrap();
        match self.dice.chance(70) {
            true => last,
            false => self.dice.int(0, last + 1),
        }
    }

    fn confirm(&mut self) -> ConfirmNotice {
        let notice = self.notice();
        let rows = self.unit.rows.awards.values();
        let lines =
            rows.filter(|row| row.notice == Some(notice) && row.state == AwardState::Pending);
        let seal = match self.dice.chance(85) {
            true => seal(lines),
            false => WRONG_SEAL,
        };
        ConfirmNotice { notice, seal }
    }

    /// An award that stands in some notice.
    fn pending(&mut self) -> Option<OperationRef> {
        let (seq, line) = self
            .deed(AwardState::Pending)
            .map(|deed| (deed.seq, deed.line))?;
        let (_, kind, id) = self.village.operations[usize::try_from(seq - 1).unwrap()];
        Some(OperationRef {
            id,
            line,
            found: Some((seq, kind)),
        })
    }

    /// What somebody has said before and nobody has answered.
    fn said_again(&mut self) -> Option<RaiseObjection> {
        let oracle = &self.village.oracle;
        let stands = |old: &&Objection| {
            let deed = old.deed.map(|at| &oracle.deeds[at]);
            let pending = deed.is_some_and(|deed| deed.state == AwardState::Pending);
            old.open && pending && old.household.is_some()
        };
        let old = oracle.objections.iter().rfind(stands)?;
        let (deed, no) = (&oracle.deeds[old.deed?], old.household?);
        let (seq, kind, id) = self.village.operations[usize::try_from(deed.seq - 1).unwrap()];
        Some(RaiseObjection {
            notice: deed.notice,
            award: Some(OperationRef {
                id,
                line: deed.line,
                found: Some((seq, kind)),
            }),
            household: Some(HouseholdRef::No(no)),
            channel: Channel::Paper,
            reason: ObjectionReason::NotMine,
            words: None,
            photo: None,
        })
    }

    fn objection(&mut self) -> RaiseObjection {
        if self.dice.chance(40)
            && let Some(again) = self.said_again()
        {
            return again;
        }
        let award = self.pending();
        let of_award = award.as_ref().and_then(|given| {
            let key = (given.found?.0, given.line);
            self.unit.rows.awards.get(&key)?.notice
        });
        let reason = self.dice.pick(ObjectionReason::ALL);
        let is_missing = reason == ObjectionReason::Missing;
        let notice = match of_award {
            Some(no) if self.dice.chance(90) => no,
            _ => self.notice(),
        };
        let named = self.dice.chance(60);
        RaiseObjection {
            notice,
            award: award.filter(|_| !is_missing || self.dice.chance(10)),
            household: named.then(|| self.household()),
            channel: self.dice.pick(&[
                Channel::Phone,
                Channel::Paper,
                Channel::Paper,
                Channel::Page,
            ]),
            reason,
            words: self.dice.maybe(50, Dice::text),
            photo: None,
        }
    }

    fn objection_no(&mut self) -> i32 {
        let open = self.oracle().objections.iter().rposition(|old| old.open);
        let last = self.oracle().objections.len();
        match open {
            Some(at) if self.dice.chance(80) => i32::try_from(at + 1).unwrap(),
            _ => self.dice.int(0, i32::try_from(last + 1).unwrap()),
        }
    }

    fn review_sheet(&mut self) -> ReviewSheet {
        let proposed = self.deed(AwardState::Proposed).map(|deed| deed.seq);
        let operation = match proposed {
            Some(seq) if self.dice.chance(90) => {
                let (_, kind, id) = self.village.operations[usize::try_from(seq - 1).unwrap()];
                OperationRef {
                    id,
                    line: 0,
                    found: Some((seq, kind)),
                }
            }
            _ => self.operation(&[11, 12]),
        };
        let seq = operation.found.map_or(0, |found| found.0);
        let rows: Vec<&AwardRow> = self
            .unit
            .rows
            .awards
            .range((seq, 0)..=(seq, i32::MAX))
            .map(|(_, row)| row)
            .collect();
        let mut lines: Vec<i32> = rows
            .iter()
            .filter(|row| row.state == AwardState::Proposed)
            .map(|row| row.line)
            .collect();
        lines.retain(|_| self.dice.chance(90));
        if self.dice.chance(5) {
            lines.push(self.dice.int(0, 9));
        }
        let right = self.dice.chance(90);
        ReviewSheet {
            operation,
            seal: if right {
                seal(rows.into_iter())
            } else {
                WRONG_SEAL
            },
            lines,
            approve: self.dice.chance(80),
            reason: self.dice.maybe(30, Dice::text),
        }
    }
}
