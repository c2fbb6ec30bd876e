//! `/print/slip`: the receipt of a redemption or refund, for rolls of 58 and 80 mm and for A6.

use crate::core::rights::Act;
use crate::core::{Answer, Points};
use crate::store::read::receipts::{self, Ended};
use crate::store::read::redemptions::{self, RedemptionItem};
use crate::store::read::{directory, households};
use crate::web::extract::Names;
use crate::web::faces::till::refunds::{refunded, returned};
use crate::web::page::qr;
use crate::web::page::{Markup, Page, Shown};
use crate::web::problem::Problem;
use askama::Template;
use uuid::Uuid;

#[derive(Template)]
#[template(path = "print/slip.html")]
struct Slip<'a> {
    p: &'a Page,
    op: Uuid,
    paper: &'static str,
    is_refund: bool,
    station: String,
    head: String,
    ended: Ended,
    item: RedemptionItem,
    /// Name and pieces, and points where goods went out.
    lines: Vec<(String, i64, Option<Points>)>,
    before: Option<Points>,
    points: Points,
    left: Option<Points>,
    expired: Points,
    back: String,
    qr: Markup,
}

fn paper(p: &Page) -> &'static str {
    match p.asked("paper") {
        "80" => "80",
        "a6" => "a6",
        _ => "58",
    }
}

/// What the goods part of a slip says.
struct Goods {
    item: RedemptionItem,
    lines: Vec<(String, i64, Option<Points>)>,
    before: Option<Points>,
    points: Points,
    left: Option<Points>,
    expired: Points,
}

async fn goods(p: &Page, unit: i32, op: Uuid, ended: &Ended) -> Result<Goods, Problem> {
    match &ended.answer {
        Answer::Redemption(sale) => {
            let item = redemptions::one(&p.app.store, unit, op).await?;
            let item = item.ok_or_else(Problem::not_found)?;
            let lines = item.lines.iter().map(|(row, _, zh, en)| {
                let points = Points(row.price.0.saturating_mul(row.quantity));
                (p.name(zh, en).to_string(), row.quantity, Some(points))
            });
            Ok(Goods {
                lines: lines.collect(),
                item,
                before: Some(sale.before),
                points: sale.points,
                left: Some(sale.balance.available),
                expired: Points::ZERO,
            })
        }
        Answer::Moved(moved) => {
            let (_, item, command, expired) = refunded(p, unit, op).await?;
            let lines = returned(p, &item, &command);
            let lines = lines.into_iter().map(|(name, n, _)| (name, n, None));
            Ok(Goods {
                lines: lines.collect(),
                item,
                before: None,
                points: moved.points,
                left: moved.balance.as_ref().map(|balance| balance.available),
                expired,
            })
        }
        _ => Err(Problem::not_found()),
    }
}

/// The slip of an operation.
pub async fn show(p: Page, names: Names) -> Shown {
    let (op, unit) = (names.id("operation")?, p.village()?.no);
    let store = &p.app.store;
    let ended = receipts::ended(store, unit, op).await?;
    let ended = ended.ok_or_else(Problem::not_found)?;
    let goods = goods(&p, unit, op, &ended).await?;
    let row = &goods.item.row;
    let may = match p.is_household() {
        true => p.household()? == row.household,
        false => p.may(Act::SeeHouseholds),
    };
    if !may {
        return Err(Problem::not_found());
    }
    let stations = directory::stations(store, unit).await?;
    let station = stations.into_iter().find(|known| known.no == row.station);
    let view = households::view(store, unit, row.household).await?;
    let check = p.check_code(&ended.leaf);
    let is_refund = goods.before.is_none();
    let back = match (p.is_household(), is_refund) {
        (true, _) => "/home/ledger".to_string(),
        (false, true) => format!("/till/refunded/{op}"),
        (false, false) => format!("/till/done/{op}"),
    };
    let Goods {
        item,
        lines,
        before,
        points,
        left,
        expired,
    } = goods;
    p.show(&Slip {
        p: &p,
        op,
        paper: paper(&p),
        is_refund,
        station: station.map(|station| station.name).unwrap_or_default(),
        head: view.map_or(String::new(), |view| p.masked(&view.item.head)),
        ended,
        item,
        lines,
        before,
        points,
        left,
        expired,
        back,
        qr: qr::svg(&check, &p.t("slip.qr")).ok_or_else(Problem::internal)?,
    })
}
