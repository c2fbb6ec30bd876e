//! Fairness (公平性报告): who recorded how much for whom, and how fast it was reviewed.

use super::super::{Entry, page};
use crate::core::rights::Act;
use crate::core::{Day, Period};
use crate::store::read::fairness;
use crate::store::read::fairness::judge::{self, Flag, Report};
use crate::web::page::admit::Guard;
use crate::web::page::{Page, Shown};
use crate::web::problem::Problem;
use askama::Template;
use axum::routing::get;

/// The pages of this part.
#[must_use]
pub fn pages() -> Vec<Entry> {
    let guard = || Guard::Office(Act::SeeFairness);
    vec![
        page("/office/fairness", guard(), get(view)),
        page("/print/fairness", guard(), get(paper)),
    ]
}

/// Households of a recorder that are shown by name; the rest are counted.
const HOUSEHOLDS_SHOWN: usize = 10;

/// The spans to choose from.
const SPANS: [Period; 3] = [Period::Month, Period::Quarter, Period::Year];

/// The span of time that is looked at.
struct Span {
    period: Period,
    first: Day,
    last: Day,
    /// First day of the span after this one, unless it has not begun.
    next: Option<Day>,
    /// Last day of the span before this one.
    before: Day,
}

impl Span {
    fn asked(p: &Page) -> Span {
        let given = Period::of_word(p.asked("span"));
        let period = given
            .filter(|period| SPANS.contains(period))
            .unwrap_or(Period::Month);
        let today = p.today();
        let on = Day::parse(p.asked("on")).unwrap_or(today).min(today);
        let first = period.start(on);
        let months = match period {
            Period::Year => 12,
            Period::Quarter => 3,
            _ => 1,
        };
        let next = first.plus_months(months);
        Span {
            period,
            first,
            last: next.plus(-1),
            next: Some(next).filter(|next| *next <= today),
            before: first.plus(-1),
        }
    }

    fn link(&self, path: &str, period: Period, on: &Day) -> String {
        let word = period.word();
        format!("{path}?span={word}&on={on}")
    }

    fn here(&self, period: &Period) -> String {
        self.link("/office/fairness", *period, &self.first)
    }

    fn at(&self, on: &Day) -> String {
        self.link("/office/fairness", self.period, on)
    }

    fn paper(&self) -> String {
        self.link("/print/fairness", self.period, &self.first)
    }
}

#[derive(Template)]
#[template(path = "office/fairness.html")]
struct View<'a> {
    p: &'a Page,
    span: Span,
    report: Report,
    flags: usize,
}

#[derive(Template)]
#[template(path = "print/fairness.html")]
struct Paper<'a> {
    p: &'a Page,
    span: Span,
    report: Report,
    flags: usize,
}

/// A sign in words.
fn flag_text(p: &Page, flag: &Flag) -> String {
    let key = format!("fairness.sign_{}", flag.sign.word());
    p.t2(&key, "about", &flag.about, "percent", flag.percent)
}

/// Seconds as people say them.
fn duration(p: &Page, seconds: &i64) -> String {
    match *seconds {
        seconds if seconds < 120 => p.t1("fairness.seconds", "n", seconds),
        seconds if seconds < 7_200 => p.t1("fairness.minutes", "n", seconds / 60),
        seconds if seconds < 172_800 => p.t1("fairness.hours", "n", seconds / 3_600),
        seconds => p.t1("fairness.days", "n", seconds / 86_400),
    }
}

/// What the signs mean, with their bounds.
fn bounds(p: &Page) -> Vec<String> {
    vec![
        p.t1("fairness.bound_kin", "percent", judge::KIN_PERCENT),
        p.t2(
            "fairness.bound_household",
            "percent",
            judge::HOUSEHOLD_PERCENT,
            "least",
            judge::ENOUGH,
        ),
        p.t2(
            "fairness.bound_habit",
            "percent",
            judge::HABIT_PERCENT,
            "least",
            judge::ENOUGH,
        ),
        p.t3(
            "fairness.bound_fast",
            "at_once",
            judge::AT_ONCE_PERCENT,
            "soon",
            judge::SOON_PERCENT,
            "least",
            judge::ENOUGH,
        ),
        p.t2(
            "fairness.bound_pair",
            "percent",
            judge::PAIR_PERCENT,
            "least",
            judge::ENOUGH,
        ),
    ]
}

async fn read(p: &Page) -> Result<(Span, Report), Problem> {
    let span = Span::asked(p);
    let unit = p.village()?.no;
    let report = fairness::report(&p.app.store, unit, span.first, span.last).await?;
    Ok((span, report))
}

async fn view(p: Page) -> Shown {
    let (span, report) = read(&p).await?;
    let flags = report.flags();
    p.show(&View {
        p: &p,
        span,
        report,
        flags,
    })
}

async fn paper(p: Page) -> Shown {
    let (span, report) = read(&p).await?;
    let flags = report.flags();
    p.show(&Paper {
        p: &p,
        span,
        report,
        flags,
    })
}
