//! Public notices (公示): approved awards are put together, confirmed by a second person, stand for
//! some days, and become available when these are over.

use super::award::{AwardKey, SHEET_MAX, seal};
use super::canonical::canonical_struct;
use super::rejection::{Rejection, RowRejection};
use super::rights::Act;
use super::rows::*;
use super::state::Draft;
use super::text::Text;
use super::{Answer, Made, PhotoHash, Points};

/// Puts awards together into the next notice. Nothing is posted yet.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ComposeNotice {
    /// How many days it stands, 3 to 7.
    pub days: i32,
    /// The awards, at most 2,000.
    pub awards: Vec<AwardKey>,
}
canonical_struct!(ComposeNotice { days, awards });

/// Posts a notice as its second person saw it: its days begin.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ConfirmNotice {
    /// Its number.
    pub notice: i32,
    /// [`seal`] of the lines as they were shown.
    pub seal: [u8; 32],
}
canonical_struct!(ConfirmNotice { notice, seal });

/// Takes a whole notice down before its time; its lines wait for another one.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct WithdrawNotice {
    /// Its number.
    pub notice: i32,
    /// Why.
    pub reason: Text,
}
canonical_struct!(WithdrawNotice { notice, reason });

/// Keeps a photo of the board on which it hangs.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ProveNotice {
    /// Its number.
    pub notice: i32,
    /// The photo.
    pub photo: PhotoHash,
}
canonical_struct!(ProveNotice { notice, photo });

/// The lines of a notice that still stand in it.
fn lines(draft: &Draft<'_>, notice: i32) -> Vec<AwardRow> {
    let all = draft.range::<AwardRow>((0, 0)..=(i64::MAX, i32::MAX));
    let stands = |row: &AwardRow| row.notice == Some(notice) && row.state == AwardState::Pending;
    all.into_iter().filter(stands).collect()
}

/// A notice by its number.
///
/// # Errors
/// [`Rejection::UnknownNotice`].
pub fn found_notice(draft: &Draft<'_>, no: i32) -> Result<NoticeRow, Rejection> {
    let row = draft.get::<NoticeRow>(&(no,)).cloned();
    row.ok_or_else(|| Rejection::UnknownNotice {
        given: no.to_string(),
    })
}

fn waiting_line(draft: &Draft<'_>, key: &AwardKey) -> Result<AwardRow, Rejection> {
    let award = draft.get::<AwardRow>(&(key.seq, key.line)).cloned();
    let award = award.ok_or_else(|| Rejection::UnknownAward {
        given: format!("{}.{}", key.seq, key.line),
    })?;
    // One that already stands in a notice is not open either, nor one with a last day of its own.
    if award.state != AwardState::Pending || award.notice.is_some() || award.notice_until.is_some()
    {
        return Err(Rejection::AwardNotOpen { state: award.state });
    }
    Ok(award)
}

pub(super) fn compose(draft: &mut Draft<'_>, command: &ComposeNotice) -> Result<Answer, Rejection> {
    draft.allow(Act::KeepNotices, None)?;
    let least = draft.policy().notice_days;
    if !(least..=7).contains(&command.days) {
        return Err(Rejection::field("/days", "out_of_range"));
    }
    if command.awards.is_empty() {
        return Err(Rejection::NothingToPost {});
    }
    if command.awards.len() > SHEET_MAX {
        return Err(Rejection::field("/awards", "wrong_count"));
    }
    let no = draft.next_no(Numbered::Notice);
    let (mut given, mut taken, mut refused) = (Points::ZERO, Points::ZERO, Vec::new());
    for (row, key) in command.awards.iter().enumerate() {
        match waiting_line(draft, key) {
            Ok(mut award) => {
                match award.kind {
                    RuleKind::Award => given.0 += award.points.0,
                    RuleKind::Deduct => taken.0 += award.points.0,
                }
                award.notice = Some(no);
                award.changed_by = draft.seq();
                draft.put(award);
            }
            Err(why) => refused.push(RowRejection { row, why }),
        }
    }
    Rejection::of_rows(refused)?;
    let id = draft.derived_id(0);
    draft.put(NoticeRow {
        no,
        id,
        state: NoticeState::Composed,
        days: command.days,
        lines: i32::try_from(command.awards.len()).unwrap_or(i32::MAX),
        points: given,
        taken,
        composer: draft.ctx.actor.id,
        composed: draft.today(),
        confirmer: None,
        opens: None,
        closes: None,
        reason: None,
        proof: None,
        changed_by: draft.seq(),
    });
    Ok(Answer::Made(vec![Made { no, id }]))
}

pub(super) fn confirm(draft: &mut Draft<'_>, command: &ConfirmNotice) -> Result<Answer, Rejection> {
    draft.allow(Act::KeepNotices, None)?;
    let mut notice = found_notice(draft, command.notice)?;
    if notice.state != NoticeState::Composed {
        return Err(Rejection::NoticeNotOpen {
            state: notice.state,
        });
    }
    if notice.composer == draft.ctx.actor.id {
        return Err(Rejection::OwnRecord {});
    }
    let lines = lines(draft, notice.no);
    if lines.is_empty() {
        return Err(Rejection::NothingToPost {});
    }
    if seal(lines.iter()) != command.seal {
        return Err(Rejection::ContentChanged {});
    }
    let (opens, closes) = (draft.today(), draft.today().plus(notice.days));
    for mut award in lines {
        award.notice_until = Some(closes);
        award.changed_by = draft.seq();
        draft.put(award);
    }
    notice.state = NoticeState::Posted;
    notice.confirmer = Some(draft.ctx.actor.id);
    (notice.opens, notice.closes) = (Some(opens), Some(closes));
    notice.changed_by = draft.seq();
    draft.put(notice);
    Ok(Answer::Done(true))
}

pub(super) fn withdraw(
    draft: &mut Draft<'_>,
    command: &WithdrawNotice,
) -> Result<Answer, Rejection> {
    draft.allow(Act::KeepNotices, None)?;
    let mut notice = found_notice(draft, command.notice)?;
    if notice.state == NoticeState::Withdrawn {
        return Err(Rejection::NoticeNotOpen {
            state: notice.state,
        });
    }
    if let Some(closed) = notice.closes.filter(|closes| *closes < draft.today()) {
        return Err(Rejection::NoticeClosed { closed });
    }
    notice.reason = Some(draft.keep(&command.reason));
    for mut award in lines(draft, notice.no) {
        (award.notice, award.notice_until) = (None, None);
        award.changed_by = draft.seq();
        draft.put(award);
    }
    notice.state = NoticeState::Withdrawn;
    notice.changed_by = draft.seq();
    draft.put(notice);
    Ok(Answer::Done(true))
}

pub(super) fn prove(draft: &mut Draft<'_>, command: &ProveNotice) -> Result<Answer, Rejection> {
    draft.allow(Act::KeepNotices, None)?;
    let mut notice = found_notice(draft, command.notice)?;
    if notice.state != NoticeState::Posted {
        return Err(Rejection::NoticeNotOpen {
            state: notice.state,
        });
    }
    notice.proof = Some(command.photo);
    notice.changed_by = draft.seq();
    draft.put(notice);
    Ok(Answer::Done(true))
}
