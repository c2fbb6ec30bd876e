//! The award sheet: rule and day, a field for each household, a preview, then one operation.

mod grid;
mod preview;

use super::awards::scheme::{self, RuleGroup, RuleWords};
use crate::core::award::OnCap;
use crate::core::rights::Act;
use crate::core::rows::{RuleKind, Tie};
use crate::core::{Day, Points};
use crate::store::read::roster::{self, RosterItem};
use crate::store::read::rules::{self, RuleItem};
use crate::store::read::{caps, fund};
use crate::web::faces::{Entry, page};
use crate::web::page::admit::Guard;
use crate::web::page::{Faults, Form, Page, Shown, csrf, go};
use crate::web::problem::Problem;
use askama::Template;
use axum::routing::get;
use grid::{Entries, field};
use preview::{Preview, Sheet};
use uuid::Uuid;

/// The pages of this part.
#[must_use]
pub fn pages() -> Vec<Entry> {
    let guard = Guard::Office(Act::RecordAward);
    vec![
        page("/office/sheets/new", guard, get(new).post(sent)),
        page(
            "/office/sheets/{operation}",
            Guard::Office(Act::SeeJournal),
            get(super::awards::done::sheet),
        ),
    ]
}

#[derive(Template)]
#[template(path = "office/sheet_new.html")]
struct New<'a> {
    p: &'a Page,
    f: Faults,
    choices: Vec<RuleGroup>,
    groups: Vec<String>,
    group: String,
    day: Day,
    /// The rule with its grid, once it is chosen.
    rule: Option<RuleWords>,
    rows: Vec<GridRow>,
    lines: String,
    clips: bool,
    filled: usize,
    sum: Points,
    fund: Points,
    op: Uuid,
}

/// A household of the grid.
struct GridRow {
    code: String,
    head: String,
    group: String,
    field: String,
    value: String,
    left: Option<Points>,
    tie: Option<Tie>,
    fault: String,
}

impl GridRow {
    fn is_own(&self) -> bool {
        self.tie == Some(Tie::Own)
    }

    fn left_text(&self) -> String {
        self.left.map_or_else(String::new, |left| left.to_string())
    }
}

#[derive(Template)]
#[template(path = "office/sheet_preview.html")]
struct Previewed<'a> {
    p: &'a Page,
    f: Faults,
    rule: RuleWords,
    day: Day,
    group: String,
    preview: Preview,
    clips: bool,
    op: Uuid,
}

/// What the first step settles, with all that the pages need of the village.
struct Frame {
    all: Vec<RosterItem>,
    rules: Vec<RuleItem>,
    chosen: Option<RuleItem>,
    group: String,
    day: Day,
}

impl Frame {
    async fn of(p: &Page, rule: &str, day: &str, group: &str) -> Result<(Frame, Faults), Problem> {
        let (store, unit) = (&p.app.store, p.village()?.no);
        let rules = rules::list(store, unit).await?;
        let mut faults = Faults::none();
        let day = if day.is_empty() {
            Some(p.today())
        } else {
            Day::parse(day)
        };
        if day.is_none() {
            faults.add("date", p.t("award.bad_date"));
        }
        let day = day.unwrap_or_else(|| p.today());
        let gives = |item: &&RuleItem| item.row.code == rule && item.row.kind == RuleKind::Award;
        let chosen = rules.iter().find(gives).cloned();
        if chosen.is_none() && !rule.is_empty() {
            faults.add("rule", p.t("award.rule_unknown"));
        }
        let frame = Frame {
            all: roster::roster(store, unit, p.visit()?.caller.staff).await?,
            rules,
            chosen,
            group: group.to_string(),
            day,
        };
        Ok((frame, faults))
    }

    fn shown(&self) -> Vec<&RosterItem> {
        let of = |item: &&RosterItem| self.group.is_empty() || item.group == self.group;
        self.all.iter().filter(of).collect()
    }

    fn groups(&self) -> Vec<String> {
        let mut groups: Vec<String> = Vec::new();
        for item in &self.all {
            if groups.last() != Some(&item.group) && !groups.contains(&item.group) {
                groups.push(item.group.clone());
            }
        }
        groups
    }
}

async fn new(p: Page) -> Shown {
    let (rule, day) = (p.asked("rule"), p.asked("date"));
    let (frame, faults) = Frame::of(&p, rule, day, p.asked("group")).await?;
    let page = grid_page(
        &p,
        &frame,
        &Entries::default(),
        faults,
        csrf::fresh(),
        false,
    )
    .await?;
    p.show(&page)
}

async fn grid_page<'a>(
    p: &'a Page,
    frame: &Frame,
    entries: &Entries,
    f: Faults,
    op: Uuid,
    clips: bool,
) -> Result<New<'a>, Problem> {
    let (store, unit) = (&p.app.store, p.village()?.no);
    let mut rows = Vec::new();
    if let Some(rule) = &frame.chosen {
        let limits = caps::limits(store, unit, &rule.row).await?;
        let used = caps::used_by_all(store, unit, &limits, frame.day).await?;
        for item in &frame.all {
            let value = entries.value(&item.code);
            // What was filled in stays in sight, whatever group is looked at.
            if !frame.group.is_empty() && item.group != frame.group && value.is_empty() {
                continue;
            }
            let field = field(&item.code);
            rows.push(GridRow {
                left: preview::left(&limits, &used, item, frame.day),
                fault: f.at(&field).to_string(),
                code: item.code.clone(),
                head: item.head.clone(),
                group: item.group.clone(),
                value: value.to_string(),
                tie: item.tie,
                field,
            });
        }
    }
    let code = frame.chosen.as_ref().map_or("", |rule| &rule.row.code);
    let rate = frame
        .chosen
        .as_ref()
        .map_or(Points::ZERO, |rule| rule.row.points);
    Ok(New {
        p,
        f,
        choices: scheme::choices(p, &frame.rules, &[RuleKind::Award], code),
        groups: frame.groups(),
        group: frame.group.clone(),
        day: frame.day,
        rule: frame.chosen.as_ref().map(|rule| RuleWords::of(p, rule)),
        rows,
        lines: entries.lines.clone(),
        clips,
        filled: entries.count(),
        sum: entries.sum(rate),
        fund: fund::fund(store, unit).await?.points,
        op,
    })
}

async fn sent(p: Page, form: Form) -> Shown {
    let op = form.op()?;
    let (rule, day) = (form.get("rule"), form.get("date"));
    let (frame, mut faults) = Frame::of(&p, rule, day, form.get("group")).await?;
    let step = form.get("step");
    let clips = form.get("on_cap") == OnCap::Clip.word() || step == "clip";
    let (entries, placed) = Entries::of(&p, &form, &frame.all, &frame.shown());
    let Some(rule) = frame.chosen.clone() else {
        if faults.is_empty() {
            faults.add("rule", p.t("award.rule_missing"));
        }
        return p.mend(&grid_page(&p, &frame, &entries, faults, op, clips).await?);
    };
    faults.list.extend(placed.list);
    let rows = entries.rows(&p, &frame.all, &mut faults);
    if step == "edit" {
        let page = grid_page(&p, &frame, &entries, Faults::none(), op, clips).await?;
        return p.show(&page);
    }
    if !faults.is_empty() {
        return p.mend(&grid_page(&p, &frame, &entries, faults, op, clips).await?);
    }
    let sheet = Sheet {
        rule: &rule,
        day: frame.day,
        on_cap: if clips { OnCap::Clip } else { OnCap::Reject },
        rows,
    };
    match step {
        "drop" => without_refused(&p, &frame, sheet, op).await,
        "book" => book(&p, &frame, sheet, op, form.get("seal")).await,
        _ => show_preview(&p, &frame, &sheet, op, Faults::none()).await,
    }
}

async fn show_preview(p: &Page, frame: &Frame, sheet: &Sheet<'_>, op: Uuid, f: Faults) -> Shown {
    let preview = preview::preview(p, op, sheet, &frame.all).await?;
    let is_bad = !f.is_empty();
    let page = Previewed {
        p,
        f,
        rule: RuleWords::of(p, sheet.rule),
        day: sheet.day,
        group: frame.group.clone(),
        preview,
        clips: sheet.on_cap == OnCap::Clip,
        op,
    };
    if is_bad { p.mend(&page) } else { p.show(&page) }
}

/// Leaves out the rows that the rules refuse.
async fn without_refused(p: &Page, frame: &Frame, mut sheet: Sheet<'_>, op: Uuid) -> Shown {
    let preview = preview::preview(p, op, &sheet, &frame.all).await?;
    let refused = preview.rows.iter().filter(|row| row.is_refused());
    let refused: Vec<&str> = refused.map(|row| row.code.as_str()).collect();
    sheet
        .rows
        .retain(|row| !refused.contains(&row.code.as_str()));
    if sheet.rows.is_empty() {
        let (entries, faults) = (Entries::default(), Faults::one(p, "lines", "sheet.empty"));
        let page = grid_page(p, frame, &entries, faults, op, false).await?;
        return p.mend(&page);
    }
    show_preview(p, frame, &sheet, op, Faults::none()).await
}

/// Books what was previewed, and nothing else.
async fn book(p: &Page, frame: &Frame, sheet: Sheet<'_>, op: Uuid, seal: &str) -> Shown {
    let done = |id: Uuid| go(&format!("/office/sheets/{id}"));
    let (write, command) = (p.write(op)?, preview::command(&sheet));
    // A form sent twice is answered by the first result, whatever has changed since.
    match write.earlier(&write.submission(command.clone())).await {
        Ok(Some(receipt)) => return Ok(done(receipt.id)),
        Ok(None) => {}
        Err(problem) => {
            let faults = Faults::of(p.lang(), problem, &[])?;
            return show_preview(p, frame, &sheet, csrf::fresh(), faults).await;
        }
    }
    let now = preview::preview(p, op, &sheet, &frame.all).await?;
    if now.seal != seal || !now.can_book() {
        let faults = Faults::one(p, "", "sheet.changed");
        return show_preview(p, frame, &sheet, op, faults).await;
    }
    match p.submit(op, command).await {
        Ok(receipt) => Ok(done(receipt.id)),
        Err(problem) => {
            // The key now stands for this refusal.
            let faults = Faults::of(p.lang(), problem, &[])?;
            show_preview(p, frame, &sheet, csrf::fresh(), faults).await
        }
    }
}
