//! Undoing an earlier operation by a new one, once (冲销).

use super::award::{check_favour, release_caps};
use super::canonical::canonical_struct;
use super::deduction::{add_arrears, take_from};
use super::household::any_household;
use super::ledger::{End, Movement, balance, move_points, spendable};
use super::points::Points;
use super::policy::lot_of;
use super::rejection::Rejection;
use super::rights::Act;
use super::rows::*;
use super::state::Draft;
use super::text::Text;
use super::{Answer, Day, HouseholdRef, Moved, OperationRef, kind_word, station};

/// Undoes an operation: an allotment, an award, a sheet, a deduction or a receipt of goods.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Reverse {
    /// The operation.
    pub operation: OperationRef,
    /// Why.
    pub reason: Text,
}
canonical_struct!(Reverse { operation, reason });

pub(super) fn reverse(draft: &mut Draft<'_>, command: &Reverse) -> Result<Answer, Rejection> {
    draft.allow(Act::Reverse, None)?;
    let given = &command.operation;
    let unknown = || Rejection::UnknownOperation {
        given: given.id.to_string(),
    };
    let (seq, kind) = given.found.ok_or_else(unknown)?;
    if let Some(earlier) = draft.get::<ReversalRow>(&(seq,)) {
        return Err(Rejection::AlreadyReversed { by: earlier.by });
    }
    draft.keep(&command.reason);
    let moved = match kind_word(kind) {
        "fund_allotted" => reverse_allotment(draft, seq)?,
        "award" | "award_sheet" | "activity_sent" | "application_checked" | "spot_verified" => {
            reverse_awards(draft, seq)?
        }
        "stock_received" => station::unreceive(draft, seq)?,
        other => {
            return Err(Rejection::NotReversible {
                why: other.to_string(),
            });
        }
    };
    let by = draft.seq();
    draft.put(ReversalRow { seq, by });
    Ok(Answer::Moved(moved))
}

fn reverse_allotment(draft: &mut Draft<'_>, seq: i64) -> Result<Moved, Rejection> {
    let transfer = draft.get::<TransferRow>(&(seq, 0)).cloned();
    let points = transfer.map_or(Points::ZERO, |row| row.points);
    let (from, to, lot) = (End::FUND, End::SOURCE, Day::NEVER);
    let purpose = Purpose::Reversal;
    move_points(
        draft,
        Movement {
            from,
            to,
            lot,
            points,
            purpose,
            about: (seq, 0),
        },
    )?;
    Ok(Moved {
        points,
        balance: None,
    })
}

fn reverse_awards(draft: &mut Draft<'_>, seq: i64) -> Result<Moved, Rejection> {
    let awards = draft.range::<AwardRow>((seq, 0)..=(seq, i32::MAX));
    let open = |state| {
        !matches!(
            state,
            AwardState::Rejected | AwardState::Reversed | AwardState::Returned
        )
    };
    if !awards.iter().any(|award| open(award.state)) {
        return Err(Rejection::NotReversible {
            why: "nothing_left".to_string(),
        });
    }
    let single = awards.len() == 1;
    let mut sum = Points::ZERO;
    let mut last = None;
    for award in awards.into_iter().filter(|award| open(award.state)) {
        let household = any_household(draft, &HouseholdRef::No(award.household))?;
        check_favour(draft, &household)?;
        sum.0 += award.points.0;
        last = Some(award.household);
        reverse_award(draft, award)?;
    }
    let household = last
        .filter(|_| single)
        .and_then(|no| draft.get::<HouseholdRow>(&(no,)));
    let balance = household.map(|row| balance(draft, row));
    Ok(Moved {
        points: sum,
        balance,
    })
}

/// Undoes one award, however far it has come, and frees its caps.
///
/// # Errors
/// As [`move_points`].
pub fn reverse_award(draft: &mut Draft<'_>, mut award: AwardRow) -> Result<(), Rejection> {
    let booked = award.state == AwardState::Booked;
    match award.kind {
        RuleKind::Award if award.points == Points::ZERO => {}
        RuleKind::Award if award.state == AwardState::Pending => {
            let movement = Movement {
                from: End::pending(award.household),
                to: End::FUND,
                lot: award.lot.unwrap_or(Day::NEVER),
                points: award.points,
                purpose: Purpose::Reversal,
                about: (award.seq, award.line),
            };
            move_points(draft, movement)?;
        }
        RuleKind::Award if booked => {
            // The lot the award went to pays first, then the one that expires first.
            let mut lots = spendable(draft, award.household);
            lots.sort_by_key(|(lot, _)| (Some(*lot) != award.lot, *lot));
            let purpose = Purpose::Reversal;
            take_from(
                draft,
                award.household,
                &lots,
                award.points,
                purpose,
                (award.seq, award.line),
            )?;
        }
        RuleKind::Deduct if booked => give_back(draft, &award)?,
        _ => {}
    }
    release_caps(draft, &award);
    award.review_by = None;
    award.state = AwardState::Reversed;
    award.changed_by = draft.seq();
    draft.put(award);
    Ok(())
}

fn give_back(draft: &mut Draft<'_>, award: &AwardRow) -> Result<(), Rejection> {
    let owed = draft
        .get::<HouseholdRow>(&(award.household,))
        .map_or(Points::ZERO, |r| r.arrears);
    // Arrears that were collected meanwhile come back as points.
    let forgiven = owed.min(award.unpaid);
    let points = Points(award.points.0 - forgiven.0);
    if points > Points::ZERO {
        let lot = lot_of(&draft.policy(), draft.today());
        let (from, to) = (End::FUND, End::available(award.household));
        let (purpose, about) = (Purpose::Reversal, (award.seq, award.line));
        move_points(
            draft,
            Movement {
                from,
                to,
                lot,
                points,
                purpose,
                about,
            },
        )?;
    }
    add_arrears(draft, award.household, Points(-forgiven.0))
}
