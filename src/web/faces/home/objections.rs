//! A household objects to a line of an open notice, and reads the answer.

use crate::core::rows::{Channel, NoticeState, ObjectionReason, ObjectionState};
use crate::core::{Answer, HouseholdRef};
use crate::store::read::notices::{self, NoticeItem, NoticeLine};
use crate::store::read::objections::{self, ObjectionItem, Search};
use crate::web::api::objection::{Said, raise_command};
use crate::web::extract::Names;
use crate::web::faces::posted::{PublicLine, public_line, veiled};
use crate::web::page::{Faults, Form, Page, Shown, csrf, go};
use crate::web::problem::Problem;
use askama::Template;
use uuid::Uuid;

/// Objections a household's list shows.
const LIST: usize = 100;
/// The longest text, as the API allows it.
pub const WORDS_MAX: usize = 500;

impl Page {
    /// The words for what an objection says is wrong.
    #[must_use]
    pub fn objection_reason(&self, reason: &ObjectionReason) -> String {
        self.t(&["objection.reason_", reason.word()].concat())
    }

    /// The words for what became of an objection.
    #[must_use]
    pub fn objection_state(&self, state: &ObjectionState) -> String {
        self.t(&["objection.state_", state.word()].concat())
    }

    /// The class and icon of a pill that says what became of an objection.
    #[must_use]
    pub fn objection_pill(&self, state: &ObjectionState) -> (&'static str, &'static str) {
        match state {
            ObjectionState::Open => ("pill-wait", "clock"),
            ObjectionState::Upheld => ("pill-ok", "check"),
            ObjectionState::Dismissed => ("pill-info", "info"),
        }
    }

    /// A rule's name without numbers of people.
    #[must_use]
    pub fn veiled_name(&self, zh: &str, en: &str) -> String {
        veiled(self.name(zh, en)).0
    }
}

#[derive(Template)]
#[template(path = "home/objections.html")]
struct List<'a> {
    p: &'a Page,
    items: Vec<ObjectionItem>,
}

#[derive(Template)]
#[template(path = "home/objection_new.html")]
struct New<'a> {
    p: &'a Page,
    f: Faults,
    op: Uuid,
    notice: NoticeItem,
    left: Option<i32>,
    key: String,
    line: Option<PublicLine>,
    reason: String,
    words: String,
}

#[derive(Template)]
#[template(path = "home/objection.html")]
struct One<'a> {
    p: &'a Page,
    item: ObjectionItem,
    help_phone: String,
}

impl New<'_> {
    fn reasons(&self) -> Vec<ObjectionReason> {
        let all = ObjectionReason::ALL.iter().copied();
        let fits =
            |reason: &ObjectionReason| (*reason == ObjectionReason::Missing) == self.line.is_none();
        all.filter(fits).collect()
    }

    fn is_picked(&self, reason: &ObjectionReason) -> bool {
        self.reason == reason.word()
    }
}

pub(super) async fn list(p: Page) -> Shown {
    let search = Search {
        household: Some(p.household()?),
        ..Search::default()
    };
    let items = objections::find(&p.app.store, p.village()?.no, search, LIST).await?;
    p.show(&List { p: &p, items })
}

/// `seq.line` as links write it.
#[must_use]
pub fn key_of(text: &str) -> Option<(i64, i32)> {
    let (seq, line) = text.split_once('.')?;
    seq.parse().ok().zip(line.parse().ok())
}

/// The notice and the line that an objection is about.
async fn about(
    p: &Page,
    notice: &str,
    key: &str,
) -> Result<(NoticeItem, Option<NoticeLine>), Problem> {
    let (store, unit) = (&p.app.store, p.village()?.no);
    let no = notice.parse::<i32>().map_err(|_| Problem::not_found())?;
    let item = notices::one(store, unit, no).await?;
    // What is not posted yet is nobody's to read.
    let item = item.filter(|item| item.row.state != NoticeState::Composed);
    let item = item.ok_or_else(Problem::not_found)?;
    if key.is_empty() {
        return Ok((item, None));
    }
    let at = key_of(key).ok_or_else(Problem::not_found)?;
    let line = notices::line_at(store, unit, at).await?;
    let line = line.filter(|line| line.award.notice == Some(no));
    Ok((item, Some(line.ok_or_else(Problem::not_found)?)))
}

fn page_of<'a>(
    p: &'a Page,
    (notice, line): (NoticeItem, Option<NoticeLine>),
    f: Faults,
    op: Uuid,
) -> Result<New<'a>, Problem> {
    let own = p.household()?;
    Ok(New {
        p,
        f,
        op,
        left: notice.days_left(p.today()),
        key: line.as_ref().map(NoticeLine::key).unwrap_or_default(),
        line: line.as_ref().map(|line| public_line(p, line, Some(own))),
        reason: match line {
            None => ObjectionReason::Missing.word().to_string(),
            Some(_) => String::new(),
        },
        words: String::new(),
        notice,
    })
}

pub(super) async fn form(p: Page) -> Shown {
    let found = about(&p, p.asked("notice"), p.asked("line")).await?;
    p.show(&page_of(&p, found, Faults::none(), csrf::fresh())?)
}

pub(super) async fn sent(p: Page, form: Form) -> Shown {
    let op = form.op()?;
    let found = about(&p, form.get("notice"), form.get("line")).await?;
    let reason = ObjectionReason::of_word(form.get("reason"));
    let words = form.get("words").replace('\t', " ");
    let mut faults = Faults::none();
    if reason.is_none() {
        faults.add("reason", p.t("objection.choose_reason"));
    }
    if words.chars().count() > WORDS_MAX {
        faults.add("words", p.t1("objection.words_long", "n", WORDS_MAX));
    }
    let Some(reason) = reason.filter(|_| faults.is_empty()) else {
        return again(&p, found, faults, op, &form);
    };
    let line = found.1.as_ref();
    let said = Said {
        notice: found.0.row.no,
        award: line.map(|line| (line.operation, line.award.line)),
        household: Some(HouseholdRef::No(p.household()?)),
        channel: Channel::Page,
        reason,
    };
    let command = raise_command(
        &p.write(op)?,
        said,
        Some(&words).filter(|w| !w.is_empty()).map(|w| w.as_str()),
    );
    match p.submit(op, command).await {
        Ok(receipt) => match &receipt.answer {
            Answer::Made(made) => {
                let no = made.first().map_or(0, |made| made.no);
                Ok(go(&format!("/home/objections/{no}")))
            }
            _ => Err(Problem::internal()),
        },
        Err(problem) => {
            let faults = Faults::of(p.lang(), problem, &[("/award", "reason")])?;
            again(&p, found, faults, op, &form)
        }
    }
}

fn again(
    p: &Page,
    found: (NoticeItem, Option<NoticeLine>),
    faults: Faults,
    op: Uuid,
    form: &Form,
) -> Shown {
    let mut page = page_of(p, found, faults, op)?;
    page.reason = form.get("reason").to_string();
    page.words = form.get("words").to_string();
    p.mend(&page)
}

pub(super) async fn one(p: Page, names: Names) -> Shown {
    let no = names.get("no").parse::<i32>().unwrap_or(0);
    let item = objections::one(&p.app.store, p.village()?.no, no).await?;
    let own = Some(p.household()?);
    let item = item.filter(|item| item.row.household == own);
    p.show(&One {
        p: &p,
        item: item.ok_or_else(Problem::not_found)?,
        help_phone: p.policy.help_phone.clone(),
    })
}
