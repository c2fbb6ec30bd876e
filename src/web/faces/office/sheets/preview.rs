//! What a sheet would do, row by row, before anything is written.

use super::super::awards::scheme::{period, why};
use super::grid::{Entry, field};
use crate::core::award::OnCap;
use crate::core::rejection::Rejection;
use crate::core::rows::Path;
use crate::core::{Answer, Awarded, Command, Day, Points, Quantity};
use crate::store::Refusal;
use crate::store::read::caps::{self, CapUse, Deed, Used};
use crate::store::read::fund;
use crate::store::read::roster::RosterItem;
use crate::store::read::rules::RuleItem;
use crate::web::api::award_sheet;
use crate::web::page::{Page, show};
use crate::web::problem::Problem;
use sha2::{Digest as _, Sha256};
use std::collections::HashMap;
use uuid::Uuid;

/// What is asked for.
pub struct Sheet<'a> {
    /// The rule.
    pub rule: &'a RuleItem,
    /// The day of the deeds.
    pub day: Day,
    /// What to do beyond a cap.
    pub on_cap: OnCap,
    /// The rows.
    pub rows: Vec<Entry>,
}

/// How a row fares.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Fate {
    /// As asked.
    Fine,
    /// Less than asked.
    Clipped,
    /// Not at all.
    Refused,
}

/// A row with its fate.
pub struct PreviewRow {
    /// The household's code.
    pub code: String,
    /// Its head.
    pub head: String,
    /// The name of its field.
    pub field: String,
    /// Units of the rule.
    pub quantity: Quantity,
    /// What was asked for.
    pub asked: Points,
    /// What it gets.
    pub given: Points,
    /// How it fares.
    pub fate: Fate,
    /// Why, when it is not fine.
    pub why: String,
    /// Under this rule in the period: before and after.
    pub used: Option<(Points, Points)>,
}

impl PreviewRow {
    /// Whether it is as asked.
    pub fn is_fine(&self) -> bool {
        self.fate == Fate::Fine
    }

    /// Whether it is refused.
    pub fn is_refused(&self) -> bool {
        self.fate == Fate::Refused
    }
}

/// A sheet as it would be booked.
pub struct Preview {
    /// What needs a look first.
    pub rows: Vec<PreviewRow>,
    /// Why the sheet as a whole cannot be booked; empty when it can.
    pub stop: String,
    /// All points.
    pub sum: Points,
    /// Rows refused.
    pub refused: usize,
    /// Rows with less than asked.
    pub clipped: usize,
    /// The fund now and afterwards.
    pub fund: (Points, Points),
    /// Whether it is booked at once.
    pub is_instant: bool,
    /// Stands for exactly this outcome.
    pub seal: String,
}

impl Preview {
    /// Whether it may be confirmed.
    pub fn can_book(&self) -> bool {
        self.refused == 0 && self.stop.is_empty()
    }
}

/// The command of a sheet.
pub fn command(sheet: &Sheet<'_>) -> Command {
    let rows = sheet.rows.iter();
    let rows = rows.map(|row| (row.code.clone(), row.quantity));
    award_sheet::command(sheet.rule.row.code.clone(), sheet.day, sheet.on_cap, rows)
}

/// Plays a sheet through without writing it.
pub async fn preview(
    p: &Page,
    op: Uuid,
    sheet: &Sheet<'_>,
    all: &[RosterItem],
) -> Result<Preview, Problem> {
    let (store, unit) = (&p.app.store, p.village()?.no);
    let submission = p.write(op)?.submission(command(sheet));
    let outcome = store.rehearse(submission).await;
    let limits = caps::limits(store, unit, &sheet.rule.row).await?;
    let used = caps::used_by_all(store, unit, &limits, sheet.day).await?;
    let known: HashMap<&str, &RosterItem> =
        all.iter().map(|item| (item.code.as_str(), item)).collect();
    let (awarded, refused, stop) = verdict(p, outcome)?;
    let mut rows: Vec<PreviewRow> = Vec::with_capacity(sheet.rows.len());
    for (index, entry) in sheet.rows.iter().enumerate() {
        let item = known.get(entry.code.as_str()).copied();
        let caps = item.map_or_else(Vec::new, |item| limits.of(&used, deed(item, sheet.day)));
        let (award, why) = (awarded.get(index), refused.get(&index));
        rows.push(row(p, sheet, entry, item, award, why, &caps));
    }
    let seal = seal(sheet, &rows);
    // What needs a look comes first; the rest keeps its order.
    rows.sort_by_key(|row| match row.fate {
        Fate::Refused => 0,
        Fate::Clipped => 1,
        Fate::Fine => 2,
    });
    let count = |fate| rows.iter().filter(|row| row.fate == fate).count();
    let sum = Points(
        rows.iter()
            .map(|row| row.given.0)
            .fold(0, i64::saturating_add),
    );
    let fund = fund::fund(store, unit).await?.points;
    Ok(Preview {
        refused: count(Fate::Refused),
        clipped: count(Fate::Clipped),
        stop,
        sum,
        fund: (fund, Points(fund.0.saturating_sub(sum.0))),
        is_instant: sheet.rule.row.path == Path::Instant,
        seal,
        rows,
    })
}

fn deed(item: &RosterItem, day: Day) -> Deed {
    Deed {
        household: item.no,
        group_no: item.group_no,
        member: None,
        day,
    }
}

type Verdict = (Vec<Awarded>, HashMap<usize, Rejection>, String);

/// What the rules say: awards by row, refusals by row, or what is wrong with the whole.
fn verdict(p: &Page, outcome: Result<Answer, Refusal>) -> Result<Verdict, Problem> {
    let none = (Vec::new(), HashMap::new(), String::new());
    match outcome {
        Ok(Answer::Sheet(awarded)) => Ok((awarded, none.1, none.2)),
        Ok(_) => Err(Problem::internal()),
        Err(Refusal::Rejected {
            why: Rejection::Rows { rows },
            ..
        }) => {
            let by_row = rows.into_iter().map(|row| (row.row, row.why)).collect();
            Ok((none.0, by_row, none.2))
        }
        Err(Refusal::Rejected { why: stop, .. }) => Ok((none.0, none.1, why(p, &stop))),
        Err(refusal) => Err(Problem::refused(&refusal, "rows")),
    }
}

fn row(
    p: &Page,
    sheet: &Sheet<'_>,
    entry: &Entry,
    item: Option<&RosterItem>,
    award: Option<&Awarded>,
    refusal: Option<&Rejection>,
    caps: &[CapUse],
) -> PreviewRow {
    let asked = sheet.rule.row.points.times(entry.quantity);
    let asked = asked.unwrap_or_default();
    let given = award.map_or(asked, |award| award.points);
    let (fate, reason) = match refusal {
        Some(refusal) => (Fate::Refused, why(p, refusal)),
        None if given < asked => (Fate::Clipped, clipped(p, sheet.day, caps, asked, given)),
        None => (Fate::Fine, String::new()),
    };
    let given = if fate == Fate::Refused {
        Points::ZERO
    } else {
        given
    };
    let own = caps.first().filter(|cap| cap.cap.is_some());
    PreviewRow {
        code: entry.code.clone(),
        head: item.map(|item| item.head.clone()).unwrap_or_default(),
        field: field(&entry.code),
        quantity: entry.quantity,
        asked,
        given,
        fate,
        why: reason,
        used: own.map(|cap| (cap.used, Points(cap.used.0.saturating_add(given.0)))),
    }
}

/// The limit that leaves least says why.
fn clipped(p: &Page, day: Day, caps: &[CapUse], asked: Points, given: Points) -> String {
    let tight = caps.iter().filter(|cap| cap.left().is_some());
    let span = tight
        .min_by_key(|cap| cap.left())
        .map(|cap| period(p, cap.span, day));
    let figures: [(&str, &dyn std::fmt::Display); 3] = [
        ("period", &span.unwrap_or_default()),
        ("asked", &show::points(asked)),
        ("given", &show::points(given)),
    ];
    p.lang().with("sheet.clipped_why", &figures)
}

/// The same for the same outcome only.
fn seal(sheet: &Sheet<'_>, rows: &[PreviewRow]) -> String {
    let mut hash = Sha256::new();
    hash.update(sheet.rule.row.code.as_bytes());
    hash.update(sheet.rule.row.version.to_be_bytes());
    hash.update(sheet.day.0.to_be_bytes());
    for row in rows {
        hash.update(row.code.as_bytes());
        hash.update([0]);
        hash.update(row.quantity.0.to_be_bytes());
        hash.update(row.given.0.to_be_bytes());
    }
    hex::encode(&hash.finalize()[..16])
}

/// What is left for a household under a rule; `None` without a cap.
pub fn left(limits: &caps::Limits, used: &Used, item: &RosterItem, day: Day) -> Option<Points> {
    let caps = limits.of(used, deed(item, day));
    caps.iter().filter_map(CapUse::left).min()
}
