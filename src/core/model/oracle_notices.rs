//! The oracle on review, public notices and objections.

use super::oracle::{Actor, Deed, Expect, Notice, Objection, Oracle};
use crate::core::award::{
    AwardKey, MatureAwards, ReturnAwards, ReviewAward, ReviewSheet, WithdrawAward,
};
use crate::core::notice::{ComposeNotice, ConfirmNotice, ProveNotice, WithdrawNotice};
use crate::core::objection::{AnswerObjection, RaiseObjection};
use crate::core::rows::*;
use crate::core::{Command, Day, HouseholdRef, OperationRef};

/// The seal of someone who looked at something else.
pub const WRONG_SEAL: [u8; 32] = [0; 32];
const THREE_DAYS: i64 = 3 * 86_400_000_000;

impl Oracle {
    fn at(&self, seq: i64, line: i32) -> Option<usize> {
        let is = |deed: &Deed| (deed.seq, deed.line) == (seq, line);
        self.deeds.iter().position(is)
    }

    fn named(&self, given: &OperationRef) -> Result<usize, String> {
        let (seq, _) = given.found.ok_or("UnknownAward")?;
        Ok(self.at(seq, given.line).ok_or("UnknownAward")?)
    }

    fn judge(&mut self, actor: &Actor, at: usize, approve: bool) -> Expect {
        let deed = &self.deeds[at];
        if deed.state != AwardState::Proposed {
            return Err("AwardNotOpen".into());
        }
        if deed.recorder == actor.id {
            return Err("OwnRecord".into());
        }
        let no = self.open_house(&HouseholdRef::No(deed.household))?.no;
        self.favour(actor, no)?;
        if !approve {
            self.deeds[at].state = AwardState::Rejected;
            self.deeds[at].reviewer = Some(actor.id);
            return Ok(());
        }
        let rule = &self.rules[deed.rule];
        match (rule.path, rule.kind) {
            (Path::Noticed, RuleKind::Award) => self.book(at, Account::Pending)?,
            (Path::Noticed, RuleKind::Deduct) => self.deeds[at].state = AwardState::Pending,
            _ => self.book(at, Account::Available)?,
        }
        self.deeds[at].reviewer = Some(actor.id);
        Ok(())
    }

    pub fn review(&mut self, actor: &Actor, command: &Command, body: &ReviewAward) -> Expect {
        Self::allowed(actor, command, 0)?;
        let at = self.named(&body.award)?;
        self.judge(actor, at, body.approve)
    }

    pub fn review_sheet(&mut self, actor: &Actor, command: &Command, body: &ReviewSheet) -> Expect {
        Self::allowed(actor, command, 0)?;
        if body.lines.is_empty() {
            return Err("BadField /lines".into());
        }
        let (seq, _) = body.operation.found.ok_or("UnknownAward")?;
        if body.seal == WRONG_SEAL {
            return Err("ContentChanged".into());
        }
        let before: Vec<AwardState> = self.deeds.iter().map(|deed| deed.state).collect();
        let marks = (self.entries.len(), self.debts.len());
        let (mut faults, mut broke) = (Vec::new(), None);
        for (row, line) in body.lines.iter().enumerate() {
            let judged = match self.at(seq, *line) {
                Some(at) => self.judge(actor, at, body.approve),
                None => Err("UnknownAward".into()),
            };
            match judged {
                Err(why) if why.starts_with("FundExhausted") => {
                    broke = Some(why);
                    break;
                }
                Err(why) => faults.push(format!("{row}:{why}")),
                Ok(()) => {}
            }
        }
        let why = match (broke, faults.is_empty()) {
            (Some(why), _) => why,
            (None, false) => format!("Rows[{}]", faults.join(",")),
            (None, true) => return Ok(()),
        };
        for (deed, state) in self.deeds.iter_mut().zip(before) {
            if deed.state != state {
                (deed.state, deed.reviewer, deed.unpaid) = (state, None, 0);
            }
        }
        self.entries.truncate(marks.0);
        self.debts.truncate(marks.1);
        Err(why)
    }

    fn each(&self, keys: &[AwardKey]) -> Vec<usize> {
        let at = keys.iter().filter_map(|key| self.at(key.seq, key.line));
        at.collect()
    }

    pub fn return_awards(
        &mut self,
        actor: &Actor,
        command: &Command,
        body: &ReturnAwards,
    ) -> Expect {
        Self::allowed(actor, command, 0)?;
        for at in self.each(&body.awards) {
            let late = self.deeds[at].at + THREE_DAYS < self.at;
            if late && self.deeds[at].state == AwardState::Proposed {
                self.deeds[at].state = AwardState::Returned;
            }
        }
        Ok(())
    }

    pub fn withdraw_award(
        &mut self,
        actor: &Actor,
        command: &Command,
        body: &WithdrawAward,
    ) -> Expect {
        Self::allowed(actor, command, 0)?;
        let at = self.named(&body.award)?;
        if self.deeds[at].state != AwardState::Pending {
            return Err("AwardNotOpen".into());
        }
        self.favour(actor, self.deeds[at].household)?;
        self.undo(at)
    }

    pub fn mature(&mut self, actor: &Actor, command: &Command, body: &MatureAwards) -> Expect {
        Self::allowed(actor, command, 0)?;
        for at in self.each(&body.awards) {
            let deed = &self.deeds[at];
            let over = deed.until < self.today() && deed.frozen == 0;
            if deed.state != AwardState::Pending || !over {
                continue;
            }
            let (no, lot, points) = (deed.household, deed.lot, deed.points);
            if self.rules[deed.rule].kind == RuleKind::Deduct {
                self.book(at, Account::Available)?;
                continue;
            }
            if points > 0 {
                let (from, to) = ((no, Account::Pending), (no, Account::Available));
                self.push(from, to, lot, points);
            }
            self.deeds[at].state = AwardState::Booked;
            self.collect(at);
        }
        Ok(())
    }

    pub fn compose(&mut self, actor: &Actor, command: &Command, body: &ComposeNotice) -> Expect {
        Self::allowed(actor, command, 0)?;
        if body.days < self.policy().notice_days || body.days > 7 {
            return Err("BadField /days".into());
        }
        if body.awards.is_empty() {
            return Err("NothingToPost".into());
        }
        let (mut faults, mut taken) = (Vec::new(), Vec::new());
        for (row, key) in body.awards.iter().enumerate() {
            match self.at(key.seq, key.line) {
                None => faults.push(format!("{row}:UnknownAward")),
                Some(at) => {
                    let deed = &self.deeds[at];
                    let waits = deed.state == AwardState::Pending && deed.notice == 0;
                    if !waits || taken.contains(&at) {
                        faults.push(format!("{row}:AwardNotOpen"));
                    }
                    taken.push(at);
                }
            }
        }
        if !faults.is_empty() {
            return Err(format!("Rows[{}]", faults.join(",")));
        }
        self.notices.push(Notice {
            composer: actor.id,
            days: body.days,
            state: NoticeState::Composed,
            closes: Day::NEVER,
        });
        let no = i32::try_from(self.notices.len()).unwrap();
        for at in taken {
            self.deeds[at].notice = no;
        }
        Ok(())
    }

    fn notice(&self, no: i32) -> Result<usize, String> {
        let at = usize::try_from(no - 1).ok();
        let at = at.filter(|at| *at < self.notices.len());
        at.ok_or("UnknownNotice".into())
    }

    fn lines(&self, no: i32) -> Vec<usize> {
        let stands = |deed: &Deed| deed.notice == no && deed.state == AwardState::Pending;
        let all = 0..self.deeds.len();
        all.filter(|at| stands(&self.deeds[*at])).collect()
    }

    pub fn confirm(&mut self, actor: &Actor, command: &Command, body: &ConfirmNotice) -> Expect {
        Self::allowed(actor, command, 0)?;
        let at = self.notice(body.notice)?;
        if self.notices[at].state != NoticeState::Composed {
            return Err("NoticeNotOpen".into());
        }
        if self.notices[at].composer == actor.id {
            return Err("OwnRecord".into());
        }
        let lines = self.lines(body.notice);
        if lines.is_empty() {
            return Err("NothingToPost".into());
        }
        if body.seal == WRONG_SEAL {
            return Err("ContentChanged".into());
        }
        let closes = Day(self.today().0 + self.notices[at].days);
        for line in lines {
            self.deeds[line].until = closes;
        }
        self.notices[at].closes = closes;
        self.notices[at].state = NoticeState::Posted;
        Ok(())
    }

    pub fn take_down(&mut self, actor: &Actor, command: &Command, body: &WithdrawNotice) -> Expect {
        Self::allowed(actor, command, 0)?;
        let at = self.notice(body.notice)?;
        if self.notices[at].state == NoticeState::Withdrawn {
            return Err("NoticeNotOpen".into());
        }
        if self.notices[at].closes < self.today() {
            return Err("NoticeClosed".into());
        }
        for line in self.lines(body.notice) {
            self.deeds[line].notice = 0;
            self.deeds[line].until = Day::NEVER;
        }
        self.notices[at].state = NoticeState::Withdrawn;
        Ok(())
    }

    pub fn prove(&mut self, actor: &Actor, command: &Command, body: &ProveNotice) -> Expect {
        Self::allowed(actor, command, 0)?;
        let at = self.notice(body.notice)?;
        match self.notices[at].state {
            NoticeState::Posted => Ok(()),
            _ => Err("NoticeNotOpen".into()),
        }
    }

    pub fn object(&mut self, actor: &Actor, command: &Command, body: &RaiseObjection) -> Expect {
        let household = match &body.household {
            Some(given) => Some(self.open_house(given)?.no),
            None => None,
        };
        // Nobody of the cast is a household.
        if body.channel == Channel::Page {
            return Err("NotAllowed".into());
        }
        Self::allowed(actor, command, 0)?;
        let at = self.notice(body.notice)?;
        if self.notices[at].state != NoticeState::Posted {
            return Err("NoticeNotOpen".into());
        }
        if self.notices[at].closes < self.today() {
            return Err("NoticeClosed".into());
        }
        let missing = body.reason == ObjectionReason::Missing;
        if missing == body.award.is_some() {
            return Err("BadField /award".into());
        }
        let mut deed = None;
        if let Some(given) = &body.award {
            let line = self.named(given)?;
            if self.deeds[line].notice != body.notice {
                return Err("UnknownAward".into());
            }
            if self.deeds[line].state != AwardState::Pending {
                return Err("AwardNotOpen".into());
            }
            let same = |old: &Objection| {
                old.open
                    && old.deed == Some(line)
                    && household.is_some()
                    && old.household == household
            };
            if self.objections.iter().any(same) {
                return Err("AlreadyObjected".into());
            }
            self.deeds[line].frozen += 1;
            deed = Some(line);
        }
        self.objections.push(Objection {
            deed,
            household,
            open: true,
        });
        Ok(())
    }

    pub fn answer(&mut self, actor: &Actor, command: &Command, body: &AnswerObjection) -> Expect {
        Self::allowed(actor, command, 0)?;
        let at = usize::try_from(body.objection - 1).ok();
        let at = at.filter(|at| *at < self.objections.len());
        let at = at.ok_or("UnknownObjection")?;
        let Objection {
            deed,
            household,
            open,
            ..
        } = self.objections[at];
        if !open {
            return Err("ObjectionAnswered".into());
        }
        if let Some(line) = deed {
            let deed = &self.deeds[line];
            if deed.recorder == actor.id || deed.reviewer == Some(actor.id) {
                return Err("Involved".into());
            }
            self.favour(actor, deed.household)?;
        }
        if let Some(no) = household {
            self.favour(actor, no)?;
        }
        self.objections[at].open = false;
        if let Some(line) = deed {
            self.deeds[line].frozen -= 1;
            if body.uphold && self.deeds[line].state == AwardState::Pending {
                self.undo(line)?;
            }
        }
        Ok(())
    }
}
