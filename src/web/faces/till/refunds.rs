//! `/till/refunds`: goods brought back, points to the lots they came from.

use super::done::redemption;
use crate::core::redemption::{Refund, RefundLine, ReturnTo};
use crate::core::rights::Act;
use crate::core::{Answer, Command, Moved, OperationRef, Points};
use crate::store::access;
use crate::store::read::receipts::{self, Ended, Sold};
use crate::store::read::redemptions::{self, RedemptionItem};
use crate::store::read::{directory, journal};
use crate::web::extract::Names;
use crate::web::page::{Faults, Form, Page, Shown, go};
use crate::web::problem::Problem;
use askama::Template;
use uuid::Uuid;

/// Redemptions that the list shows.
const LIST_MAX: usize = 30;
const REASON_MAX: usize = 500;

#[derive(Template)]
#[template(path = "till/refunds.html")]
struct List<'a> {
    p: &'a Page,
    q: String,
    sold: Vec<Sold>,
}

/// A line that can come back.
struct Line {
    sku: String,
    name: String,
    price: Points,
    sold: i64,
    left: i64,
    pieces: String,
    is_waste: bool,
}

#[derive(Template)]
#[template(path = "till/refund.html")]
struct Back<'a> {
    p: &'a Page,
    f: Faults,
    /// The key of a form that comes back.
    op: Option<Uuid>,
    id: Uuid,
    item: RedemptionItem,
    lines: Vec<Line>,
    reason: String,
    /// Points that would go back to lots past their day.
    expired: Points,
}

#[derive(Template)]
#[template(path = "till/refunded.html")]
struct Done<'a> {
    p: &'a Page,
    op: Uuid,
    ended: Ended,
    item: RedemptionItem,
    /// Name, pieces, whether thrown away.
    lines: Vec<(String, i64, bool)>,
    moved: Moved,
    expired: Points,
}

/// Recent redemptions, found by number, card or household.
pub async fn list(p: Page) -> Shown {
    let q = p.asked("q").trim().to_string();
    let (unit, station) = (p.village()?.no, p.station()?.no);
    let store = &p.app.store;
    let token = q.split_once("/c#").map_or(q.as_str(), |(_, token)| token);
    let household = if q.is_empty() || token.len() > 64 {
        None
    } else {
        match directory::household_no(store, unit, token).await? {
            Some(no) => Some(no),
            None => {
                let owner = access::card_owner(store, token).await?;
                let owner = owner.filter(|owner| owner.unit == unit);
                owner.map(|owner| owner.household)
            }
        }
    };
    let (household, number) = match household {
        Some(no) => (no, ""),
        None => (0, q.as_str()),
    };
    let sold = receipts::latest(store, unit, station, household, number, LIST_MAX).await?;
    p.show(&List { p: &p, q, sold })
}

fn lines(p: &Page, item: &RedemptionItem, form: &Form) -> Vec<Line> {
    let line = |(row, sku, zh, en): &(_, String, String, String)| {
        let row: &crate::core::rows::RedemptionLineRow = row;
        Line {
            name: p.name(zh, en).to_string(),
            price: row.price,
            sold: row.quantity,
            left: row.quantity - row.refunded,
            pieces: form.get(&format!("n-{}", row.line)).to_string(),
            is_waste: form.get(&format!("to-{}", row.line)) == "waste",
            sku: sku.clone(),
        }
    };
    item.lines.iter().map(line).collect()
}

async fn page<'a>(p: &'a Page, id: Uuid, f: Faults, form: &Form) -> Result<Back<'a>, Problem> {
    let (_, item, _) = redemption(p, id, Act::Refund).await?;
    let today = p.today();
    let lots = receipts::lots(&p.app.store, p.village()?.no, item.row.seq).await?;
    let past = lots.iter().filter(|row| row.lot < today);
    let expired = Points(past.map(|row| row.taken.0 - row.returned.0).sum());
    Ok(Back {
        p,
        f,
        op: None,
        id,
        lines: lines(p, &item, form),
        item,
        reason: form.get("reason").to_string(),
        expired,
    })
}

/// One redemption: what can come back of it.
pub async fn show(p: Page, names: Names) -> Shown {
    let id = names.id("redemption")?;
    p.show(&page(&p, id, Faults::none(), &Form::default()).await?)
}

/// The lines that come back, or what is wrong with them.
fn wanted(p: &Page, page: &Back<'_>, f: &mut Faults) -> Vec<RefundLine> {
    let mut wanted = Vec::new();
    for (index, line) in page.lines.iter().enumerate() {
        let field = format!("n-{index}");
        match line.pieces.parse::<i64>() {
            _ if line.pieces.is_empty() => {}
            Ok(0) => {}
            Ok(n) if (1..=line.left).contains(&n) => wanted.push(RefundLine {
                sku: line.sku.clone(),
                quantity: n,
                to: if line.is_waste {
                    ReturnTo::Waste
                } else {
                    ReturnTo::Shelf
                },
            }),
            Ok(n) if n > 0 => f.add(
                &field,
                p.t2("refund.too_many", "good", &line.name, "left", line.left),
            ),
            _ => f.add(&field, p.t1("refund.not_a_number", "good", &line.name)),
        }
    }
    if wanted.is_empty() && f.is_empty() {
        f.add("n-0", p.t("refund.nothing"));
    }
    match page.reason.chars().count() {
        0 => f.add("reason", p.t("refund.reason_missing")),
        n if n > REASON_MAX => f.add("reason", p.t("refund.reason_long")),
        _ => {}
    }
    wanted
}

/// Takes goods back.
pub async fn take_back(p: Page, names: Names, form: Form) -> Shown {
    let (id, op) = (names.id("redemption")?, form.op()?);
    let to = format!("/till/refunded/{op}");
    if receipts::ended(&p.app.store, p.village()?.no, op)
        .await?
        .is_some()
    {
        return Ok(go(&to));
    }
    let mut page = page(&p, id, Faults::none(), &form).await?;
    let mut faults = Faults::none();
    let lines = wanted(&p, &page, &mut faults);
    if faults.is_empty() {
        let command = Refund {
            station: p.station()?.code.clone(),
            redemption: OperationRef::new(id, 0),
            reason: p.write(op)?.text(&page.reason),
            lines,
        };
        match p.submit(op, Command::Refund(command)).await {
            Ok(_) => return Ok(go(&to)),
            Err(problem) => faults = Faults::of(p.lang(), problem, &[])?,
        }
    } else {
        page.op = Some(op);
    }
    page.f = faults;
    p.mend(&page)
}

/// What came back.
pub async fn done(p: Page, names: Names) -> Shown {
    let op = names.id("operation")?;
    let unit = p.village()?.no;
    let (ended, item, command, expired) = refunded(&p, unit, op).await?;
    let Answer::Moved(moved) = ended.answer.clone() else {
        return Err(Problem::not_found());
    };
    let lines = returned(&p, &item, &command);
    p.show(&Done {
        p: &p,
        op,
        ended,
        item,
        lines,
        moved,
        expired,
    })
}

/// A refund with its redemption, and the points of it that went back to lots past their day.
///
/// # Errors
/// 404 for anything else.
pub async fn refunded(
    p: &Page,
    unit: i32,
    op: Uuid,
) -> Result<(Ended, RedemptionItem, Refund, Points), Problem> {
    let store = &p.app.store;
    let ended = receipts::ended(store, unit, op).await?;
    let ended = ended.ok_or_else(Problem::not_found)?;
    let entry = journal::one(store, unit, op).await?;
    let Some((_, Command::Refund(command), transfers)) = entry else {
        return Err(Problem::not_found());
    };
    let item = redemptions::one(store, unit, command.redemption.id).await?;
    let item = item.ok_or_else(Problem::not_found)?;
    let day = p.day_of(&ended.at);
    let past = transfers.iter().filter(|row| row.lot < day);
    let expired = Points(past.map(|row| row.points.0).sum());
    Ok((ended, item, command, expired))
}

/// The goods of a refund: name, pieces, whether thrown away.
#[must_use]
pub fn returned(p: &Page, item: &RedemptionItem, command: &Refund) -> Vec<(String, i64, bool)> {
    let name = |sku: &str| {
        let found = item.lines.iter().find(|(_, known, _, _)| known == sku);
        found
            .map_or(sku, |(_, _, zh, en)| p.name(zh, en))
            .to_string()
    };
    let lines = command.lines.iter();
    lines
        .map(|line| (name(&line.sku), line.quantity, line.to == ReturnTo::Waste))
        .collect()
}
