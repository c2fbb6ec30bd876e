//! Redemption (兑换) and refund (退货): points, stock and receipt in one operation.

use super::canonical::{canonical_struct, code_enum};
use super::day::{Day, Period};
use super::household::{any_household, open_household};
use super::ledger::{End, Movement, balance, move_points, spendable, split};
use super::points::Points;
use super::rejection::{Rejection, RowRejection};
use super::rights::Act;
use super::rows::*;
use super::state::Draft;
use super::station::{LINES_MAX, good_by_sku, move_stock, station_by_code};
use super::text::Text;
use super::{Answer, Handed, HouseholdRef, Moved, OperationRef, Redeemed};
use std::collections::BTreeMap;

/// The most pieces of one good in one cart.
pub const CART_PIECES_MAX: i64 = 10_000;

/// One good of a cart.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct CartLine {
    /// The good's code.
    pub sku: String,
    /// Pieces.
    pub quantity: i64,
}
canonical_struct!(CartLine { sku, quantity });

/// Goods for points.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Redeem {
    /// The station's code.
    pub station: String,
    /// The household.
    pub household: HouseholdRef,
    /// The card that was shown, by its version.
    pub card: Option<i32>,
    /// Which setting of the PIN was proved before; the proof itself is not in the journal.
    pub pin_version: i32,
    /// A keyed tag of the PIN given, so that a retry with another PIN is another request.
    pub pin_tag: [u8; 32],
    /// The cart.
    pub lines: Vec<CartLine>,
}
canonical_struct!(Redeem {
    station,
    household,
    card,
    pin_version,
    pin_tag,
    lines
});

code_enum! {
    /// What becomes of goods that come back.
    ReturnTo {
        /// Sold again.
        Shelf = 1 "shelf",
        /// Thrown away.
        Waste = 2 "waste",
    }
}

/// One good that comes back.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct RefundLine {
    /// The good's code.
    pub sku: String,
    /// Pieces.
    pub quantity: i64,
    /// What becomes of them.
    pub to: ReturnTo,
}
canonical_struct!(RefundLine { sku, quantity, to });

/// Goods back, points to the very lots they came from.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Refund {
    /// The station's code.
    pub station: String,
    /// The redemption.
    pub redemption: OperationRef,
    /// Why.
    pub reason: Text,
    /// The goods.
    pub lines: Vec<RefundLine>,
}
canonical_struct!(Refund {
    station,
    redemption,
    reason,
    lines
});

/// The counter number of a good: stations and goods in one range of integers.
#[must_use]
pub fn good_counter(station: i32, good: i32) -> i64 {
    i64::from(station) * 1_000_000 + i64::from(good)
}

fn check_cart(lines: &[CartLine]) -> Result<(), Rejection> {
    if lines.is_empty() || lines.len() > LINES_MAX {
        return Err(Rejection::field("/lines", "wrong_count"));
    }
    let wrong = lines
        .iter()
        .position(|line| !(1..=CART_PIECES_MAX).contains(&line.quantity));
    match wrong {
        Some(row) => {
            let why = Rejection::field("/quantity", "out_of_range");
            Err(Rejection::Rows {
                rows: vec![RowRejection { row, why }],
            })
        }
        None => Ok(()),
    }
}

fn check_proof(
    draft: &Draft<'_>,
    household: &HouseholdRow,
    command: &Redeem,
) -> Result<(), Rejection> {
    if let Some(version) = command.card {
        let card = draft.get::<CardRow>(&(household.no, version));
        let in_force = card.is_some_and(|card| card.active) && household.card_version == version;
        if !in_force {
            return Err(Rejection::CardRevoked {});
        }
    }
    if household.pin_version == 0 {
        return Err(Rejection::PinNotSet {});
    }
    // The PIN may have been set anew between its check and now.
    if household.pin_version != command.pin_version {
        return Err(Rejection::PinWrong { left: 0 });
    }
    Ok(())
}

/// The same good may stand on several lines of a cart; limits and stock see them together.
fn gather(
    draft: &Draft<'_>,
    station: i32,
    lines: &[CartLine],
) -> Result<Vec<(GoodRow, i64)>, Rejection> {
    let mut goods: Vec<(GoodRow, i64)> = Vec::with_capacity(lines.len());
    for line in lines {
        let good = good_by_sku(draft, station, &line.sku)?;
        match goods.iter_mut().find(|(known, _)| known.no == good.no) {
            Some((_, quantity)) => *quantity += line.quantity,
            None => goods.push((good, line.quantity)),
        }
    }
    Ok(goods)
}

fn count_limit(
    draft: &mut Draft<'_>,
    household: i32,
    good: &GoodRow,
    by: i64,
    day: Day,
) -> Result<(), Rejection> {
    // Counted without a limit too: one may be set, or lifted, before these goods come back.
    let no = good_counter(good.station, good.no);
    let key = (
        UseKind::Good,
        no,
        i64::from(household),
        Period::Month.start(day),
    );
    let used = draft.get::<UseRow>(&key).map_or(0, |row| row.used);
    let after = used.saturating_add(by);
    if let Some(limit) = good.monthly_limit.filter(|limit| by > 0 && after > *limit) {
        return Err(Rejection::MonthlyLimit {
            sku: good.sku.clone(),
            limit,
            used,
            asked: by,
        });
    }
    let (kind, no, holder, period) = key;
    draft.put(UseRow {
        kind,
        no,
        holder,
        period,
        used: after.max(0),
        rule: 0,
    });
    Ok(())
}

pub(super) fn redeem(draft: &mut Draft<'_>, command: &Redeem) -> Result<Answer, Rejection> {
    let station = station_by_code(draft, &command.station)?;
    draft.allow(Act::Redeem, Some(station.no))?;
    let household = open_household(draft, &command.household)?;
    check_proof(draft, &household, command)?;
    check_cart(&command.lines)?;
    let goods = gather(draft, station.no, &command.lines)?;
    let cost = |(good, quantity): &(GoodRow, i64)| good.price.0.saturating_mul(*quantity);
    let total = Points(goods.iter().map(cost).fold(0, i64::saturating_add));
    let before = balance(draft, &household).available;
    if total > before {
        return Err(Rejection::InsufficientPoints {
            available: before,
            asked: total,
        });
    }
    let today = draft.today();
    for (good, quantity) in &goods {
        count_limit(draft, household.no, good, *quantity, today)?;
        if good.stocked {
            move_stock(draft, good, MoveKind::Redeemed, *quantity, None)?;
        }
    }
    pay(draft, &household, &station, total)?;
    let receipt_no = format!("{}-{:06}", station.code, draft.seq());
    let seq = draft.seq();
    let mut lines = Vec::with_capacity(goods.len());
    for (line, (good, quantity)) in goods.iter().enumerate() {
        draft.put(RedemptionLineRow {
            seq,
            line: i32::try_from(line).unwrap_or(i32::MAX),
            good: good.no,
            quantity: *quantity,
            price: good.price,
            refunded: 0,
        });
        let points = Points(good.price.0.saturating_mul(*quantity));
        lines.push(Handed {
            sku: good.sku.clone(),
            quantity: *quantity,
            points,
        });
    }
    draft.put(RedemptionRow {
        seq,
        station: station.no,
        household: household.no,
        points: total,
        refunded: Points::ZERO,
        receipt_no: receipt_no.clone(),
        clerk: draft.ctx.actor.id,
        day: today,
    });
    let balance = balance(draft, &household);
    Ok(Answer::Redemption(Redeemed {
        household: household.no,
        receipt_no,
        points: total,
        lines,
        before,
        balance,
    }))
}

fn pay(
    draft: &mut Draft<'_>,
    household: &HouseholdRow,
    station: &StationRow,
    total: Points,
) -> Result<(), Rejection> {
    let (from, to) = (End::available(household.no), End::payable(station.no));
    for (lot, points) in split(&spendable(draft, household.no), total) {
        let purpose = Purpose::Redemption;
        let about = (draft.seq(), 0);
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
        let (seq, taken) = (draft.seq(), points);
        draft.put(RedemptionLotRow {
            seq,
            lot,
            taken,
            returned: Points::ZERO,
        });
    }
    Ok(())
}

fn found_redemption(
    draft: &Draft<'_>,
    given: &OperationRef,
    station: i32,
) -> Result<RedemptionRow, Rejection> {
    let unknown = || Rejection::UnknownRedemption {
        given: given.id.to_string(),
    };
    let (seq, _) = given.found.ok_or_else(unknown)?;
    let row = draft.get::<RedemptionRow>(&(seq,)).ok_or_else(unknown)?;
    if row.station == station {
        Ok(row.clone())
    } else {
        Err(unknown())
    }
}

pub(super) fn refund(draft: &mut Draft<'_>, command: &Refund) -> Result<Answer, Rejection> {
    let station = station_by_code(draft, &command.station)?;
    draft.allow(Act::Refund, Some(station.no))?;
    let mut redemption = found_redemption(draft, &command.redemption, station.no)?;
    if command.lines.is_empty() || command.lines.len() > LINES_MAX {
        return Err(Rejection::field("/lines", "wrong_count"));
    }
    draft.keep(&command.reason);
    let (mut total, mut refused) = (Points::ZERO, Vec::new());
    for (row, line) in command.lines.iter().enumerate() {
        match refund_line(draft, &redemption, line) {
            Ok(points) => total.0 += points.0,
            Err(why) => refused.push(RowRejection { row, why }),
        }
    }
    Rejection::of_list(refused, command.lines.len())?;
    give_back(draft, &redemption, total)?;
    redemption.refunded.0 += total.0;
    let household = any_household(draft, &HouseholdRef::No(redemption.household))?;
    draft.put(redemption);
    let balance = Some(balance(draft, &household));
    Ok(Answer::Moved(Moved {
        points: total,
        balance,
    }))
}

fn refund_line(
    draft: &mut Draft<'_>,
    redemption: &RedemptionRow,
    line: &RefundLine,
) -> Result<Points, Rejection> {
    let good = good_by_sku(draft, redemption.station, &line.sku)?;
    if line.quantity < 1 {
        return Err(Rejection::field("/quantity", "out_of_range"));
    }
    let seq = redemption.seq;
    let sold = draft.range::<RedemptionLineRow>((seq, 0)..=(seq, i32::MAX));
    let sold = sold.into_iter().find(|row| row.good == good.no);
    let left = sold.as_ref().map_or(0, |row| row.quantity - row.refunded);
    let Some(mut sold) = sold.filter(|_| line.quantity <= left) else {
        let sku = line.sku.clone();
        return Err(Rejection::RefundTooMuch {
            sku,
            left,
            asked: line.quantity,
        });
    };
    sold.refunded += line.quantity;
    let points = Points(sold.price.0.saturating_mul(line.quantity));
    draft.put(sold);
    count_limit(
        draft,
        redemption.household,
        &good,
        -line.quantity,
        redemption.day,
    )?;
    if good.stocked {
        move_stock(draft, &good, MoveKind::Returned, line.quantity, None)?;
        if line.to == ReturnTo::Waste {
            move_stock(draft, &good, MoveKind::Wasted, line.quantity, None)?;
        }
    }
    Ok(points)
}

/// Points go back to the lots they came from, the last one taken first.
fn give_back(
    draft: &mut Draft<'_>,
    redemption: &RedemptionRow,
    total: Points,
) -> Result<(), Rejection> {
    let (seq, household) = (redemption.seq, redemption.household);
    let taken = draft.range::<RedemptionLotRow>((seq, Day(i32::MIN))..=(seq, Day(i32::MAX)));
    let by_lot: BTreeMap<Day, RedemptionLotRow> =
        taken.into_iter().map(|row| (row.lot, row)).collect();
    let open: Vec<(Day, Points)> = by_lot
        .values()
        .rev()
        .map(|row| (row.lot, Points(row.taken.0 - row.returned.0)))
        .collect();
    for (lot, points) in split(&open, total) {
        let (from, to) = (End::payable(redemption.station), End::available(household));
        let purpose = Purpose::Refund;
        move_points(
            draft,
            Movement {
                from,
                to,
                lot,
                points,
                purpose,
                about: (redemption.seq, 0),
            },
        )?;
        if let Some(row) = by_lot.get(&lot) {
            let returned = Points(row.returned.0 + points.0);
            draft.put(RedemptionLotRow {
                returned,
                ..row.clone()
            });
        }
    }
    Ok(())
}
