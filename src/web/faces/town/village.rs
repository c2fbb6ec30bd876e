//! `/town/villages/{village}`: one village over a year.

use super::chart::{Line, lengths, line, short};
use super::standing::{Standing, months_before, year_to};
use super::{month, month_word};
use crate::core::{Day, Points};
use crate::store::read::directory::UnitInfo;
use crate::store::read::town::{self, MostUsed, Village};
use crate::web::extract::Names;
use crate::web::faces::public::village_named;
use crate::web::page::{Page, Shown};
use crate::web::problem::Problem;
use askama::Template;

/// Rules and goods in the lists.
const MOST: usize = 10;

/// A month in the table and in the bars.
struct Row {
    month: Day,
    name: String,
    standing: Standing,
    issued: i64,
    redeemed: i64,
}

#[derive(Template)]
#[template(path = "town/village.html")]
struct Shows<'a> {
    p: &'a Page,
    unit: &'a UnitInfo,
    month: Day,
    now: &'a Standing,
    rows: &'a [Row],
    line: Line,
    rules: Vec<MostUsed>,
    goods: Vec<MostUsed>,
}

impl Shows<'_> {
    fn word(&self, month: &Day) -> String {
        month_word(month)
    }

    fn count(&self, n: &i64) -> String {
        self.p.count(*n)
    }
}

/// The first and last entry of the journal in the year up to a month.
fn entries(village: &Village, month: Day) -> (i64, i64) {
    let year = village.months.range(months_before(month, 11)..=month);
    let mut entries = year.map(|(_, figures)| figures.entries);
    let Some(first) = entries.next() else {
        return (0, 0);
    };
    entries.fold(first, |(from, _), (_, to)| (from, to))
}

fn rows(p: &Page, village: &Village, month: Day) -> Vec<Row> {
    let today = p.today();
    let year: Vec<(Day, Standing)> = year_to(month)
        .map(|month| (month, Standing::of(village, month, today)))
        .collect();
    let points = |pick: fn(&Standing) -> Points| year.iter().map(move |(_, s)| pick(s));
    let both: Vec<Points> = points(|s| s.issued).chain(points(|s| s.redeemed)).collect();
    let long = lengths(&both);
    let (issued, redeemed) = long.split_at(year.len());
    let bars = issued.iter().zip(redeemed);
    let row = |((month, standing), (issued, redeemed)): (_, (&i64, &i64))| Row {
        month,
        name: short(p, &month),
        standing,
        issued: *issued,
        redeemed: *redeemed,
    };
    year.into_iter().zip(bars).map(row).collect()
}

/// The page.
pub async fn show(p: Page, names: Names) -> Shown {
    let township = p.village()?.no;
    let unit = village_named(&p, names.get("village")).await?;
    if unit.parent != township {
        return Err(Problem::not_found());
    }
    let villages = town::villages(&p.app.store, township).await?;
    let village = villages.get(&unit.no).ok_or_else(Problem::not_found)?;
    let (month, today) = (month(&p), p.today());
    let rows = rows(&p, village, month);
    let share = |month: Day| Standing::of(village, month, today).share.shown();
    let months: Vec<Day> = rows.iter().map(|row| row.month).collect();
    let now: Vec<Option<i64>> = months.iter().map(|month| share(*month)).collect();
    let before: Vec<Option<i64>> = months
        .iter()
        .map(|month| share(months_before(*month, 12)))
        .collect();
    let entries = entries(village, month);
    p.show(&Shows {
        p: &p,
        unit: &unit,
        month,
        now: &Standing::of(village, month, today),
        line: line(&p, &months, &now, &before),
        rows: &rows,
        rules: town::rules(&p.app.store, unit.no, entries, MOST).await?,
        goods: town::goods(&p.app.store, unit.no, entries, MOST).await?,
    })
}
