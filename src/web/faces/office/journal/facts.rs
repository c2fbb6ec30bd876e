//! What an operation says of itself, beyond the points it moved. Texts of people are not in the
//! journal, only their hashes.

use crate::core::household::ChangeHousehold;
use crate::core::rights::Act;
use crate::core::{Command, HouseholdRef};
use crate::store::read::entries;
use crate::web::page::Page;
use crate::web::problem::Problem;
use std::collections::HashMap;

/// Codes named one by one; more are counted.
const NAMED: usize = 12;

/// One thing about an operation.
pub struct Fact {
    /// The label's key.
    pub key: &'static str,
    /// What it is.
    pub value: String,
    /// Where it leads, or empty.
    pub href: String,
}

fn fact(key: &'static str, value: impl Into<String>) -> Fact {
    Fact {
        key,
        value: value.into(),
        href: String::new(),
    }
}

fn operation(key: &'static str, id: uuid::Uuid) -> Fact {
    let text = id.to_string();
    Fact {
        key,
        href: format!("/office/journal/{text}"),
        value: text,
    }
}

fn listed(p: &Page, codes: impl ExactSizeIterator<Item = String>) -> String {
    let count = codes.len();
    let some: Vec<String> = codes.take(NAMED).collect();
    let some = some.join(p.lang().pick("、", ", "));
    match count > NAMED {
        true => p.t2("journal.and_more", "some", some, "count", p.count(count)),
        false => some,
    }
}

type Known = HashMap<i32, (String, String)>;

fn household(p: &Page, known: &Known, given: &HouseholdRef) -> Fact {
    let named = match given {
        HouseholdRef::No(no) => known.get(no),
        HouseholdRef::Given(_) => None,
    };
    let Some((code, head)) = named else {
        return fact("journal.household", "");
    };
    let sees = p.may(Act::SeeHouseholds);
    let head = if sees { head.clone() } else { p.masked(head) };
    Fact {
        key: "journal.household",
        value: format!("{head} {code}"),
        href: if sees {
            format!("/office/households/{code}")
        } else {
            String::new()
        },
    }
}

fn changed(p: &Page, body: &ChangeHousehold) -> Fact {
    let fields = [
        (body.head.is_some(), "household.head"),
        (body.group.is_some(), "household.group"),
        (body.phone.is_some(), "household.phone"),
        (body.door.is_some(), "household.door"),
        (body.members.is_some(), "household.members"),
        (body.status.is_some(), "household.status"),
    ];
    let changed = fields.into_iter().filter(|(is, _)| *is);
    let words: Vec<String> = changed.map(|(_, key)| p.t(key)).collect();
    fact("journal.fields", words.join(p.lang().pick("、", ", ")))
}

/// What to say of a command.
///
/// # Errors
/// What reading may say.
pub async fn of(p: &Page, command: &Command) -> Result<Vec<Fact>, Problem> {
    let about_households = matches!(
        command,
        Command::ChangeHousehold(_)
            | Command::IssueCard(_)
            | Command::RevokeCard(_)
            | Command::SetPin(_)
            | Command::Award(_)
            | Command::Redeem(_)
    );
    let known = match about_households {
        true => entries::households(&p.app.store, p.village()?.no).await?,
        false => Known::new(),
    };
    let facts = match command {
        Command::RegisterHouseholds(body) => vec![
            fact("journal.rows", p.count(body.rows.len())),
            fact(
                "journal.codes",
                listed(p, body.rows.iter().map(|row| row.code.clone())),
            ),
        ],
        Command::ChangeHousehold(body) => {
            vec![household(p, &known, &body.household), changed(p, body)]
        }
        Command::IssueCard(body) => vec![household(p, &known, &body.household)],
        Command::RevokeCard(body) => vec![household(p, &known, &body.household)],
        Command::SetPin(body) => {
            let key = match body.second {
                Some(_) => "journal.by_two",
                None => "journal.by_one",
            };
            let hands = fact("journal.hands", p.t(key));
            vec![household(p, &known, &body.household), hands]
        }
        Command::Award(body) => vec![
            household(p, &known, &body.household),
            fact("journal.rule", body.rule.clone()),
            fact("journal.quantity", body.quantity.to_string()),
            fact("journal.day", p.day(&body.occurred)),
        ],
        Command::Redeem(body) => vec![
            household(p, &known, &body.household),
            fact("journal.station", body.station.clone()),
            fact("journal.rows", p.count(body.lines.len())),
        ],
        other => of_village(p, other),
    };
    Ok(facts
        .into_iter()
        .filter(|fact| !fact.value.is_empty())
        .collect())
}

/// Of commands that name no single household.
fn of_village(p: &Page, command: &Command) -> Vec<Fact> {
    match command {
        Command::DeclareRules(body) => vec![
            fact("journal.rows", p.count(body.rules.len())),
            fact(
                "journal.codes",
                listed(p, body.rules.iter().map(|rule| rule.code.clone())),
            ),
        ],
        Command::RetireRule(body) => vec![
            fact("journal.rule", body.rule.clone()),
            fact("journal.last_day", p.day(&body.ends)),
        ],
        Command::AwardSheet(body) => vec![
            fact("journal.rule", body.rule.clone()),
            fact("journal.rows", p.count(body.rows.len())),
            fact("journal.day", p.day(&body.occurred)),
        ],
        Command::ReviewAward(body) => {
            let key = match body.approve {
                true => "journal.approved",
                false => "journal.rejected",
            };
            vec![
                fact("journal.decision", p.t(key)),
                operation("journal.about", body.award.id),
            ]
        }
        Command::Reverse(body) => vec![operation("journal.about", body.operation.id)],
        Command::Refund(body) => vec![
            operation("journal.about", body.redemption.id),
            fact("journal.station", body.station.clone()),
            fact("journal.rows", p.count(body.lines.len())),
        ],
        Command::OpenStation(body) => vec![fact("journal.station", body.code.clone())],
        Command::DeclareGoods(body) => vec![
            fact("journal.station", body.station.clone()),
            fact(
                "journal.codes",
                listed(p, body.goods.iter().map(|good| good.sku.clone())),
            ),
        ],
        Command::ReceiveStock(body) => vec![
            fact("journal.station", body.station.clone()),
            fact("journal.rows", p.count(body.lines.len())),
        ],
        Command::ExpireLots(body) => {
            vec![fact("journal.rows", p.count(body.households.len()))]
        }
        Command::MatureAwards(body) => vec![fact("journal.rows", p.count(body.awards.len()))],
        Command::PlanActivity(body) => vec![
            fact("journal.rule", body.rule.clone()),
            fact("journal.day", p.day(&body.day)),
        ],
        Command::SignIn(body) => vec![fact("journal.rows", p.count(body.rows.len()))],
        Command::DeclareTies(body) => vec![fact("journal.rows", p.count(body.ties.len()))],
        _ => Vec::new(),
    }
}
