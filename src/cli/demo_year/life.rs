//! What happens month by month.

use super::{As, Fault, Maker, SHOWN, STATION, TIED, Village, WITH_CARD};
use crate::cli::demo::PIN;
use crate::core::award::{AwardSheet, OnCap, RecordAward, ReviewAward, SheetRow};
use crate::core::fund::AllotFund;
use crate::core::redemption::{CartLine, Redeem, Refund, RefundLine, ReturnTo};
use crate::core::reversal::Reverse;
use crate::core::station::{ReceiptLine, ReceiveStock};
use crate::core::{Command, Day, HouseholdRef, OperationRef, Points, Quantity};
use crate::store::read::households;
use crate::store::texts::secret_tag;
use std::sync::atomic::Ordering;
use uuid::Uuid;

/// What a station receives each quarter: SKU, fen for one, pieces. Washing-up liquid runs low.
const SHELF: [(&str, i64, i64); 39] = [
    ("CL001", 260, 60),
    ("CL002", 350, 60),
    ("CL003", 820, 60),
    ("CL004", 1650, 10),
    ("CL005", 620, 4),
    ("CL006", 500, 15),
    ("CL007", 320, 15),
    ("CL008", 900, 60),
    ("CL009", 500, 10),
    ("CL010", 2000, 6),
    ("CL011", 1800, 10),
    ("CL012", 400, 20),
    ("CL013", 130, 50),
    ("CL014", 2300, 6),
    ("FD001", 150, 60),
    ("FD002", 2600, 20),
    ("FD003", 2000, 20),
    ("FD004", 2800, 15),
    ("FD005", 520, 20),
    ("FD006", 450, 15),
    ("FD007", 430, 15),
    ("FD008", 600, 20),
    ("FD009", 1800, 6),
    ("FD010", 3000, 8),
    ("HM001", 420, 30),
    ("HM002", 430, 25),
    ("HM003", 160, 30),
    ("HM004", 1350, 15),
    ("HM005", 900, 15),
    ("HM006", 700, 10),
    ("HM007", 2700, 6),
    ("HM008", 5000, 6),
    ("HM010", 330, 20),
    ("FA002", 2200, 10),
    ("FA003", 300, 20),
    ("FA005", 400, 20),
    ("ST001", 700, 20),
    ("ST002", 800, 15),
    ("ST004", 1050, 8),
];

/// What happens in a village on a day of the year.
pub(super) async fn live(maker: &mut Maker<'_>, village: &Village, day: i64) -> Result<(), Fault> {
    match day % 30 {
        0 if day % 90 == 0 => begin_quarter(maker, village, day).await,
        5 => sheet(maker, village, "VL01", share(village, day, 35), false).await,
        11 => sheet(maker, village, "CY02", share(village, day, 22), true).await,
        14 if fell_behind(village, day) => Ok(()),
        14 => single_deeds(maker, village).await,
        20 => faults(maker, village).await,
        26 if fell_behind(village, day) && day % 90 != 86 => Ok(()),
        26 => redemption_day(maker, village, day).await,
        _ => Ok(()),
    }
}

/// How many of a hundred households take part.
fn share(village: &Village, day: i64, percent: usize) -> usize {
    if fell_behind(village, day) {
        return percent / 8;
    }
    percent
}

/// Whether the village has nearly stopped by this day.
pub(super) fn fell_behind(village: &Village, day: i64) -> bool {
    village.is_late && day > 240
}

async fn begin_quarter(maker: &mut Maker<'_>, village: &Village, day: i64) -> Result<(), Fault> {
    let points = match (village.is_late, day) {
        (false, _) => Points(450_000),
        (true, 0) => Points(160_000),
        (true, 1..=90) => Points(130_000),
        (true, 91..=180) => Points(76_000),
        // It has not asked for the last quarters' budget.
        (true, _) => Points::ZERO,
    };
    if points > Points::ZERO {
        let id = maker.id();
        let reference = maker.texts(id).text("村民代表会议决议：本季度积分预算");
        let allot = Command::AllotFund(AllotFund { points, reference });
        let manager = maker.who(As::Manager);
        maker.ask(village.unit, manager, id, allot).await?;
    }
    let id = maker.id();
    let supplier = Some(maker.texts(id).text("镇供销社"));
    let line = |(sku, cost, quantity): (&str, i64, i64)| ReceiptLine {
        sku: sku.to_string(),
        quantity,
        cost_fen: Some(cost),
    };
    let lines = SHELF.map(line).to_vec();
    let body = ReceiveStock {
        station: STATION.to_string(),
        supplier,
        lines,
    };
    let clerk = maker.who(As::Clerk);
    maker
        .ask(village.unit, clerk, id, Command::ReceiveStock(body))
        .await
        .map(|_| ())
}

async fn sheet(
    maker: &mut Maker<'_>,
    village: &Village,
    rule: &str,
    percent: usize,
    reviewed: bool,
) -> Result<(), Fault> {
    let mut rows = Vec::new();
    for (index, code) in village.households.iter().enumerate() {
        // The recorder's own and kin households are not theirs to record.
        let tied = TIED.contains(&index);
        if (maker.pick(100) < percent || index == SHOWN) && !tied {
            rows.push(SheetRow {
                household: HouseholdRef::Given(code.clone()),
                quantity: Quantity::ONE,
            });
        }
    }
    let count = rows.len();
    let id = maker.id();
    let body = AwardSheet {
        rule: rule.to_string(),
        occurred: today(maker),
        on_cap: OnCap::Clip,
        rows,
    };
    let recorder = maker.who(As::Recorder);
    let command = Command::AwardSheet(body);
    if village.is_late {
        // Its fund may not hold the whole sheet.
        maker
            .ask_all(village.unit, recorder, vec![(id, command)])
            .await;
    } else {
        maker.ask(village.unit, recorder, id, command).await?;
    }
    if reviewed {
        let lines: Vec<(Uuid, i32)> = (0..count)
            .map(|line| (id, i32::try_from(line).unwrap_or(0)))
            .collect();
        review(maker, village, &lines).await;
    }
    Ok(())
}

pub(super) fn today(maker: &Maker<'_>) -> Day {
    Day::of_instant(maker.clock.load(Ordering::Relaxed), 480)
}

/// What the reviewer says of an award.
pub(super) fn decision(
    maker: &mut Maker<'_>,
    (operation, line): (Uuid, i32),
    approve: bool,
) -> (Uuid, Command) {
    let id = maker.id();
    let reason = (!approve).then(|| maker.texts(id).text("照片看不清，请补拍"));
    let award = OperationRef::new(operation, line);
    let body = ReviewAward {
        award,
        approve,
        reason,
    };
    (id, Command::ReviewAward(body))
}

/// The reviewer approves, and now and then refuses.
async fn review(maker: &mut Maker<'_>, village: &Village, awards: &[(Uuid, i32)]) {
    let mut commands = Vec::new();
    for award in awards {
        let approve = maker.pick(20) > 0;
        commands.push(decision(maker, *award, approve));
    }
    let reviewer = maker.who(As::Reviewer);
    maker.ask_all(village.unit, reviewer, commands).await;
}

fn deed(maker: &mut Maker<'_>, village: &Village, rule: &str, note: &str) -> (Uuid, Command) {
    let index = 6 + maker.pick(village.households.len().saturating_sub(6));
    let household = village.households.get(index).cloned().unwrap_or_default();
    let id = maker.id();
    let body = RecordAward {
        rule: rule.to_string(),
        household: HouseholdRef::Given(household),
        member: None,
        quantity: Quantity::ONE,
        occurred: today(maker),
        note: Some(maker.texts(id).text(note)),
    };
    (id, Command::Award(body))
}

async fn single_deeds(maker: &mut Maker<'_>, village: &Village) -> Result<(), Fault> {
    let mut commands = Vec::new();
    for (rule, note) in [
        ("TD01", "门前三包按周巡查合格"),
        ("VL04", "清理渠边小卫生死角"),
        ("VL02", "报告路口垃圾"),
    ] {
        for _ in 0..6 {
            commands.push(deed(maker, village, rule, note));
        }
    }
    for _ in 0..3 {
        commands.push(deed(maker, village, "VL08", "参加渠道清淤半天"));
    }
    let recorder = maker.who(As::Recorder);
    let receipts = maker.ask_all(village.unit, recorder, commands).await;
    let open: Vec<(Uuid, i32)> = receipts.iter().map(|receipt| (receipt.id, 0)).collect();
    review(maker, village, &open).await;
    // One entry a month was a mistake.
    if let Some(mistake) = receipts.last() {
        let id = maker.id();
        let reason = maker.texts(id).text("记错了户，冲销重记");
        let body = Reverse {
            operation: OperationRef::new(mistake.id, 0),
            reason,
        };
        let manager = maker.who(As::Manager);
        maker
            .ask_all(village.unit, manager, vec![(id, Command::Reverse(body))])
            .await;
    }
    Ok(())
}

async fn faults(maker: &mut Maker<'_>, village: &Village) -> Result<(), Fault> {
    let commands = vec![
        deed(maker, village, "DD02", "路边倾倒垃圾"),
        deed(maker, village, "DD03", "污水泼到路上"),
    ];
    let recorder = maker.who(As::Recorder);
    let receipts = maker.ask_all(village.unit, recorder, commands).await;
    let open: Vec<(Uuid, i32)> = receipts.iter().map(|receipt| (receipt.id, 0)).collect();
    review(maker, village, &open).await;
    Ok(())
}

/// At the end of a quarter everybody comes, in other months every third household.
async fn redemption_day(maker: &mut Maker<'_>, village: &Village, day: i64) -> Result<(), Fault> {
    let pepper = std::sync::Arc::clone(&maker.store.secrets().pepper);
    let clerk = maker.who(As::Clerk);
    let prices = [
        ("CL008", 1_000),
        ("CL003", 900),
        ("CL002", 400),
        ("CL001", 300),
        ("FD001", 200),
    ];
    let (mut commands, mut carts) = (Vec::new(), Vec::new());
    for no in 1..=i32::try_from(WITH_CARD).unwrap_or(0) {
        let keeps = no == 1 && day > 300;
        let is_few = day % 90 != 86 || fell_behind(village, day);
        if keeps || (is_few && no % 3 != 0) {
            continue;
        }
        let Some(view) = households::view(maker.store, village.unit, no).await? else {
            continue;
        };
        let (mut left, mut lines) = (view.balance.available.0, Vec::new());
        for (sku, price) in prices {
            if left >= price && maker.pick(3) > 0 {
                left -= price;
                lines.push(CartLine {
                    sku: sku.to_string(),
                    quantity: 1,
                });
            }
        }
        let Some(first) = lines.first().map(|line| line.sku.clone()) else {
            continue;
        };
        let id = maker.id();
        carts.push((id, first));
        let body = Redeem {
            station: STATION.to_string(),
            household: HouseholdRef::No(no),
            card: Some(1),
            pin_version: 1,
            pin_tag: secret_tag(&pepper, "pin", id, PIN),
            lines,
        };
        commands.push((id, Command::Redeem(body)));
    }
    let done: Vec<Uuid> = maker
        .ask_all(village.unit, clerk, commands)
        .await
        .into_iter()
        .map(|receipt| receipt.id)
        .collect();
    let mut refunds = Vec::new();
    for (redemption, sku) in carts
        .into_iter()
        .filter(|(id, _)| done.contains(id))
        .step_by(12)
    {
        let id = maker.id();
        let reason = maker.texts(id).text("包装破损");
        let to = if maker.pick(2) == 0 {
            ReturnTo::Shelf
        } else {
            ReturnTo::Waste
        };
        let lines = vec![RefundLine {
            sku,
            quantity: 1,
            to,
        }];
        let (station, redemption) = (STATION.to_string(), OperationRef::new(redemption, 0));
        refunds.push((
            id,
            Command::Refund(Refund {
                station,
                redemption,
                reason,
                lines,
            }),
        ));
    }
    maker.ask_all(village.unit, clerk, refunds).await;
    Ok(())
}
