//! `/till/pay` and `/till/balance`: the screen is turned to the household, which types its PIN.

use super::cart::{self, Cart, Row};
use super::sell::{holder, made, shelf};
use crate::cache::Limit;
use crate::core::redemption::CartLine;
use crate::core::{Points, Quantity};
use crate::store::access::{self, PinFault};
use crate::store::read::households::{self, HouseholdView};
use crate::store::read::receipts;
use crate::web::guard::within;
use crate::web::page::csrf::fresh;
use crate::web::page::{Form, Page, Shown, go};
use crate::web::payment::{Payer, Purchase, redeem};
use crate::web::problem::Problem;
use askama::Template;

/// Wrong tries after which the household must wait before the next.
const PATIENT_AFTER: i64 = 3;
/// Tries in all; the fifth wrong one locks.
const TRIES: i64 = 5;
/// The wait after so many wrong tries: one try in half a minute.
const WAIT_PER_MINUTE: u32 = 2;

#[derive(Template)]
#[template(path = "till/pin.html")]
struct Pin<'a> {
    p: &'a Page,
    cart: Cart,
    /// Where the PIN goes.
    action: &'static str,
    heading: String,
    about: String,
    /// Why it did not go through; empty at first.
    fault: String,
    /// Why no PIN helps; empty when one does.
    blocked: String,
    left: i64,
}

#[derive(Template)]
#[template(path = "till/balance.html")]
struct Balance<'a> {
    p: &'a Page,
    cart: Cart,
    view: HouseholdView,
}

fn about(p: &Page, name: &str, rows: &[Row]) -> String {
    let goods = rows.iter().map(|row| match row.pieces {
        1 => row.name.clone(),
        pieces => format!("{} ×{pieces}", row.name),
    });
    let goods: Vec<String> = goods.collect();
    let goods = goods.join(p.lang().pick("、", ", "));
    p.t2("till.pay_about", "name", name, "goods", goods)
}

async fn pin_page<'a>(
    p: &'a Page,
    cart: Cart,
    action: &'static str,
) -> Result<Option<Pin<'a>>, Problem> {
    let Some((no, holder)) = holder(p, &cart).await? else {
        return Ok(None);
    };
    let (heading, about) = if action == "/till/pay" {
        let rows = cart.rows(p, &shelf(p).await?);
        let total = cart::total(&rows);
        let heading = p.t1("till.pay_heading", "points", p.points(&total));
        (heading, about(p, &holder.name, &rows))
    } else {
        let about = p.t2(
            "till.balance_about",
            "name",
            &holder.name,
            "code",
            &holder.code,
        );
        (p.t("till.balance"), about)
    };
    let failures = receipts::pin_failures(&p.app.store, p.village()?.no, no).await?;
    let left = TRIES - failures.unwrap_or(0);
    let blocked = match failures {
        None => p.t("till.pin_not_set"),
        Some(_) if left <= 0 => p.t("till.pin_locked"),
        Some(_) => String::new(),
    };
    Ok(Some(Pin {
        p,
        cart,
        action,
        heading,
        about,
        fault: String::new(),
        blocked,
        left,
    }))
}

/// The keypad, for the cart of the address.
pub async fn ask(p: Page) -> Shown {
    let cart = Cart::of_query(&p);
    let back = format!("/till?{}", cart.query());
    if let Some(done) = made(&p, &cart).await? {
        return Ok(go(&done));
    }
    if !cart.is_ready() {
        return Ok(go(&back));
    }
    match pin_page(&p, cart, "/till/pay").await? {
        Some(page) => p.show(&page),
        None => Ok(go(&back)),
    }
}

/// After three wrong PINs the next try waits half a minute.
async fn wait(p: &Page, household: i32) -> Result<(), Problem> {
    let key = format!("{} {household}", p.village()?.no);
    let limit = Limit {
        name: "pin_wait",
        per_minute: WAIT_PER_MINUTE,
        burst: 1,
    };
    let wait = p.app.cache.check(&limit, &key).await;
    wait.map_err(|wait| Problem::rate_limited(wait.as_secs() + 1))
}

async fn may_try(p: &Page, household: i32) -> Result<(), Problem> {
    let failures = receipts::pin_failures(&p.app.store, p.village()?.no, household).await?;
    match failures {
        Some(n) if (PATIENT_AFTER..TRIES).contains(&n) => wait(p, household).await,
        _ => Ok(()),
    }
}

/// Pays. The same form sent twice is one sale; a refused one comes back with a key of its own.
pub async fn pay(p: Page, form: Form) -> Shown {
    let mut cart = Cart::of_form(&form);
    let op = form.op()?;
    let Some((household, _)) = holder(&p, &cart).await? else {
        return Ok(go("/till"));
    };
    let fault = match sale(&p, &cart, household, &form).await {
        Ok(()) => return Ok(go(&format!("/till/done/{op}"))),
        Err(problem) => problem,
    };
    if let Some(done) = made(&p, &cart).await? {
        return Ok(go(&done));
    }
    let fault = told(&p, &cart, household, fault).await?;
    if fault.is_final {
        cart.op = fresh();
    }
    let Some(mut page) = pin_page(&p, cart, "/till/pay").await? else {
        return Ok(go("/till"));
    };
    page.fault = fault.text;
    p.mend(&page)
}

async fn sale(p: &Page, cart: &Cart, household: i32, form: &Form) -> Result<(), Problem> {
    let op = form.op()?;
    let pin = form.get("pin");
    if pin.is_empty() {
        return Err(Problem::field("/pin", "required"));
    }
    let lines = cart.lines.iter().map(|(sku, quantity)| CartLine {
        sku: sku.clone(),
        quantity: *quantity,
    });
    let purchase = Purchase {
        payer: Payer::Household {
            given: cart.household.clone(),
            card: cart.card,
        },
        pin: pin.to_string(),
        lines: lines.collect(),
    };
    may_try(p, household).await?;
    let fate = redeem(&p.write(op)?, purchase).await;
    fate.map(|_| ()).map_err(|problem| match problem.code() {
        "outcome_unknown" => problem.figure("operation", op.to_string()),
        _ => problem,
    })
}

/// A refusal in words, and whether its key is spent.
struct Told {
    text: String,
    is_final: bool,
}

/// What the household and the clerk can do about a refusal.
async fn told(p: &Page, cart: &Cart, household: i32, problem: Problem) -> Result<Told, Problem> {
    let again = |text: String| Told {
        text,
        is_final: false,
    };
    let text = match problem.code() {
        "invalid_field" => return Ok(again(p.t("till.pin_missing"))),
        "rate_limited" => {
            let seconds = problem.retry_seconds().unwrap_or(30);
            return Ok(again(p.t1("till.pin_wait", "seconds", seconds)));
        }
        "busy" | "unavailable" => return Ok(again(problem.said(p.lang()).1)),
        "pin_wrong" => wrong_pin(p, household).await?,
        "pin_locked" => p.t("till.pin_locked"),
        "pin_not_set" => p.t("till.pin_not_set"),
        "card_revoked" => p.t("till.card_revoked"),
        "unknown_card" => p.t("till.unknown_card"),
        "insufficient_points" => short_of(p, cart, &problem).await?,
        "out_of_stock" | "monthly_limit" | "unknown_good" => with_names(p, &problem).await?,
        "household_closed" | "operation_id_reused" | "rows" => problem.said(p.lang()).1,
        _ => return Err(problem),
    };
    Ok(Told {
        text,
        is_final: true,
    })
}

async fn wrong_pin(p: &Page, household: i32) -> Result<String, Problem> {
    let failures = receipts::pin_failures(&p.app.store, p.village()?.no, household).await?;
    let left = TRIES - failures.unwrap_or(0);
    Ok(match left {
        ..=0 => p.t("till.pin_locked"),
        1 | 2 => {
            // Takes the one try that the half minute has.
            if let Err(problem) = wait(p, household).await
                && problem.code() != "rate_limited"
            {
                return Err(problem);
            }
            p.t1("till.pin_wrong_wait", "left", left)
        }
        _ => p.t1("till.pin_wrong", "left", left),
    })
}

/// The goods' codes of a refusal as names.
async fn with_names(p: &Page, problem: &Problem) -> Result<String, Problem> {
    let said = problem.said(p.lang()).1;
    let sku = problem.figure_text("sku").unwrap_or_default();
    let shelf = shelf(p).await?;
    let found = shelf.iter().find(|item| item.row.sku == sku);
    Ok(match found {
        Some(item) => {
            let name = p.name(&item.name_zh, &item.name_en);
            if problem.code() == "out_of_stock" && item.on_hand <= 0 {
                p.t1("till.just_gone", "good", name)
            } else {
                said.replace(&sku, name)
            }
        }
        None => said,
    })
}

/// How many points are missing, and what could stay here.
async fn short_of(p: &Page, cart: &Cart, problem: &Problem) -> Result<String, Problem> {
    let figure = |name: &str| {
        let text = problem.figure_text(name).unwrap_or_default();
        Quantity::parse(&text).map_or(0, |points| points.0)
    };
    let short = Points(figure("asked") - figure("available"));
    let mut rows = cart.rows(p, &shelf(p).await?);
    rows.sort_by_key(|row| row.points.0);
    let enough = rows.iter().find(|row| row.points >= short);
    let short = p.points(&short);
    Ok(match enough {
        Some(row) => {
            let points = p.points(&row.points);
            let good = match row.pieces {
                1 => row.name.clone(),
                pieces => format!("{} ×{pieces}", row.name),
            };
            p.t3(
                "till.short_could",
                "short",
                short,
                "good",
                good,
                "points",
                points,
            )
        }
        None => p.t1("till.short", "short", short),
    })
}

/// The keypad before a balance is shown.
pub async fn balance_ask(p: Page) -> Shown {
    let cart = Cart::of_query(&p);
    let back = format!("/till?{}", cart.query());
    match pin_page(&p, cart, "/till/balance").await? {
        Some(page) => p.show(&page),
        None => Ok(go(&back)),
    }
}

/// The balance, after the PIN.
pub async fn balance(p: Page, form: Form) -> Shown {
    let cart = Cart::of_form(&form);
    let Some((household, _)) = holder(&p, &cart).await? else {
        return Ok(go("/till"));
    };
    let unit = p.village()?.no;
    let fault = match proved(&p, household, form.get("pin")).await? {
        None => {
            let view = households::view(&p.app.store, unit, household).await?;
            let view = view.ok_or_else(Problem::not_found)?;
            return p.show(&Balance { p: &p, cart, view });
        }
        Some(fault) => fault,
    };
    let Some(mut page) = pin_page(&p, cart, "/till/balance").await? else {
        return Ok(go("/till"));
    };
    page.fault = fault;
    p.mend(&page)
}

/// Checks a PIN; what is wrong with it in words.
async fn proved(p: &Page, household: i32, pin: &str) -> Result<Option<String>, Problem> {
    if pin.is_empty() {
        return Ok(Some(p.t("till.pin_missing")));
    }
    if let Err(problem) = may_try(p, household).await {
        return match problem.retry_seconds() {
            Some(seconds) => Ok(Some(p.t1("till.pin_wait", "seconds", seconds))),
            None => Err(problem),
        };
    }
    let session = hex::encode(&p.visit()?.caller.session[..16]);
    let limit = p.app.settings.limits.pin_per_minute;
    within(&p.app, "pin", limit, &session).await?;
    let (store, unit) = (&p.app.store, p.village()?.no);
    match access::check_pin(store, unit, household, pin.to_string()).await {
        Ok(_) => Ok(None),
        Err(PinFault::Wrong { .. }) => Ok(Some(wrong_pin(p, household).await?)),
        Err(PinFault::Locked) => Ok(Some(p.t("till.pin_locked"))),
        Err(PinFault::NotSet) => Ok(Some(p.t("till.pin_not_set"))),
        Err(fault) => Err(fault.into()),
    }
}
