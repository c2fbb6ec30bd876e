//! One household: what it has, who belongs to it, what happened, its full statement.

use super::{address, named, status_key};
use crate::core::rights::Act;
use crate::core::rows::HouseholdStatus;
use crate::core::{Day, Points, kind_word};
use crate::store::read::households::HouseholdView;
use crate::store::read::journal::{self, OperationItem};
use crate::store::read::statement::{Line, statement};
use crate::web::extract::Names;
use crate::web::page::{Page, Shown};
use crate::web::problem::Problem;
use crate::web::statement_text::sentence;
use askama::Template;
use uuid::Uuid;

/// Movements on the household's own page.
const FEW: usize = 6;
/// Movements on one page of the statement.
const MANY: usize = 50;

/// Something that was just done to the household.
struct Done {
    key: String,
    item: OperationItem,
}

#[derive(Template)]
#[template(path = "office/household.html")]
struct Detail<'a> {
    p: &'a Page,
    home: HouseholdView,
    lines: Vec<Line>,
    done: Option<Done>,
}

#[derive(Template)]
#[template(path = "office/household_ledger.html")]
struct Ledger<'a> {
    p: &'a Page,
    home: HouseholdView,
    lines: Vec<Line>,
    next: Option<i64>,
}

impl Detail<'_> {
    fn seq(&self, seq: &i64) -> String {
        self.p.count(*seq)
    }

    fn to(&self, below: &str) -> String {
        address(&self.home.item.code, below)
    }

    fn status(&self) -> &'static str {
        status_key(self.home.item.status)
    }

    fn is_closed(&self) -> bool {
        self.home.item.status == HouseholdStatus::Closed
    }

    fn has(&self, points: &Points) -> bool {
        *points > Points::ZERO
    }

    fn is_endless(&self, day: &Day) -> bool {
        *day == Day::NEVER
    }

    fn said(&self, line: &Line) -> String {
        sentence(line, self.p.lang())
    }

    fn keeps(&self) -> bool {
        self.p.may(Act::KeepHouseholds)
    }

    fn keeps_cards(&self) -> bool {
        self.p.may(Act::KeepCards)
    }
}

impl Ledger<'_> {
    fn to(&self, below: &str) -> String {
        address(&self.home.item.code, below)
    }

    fn said(&self, line: &Line) -> String {
        sentence(line, self.p.lang())
    }
}

/// What the query says was just done, when the journal knows it.
async fn done(p: &Page) -> Result<Option<Done>, Problem> {
    let Ok(id) = Uuid::parse_str(p.asked("op")) else {
        return Ok(None);
    };
    let found = journal::one(&p.app.store, p.village()?.no, id).await?;
    Ok(found
        .map(|(item, ..)| item)
        .filter(|item| matches!(item.kind, 2..=6))
        .map(|item| Done {
            key: format!("household.done_{}", kind_word(item.kind)),
            item,
        }))
}

/// The household's page.
pub async fn detail(p: Page, names: Names) -> Shown {
    let home = named(&p, &names).await?;
    let lines = statement(&p.app.store, p.village()?.no, home.item.no, None, FEW).await?;
    let done = done(&p).await?;
    p.show(&Detail {
        p: &p,
        home,
        lines,
        done,
    })
}

/// Its full statement, with who gave and the check codes.
pub async fn ledger(p: Page, names: Names) -> Shown {
    let home = named(&p, &names).await?;
    let after = p.asked("after").parse::<i64>().ok();
    let unit = p.village()?.no;
    let mut lines = statement(&p.app.store, unit, home.item.no, after, MANY + 1).await?;
    let more = lines.len() > MANY;
    lines.truncate(MANY);
    let next = lines.last().filter(|_| more).map(|line| line.household_seq);
    p.show(&Ledger {
        p: &p,
        home,
        lines,
        next,
    })
}
