//! What becomes of an award after it was recorded: review by another person, return when nobody
//! looked, the notice's end, and withdrawal from a notice.

use super::*;
use crate::core::canonical::Canonical;
use sha2::{Digest, Sha256};

/// A proposal that nobody reviewed in this time goes back to its sender (UX T6).
pub const REVIEW_HOURS: i64 = 72;

/// What the rows of an operation look like to a reviewer: another value when any has changed.
#[must_use]
pub fn seal<'a>(rows: impl Iterator<Item = &'a AwardRow>) -> [u8; 32] {
    let mut bytes = vec![5];
    for row in rows {
        row.put(&mut bytes);
    }
    Sha256::digest(bytes).into()
}

/// The award as its second person leaves it.
pub(super) fn decide(
    draft: &mut Draft<'_>,
    mut award: AwardRow,
    approve: bool,
    reason: Option<&Text>,
) -> Result<Awarded, Rejection> {
    if award.state != AwardState::Proposed {
        return Err(Rejection::AwardNotOpen { state: award.state });
    }
    if award.recorder == draft.ctx.actor.id {
        return Err(Rejection::OwnRecord {});
    }
    let household = open_household(draft, &HouseholdRef::No(award.household))?;
    check_favour(draft, &household)?;
    award.reviewer = Some(draft.ctx.actor.id);
    award.reason = draft.keep_some(reason);
    if !approve {
        return Ok(close(draft, award, AwardState::Rejected));
    }
    let config = draft.config();
    let rule = config.tables().rules.get(&(award.rule, award.rule_version));
    if rule.is_some_and(|rule| rule.path == Path::Noticed) {
        return stand(draft, award);
    }
    book(draft, award, End::available(household.no))
}

/// Ends an award without points, and frees its caps.
fn close(draft: &mut Draft<'_>, mut award: AwardRow, state: AwardState) -> Awarded {
    release_caps(draft, &award);
    award.state = state;
    award.review_by = None;
    award.changed_by = draft.seq();
    let shown = answer(draft, &award);
    draft.put(award);
    shown
}

/// An approved award waits for its notice. A deduction is taken when the notice has closed.
fn stand(draft: &mut Draft<'_>, mut award: AwardRow) -> Result<Awarded, Rejection> {
    if award.kind == RuleKind::Award {
        let to = End::pending(award.household);
        return book(draft, award, to);
    }
    award.state = AwardState::Pending;
    award.review_by = None;
    award.changed_by = draft.seq();
    let shown = answer(draft, &award);
    draft.put(award);
    Ok(shown)
}

pub(in crate::core) fn review(
    draft: &mut Draft<'_>,
    command: &ReviewAward,
) -> Result<Answer, Rejection> {
    draft.allow(Act::ReviewAward, None)?;
    let award = found_award(draft, &command.award)?;
    decide(draft, award, command.approve, command.reason.as_ref()).map(Answer::Award)
}

pub(in crate::core) fn review_sheet(
    draft: &mut Draft<'_>,
    command: &ReviewSheet,
) -> Result<Answer, Rejection> {
    draft.allow(Act::ReviewAward, None)?;
    if command.lines.is_empty() || command.lines.len() > SHEET_MAX {
        return Err(Rejection::field("/lines", "wrong_count"));
    }
    let unknown = |line: i32| Rejection::UnknownAward {
        given: format!("{}.{line}", command.operation.id),
    };
    let (seq, _) = command.operation.found.ok_or_else(|| unknown(0))?;
    let rows = draft.range::<AwardRow>((seq, 0)..=(seq, i32::MAX));
    if seal(rows.iter()) != command.seal {
        return Err(Rejection::ContentChanged {});
    }
    let (mut awards, mut refused) = (Vec::with_capacity(command.lines.len()), Vec::new());
    for (row, line) in command.lines.iter().enumerate() {
        let award = draft.get::<AwardRow>(&(seq, *line)).cloned();
        let decided = award
            .ok_or_else(|| unknown(*line))
            .and_then(|award| decide(draft, award, command.approve, command.reason.as_ref()));
        match decided {
            Ok(award) => awards.push(award),
            Err(why @ Rejection::FundExhausted { .. }) => return Err(why),
            Err(why) => refused.push(RowRejection { row, why }),
        }
    }
    Rejection::of_rows(refused)?;
    Ok(Answer::Sheet(awards))
}

pub(in crate::core) fn return_awards(
    draft: &mut Draft<'_>,
    command: &ReturnAwards,
) -> Result<Answer, Rejection> {
    draft.allow(Act::SweepDays, None)?;
    for key in &command.awards {
        let award = draft.get::<AwardRow>(&(key.seq, key.line)).cloned();
        let late = |award: &AwardRow| {
            let over = award.review_by.is_some_and(|by| by < draft.at);
            award.state == AwardState::Proposed && over
        };
        if let Some(award) = award.filter(late) {
            close(draft, award, AwardState::Returned);
        }
    }
    Ok(Answer::Done(true))
}

pub(in crate::core) fn withdraw(
    draft: &mut Draft<'_>,
    command: &WithdrawAward,
) -> Result<Answer, Rejection> {
    draft.allow(Act::Reverse, None)?;
    let mut award = found_award(draft, &command.award)?;
    if award.state != AwardState::Pending {
        return Err(Rejection::AwardNotOpen { state: award.state });
    }
    let household = any_household(draft, &HouseholdRef::No(award.household))?;
    check_favour(draft, &household)?;
    award.reason = Some(draft.keep(&command.reason));
    let key = award.key();
    reverse_award(draft, award)?;
    let award = draft.get::<AwardRow>(&key).cloned();
    let shown = award.map(|award| answer(draft, &award));
    shown.map(Answer::Award).ok_or(Rejection::NotAllowed {})
}

pub(in crate::core) fn mature(
    draft: &mut Draft<'_>,
    command: &MatureAwards,
) -> Result<Answer, Rejection> {
    draft.allow(Act::SweepDays, None)?;
    let today = draft.today();
    let mut matured = Points::ZERO;
    for key in &command.awards {
        let award = draft.get::<AwardRow>(&(key.seq, key.line)).cloned();
        let ripe = |award: &AwardRow| {
            let closed = award.notice_until.is_some_and(|until| until < today);
            award.state == AwardState::Pending && closed && award.objections == 0
        };
        let Some(award) = award.filter(ripe) else {
            continue;
        };
        if award.kind == RuleKind::Deduct {
            let to = End::available(award.household);
            book(draft, award, to)?;
        } else {
            matured.0 += award.points.0;
            arrive(draft, award)?;
        }
    }
    Ok(Answer::Moved(Moved {
        points: matured,
        balance: None,
    }))
}

/// An award's points become spendable.
fn arrive(draft: &mut Draft<'_>, mut award: AwardRow) -> Result<(), Rejection> {
    let lot = award.lot.unwrap_or(Day::NEVER);
    if award.points > Points::ZERO {
        move_points(
            draft,
            Movement {
                from: End::pending(award.household),
                to: End::available(award.household),
                lot,
                points: award.points,
                purpose: Purpose::Maturity,
                about: (award.seq, award.line),
            },
        )?;
    }
    award.state = AwardState::Booked;
    award.changed_by = draft.seq();
    collect_arrears(draft, &award, lot)?;
    draft.put(award);
    Ok(())
}
