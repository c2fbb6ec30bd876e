//! `/till`: who buys what, before anybody pays.

use super::cart::{self, Cart, Row};
use super::scan::{self, Hit, Scanned};
use crate::core::Points;
use crate::store::read::goods::GoodItem;
use crate::store::read::{directory, goods, households, receipts};
use crate::web::page::{Form, Page, Shown, go};
use crate::web::problem::Problem;
use askama::Template;
use axum::http::HeaderValue;
use axum::response::{IntoResponse as _, Response};

/// The household at the till.
pub struct Holder {
    /// Its head's name, masked.
    pub name: String,
    /// Its card number.
    pub code: String,
}

#[derive(Template)]
#[template(path = "till/sell.html")]
struct Sale<'a> {
    p: &'a Page,
    cart: Cart,
    holder: Option<Holder>,
    rows: Vec<Row>,
    total: Points,
    pieces: i64,
    fault: String,
    said: String,
    hits: Vec<Hit>,
}

/// The household of a cart, as the till shows it.
///
/// # Errors
/// When the store does not answer.
pub async fn holder(p: &Page, cart: &Cart) -> Result<Option<(i32, Holder)>, Problem> {
    if cart.household.is_empty() {
        return Ok(None);
    }
    let unit = p.village()?.no;
    let Some(no) = directory::household_no(&p.app.store, unit, &cart.household).await? else {
        return Ok(None);
    };
    let view = households::view(&p.app.store, unit, no).await?;
    Ok(view.map(|view| {
        let holder = Holder {
            name: p.masked(&view.item.head),
            code: view.item.code,
        };
        (no, holder)
    }))
}

/// The goods of this till's station.
///
/// # Errors
/// When the store does not answer.
pub async fn shelf(p: &Page) -> Result<Vec<GoodItem>, Problem> {
    Ok(goods::list(&p.app.store, p.village()?.no, p.station()?.no).await?)
}

/// Where the result of a sale is, when the cart's key has been used.
///
/// # Errors
/// When the store does not answer.
pub async fn made(p: &Page, cart: &Cart) -> Result<Option<String>, Problem> {
    let ended = receipts::ended(&p.app.store, p.village()?.no, cart.op).await?;
    Ok(ended.map(|_| format!("/till/done/{}", cart.op)))
}

async fn page<'a>(p: &'a Page, cart: Cart, shelf: &[GoodItem]) -> Result<Sale<'a>, Problem> {
    let rows = cart.rows(p, shelf);
    Ok(Sale {
        p,
        holder: holder(p, &cart).await?.map(|(_, holder)| holder),
        total: cart::total(&rows),
        pieces: cart::pieces(&rows),
        rows,
        cart,
        fault: String::new(),
        said: String::new(),
        hits: Vec::new(),
    })
}

/// The till with the cart of the address.
pub async fn show(p: Page) -> Shown {
    let cart = Cart::of_query(&p);
    if !cart.lines.is_empty()
        && let Some(done) = made(&p, &cart).await?
    {
        return Ok(go(&done));
    }
    p.show(&page(&p, cart, &shelf(&p).await?).await?)
}

/// One step: a scan, a choice, a piece more or less. Enter in the empty box goes on to pay.
pub async fn step(p: Page, form: Form) -> Shown {
    let mut cart = Cart::of_form(&form);
    let scan = form.get("scan");
    let changes = ["pick", "inc", "dec", "drop", "uncard", "clear"];
    let goes_on = scan.is_empty() && !changes.iter().any(|name| form.has(name));
    if let Some(done) = made(&p, &cart).await? {
        if goes_on {
            return Ok(moved(&p, &done));
        }
        // The sale under this key is over: whatever comes now is the next one's.
        cart = Cart::new();
    }
    let shelf = shelf(&p).await?;
    if goes_on && cart.is_ready() {
        return Ok(moved(&p, &format!("/till/pay?{}", cart.query())));
    }
    let outcome = changed(&p, &mut cart, &shelf, &form).await?;
    let to = format!("/till?{}", cart.query());
    let mut sale = page(&p, cart, &shelf).await?;
    match outcome {
        Scanned::Refused(why) => {
            sale.fault = why;
            p.mend(&sale)
        }
        Scanned::Choose(hits) => {
            sale.hits = hits;
            p.show(&sale)
        }
        Scanned::Taken(said) if p.is_fragment => {
            sale.said = said;
            let mut response = p.show(&sale)?;
            if let Ok(to) = HeaderValue::from_str(&to) {
                response.headers_mut().insert("hx-replace-url", to);
            }
            Ok(response)
        }
        Scanned::Taken(_) => Ok(go(&to)),
    }
}

async fn changed(
    p: &Page,
    cart: &mut Cart,
    shelf: &[GoodItem],
    form: &Form,
) -> Result<Scanned, Problem> {
    let by_sku = |sku: &str| shelf.iter().find(|item| item.row.sku == sku);
    let taken = || Scanned::Taken(String::new());
    if let Some(picked) = form.some("pick") {
        return scan::pick(p, cart, shelf, picked).await;
    }
    if let Some(good) = form.some("inc").and_then(by_sku) {
        return Ok(scan::add(p, cart, good));
    }
    if let Some(good) = form.some("dec").and_then(by_sku) {
        cart.add(&good.row.sku, -1);
        return Ok(taken());
    }
    if let Some(sku) = form.some("drop") {
        cart.drop_line(sku);
        return Ok(taken());
    }
    if form.has("clear") {
        *cart = Cart::new();
        return Ok(taken());
    }
    if form.has("uncard") {
        (cart.household, cart.card) = (String::new(), None);
        return Ok(taken());
    }
    match form.get("scan") {
        "" if cart.household.is_empty() => Ok(Scanned::Refused(p.t("till.card_first"))),
        "" => Ok(Scanned::Refused(p.t("till.goods_first"))),
        text => scan::take(p, cart, shelf, text).await,
    }
}

/// Another page: for the script by its own header, for everybody else as usual.
fn moved(p: &Page, to: &str) -> Response {
    match HeaderValue::from_str(to) {
        Ok(to) if p.is_fragment => ([("hx-redirect", to)], "").into_response(),
        _ => go(to),
    }
}
