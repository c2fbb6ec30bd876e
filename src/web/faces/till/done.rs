//! `/till/done/{operation}`: what was handed over, the new balance, the number of the receipt.

use crate::core::rights::Act;
use crate::core::{Answer, Redeemed};
use crate::store::read::receipts::{self, Ended};
use crate::store::read::redemptions::{self, RedemptionItem};
use crate::web::extract::Names;
use crate::web::page::{Page, Shown};
use crate::web::problem::Problem;
use askama::Template;
use uuid::Uuid;

#[derive(Template)]
#[template(path = "till/done.html")]
struct Done<'a> {
    p: &'a Page,
    op: Uuid,
    ended: Ended,
    item: RedemptionItem,
    sale: Redeemed,
}

/// A redemption of a station where the visitor may do something, with how it ended.
///
/// # Errors
/// 404 for anything else.
pub async fn redemption(
    p: &Page,
    op: Uuid,
    act: Act,
) -> Result<(Ended, RedemptionItem, Redeemed), Problem> {
    let unit = p.village()?.no;
    let ended = receipts::ended(&p.app.store, unit, op).await?;
    let item = redemptions::one(&p.app.store, unit, op).await?;
    let (ended, item) = ended.zip(item).ok_or_else(Problem::not_found)?;
    let Answer::Redemption(sale) = &ended.answer else {
        return Err(Problem::not_found());
    };
    if !p.may_at(act, Some(item.row.station)) {
        return Err(Problem::not_found());
    }
    let sale = sale.clone();
    Ok((ended, item, sale))
}

/// The result of a sale.
pub async fn show(p: Page, names: Names) -> Shown {
    let op = names.id("operation")?;
    let (ended, item, sale) = redemption(&p, op, Act::Redeem).await?;
    p.show(&Done {
        p: &p,
        op,
        ended,
        item,
        sale,
    })
}
