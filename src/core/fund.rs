//! The fund (积分资金池): budget in, expired lots out.

use super::canonical::canonical_struct;
use super::ledger::{End, Movement, balances, move_points};
use super::points::{AMOUNT_MAX, Points};
use super::rejection::Rejection;
use super::rights::Act;
use super::rows::{Account, BalanceRow, Purpose};
use super::state::Draft;
use super::text::Text;
use super::{Answer, Day, Moved};

/// Budget into the fund, with the resolution it rests on.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct AllotFund {
    /// How much.
    pub points: Points,
    /// The resolution or budget line.
    pub reference: Text,
}
canonical_struct!(AllotFund { points, reference });

/// Sweeps the lots of these households that are past their day.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ExpireLots {
    /// Which households to look at.
    pub households: Vec<i32>,
}
canonical_struct!(ExpireLots { households });

pub(super) fn allot(draft: &mut Draft<'_>, command: &AllotFund) -> Result<Answer, Rejection> {
    draft.allow(Act::AllotFund, None)?;
    draft.keep(&command.reference);
    let about = (draft.seq(), 0);
    move_points(
        draft,
        Movement {
            from: End::SOURCE,
            to: End::FUND,
            lot: Day::NEVER,
            points: command.points,
            purpose: Purpose::Allotment,
            about,
        },
    )?;
    Ok(Answer::Fund(draft.head.fund))
}

/// A lot may have grown beyond what one transfer carries.
fn sweep(draft: &mut Draft<'_>, lot: &BalanceRow) -> Result<(), Rejection> {
    let mut left = lot.points;
    let about = (draft.seq(), 0);
    while left > Points::ZERO {
        let points = left.min(Points(AMOUNT_MAX));
        let movement = Movement {
            from: End::available(lot.holder),
            to: End::EXPIRED,
            lot: lot.lot,
            points,
            purpose: Purpose::Expiry,
            about,
        };
        move_points(draft, movement)?;
        left.0 -= points.0;
    }
    Ok(())
}

pub(super) fn expire(draft: &mut Draft<'_>, command: &ExpireLots) -> Result<Answer, Rejection> {
    draft.allow(Act::SweepDays, None)?;
    let today = draft.today();
    let mut swept = Points::ZERO;
    for household in &command.households {
        let past = balances(draft, *household)
            .into_iter()
            .filter(|row| row.account == Account::Available && row.lot < today)
            .filter(|row| row.points > Points::ZERO);
        for row in past {
            sweep(draft, &row)?;
            swept.0 += row.points.0;
        }
    }
    Ok(Answer::Moved(Moved {
        points: swept,
        balance: None,
    }))
}
