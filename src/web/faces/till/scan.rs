//! What came into the scanner box: a card, a card number, a barcode, or words to seek by.

use super::cart::Cart;
use crate::core::rows::HouseholdStatus;
use crate::store::access;
use crate::store::read::goods::GoodItem;
use crate::store::read::seek::{self, Seek};
use crate::store::read::{directory, households};
use crate::web::page::Page;
use crate::web::problem::Problem;

/// Hits that one search shows.
const HITS_MAX: usize = 12;
/// A card's token: 128 bits in base64.
const TOKEN_LENGTH: usize = 22;

/// Something to choose.
pub struct Hit {
    /// What the button sends: `h:` with a card number, or `g:` with a good's code.
    pub pick: String,
    /// An icon.
    pub icon: &'static str,
    /// A name.
    pub name: String,
    /// Where a household lives, what a good costs.
    pub note: String,
}

/// What a scan came to.
pub enum Scanned {
    /// It is in the cart; what to say.
    Taken(String),
    /// It cannot be; why.
    Refused(String),
    /// One of these.
    Choose(Vec<Hit>),
}

/// The token in a card's address, `…/c#TOKEN`; some readers give the mark as `%23`.
pub fn token_of(text: &str) -> Option<&str> {
    let (_, token) = text
        .split_once("/c#")
        .or_else(|| text.split_once("/c%23"))?;
    Some(token.trim())
}

/// Whether a text looks like a bare token.
pub fn is_token(text: &str) -> bool {
    let plain = |c: char| c.is_ascii_alphanumeric() || c == '-' || c == '_';
    text.len() == TOKEN_LENGTH && text.chars().all(plain)
}

/// Takes a scan into the cart.
///
/// # Errors
/// When the store does not answer.
pub async fn take(
    p: &Page,
    cart: &mut Cart,
    shelf: &[GoodItem],
    text: &str,
) -> Result<Scanned, Problem> {
    if let Some(token) = token_of(text) {
        return card(p, cart, token).await;
    }
    if text.len() > 200 {
        return Ok(Scanned::Refused(p.t("till.too_long")));
    }
    if let Some(good) = good_named(shelf, text) {
        return Ok(add(p, cart, good));
    }
    let unit = p.village()?.no;
    if let Some(no) = directory::household_no(&p.app.store, unit, text).await? {
        return holder(p, cart, no, None).await;
    }
    if is_token(text) {
        return card(p, cart, text).await;
    }
    let hits = hits(p, shelf, text).await?;
    if hits.is_empty() {
        let is_code = text.chars().all(|c| c.is_ascii_alphanumeric() || c == '-');
        let key = if is_code && text.chars().any(|c| c.is_ascii_digit()) {
            "till.unknown_code"
        } else {
            "till.nothing_found"
        };
        return Ok(Scanned::Refused(p.t1(key, "code", text)));
    }
    Ok(Scanned::Choose(hits))
}

/// Takes one of the hits.
///
/// # Errors
/// When the store does not answer.
pub async fn pick(
    p: &Page,
    cart: &mut Cart,
    shelf: &[GoodItem],
    picked: &str,
) -> Result<Scanned, Problem> {
    let unknown = || Scanned::Refused(p.t1("till.unknown_code", "code", picked));
    match picked.split_once(':') {
        Some(("g", sku)) => {
            Ok(good_named(shelf, sku).map_or_else(unknown, |good| add(p, cart, good)))
        }
        Some(("h", code)) => {
            let unit = p.village()?.no;
            match directory::household_no(&p.app.store, unit, code).await? {
                Some(no) => holder(p, cart, no, None).await,
                None => Ok(unknown()),
            }
        }
        _ => Ok(unknown()),
    }
}

fn good_named<'a>(shelf: &'a [GoodItem], text: &str) -> Option<&'a GoodItem> {
    let by_code = |item: &&GoodItem| {
        item.row.sku.eq_ignore_ascii_case(text) || item.row.barcode.as_deref() == Some(text)
    };
    shelf.iter().find(by_code)
}

/// One more of a good, as far as shelf and limit go.
pub fn add(p: &Page, cart: &mut Cart, good: &GoodItem) -> Scanned {
    let name = p.name(&good.name_zh, &good.name_en);
    let has = cart.lines.iter().find(|(sku, _)| *sku == good.row.sku);
    let wanted = has.map_or(0, |(_, pieces)| *pieces) + 1;
    if good.row.stocked && good.on_hand < wanted {
        return Scanned::Refused(match good.on_hand {
            0 => p.t1("till.none_left", "good", name),
            left => p.t2("till.few_left", "good", name, "left", left),
        });
    }
    if let Some(limit) = good.row.monthly_limit.filter(|limit| wanted > *limit) {
        return Scanned::Refused(p.t3(
            "till.limit_reached",
            "good",
            name,
            "limit",
            limit,
            "unit",
            &good.row.unit,
        ));
    }
    cart.add(&good.row.sku, 1);
    Scanned::Taken(p.t2("till.added", "good", name, "n", wanted))
}

async fn card(p: &Page, cart: &mut Cart, token: &str) -> Result<Scanned, Problem> {
    let unit = p.village()?.no;
    let owner = match token.len() {
        1..=64 => access::card_owner(&p.app.store, token).await?,
        _ => None,
    };
    match owner.filter(|owner| owner.unit == unit) {
        None => Ok(Scanned::Refused(p.t("till.unknown_card"))),
        Some(owner) if !owner.active => Ok(Scanned::Refused(p.t("till.card_revoked"))),
        Some(owner) => holder(p, cart, owner.household, Some(owner.version)).await,
    }
}

async fn holder(p: &Page, cart: &mut Cart, no: i32, card: Option<i32>) -> Result<Scanned, Problem> {
    let view = households::view(&p.app.store, p.village()?.no, no).await?;
    let item = view.ok_or_else(Problem::not_found)?.item;
    if item.status == HouseholdStatus::Closed {
        return Ok(Scanned::Refused(p.t1("till.closed", "code", &item.code)));
    }
    let said = p.t2(
        "till.card_taken",
        "name",
        p.masked(&item.head),
        "code",
        &item.code,
    );
    cart.household = item.code;
    cart.card = card;
    Ok(Scanned::Taken(said))
}

async fn hits(p: &Page, shelf: &[GoodItem], text: &str) -> Result<Vec<Hit>, Problem> {
    let asked = Seek {
        q: text.to_string(),
        most: HITS_MAX,
        ..Seek::default()
    };
    let (found, _) = seek::seek(&p.app.store, p.village()?.no, &asked).await?;
    let open = found
        .into_iter()
        .filter(|found| found.status != HouseholdStatus::Closed);
    let mut hits: Vec<Hit> = open
        .map(|found| Hit {
            pick: format!("h:{}", found.code),
            icon: "card",
            name: p.masked(&found.head),
            note: [found.code, found.group, found.door].join(" "),
        })
        .collect();
    let q = text.to_lowercase();
    let fits = |item: &&GoodItem| {
        item.name_zh.contains(&q)
            || item.name_en.to_lowercase().contains(&q)
            || seek::initials(&item.name_zh).starts_with(&q)
            || item.row.sku.to_lowercase().starts_with(&q)
    };
    let goods = shelf.iter().filter(fits).take(HITS_MAX);
    hits.extend(goods.map(|item| Hit {
        pick: format!("g:{}", item.row.sku),
        icon: "basket",
        name: p.name(&item.name_zh, &item.name_en).to_string(),
        note: p.t1("till.points", "points", p.points(&item.row.price)),
    }));
    Ok(hits)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_card_is_known_by_its_address() {
        assert_eq!(token_of("https://a.example/c#AbC-_1"), Some("AbC-_1"));
        assert_eq!(token_of("http://127.0.0.1:1/c%23AbC"), Some("AbC"));
        assert_eq!(token_of("6999900000019"), None);
        assert!(is_token("zCQ7XW1FvNiD9x0-_5aBcd"));
        assert!(!is_token("6999900000019"));
    }
}
