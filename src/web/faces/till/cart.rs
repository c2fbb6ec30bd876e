//! The cart of a till: it lives in the page's address and form alone, with the key of the sale it
//! will become, so that a sale that was made once is found again and never made twice.

use crate::core::Points;
use crate::core::redemption::CART_PIECES_MAX;
use crate::core::station::LINES_MAX;
use crate::store::read::goods::GoodItem;
use crate::web::page::csrf::fresh;
use crate::web::page::{Form, Page};
use uuid::Uuid;

/// Who buys what.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Cart {
    /// The key of the sale.
    pub op: Uuid,
    /// The household's code; empty before a card was scanned.
    pub household: String,
    /// The version of the card that was scanned.
    pub card: Option<i32>,
    /// Goods by code, with pieces.
    pub lines: Vec<(String, i64)>,
}

/// A line as the till shows it.
pub struct Row {
    /// The good's code.
    pub sku: String,
    /// Its name in the reader's language.
    pub name: String,
    /// Its unit.
    pub unit: String,
    /// Points for one.
    pub price: Points,
    /// Pieces a household may take in a month.
    pub limit: Option<i64>,
    /// Pieces in the cart.
    pub pieces: i64,
    /// Points for all of them.
    pub points: Points,
    /// What keeps another piece out: the shelf or the month's limit.
    pub is_full: bool,
    /// Pieces on the shelf; `None` for a service.
    pub on_hand: Option<i64>,
}

impl Cart {
    /// An empty one with a key of its own.
    #[must_use]
    pub fn new() -> Cart {
        Cart {
            op: fresh(),
            household: String::new(),
            card: None,
            lines: Vec::new(),
        }
    }

    fn of<'a>(fields: impl Iterator<Item = (&'a str, &'a str)>) -> Cart {
        let mut cart = Cart::new();
        for (name, value) in fields {
            match name {
                "op" => {
                    let op = Uuid::parse_str(value).ok().filter(|op| !op.is_nil());
                    cart.op = op.unwrap_or(cart.op);
                }
                "h" if value.len() <= 64 => cart.household = value.to_string(),
                "card" => cart.card = value.parse().ok().filter(|card| *card > 0),
                "l" => {
                    if let Some((sku, pieces)) = value.rsplit_once('*') {
                        cart.add(sku, pieces.parse().unwrap_or(0));
                    }
                }
                _ => {}
            }
        }
        cart
    }

    /// The cart that an address carries.
    #[must_use]
    pub fn of_query(p: &Page) -> Cart {
        let fields = p.query.iter();
        Cart::of(fields.map(|(name, value)| (name.as_str(), value.as_str())))
    }

    /// The cart that a form carries.
    #[must_use]
    pub fn of_form(form: &Form) -> Cart {
        Cart::of(form.fields())
    }

    /// The cart as the query of an address.
    #[must_use]
    pub fn query(&self) -> String {
        let mut query = form_urlencoded::Serializer::new(String::new());
        for (name, value) in self.fields() {
            query.append_pair(name, &value);
        }
        query.finish()
    }

    /// The cart as hidden fields.
    #[must_use]
    pub fn fields(&self) -> Vec<(&'static str, String)> {
        let mut fields = vec![("op", self.op.to_string())];
        if !self.household.is_empty() {
            fields.push(("h", self.household.clone()));
        }
        if let Some(card) = self.card {
            fields.push(("card", card.to_string()));
        }
        let lines = self.lines.iter();
        fields.extend(lines.map(|(sku, pieces)| ("l", format!("{sku}*{pieces}"))));
        fields
    }

    /// Adds pieces of a good; a line that comes to nothing goes.
    pub fn add(&mut self, sku: &str, pieces: i64) {
        let fits = self.lines.len() < LINES_MAX && (1..=64).contains(&sku.len());
        match self.lines.iter_mut().find(|(known, _)| known == sku) {
            Some((_, count)) => *count = (*count + pieces).min(CART_PIECES_MAX),
            None if fits => {
                let pieces = pieces.min(CART_PIECES_MAX);
                self.lines.push((sku.to_string(), pieces));
            }
            None => {}
        }
        self.lines.retain(|(_, count)| *count > 0);
    }

    /// Takes a good out.
    pub fn drop_line(&mut self, sku: &str) {
        self.lines.retain(|(known, _)| known != sku);
    }

    /// Whether it can be paid for.
    #[must_use]
    pub fn is_ready(&self) -> bool {
        !self.household.is_empty() && !self.lines.is_empty()
    }

    /// Its lines with the shelf's names and prices; what the shelf does not know is left out.
    #[must_use]
    pub fn rows(&self, p: &Page, shelf: &[GoodItem]) -> Vec<Row> {
        let row = |(sku, pieces): &(String, i64)| {
            let item = shelf.iter().find(|item| item.row.sku == *sku)?;
            let on_hand = item.row.stocked.then_some(item.on_hand);
            let limit = item.row.monthly_limit;
            let most = on_hand.unwrap_or(CART_PIECES_MAX);
            let most = limit.map_or(most, |limit| most.min(limit));
            Some(Row {
                sku: sku.clone(),
                name: p.name(&item.name_zh, &item.name_en).to_string(),
                unit: item.row.unit.clone(),
                price: item.row.price,
                limit,
                pieces: *pieces,
                points: Points(item.row.price.0.saturating_mul(*pieces)),
                is_full: *pieces >= most,
                on_hand,
            })
        };
        self.lines.iter().filter_map(row).collect()
    }
}

/// What a cart comes to.
#[must_use]
pub fn total(rows: &[Row]) -> Points {
    Points(
        rows.iter()
            .map(|row| row.points.0)
            .fold(0, i64::saturating_add),
    )
}

/// How many pieces it has.
#[must_use]
pub fn pieces(rows: &[Row]) -> i64 {
    rows.iter()
        .map(|row| row.pieces)
        .fold(0, i64::saturating_add)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_cart_survives_its_address() {
        let mut cart = Cart::new();
        cart.household = "010001".into();
        cart.card = Some(2);
        cart.add("CL001", 1);
        cart.add("CL001", 2);
        cart.add("a*b", 1);
        cart.add("gone", 1);
        cart.add("gone", -1);
        cart.drop_line("nothing");
        let form = Form::of(cart.query().as_bytes());
        assert_eq!(Cart::of_form(&form), cart);
        assert_eq!(cart.lines, [("CL001".into(), 3), ("a*b".into(), 1)]);
        assert!(cart.is_ready());
    }

    #[test]
    fn what_is_no_cart_is_left_out() {
        let form = Form::of(b"op=nonsense&card=-1&l=CL001&l=CL002*x&l=*3&h=");
        let cart = Cart::of_form(&form);
        assert!(!cart.op.is_nil());
        assert_eq!((cart.card, cart.lines.len()), (None, 0));
    }
}
