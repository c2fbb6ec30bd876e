//! `/town`: all villages in one month.

use super::chart::{Line, line};
use super::standing::{Concern, Share, Standing, median, months_before, year_to};
use super::{month, month_word};
use crate::core::Day;
use crate::core::rights::{Place, Role, UnitNo};
use crate::store::read::directory::{self, UnitInfo};
use crate::store::read::town::{self, Village};
use crate::web::page::{Page, Shown};
use crate::web::problem::Problem;
use askama::Template;
use std::collections::HashMap;
use std::sync::Arc;

/// Villages on one page.
const VILLAGES_MAX: usize = 1_000;
/// Months to choose from.
const MONTHS_MAX: u32 = 36;

/// A village in the table.
pub struct Row {
    /// Its code.
    pub code: String,
    /// Its name.
    pub name: String,
    /// How it stands.
    pub standing: Standing,
    /// What is to be noticed.
    pub concerns: Vec<Concern>,
}

impl Row {
    /// Whether its share is under half of the median.
    fn is_low(&self) -> bool {
        self.concerns.contains(&Concern::FewTakePart)
    }
}

/// One month of the township.
pub struct Overview {
    /// The first day of the month.
    pub month: Day,
    /// Villages, those to be noticed first.
    pub rows: Vec<Row>,
    /// All of them together.
    pub total: Standing,
    /// The middle of their shares.
    pub median: i64,
}

impl Overview {
    /// Whether a row is hidden, so that the total is at least what it says.
    pub fn hides(&self) -> bool {
        self.rows.iter().any(|row| row.standing.share.is_hidden())
    }

    /// The median where it is that of villages that are shown.
    fn reference(&self) -> Option<i64> {
        let hidden = self
            .rows
            .iter()
            .filter(|row| row.standing.share.is_hidden());
        (hidden.count() * 2 < self.rows.len()).then_some(self.median)
    }

    /// Villages by their shares, the highest first.
    fn by_share(&self) -> Vec<&Row> {
        let mut rows: Vec<&Row> = self.rows.iter().collect();
        rows.sort_by_key(|row| std::cmp::Reverse(row.standing.share.shown()));
        rows
    }
}

/// Reads one month of a visitor's township.
///
/// # Errors
/// When the database does not answer.
pub async fn read(p: &Page) -> Result<(Overview, Villages), Problem> {
    let township = p.village()?.no;
    let units = directory::villages(&p.app.store, Some(township), None, VILLAGES_MAX).await?;
    let villages = town::villages(&p.app.store, township).await?;
    let (month, today) = (month(p), p.today());
    let (mut rows, mut total) = (Vec::with_capacity(units.len()), Standing::default());
    for unit in units {
        let Some(village) = villages.get(&unit.no) else {
            continue;
        };
        let standing = Standing::of(village, month, today);
        total.add(&standing);
        rows.push(Row {
            code: unit.code,
            name: unit.name,
            standing,
            concerns: Vec::new(),
        });
    }
    let shares: Vec<Share> = rows.iter().map(|row| row.standing.share).collect();
    let median = median(&shares);
    for row in &mut rows {
        row.concerns = row.standing.concerns(median);
    }
    rows.sort_by_key(|row| {
        (
            std::cmp::Reverse(row.concerns.len()),
            row.standing.share.percent(),
        )
    });
    let overview = Overview {
        month,
        rows,
        total,
        median,
    };
    Ok((overview, villages))
}

type Villages = HashMap<UnitNo, Arc<Village>>;

/// All villages together in a month.
fn whole(villages: &Villages, month: Day, today: Day) -> Standing {
    let mut total = Standing::default();
    for village in villages.values() {
        total.add(&Standing::of(village, month, today));
    }
    total
}

#[derive(Template)]
#[template(path = "town/overview.html")]
struct Shows<'a> {
    p: &'a Page,
    o: &'a Overview,
    townships: Vec<UnitInfo>,
    months: Vec<Day>,
    bars: Vec<&'a Row>,
    reference: Option<i64>,
    year: Vec<(Day, Standing)>,
    line: Line,
    is_now: bool,
}

impl Shows<'_> {
    fn word(&self, month: &Day) -> String {
        month_word(month)
    }

    fn count(&self, n: &i64) -> String {
        self.p.count(*n)
    }

    fn concern(&self, concern: &Concern) -> String {
        let p = self.p;
        match concern {
            Concern::FewTakePart => p.t("town.few"),
            Concern::FundLow => p.t("town.fund_low"),
            Concern::Quiet(Some(days)) => p.t1("town.quiet", "n", days),
            Concern::Quiet(None) => p.t("town.never"),
        }
    }

    fn since(&self, row: &Row) -> String {
        let p = self.p;
        match row.standing.quiet {
            None => p.t("town.never"),
            Some(0) => p.t("town.today"),
            Some(1) => p.t("town.yesterday"),
            Some(days) => p.t1("town.days", "n", days),
        }
    }

    fn said(&self, row: &Row) -> String {
        let words = row.concerns.iter().map(|concern| self.concern(concern));
        words
            .collect::<Vec<_>>()
            .join(self.p.lang().pick("，", ", "))
    }
}

/// Townships a visitor may choose between.
async fn townships(p: &Page) -> Result<Vec<UnitInfo>, Problem> {
    let caller = &p.visit()?.caller;
    let mut units = directory::townships(&p.app.store).await?;
    units.retain(|unit| {
        let place = Place {
            unit: unit.no,
            parent: unit.parent,
            station: None,
        };
        let mut grants = caller.grants.iter();
        grants.any(|grant| matches!(grant.role, Role::Officer | Role::Admin) && grant.covers(place))
    });
    Ok(units)
}

/// The page.
pub async fn show(p: Page) -> Shown {
    let (overview, villages) = read(&p).await?;
    let (this, today) = (town::month_of(p.today()), p.today());
    let first = villages
        .values()
        .filter_map(|village| village.months.keys().next());
    let first = first.min().copied().unwrap_or(this);
    let back = (0..MONTHS_MAX).map(|back| months_before(this, back));
    let months: Vec<Day> = back
        .take_while(|month| *month >= first.min(overview.month))
        .collect();
    let year: Vec<(Day, Standing)> = year_to(overview.month)
        .map(|month| (month, whole(&villages, month, today)))
        .collect();
    let shares = |of: &dyn Fn(Day) -> Standing| -> Vec<Option<i64>> {
        year.iter()
            .map(|(month, _)| of(*month).share.shown())
            .collect()
    };
    let now: Vec<Option<i64>> = year.iter().map(|(_, total)| total.share.shown()).collect();
    let before = shares(&|month| whole(&villages, months_before(month, 12), today));
    let names: Vec<Day> = year.iter().map(|(month, _)| *month).collect();
    p.show(&Shows {
        p: &p,
        o: &overview,
        townships: townships(&p).await?,
        months,
        bars: overview.by_share(),
        reference: overview.reference(),
        line: line(&p, &names, &now, &before),
        year,
        is_now: overview.month == this,
    })
}
