//! Objections (异议): one freezes the line it is about until someone who had no part in that line
//! has answered.

use super::award::{check_favour, found_award};
use super::canonical::canonical_struct;
use super::household::{any_household, open_household};
use super::notice::found_notice;
use super::rejection::Rejection;
use super::reversal::reverse_award;
use super::rights::Act;
use super::rows::*;
use super::state::Draft;
use super::text::Text;
use super::{Answer, HouseholdRef, Made, OperationRef, PhotoHash};

/// Says that a line of a notice is wrong, or that one is missing.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct RaiseObjection {
    /// The notice's number.
    pub notice: i32,
    /// The award; none when it is missing.
    pub award: Option<OperationRef>,
    /// Who objects.
    pub household: Option<HouseholdRef>,
    /// How it came.
    pub channel: Channel,
    /// What is wrong.
    pub reason: ObjectionReason,
    /// In their own words.
    pub words: Option<Text>,
    /// A photo.
    pub photo: Option<PhotoHash>,
}
canonical_struct!(RaiseObjection {
    notice,
    award,
    household,
    channel,
    reason,
    words,
    photo
});

/// Answers an objection.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct AnswerObjection {
    /// Its number.
    pub objection: i32,
    /// Whether it was right: then the points go back.
    pub uphold: bool,
    /// What the objector reads.
    pub answer: Text,
}
canonical_struct!(AnswerObjection {
    objection,
    uphold,
    answer
});

/// The household that objects, and who keyed it in.
fn objector(
    draft: &mut Draft<'_>,
    command: &RaiseObjection,
) -> Result<Option<HouseholdRow>, Rejection> {
    let household = command.household.as_ref();
    let household = household.map(|given| open_household(draft, given));
    let household = household.transpose()?;
    match (command.channel, &household) {
        (Channel::Page, Some(row)) => draft.allow_own(row.no)?,
        (Channel::Page, None) => return Err(Rejection::NotAllowed {}),
        _ => draft.allow(Act::KeyObjection, None)?,
    }
    Ok(household)
}

/// The line objected to, frozen by one more objection.
fn frozen(
    draft: &mut Draft<'_>,
    given: &OperationRef,
    notice: i32,
    by: Option<i32>,
) -> Result<AwardRow, Rejection> {
    let mut award = found_award(draft, given)?;
    if award.notice != Some(notice) {
        return Err(Rejection::UnknownAward {
            given: given.id.to_string(),
        });
    }
    if award.state != AwardState::Pending {
        return Err(Rejection::AwardNotOpen { state: award.state });
    }
    let earlier = draft.range::<ObjectionRow>((0,)..=(i32::MAX,));
    let same = earlier.iter().find(|row| {
        row.state == ObjectionState::Open
            && by.is_some()
            && row.household == by
            && (row.award_seq, row.award_line) == (Some(award.seq), award.line)
    });
    if let Some(same) = same {
        return Err(Rejection::AlreadyObjected { no: same.no });
    }
    award.objections += 1;
    award.changed_by = draft.seq();
    draft.put(award.clone());
    Ok(award)
}

pub(super) fn raise(draft: &mut Draft<'_>, command: &RaiseObjection) -> Result<Answer, Rejection> {
    let household = objector(draft, command)?.map(|row| row.no);
    let notice = found_notice(draft, command.notice)?;
    if notice.state != NoticeState::Posted {
        return Err(Rejection::NoticeNotOpen {
            state: notice.state,
        });
    }
    let today = draft.today();
    if let Some(closed) = notice.closes.filter(|closes| *closes < today) {
        return Err(Rejection::NoticeClosed { closed });
    }
    let is_missing = command.reason == ObjectionReason::Missing;
    let award = match &command.award {
        Some(_) if is_missing => return Err(Rejection::field("/award", "not_wanted")),
        Some(given) => Some(frozen(draft, given, notice.no, household)?),
        None if is_missing => None,
        None => return Err(Rejection::field("/award", "missing")),
    };
    let (no, id) = (draft.next_no(Numbered::Objection), draft.derived_id(0));
    let words = draft.keep_some(command.words.as_ref());
    draft.put(ObjectionRow {
        no,
        id,
        notice: notice.no,
        award_seq: award.as_ref().map(|award| award.seq),
        award_line: award.as_ref().map_or(0, |award| award.line),
        household,
        channel: command.channel,
        reason: command.reason,
        words,
        photo: command.photo,
        raised: today,
        due: today.plus(draft.policy().answer_days),
        keyed_by: draft.ctx.actor.id,
        state: ObjectionState::Open,
        decider: None,
        decided: None,
        answer: None,
        changed_by: draft.seq(),
    });
    Ok(Answer::Made(vec![Made { no, id }]))
}

/// Refuses whoever recorded or reviewed the award, and anyone tied to either household.
fn check_uninvolved(
    draft: &Draft<'_>,
    objection: &ObjectionRow,
    award: Option<&AwardRow>,
) -> Result<(), Rejection> {
    let actor = draft.ctx.actor.id;
    let had_part =
        award.is_some_and(|award| award.recorder == actor || award.reviewer == Some(actor));
    if had_part {
        return Err(Rejection::Involved {});
    }
    let households = [award.map(|award| award.household), objection.household];
    for no in households.into_iter().flatten() {
        check_favour(draft, &any_household(draft, &HouseholdRef::No(no))?)?;
    }
    Ok(())
}

pub(super) fn answer(
    draft: &mut Draft<'_>,
    command: &AnswerObjection,
) -> Result<Answer, Rejection> {
    draft.allow(Act::AnswerObjection, None)?;
    let row = draft.get::<ObjectionRow>(&(command.objection,)).cloned();
    let mut row = row.ok_or_else(|| Rejection::UnknownObjection {
        given: command.objection.to_string(),
    })?;
    if row.state != ObjectionState::Open {
        return Err(Rejection::ObjectionAnswered { state: row.state });
    }
    let key = row.award_seq.map(|seq| (seq, row.award_line));
    let award = key.and_then(|key| draft.get::<AwardRow>(&key).cloned());
    check_uninvolved(draft, &row, award.as_ref())?;
    if let Some(mut award) = award {
        award.objections -= 1;
        award.changed_by = draft.seq();
        draft.put(award.clone());
        if command.uphold && award.state == AwardState::Pending {
            reverse_award(draft, award)?;
        }
    }
    row.state = match command.uphold {
        true => ObjectionState::Upheld,
        false => ObjectionState::Dismissed,
    };
    row.answer = Some(draft.keep(&command.answer));
    row.decider = Some(draft.ctx.actor.id);
    row.decided = Some(draft.today());
    row.changed_by = draft.seq();
    draft.put(row);
    Ok(Answer::Done(true))
}
