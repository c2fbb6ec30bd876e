//! `/print/cards`: points cards, eight on a sheet. The token in the QR is stored nowhere: it is
//! made again from the operation that issued the card.

use crate::core::household::IssueCard;
use crate::core::{Command, HouseholdRef, derived_id};
use crate::store::read::cards::{self, Carded};
use crate::store::read::seek;
use crate::store::texts::{card_token, token_hash};
use crate::web::page::qr;
use crate::web::page::{Form, Markup, Page, Shown, go};
use crate::web::problem::Problem;
use askama::Template;

/// Cards on one sheet.
const SHEET: usize = 8;
/// Cards issued by one form.
const ISSUE_MAX: usize = 600;

/// A card on paper.
struct Card {
    code: String,
    head: String,
    place: String,
    qr: Markup,
}

/// A sheet of paper.
struct Sheet {
    number: usize,
    cards: Vec<Card>,
}

#[derive(Template)]
#[template(path = "print/cards.html")]
struct Cards<'a> {
    p: &'a Page,
    groups: Vec<String>,
    asked: bool,
    sheets: Vec<Sheet>,
    count: usize,
    /// Households without a card that could be printed.
    without: Vec<Carded>,
    /// Card numbers that nobody has.
    unknown: Vec<String>,
    group: String,
}

fn asked_codes(p: &Page) -> Vec<String> {
    let fields = p.query.iter().filter(|(name, _)| name == "h");
    let mut codes: Vec<String> = fields
        .flat_map(|(_, value)| value.split([',', '，', '、', ' ']))
        .map(|code| code.trim().to_string())
        .filter(|code| !code.is_empty() && code.len() <= 64)
        .collect();
    codes.sort();
    codes.dedup();
    codes
}

/// The token of a card, when the operation that issued it can make it again.
fn token(p: &Page, carded: &Carded) -> Option<String> {
    let (issued, hash) = carded.card?;
    let token = card_token(&p.app.store.secrets().pepper, issued);
    (token_hash(&token) == hash).then_some(token)
}

fn card(p: &Page, carded: &Carded, token: &str) -> Result<Card, Problem> {
    let link = format!(
        "{}/c#{token}",
        p.app.settings.public_url.trim_end_matches('/')
    );
    let label = p.t1("cards.qr", "code", &carded.code);
    Ok(Card {
        code: carded.code.clone(),
        head: p.masked(&carded.head),
        place: [carded.group.as_str(), carded.door.as_str()].join(" "),
        qr: qr::svg(&link, &label).ok_or_else(Problem::internal)?,
    })
}

/// The sheets for the households or the group of the address; without either, what to choose.
pub async fn show(p: Page) -> Shown {
    let unit = p.village()?.no;
    let (codes, group) = (asked_codes(&p), p.asked("group").to_string());
    let asked = !codes.is_empty() || !group.is_empty();
    let groups = seek::groups(&p.app.store, unit).await?;
    let mut wanted = match asked {
        true => cards::all(&p.app.store, unit).await?,
        false => Vec::new(),
    };
    wanted.retain(|carded| {
        codes.binary_search(&carded.code).is_ok() || (!group.is_empty() && carded.group == group)
    });
    let is_unknown = |code: &String| !wanted.iter().any(|carded| carded.code == *code);
    let unknown: Vec<String> = codes.into_iter().filter(is_unknown).collect();
    let (mut made, mut without) = (Vec::new(), Vec::new());
    for carded in wanted {
        match token(&p, &carded) {
            Some(token) => made.push(card(&p, &carded, &token)?),
            None => without.push(carded),
        }
    }
    let count = made.len();
    let mut sheets = Vec::new();
    let mut rest = made.into_iter().peekable();
    while rest.peek().is_some() {
        sheets.push(Sheet {
            number: sheets.len() + 1,
            cards: rest.by_ref().take(SHEET).collect(),
        });
    }
    p.show(&Cards {
        p: &p,
        groups,
        asked,
        sheets,
        count,
        without,
        unknown,
        group,
    })
}

/// Issues cards to those who have none, each by an operation that follows from the form's key.
pub async fn issue(p: Page, form: Form) -> Shown {
    let op = form.op()?;
    let codes: Vec<&str> = form.all("h").into_iter().take(ISSUE_MAX).collect();
    for (index, code) in codes.iter().enumerate() {
        let key = derived_id(op, 0, u32::try_from(index).unwrap_or(u32::MAX));
        let token = card_token(&p.app.store.secrets().pepper, key);
        let command = IssueCard {
            household: HouseholdRef::Given((*code).to_string()),
            token: token_hash(&token),
        };
        p.submit(key, Command::IssueCard(command)).await?;
    }
    let mut query = form_urlencoded::Serializer::new(String::new());
    match form.some("group") {
        Some(group) => {
            query.append_pair("group", group);
        }
        None => {
            for code in form.all("also").into_iter().chain(codes) {
                query.append_pair("h", code);
            }
        }
    }
    Ok(go(&format!("/print/cards?{}", query.finish())))
}
