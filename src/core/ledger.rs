//! Moving points between the accounts of one village. Every movement goes through [`move_points`].

use super::canonical::canonical_struct;
use super::day::Day;
use super::points::Points;
use super::rejection::Rejection;
use super::rows::{Account, BalanceRow, HouseholdRow, Purpose, TransferRow};
use super::state::Draft;
use serde::{Deserialize, Serialize};

/// What a household has.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Balance {
    /// May be spent today.
    pub available: Points,
    /// Stands in a notice.
    pub pending: Points,
    /// Set aside for vouchers and orders.
    pub reserved: Points,
    /// What deductions and reversals could not take.
    pub arrears: Points,
}
canonical_struct!(Balance {
    available,
    pending,
    reserved,
    arrears
});

/// The village's own accounts have no holder number of their own.
pub const VILLAGE: i32 = 0;

/// One end of a movement.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct End {
    /// Household number, minus the station number, or [`VILLAGE`].
    pub holder: i32,
    /// The account.
    pub account: Account,
}

impl End {
    /// The village's fund.
    pub const FUND: End = End {
        holder: VILLAGE,
        account: Account::Fund,
    };
    /// Outside the system.
    pub const SOURCE: End = End {
        holder: VILLAGE,
        account: Account::Source,
    };
    /// Where expired lots go.
    pub const EXPIRED: End = End {
        holder: VILLAGE,
        account: Account::Expired,
    };

    /// A household's spendable points.
    #[must_use]
    pub fn available(household: i32) -> End {
        End {
            holder: household,
            account: Account::Available,
        }
    }

    /// A household's points under notice.
    #[must_use]
    pub fn pending(household: i32) -> End {
        End {
            holder: household,
            account: Account::Pending,
        }
    }

    /// What the village owes a station.
    #[must_use]
    pub fn payable(station: i32) -> End {
        End {
            holder: -station,
            account: Account::Payable,
        }
    }
}

/// A movement to make.
#[derive(Clone, Copy, Debug)]
pub struct Movement {
    /// Where points leave.
    pub from: End,
    /// Where they arrive.
    pub to: End,
    /// The household lot concerned.
    pub lot: Day,
    /// How much.
    pub points: Points,
    /// Why.
    pub purpose: Purpose,
    /// The operation it is about and the line in it: the award, the redemption that goods come
    /// back from, or its own.
    pub about: (i64, i32),
}

/// All balance rows of a holder.
#[must_use]
pub fn balances(draft: &Draft<'_>, holder: i32) -> Vec<BalanceRow> {
    let first = (holder, Account::Source, Day(i32::MIN));
    let last = (holder, Account::Settled, Day(i32::MAX));
    draft.range::<BalanceRow>(first..=last)
}

/// What a household has today.
#[must_use]
pub fn balance(draft: &Draft<'_>, household: &HouseholdRow) -> Balance {
    let today = draft.today();
    let mut sum = Balance {
        arrears: household.arrears,
        ..Balance::default()
    };
    for row in balances(draft, household.no) {
        match row.account {
            Account::Available if row.lot >= today => sum.available.0 += row.points.0,
            Account::Pending => sum.pending.0 += row.points.0,
            Account::Reserved => sum.reserved.0 += row.points.0,
            _ => {}
        }
    }
    sum
}

/// The lots a household may spend from today, the first to expire first.
#[must_use]
pub fn spendable(draft: &Draft<'_>, household: i32) -> Vec<(Day, Points)> {
    let today = draft.today();
    balances(draft, household)
        .into_iter()
        .filter(|row| row.account == Account::Available && row.lot >= today)
        .filter(|row| row.points > Points::ZERO)
        .map(|row| (row.lot, row.points))
        .collect()
}

/// Splits an amount over lots in the order given; less than asked when they do not hold it.
#[must_use]
pub fn split(lots: &[(Day, Points)], asked: Points) -> Vec<(Day, Points)> {
    let mut left = asked;
    let mut parts = Vec::new();
    for (lot, points) in lots {
        let part = left.min(*points);
        if part > Points::ZERO {
            parts.push((*lot, part));
            left.0 -= part.0;
        }
    }
    parts
}

/// Moves points and writes the transfer.
///
/// # Errors
/// [`Rejection::FundExhausted`] or [`Rejection::InsufficientPoints`] when the account it leaves
/// would fall below zero, [`Rejection::AmountOutOfRange`] for an amount no transfer may carry.
pub fn move_points(draft: &mut Draft<'_>, movement: Movement) -> Result<(), Rejection> {
    let Movement {
        from,
        to,
        lot,
        points,
        purpose,
        about,
    } = movement;
    if !points.is_amount() || from == to {
        return Err(Rejection::AmountOutOfRange {
            field: "/points".to_string(),
            given: points,
        });
    }
    let household = from.holder.max(to.holder).max(VILLAGE);
    let known = if household > VILLAGE {
        balances(draft, household)
    } else {
        Vec::new()
    };
    let household_seq = match household {
        VILLAGE => 0,
        _ => known.iter().map(|row| row.household_seq).max().unwrap_or(0) + 1,
    };
    change(draft, from, lot, Points(-points.0), household_seq)?;
    change(draft, to, lot, points, household_seq)?;
    let balance_after = if household > VILLAGE {
        total_available(draft, household)
    } else {
        Points::ZERO
    };
    let row = TransferRow {
        seq: draft.seq(),
        line: draft.next_line(),
        household,
        household_seq,
        from_holder: from.holder,
        from_account: from.account,
        to_holder: to.holder,
        to_account: to.account,
        lot: if household > VILLAGE { lot } else { Day::NEVER },
        points,
        balance_after,
        purpose,
        about: about.0,
        award_line: about.1,
    };
    draft.put(row);
    Ok(())
}

/// Spendable and past lots alike: what the statement's running balance counts.
fn total_available(draft: &Draft<'_>, household: i32) -> Points {
    balances(draft, household)
        .iter()
        .filter(|row| row.account == Account::Available)
        .fold(Points::ZERO, |sum, row| Points(sum.0 + row.points.0))
}

fn change(
    draft: &mut Draft<'_>,
    end: End,
    lot: Day,
    by: Points,
    household_seq: i64,
) -> Result<(), Rejection> {
    let too_much = Rejection::AmountOutOfRange {
        field: "/points".to_string(),
        given: by,
    };
    if end.holder > VILLAGE {
        draft.head.outstanding = draft.head.outstanding.plus(by).ok_or(too_much.clone())?;
    }
    if end.holder != VILLAGE {
        return change_held(draft, end, lot, by, household_seq);
    }
    let asked = Points(by.0.saturating_neg());
    let head = &mut draft.head;
    let account = match end.account {
        Account::Source => &mut head.source,
        Account::Expired => &mut head.expired,
        _ => &mut head.fund,
    };
    let before = *account;
    let after = before.plus(by).ok_or(too_much)?;
    if after < Points::ZERO && end.account != Account::Source {
        return Err(Rejection::FundExhausted {
            fund: before,
            asked,
        });
    }
    *account = after;
    Ok(())
}

fn change_held(
    draft: &mut Draft<'_>,
    end: End,
    lot: Day,
    by: Points,
    household_seq: i64,
) -> Result<(), Rejection> {
    // A station is owed points, not lots.
    let lot = if end.holder < VILLAGE {
        Day::NEVER
    } else {
        lot
    };
    let key = (end.holder, end.account, lot);
    let before = draft
        .get::<BalanceRow>(&key)
        .map_or(Points::ZERO, |row| row.points);
    let after = before.plus(by).ok_or(Rejection::AmountOutOfRange {
        field: "/points".to_string(),
        given: by,
    })?;
    if after < Points::ZERO {
        let asked = Points(by.0.saturating_neg());
        return Err(Rejection::InsufficientPoints {
            available: before,
            asked,
        });
    }
    draft.put(BalanceRow {
        holder: end.holder,
        account: end.account,
        lot,
        points: after,
        household_seq: if end.holder > VILLAGE {
            household_seq
        } else {
            0
        },
    });
    Ok(())
}
