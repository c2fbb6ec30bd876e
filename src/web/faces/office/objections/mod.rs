//! Objections at the committee: the clock, keying in, the answer.

mod new;

use crate::core::rights::Act;
use crate::core::rows::ObjectionState;
use crate::store::read::objections::{self, ObjectionItem, Search};
use crate::web::api::objection::answer_command;
use crate::web::extract::Names;
use crate::web::faces::home::objections::WORDS_MAX;
use crate::web::faces::office::desk::committee;
use crate::web::faces::{Entry, page};
use crate::web::page::admit::Guard;
use crate::web::page::{Faults, Form, Page, Shown, csrf, go};
use crate::web::problem::Problem;
use askama::Template;
use axum::routing::get;
use uuid::Uuid;

/// Objections the list shows.
const LIST: usize = 200;

/// The pages of this part.
#[must_use]
pub fn pages() -> Vec<Entry> {
    let see = Guard::Office(Act::SeeJournal);
    let key = Guard::Office(Act::KeyObjection);
    vec![
        page("/office/objections", see, get(list)),
        page(
            "/office/objections/new",
            key,
            get(new::form).post(new::sent),
        ),
        page("/office/objections/{no}", see, get(one).post(answered)),
    ]
}

impl Page {
    /// How long an objection waits yet: `还剩3天`, `已超过2天`.
    #[must_use]
    pub fn objection_clock(&self, item: &ObjectionItem) -> String {
        match item.row.due.0 - self.today().0 {
            late @ ..0 => self.t1("objection.late_n", "n", -late),
            0 => self.t("objection.due_today"),
            left => self.t1("objection.left_n", "n", left),
        }
    }
}

#[derive(Template)]
#[template(path = "office/objections.html")]
struct List<'a> {
    p: &'a Page,
    late: usize,
    open: Vec<ObjectionItem>,
    closed: Vec<ObjectionItem>,
    may_key: bool,
}

#[derive(Template)]
#[template(path = "office/objection.html")]
struct One<'a> {
    p: &'a Page,
    f: Faults,
    op: Uuid,
    item: ObjectionItem,
    is_late: bool,
    /// Whether the reader recorded or reviewed the line.
    is_involved: bool,
    may_answer: bool,
    answer: String,
}

async fn list(p: Page) -> Shown {
    committee(&p)?;
    let items = objections::find(&p.app.store, p.village()?.no, Search::default(), LIST).await?;
    let today = p.today();
    let (open, closed): (Vec<_>, Vec<_>) = items.into_iter().partition(ObjectionItem::is_open);
    p.show(&List {
        p: &p,
        late: open.iter().filter(|item| item.is_late(today)).count(),
        open,
        closed,
        may_key: p.may(Act::KeyObjection),
    })
}

async fn found(p: &Page, names: &Names) -> Result<ObjectionItem, Problem> {
    committee(p)?;
    let no = names.get("no").parse::<i32>().unwrap_or(0);
    let item = objections::one(&p.app.store, p.village()?.no, no).await?;
    item.ok_or_else(Problem::not_found)
}

fn one_page<'a>(
    p: &'a Page,
    item: ObjectionItem,
    f: Faults,
    op: Uuid,
    answer: String,
) -> Result<One<'a>, Problem> {
    let reader = p.visit()?.caller.staff;
    let had_part = item
        .line
        .as_ref()
        .is_some_and(|line| line.recorder.0 == reader || line.reviewer.0 == Some(reader));
    Ok(One {
        p,
        f,
        op,
        is_late: item.is_late(p.today()),
        is_involved: had_part,
        may_answer: p.may(Act::AnswerObjection) && item.is_open() && !had_part,
        item,
        answer,
    })
}

async fn one(p: Page, names: Names) -> Shown {
    let item = found(&p, &names).await?;
    p.show(&one_page(
        &p,
        item,
        Faults::none(),
        csrf::fresh(),
        String::new(),
    )?)
}

async fn answered(p: Page, names: Names, form: Form) -> Shown {
    let op = form.op()?;
    let item = found(&p, &names).await?;
    let answer = form.get("answer").replace('\t', " ");
    let uphold = match form.get("decision") {
        "uphold" => Some(true),
        "dismiss" => Some(false),
        _ => None,
    };
    let mut faults = Faults::none();
    if answer.is_empty() {
        faults.add("answer", p.t("objection.answer_missing"));
    }
    if answer.chars().count() > WORDS_MAX {
        faults.add("answer", p.t1("objection.words_long", "n", WORDS_MAX));
    }
    let Some(uphold) = uphold.filter(|_| faults.is_empty()) else {
        if faults.is_empty() {
            faults.add("answer", p.t("objection.choose_decision"));
        }
        return p.mend(&one_page(&p, item, faults, op, answer)?);
    };
    let no = item.row.no;
    let command = answer_command(&p.write(op)?, no, uphold, &answer);
    match p.submit(op, command).await {
        Ok(_) => Ok(go(&format!("/office/objections/{no}"))),
        Err(problem) => {
            let faults = Faults::of(p.lang(), problem, &[("/answer", "answer")])?;
            let item = found(&p, &names).await?;
            p.mend(&one_page(&p, item, faults, csrf::fresh(), answer)?)
        }
    }
}

impl One<'_> {
    fn is_upheld(&self) -> bool {
        self.item.row.state == ObjectionState::Upheld
    }
}
