//! `/till/stock`: what is on the shelf, and goods coming in.

use crate::core::Command;
use crate::core::station::{ReceiptLine, ReceiveStock};
use crate::store::read::goods::{self, GoodItem};
use crate::store::read::receipts;
use crate::web::page::{Faults, Form, Page, Shown, go};
use crate::web::problem::Problem;
use askama::Template;
use std::collections::HashMap;
use uuid::Uuid;

/// Lines one delivery's form offers.
const LINES: usize = 6;
/// Few, whatever a month used.
const FEW: i64 = 3;
const MONTH: i64 = 30 * 86_400_000_000;

/// A good on the shelf.
struct Shelf {
    item: GoodItem,
    /// Handed out in the last month.
    used: i64,
    is_low: bool,
}

#[derive(Template)]
#[template(path = "till/stock.html")]
struct List<'a> {
    p: &'a Page,
    shelf: Vec<Shelf>,
    low: usize,
    received: String,
}

/// A line of a delivery as typed.
#[derive(Clone, Default)]
struct Typed {
    sku: String,
    pieces: String,
    cost: String,
}

#[derive(Template)]
#[template(path = "till/stock_in.html")]
struct Delivery<'a> {
    p: &'a Page,
    f: Faults,
    op: Option<Uuid>,
    shelf: Vec<GoodItem>,
    supplier: String,
    lines: Vec<Typed>,
}

/// The shelf, what runs out first.
pub async fn list(p: Page) -> Shown {
    let (unit, station) = (p.village()?.no, p.station()?.no);
    let items = goods::list(&p.app.store, unit, station).await?;
    let used: HashMap<i32, i64> =
        receipts::handed_out(&p.app.store, unit, station, p.now - MONTH).await?;
    let shelf = items.into_iter().map(|item| {
        let used = used.get(&item.row.no).copied().unwrap_or(0);
        let few = FEW.max(used - 1).max(item.row.low_stock);
        Shelf {
            is_low: item.row.stocked && item.on_hand <= few,
            item,
            used,
        }
    });
    let mut shelf: Vec<Shelf> = shelf.collect();
    shelf.sort_by_key(|shelf| (!shelf.is_low, shelf.item.row.no));
    let low = shelf.iter().filter(|shelf| shelf.is_low).count();
    let received = p.asked("received").to_string();
    p.show(&List {
        p: &p,
        shelf,
        low,
        received,
    })
}

async fn delivery<'a>(p: &'a Page, form: &Form) -> Result<Delivery<'a>, Problem> {
    let (unit, station) = (p.village()?.no, p.station()?.no);
    let mut shelf = goods::list(&p.app.store, unit, station).await?;
    shelf.retain(|item| item.row.stocked);
    let typed = |index: usize| {
        let get = |name: &str| form.get(&format!("{name}-{index}")).to_string();
        Typed {
            sku: get("sku"),
            pieces: get("pieces"),
            cost: get("cost"),
        }
    };
    Ok(Delivery {
        p,
        f: Faults::none(),
        op: None,
        shelf,
        supplier: form.get("supplier").to_string(),
        lines: (0..LINES).map(typed).collect(),
    })
}

/// The form of a delivery; a good may be named in the address.
pub async fn form(p: Page) -> Shown {
    let mut form = Form::default();
    form.set("sku-0", p.asked("good"));
    p.show(&delivery(&p, &form).await?)
}

/// Yuan as typed, in fen.
fn fen(text: &str) -> Option<i64> {
    let (yuan, part) = text.split_once('.').unwrap_or((text, ""));
    let digits = |text: &str| text.chars().all(|c| c.is_ascii_digit());
    if yuan.is_empty() || yuan.len() > 7 || part.len() > 2 || !digits(yuan) || !digits(part) {
        return None;
    }
    let part: i64 = format!("{part:0<2}").parse().ok()?;
    Some(yuan.parse::<i64>().ok()? * 100 + part)
}

fn read(p: &Page, page: &Delivery<'_>, f: &mut Faults) -> Vec<ReceiptLine> {
    let mut lines = Vec::new();
    for (index, typed) in page.lines.iter().enumerate() {
        let Typed { sku, pieces, cost } = typed;
        if sku.is_empty() && pieces.is_empty() && cost.is_empty() {
            continue;
        }
        let before = f.len();
        if !page.shelf.iter().any(|item| item.row.sku == *sku) {
            f.add(
                &format!("sku-{index}"),
                p.t1("stock.good_missing", "n", index + 1),
            );
        }
        let quantity = pieces.parse::<i64>().ok().filter(|n| *n > 0);
        if quantity.is_none() {
            f.add(
                &format!("pieces-{index}"),
                p.t1("stock.pieces_wrong", "n", index + 1),
            );
        }
        let cost_fen = fen(cost);
        if !cost.is_empty() && cost_fen.is_none() {
            f.add(
                &format!("cost-{index}"),
                p.t1("stock.cost_wrong", "n", index + 1),
            );
        }
        if f.len() == before {
            let (sku, quantity) = (sku.clone(), quantity.unwrap_or(0));
            lines.push(ReceiptLine {
                sku,
                quantity,
                cost_fen,
            });
        }
    }
    if lines.is_empty() && f.is_empty() {
        f.add("sku-0", p.t("stock.nothing"));
    }
    lines
}

/// Takes a delivery in.
pub async fn receive(p: Page, form: Form) -> Shown {
    let op = form.op()?;
    let mut page = delivery(&p, &form).await?;
    let mut faults = Faults::none();
    let lines = read(&p, &page, &mut faults);
    if page.supplier.chars().count() > 100 {
        faults.add("supplier", p.t("stock.supplier_long"));
    }
    if faults.is_empty() {
        let pieces: i64 = lines.iter().map(|line| line.quantity).sum();
        let supplier = form.some("supplier");
        let command = ReceiveStock {
            station: p.station()?.code.clone(),
            supplier: p.write(op)?.texts().some(supplier),
            lines,
        };
        match p.submit(op, Command::ReceiveStock(command)).await {
            Ok(_) => return Ok(go(&format!("/till/stock?received={pieces}"))),
            Err(problem) => faults = Faults::of(p.lang(), problem, &[])?,
        }
    } else {
        page.op = Some(op);
    }
    page.f = faults;
    p.mend(&page)
}

#[cfg(test)]
mod tests {
    use super::fen;

    #[test]
    fn yuan_become_fen() {
        for (text, is) in [
            ("2.6", Some(260)),
            ("2.65", Some(265)),
            ("12", Some(1200)),
            ("0", Some(0)),
            ("2.", Some(200)),
            ("", None),
            (".5", None),
            ("-1", None),
            ("1.234", None),
            ("1e3", None),
            ("99999999", None),
        ] {
            assert_eq!(fen(text), is, "{text}");
        }
    }
}
