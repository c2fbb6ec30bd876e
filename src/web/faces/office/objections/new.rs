//! An objection that came by telephone or on the slip below the notice.

use crate::core::rows::{Channel, ObjectionReason};
use crate::core::{Answer, HouseholdRef};
use crate::store::read::notices::{self, NoticeItem, NoticeLine};
use crate::web::api::objection::{Said, raise_command};
use crate::web::faces::home::objections::{WORDS_MAX, key_of};
use crate::web::faces::office::desk::committee;
use crate::web::page::{Faults, Form, Page, Shown, csrf, go};
use crate::web::problem::Problem;
use askama::Template;
use uuid::Uuid;

/// Lines a search shows.
const FOUND: usize = 30;

#[derive(Template)]
#[template(path = "office/objection_new.html")]
struct New<'a> {
    p: &'a Page,
    f: Faults,
    op: Uuid,
    open: Vec<NoticeItem>,
    notice: Option<i32>,
    q: String,
    lines: Vec<NoticeLine>,
    typed: Typed,
}

/// What was typed.
#[derive(Default)]
struct Typed {
    line: String,
    reason: String,
    channel: String,
    household: String,
    words: String,
}

impl New<'_> {
    fn reasons(&self) -> Vec<ObjectionReason> {
        ObjectionReason::ALL.to_vec()
    }

    fn is_reason(&self, reason: &ObjectionReason) -> bool {
        self.typed.reason == reason.word()
    }

    fn is_notice(&self, no: &i32) -> bool {
        self.notice == Some(*no)
    }
}

async fn page_of<'a>(
    p: &'a Page,
    (notice, q): (&str, &str),
    f: Faults,
    op: Uuid,
    typed: Typed,
) -> Result<New<'a>, Problem> {
    let (store, unit) = (&p.app.store, p.village()?.no);
    let open = notices::open(store, unit, p.today()).await?;
    let wanted = notice.parse::<i32>().ok();
    let known = wanted.filter(|no| open.iter().any(|item| item.row.no == *no));
    let only = open.first().map(|item| item.row.no);
    let notice = known.or(only.filter(|_| open.len() == 1));
    let mut lines = match notice {
        Some(no) if !q.is_empty() || !typed.line.is_empty() => {
            notices::lines(store, unit, no).await?
        }
        _ => Vec::new(),
    };
    lines.retain(|line| {
        let is_found = !q.is_empty() && (line.code.contains(q) || line.head.contains(q));
        line.stands() && (is_found || line.key() == typed.line)
    });
    lines.truncate(FOUND);
    Ok(New {
        p,
        f,
        op,
        open,
        notice,
        q: q.to_string(),
        lines,
        typed,
    })
}

pub(super) async fn form(p: Page) -> Shown {
    committee(&p)?;
    let asked = (p.asked("notice"), p.asked("q").trim());
    let page = page_of(&p, asked, Faults::none(), csrf::fresh(), Typed::default()).await?;
    p.show(&page)
}

/// What the form says, or what to mend.
async fn said(p: &Page, form: &Form) -> Result<Result<Said, Faults>, Problem> {
    let mut faults = Faults::none();
    let notice = form.get("notice").parse::<i32>().unwrap_or(0);
    let reason = ObjectionReason::of_word(form.get("reason"));
    let channel = Channel::of_word(form.get("channel"));
    let channel = channel.filter(|channel| *channel != Channel::Page);
    let is_missing = reason == Some(ObjectionReason::Missing);
    let line = match key_of(form.get("line")).filter(|_| !is_missing) {
        Some(at) => notices::line_at(&p.app.store, p.village()?.no, at).await?,
        None => None,
    };
    let line = line.filter(|line| line.award.notice == Some(notice));
    if line.is_none() && !is_missing {
        faults.add("line", p.t("objection.line_choose"));
    }
    if reason.is_none() {
        faults.add("reason", p.t("objection.choose_reason"));
    }
    if channel.is_none() {
        faults.add("channel", p.t("objection.choose_channel"));
    }
    if form.get("words").chars().count() > WORDS_MAX {
        faults.add("words", p.t1("objection.words_long", "n", WORDS_MAX));
    }
    let (Some(reason), Some(channel), true) = (reason, channel, faults.is_empty()) else {
        return Ok(Err(faults));
    };
    let household = form.some("household");
    Ok(Ok(Said {
        notice,
        award: line.map(|line| (line.operation, line.award.line)),
        household: household.map(|code| HouseholdRef::Given(code.to_string())),
        channel,
        reason,
    }))
}

async fn again(p: &Page, form: &Form, faults: Faults, op: Uuid) -> Shown {
    let get = |name| form.get(name).to_string();
    let typed = Typed {
        line: get("line"),
        reason: get("reason"),
        channel: get("channel"),
        household: get("household"),
        words: get("words"),
    };
    let asked = (form.get("notice"), form.get("q"));
    p.mend(&page_of(p, asked, faults, op, typed).await?)
}

pub(super) async fn sent(p: Page, form: Form) -> Shown {
    committee(&p)?;
    let op = form.op()?;
    let said = match said(&p, &form).await? {
        Ok(said) => said,
        Err(faults) => return again(&p, &form, faults, op).await,
    };
    let words = form.get("words").replace('\t', " ");
    let words = Some(words.as_str()).filter(|words| !words.is_empty());
    let command = raise_command(&p.write(op)?, said, words);
    match p.submit(op, command).await {
        Ok(receipt) => match &receipt.answer {
            Answer::Made(made) => {
                let no = made.first().map_or(0, |made| made.no);
                Ok(go(&format!("/office/objections/{no}")))
            }
            _ => Err(Problem::internal()),
        },
        Err(problem) => {
            let names = [
                ("unknown_household", "household"),
                ("household_closed", "household"),
                ("/household", "household"),
                ("/award", "line"),
            ];
            let faults = Faults::of(p.lang(), problem, &names)?;
            again(&p, &form, faults, csrf::fresh()).await
        }
    }
}
