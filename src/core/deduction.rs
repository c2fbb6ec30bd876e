//! Taking points: what is there is taken, what is missing becomes arrears (待扣).

use super::day::Day;
use super::ledger::{End, Movement, move_points, spendable, split};
use super::points::Points;
use super::rejection::Rejection;
use super::rows::{ArrearsPolicy, AwardRow, HouseholdRow, Purpose};
use super::state::Draft;

/// Takes up to `asked` back into the fund, the first lot to expire first; what is missing is
/// added to the household's arrears and returned.
///
/// # Errors
/// As [`move_points`].
pub fn take(
    draft: &mut Draft<'_>,
    household: i32,
    asked: Points,
    purpose: Purpose,
    about: (i64, i32),
) -> Result<Points, Rejection> {
    let lots = spendable(draft, household);
    take_from(draft, household, &lots, asked, purpose, about)
}

/// As [`take`], from these lots in this order.
///
/// # Errors
/// As [`move_points`].
pub fn take_from(
    draft: &mut Draft<'_>,
    household: i32,
    lots: &[(Day, Points)],
    asked: Points,
    purpose: Purpose,
    about: (i64, i32),
) -> Result<Points, Rejection> {
    let mut unpaid = asked;
    for (lot, points) in split(lots, asked) {
        let from = End::available(household);
        move_points(
            draft,
            Movement {
                from,
                to: End::FUND,
                lot,
                points,
                purpose,
                about,
            },
        )?;
        unpaid.0 -= points.0;
    }
    if unpaid > Points::ZERO {
        add_arrears(draft, household, unpaid)?;
    }
    Ok(unpaid)
}

/// Adds to (or with a negative amount takes from) what a household still owes.
///
/// # Errors
/// [`Rejection::AmountOutOfRange`] when the sum does not fit.
pub fn add_arrears(draft: &mut Draft<'_>, household: i32, by: Points) -> Result<(), Rejection> {
    if let Some(mut row) = draft.get::<HouseholdRow>(&(household,)).cloned() {
        let sum = row.arrears.plus(by);
        row.arrears =
            sum.map(|points| points.max(Points::ZERO))
                .ok_or(Rejection::AmountOutOfRange {
                    field: "/points".to_string(),
                    given: by,
                })?;
        draft.put(row);
    }
    Ok(())
}

/// Where the village recovers arrears: at most half of an award that was just booked.
///
/// # Errors
/// As [`move_points`].
pub fn collect_arrears(draft: &mut Draft<'_>, award: &AwardRow, lot: Day) -> Result<(), Rejection> {
    let owed = draft
        .get::<HouseholdRow>(&(award.household,))
        .map_or(Points::ZERO, |row| row.arrears);
    let points = owed.min(Points(award.points.0 / 2));
    if draft.policy().arrears != ArrearsPolicy::Recovered || points <= Points::ZERO {
        return Ok(());
    }
    move_points(
        draft,
        Movement {
            from: End::available(award.household),
            to: End::FUND,
            lot,
            points,
            purpose: Purpose::Recovery,
            about: (award.seq, award.line),
        },
    )?;
    add_arrears(draft, award.household, Points(-points.0))
}
