//! One award or deduction: household, rule, quantity; what it would do; then booked.

pub mod done;
mod form;
mod preview;
pub mod scheme;

use crate::core::Day;
use crate::core::rights::Act;
use crate::core::rows::{HouseholdStatus, RuleKind};
use crate::store::read::directory;
use crate::store::read::households::{self, HouseholdView};
use crate::store::read::rules::{self, RuleItem};
use crate::store::read::seek::{self, Found, Seek};
use crate::web::faces::{Entry, page};
use crate::web::page::admit::Guard;
use crate::web::page::{Faults, Form, Page, Shown, csrf, go};
use crate::web::problem::Problem;
use askama::Template;
use axum::routing::get;
use form::Asked;
use preview::Preview;
use scheme::{RuleGroup, RuleWords};
use uuid::Uuid;

/// Hits of a search that one page shows.
const HITS_MAX: usize = 20;

/// The pages of this part.
#[must_use]
pub fn pages() -> Vec<Entry> {
    vec![
        page(
            "/office/awards/new",
            Guard::Office(Act::RecordAward),
            get(new).post(sent),
        ),
        page(
            "/office/awards/{operation}",
            Guard::Office(Act::SeeJournal),
            get(done::award),
        ),
    ]
}

#[derive(Template)]
#[template(path = "office/award_find.html")]
struct Find<'a> {
    p: &'a Page,
    f: Faults,
    q: String,
    rule: String,
    hits: Vec<Found>,
    count: usize,
}

#[derive(Template)]
#[template(path = "office/award_new.html")]
struct New<'a> {
    p: &'a Page,
    f: Faults,
    view: HouseholdView,
    choices: Vec<RuleGroup>,
    asked: Asked,
    op: Uuid,
}

#[derive(Template)]
#[template(path = "office/award_preview.html")]
struct Previewed<'a> {
    p: &'a Page,
    f: Faults,
    view: HouseholdView,
    rule: RuleWords,
    asked: Asked,
    member: String,
    preview: Preview,
    day: Day,
    op: Uuid,
}

async fn household(p: &Page, code: &str) -> Result<Option<HouseholdView>, Problem> {
    let (store, unit) = (&p.app.store, p.village()?.no);
    let Some(no) = directory::household_no(store, unit, code).await? else {
        return Ok(None);
    };
    Ok(households::view(store, unit, no).await?)
}

async fn new(p: Page) -> Shown {
    let asked = Asked::of_query(&p);
    match household(&p, &asked.household).await? {
        Some(view) => {
            let page = form_page(&p, view, asked, Faults::none(), csrf::fresh()).await?;
            p.show(&page)
        }
        None => {
            let mut faults = Faults::none();
            if !asked.household.is_empty() {
                faults.add("q", p.t("award.household_unknown"));
            }
            find(&p, faults, p.asked("q"), &asked.rule).await
        }
    }
}

/// The first step: which household.
async fn find(p: &Page, f: Faults, q: &str, rule: &str) -> Shown {
    let (mut hits, mut count) = (Vec::new(), 0);
    if !q.trim().is_empty() {
        let wanted = Seek {
            q: q.chars().take(40).collect(),
            most: HITS_MAX,
            ..Seek::default()
        };
        (hits, count) = seek::seek(&p.app.store, p.village()?.no, &wanted).await?;
        hits.retain(|hit| hit.status != HouseholdStatus::Closed);
    }
    let is_bad = !f.is_empty();
    let page = Find {
        p,
        f,
        q: q.to_string(),
        rule: rule.to_string(),
        hits,
        count,
    };
    if is_bad { p.mend(&page) } else { p.show(&page) }
}

async fn form_page<'a>(
    p: &'a Page,
    view: HouseholdView,
    asked: Asked,
    f: Faults,
    op: Uuid,
) -> Result<New<'a>, Problem> {
    let rules = rules::list(&p.app.store, p.village()?.no).await?;
    let kinds = [RuleKind::Award, RuleKind::Deduct];
    Ok(New {
        p,
        f,
        choices: scheme::choices(p, &rules, &kinds, &asked.rule),
        view,
        asked,
        op,
    })
}

async fn sent(p: Page, form: Form) -> Shown {
    let op = form.op()?;
    let asked = Asked::of_form(&p, &form);
    let Some(view) = household(&p, &asked.household).await? else {
        let faults = Faults::one(&p, "q", "award.household_unknown");
        return find(&p, faults, &asked.household, &asked.rule).await;
    };
    if form.get("step") == "edit" {
        let page = form_page(&p, view, asked, Faults::none(), op).await?;
        return p.show(&page);
    }
    let rules = rules::list(&p.app.store, p.village()?.no).await?;
    let mut faults = Faults::none();
    let rule = rules.iter().find(|item| item.row.code == asked.rule);
    let deed = asked.checked(&p, rule, &view, &mut faults);
    let (Some(rule), Some(deed)) = (rule, deed.filter(|_| faults.is_empty())) else {
        let page = form_page(&p, view, asked, faults, op).await?;
        return p.mend(&page);
    };
    let step = Step {
        rules: &rules,
        rule,
        deed,
        asked,
        view,
    };
    match form.get("step") {
        "book" => book(&p, step, op, form.get("seal")).await,
        _ => show_preview(&p, step, op, Faults::none()).await,
    }
}

/// A deed that can be shown and booked.
struct Step<'a> {
    rules: &'a [RuleItem],
    rule: &'a RuleItem,
    deed: form::Deed,
    asked: Asked,
    view: HouseholdView,
}

async fn show_preview(p: &Page, step: Step<'_>, op: Uuid, f: Faults) -> Shown {
    let preview = preview::of(p, op, &step).await?;
    let is_bad = !f.is_empty();
    let member = step.deed.member.filter(|no| *no != 0);
    let member = step
        .view
        .members
        .iter()
        .find(|known| Some(known.no) == member);
    let page = Previewed {
        p,
        f,
        member: member.map_or_else(|| step.view.item.head.clone(), |known| known.name.clone()),
        rule: RuleWords::of(p, step.rule),
        day: step.deed.occurred,
        view: step.view,
        asked: step.asked,
        preview,
        op,
    };
    if is_bad { p.mend(&page) } else { p.show(&page) }
}

/// Books what was previewed, and nothing else.
async fn book(p: &Page, step: Step<'_>, op: Uuid, seal: &str) -> Shown {
    let done = |id: Uuid| go(&format!("/office/awards/{id}"));
    let write = p.write(op)?;
    let command = form::command(&write, &step);
    match write.earlier(&write.submission(command.clone())).await {
        Ok(Some(receipt)) => return Ok(done(receipt.id)),
        Ok(None) => {}
        Err(problem) => {
            let faults = Faults::of(p.lang(), problem, &[])?;
            return show_preview(p, step, csrf::fresh(), faults).await;
        }
    }
    if preview::of(p, op, &step).await?.seal != seal {
        let faults = Faults::one(p, "", "award.changed");
        return show_preview(p, step, op, faults).await;
    }
    match p.submit(op, command).await {
        Ok(receipt) => Ok(done(receipt.id)),
        Err(problem) => {
            // The key now stands for this refusal.
            let faults = Faults::of(p.lang(), problem, &[])?;
            show_preview(p, step, csrf::fresh(), faults).await
        }
    }
}
