//! A household's card: a new one, after which the old one is dead; or none, as when it is lost.

use super::{address, named};
use crate::core::rows::HouseholdStatus;
use crate::store::read::households::HouseholdView;
use crate::store::read::journal::{self, OperationItem};
use crate::web::api::household_card::{issue_command, revoke_command};
use crate::web::extract::Names;
use crate::web::page::{Faults, Form, Page, Shown, go};
use askama::Template;
use uuid::Uuid;

const ISSUED: i16 = 4;
const REVOKED: i16 = 5;

#[derive(Template)]
#[template(path = "office/household_card.html")]
struct Card<'a> {
    p: &'a Page,
    f: Faults,
    home: HouseholdView,
    done: Option<OperationItem>,
}

impl Card<'_> {
    fn seq(&self, seq: &i64) -> String {
        self.p.count(*seq)
    }

    fn to(&self, below: &str) -> String {
        address(&self.home.item.code, below)
    }

    fn is_closed(&self) -> bool {
        self.home.item.status == HouseholdStatus::Closed
    }

    fn is_issued(&self) -> bool {
        self.done.as_ref().is_some_and(|item| item.kind == ISSUED)
    }

    fn print(&self) -> String {
        format!("/print/cards?h={}", super::coded(&self.home.item.code))
    }
}

/// The card as it stands, and what was just done to it.
pub async fn form(p: Page, names: Names) -> Shown {
    let home = named(&p, &names).await?;
    let done = match Uuid::parse_str(p.asked("op")) {
        Ok(id) => journal::one(&p.app.store, p.village()?.no, id).await?,
        Err(_) => None,
    };
    let done = done
        .map(|(item, ..)| item)
        .filter(|item| matches!(item.kind, ISSUED | REVOKED));
    p.show(&Card {
        p: &p,
        f: Faults::none(),
        home,
        done,
    })
}

/// Issues or ends the card.
pub async fn sent(p: Page, names: Names, form: Form) -> Shown {
    let home = named(&p, &names).await?;
    let op = form.op()?;
    let command = match form.get("action") {
        "revoke" => revoke_command(home.item.no),
        _ => issue_command(&p.write(op)?, home.item.no),
    };
    match p.submit(op, command).await {
        Ok(_) => Ok(go(&address(&home.item.code, &format!("/card?op={op}")))),
        Err(problem) => p.mend(&Card {
            p: &p,
            f: Faults::of(p.lang(), problem, &[])?,
            home,
            done: None,
        }),
    }
}
