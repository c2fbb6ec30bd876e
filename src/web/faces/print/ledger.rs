//! `/print/book` and `/print/statement`: a household's movements on ruled paper.

use crate::core::rights::Act;
use crate::core::{Day, Points};
use crate::store::read::households::{self, HouseholdView};
use crate::store::read::statement::{self, Line};
use crate::store::read::{directory, journal};
use crate::web::extract::Names;
use crate::web::page::{Page, Shown};
use crate::web::problem::Problem;
use crate::web::statement_text::sentence;
use askama::Template;

/// Movements on one sheet of a statement.
const STATEMENT_ROWS: usize = 18;
/// Rows on one sheet of the points book, printed and empty ones.
const BOOK_ROWS: usize = 18;
/// Rows for entries by hand on the last sheet of the book, at least.
const BOOK_FREE: usize = 6;
/// Movements that are printed.
const LINES_MAX: usize = 200;

/// One movement on paper.
struct Row {
    day: Day,
    text: String,
    points: Points,
    after: Points,
    check: String,
    is_pending: bool,
}

/// A sheet of paper.
struct Sheet {
    number: usize,
    rows: Vec<Row>,
    /// Empty rows.
    free: usize,
}

#[derive(Template)]
#[template(path = "print/ledger.html")]
struct Paper<'a> {
    p: &'a Page,
    is_book: bool,
    view: HouseholdView,
    sheets: Vec<Sheet>,
    pages: usize,
    /// Whether older movements are left out.
    is_cut: bool,
    /// Size of the village's journal when it was printed.
    size: u64,
    /// The check code of the journal's top.
    check: String,
}

fn rows(p: &Page, lines: Vec<Line>) -> Vec<Row> {
    let rows = lines.into_iter().map(|line| Row {
        day: p.day_of(&line.at),
        text: sentence(&line, p.lang()),
        points: line.points,
        after: line.balance_after,
        check: p.check_code(&line.leaf),
        is_pending: line.pending,
    });
    rows.collect()
}

/// Divides rows into sheets of `most`; `free` empty rows follow at least.
fn sheets(rows: Vec<Row>, most: usize, free: usize) -> Vec<Sheet> {
    let mut sheets = Vec::new();
    let mut rest = rows.into_iter().peekable();
    loop {
        let rows: Vec<Row> = rest.by_ref().take(most).collect();
        let left = most - rows.len();
        let number = sheets.len() + 1;
        let is_last = rest.peek().is_none() && (left >= free || free == 0);
        let free_here = if free > 0 { left } else { 0 };
        sheets.push(Sheet {
            number,
            rows,
            free: free_here,
        });
        if is_last {
            return sheets;
        }
    }
}

/// The household of the path: any for staff who see households, its own for a household.
async fn seen(p: &Page, names: &Names) -> Result<HouseholdView, Problem> {
    let unit = p.village()?.no;
    let no = directory::household_no(&p.app.store, unit, names.get("household")).await?;
    let no = no.ok_or_else(Problem::not_found)?;
    let may = match p.is_household() {
        true => p.household()? == no,
        false => p.may(Act::SeeHouseholds),
    };
    if !may {
        return Err(Problem::not_found());
    }
    let view = households::view(&p.app.store, unit, no).await?;
    view.ok_or_else(Problem::not_found)
}

async fn paper(p: &Page, names: &Names, is_book: bool) -> Shown {
    let view = seen(p, names).await?;
    let (store, unit) = (&p.app.store, p.village()?.no);
    let mut lines = statement::statement(store, unit, view.item.no, None, LINES_MAX + 1).await?;
    let is_cut = lines.len() > LINES_MAX;
    lines.truncate(LINES_MAX);
    // A book is written from the top: the oldest first.
    if is_book {
        lines.reverse();
    }
    let rows = rows(p, lines);
    let sheets = match is_book {
        true => sheets(rows, BOOK_ROWS, BOOK_FREE),
        false => sheets(rows, STATEMENT_ROWS, 0),
    };
    let (size, root) = journal::top(store, unit).await?;
    p.show(&Paper {
        p,
        is_book,
        view,
        pages: sheets.len(),
        sheets,
        is_cut,
        size,
        check: p.check_code(&root),
    })
}

/// A page of the points book, with room for entries by hand.
pub async fn book(p: Page, names: Names) -> Shown {
    paper(&p, &names, true).await
}

/// A statement, the newest movement first.
pub async fn statement(p: Page, names: Names) -> Shown {
    paper(&p, &names, false).await
}

#[cfg(test)]
mod tests {
    use super::*;

    fn rows(n: usize) -> Vec<Row> {
        let row = |_| Row {
            day: Day(0),
            text: String::new(),
            points: Points::ZERO,
            after: Points::ZERO,
            check: String::new(),
            is_pending: false,
        };
        (0..n).map(row).collect()
    }

    #[test]
    fn sheets_hold_their_rows() {
        let shape = |n, most, free| {
            let made = sheets(rows(n), most, free);
            made.iter()
                .map(|sheet| (sheet.number, sheet.rows.len(), sheet.free))
                .collect::<Vec<_>>()
        };
        assert_eq!(shape(0, 18, 0), [(1, 0, 0)]);
        assert_eq!(shape(18, 18, 0), [(1, 18, 0)]);
        assert_eq!(shape(19, 18, 0), [(1, 18, 0), (2, 1, 0)]);
        assert_eq!(shape(0, 18, 6), [(1, 0, 18)]);
        assert_eq!(shape(15, 18, 6), [(1, 15, 3), (2, 0, 18)]);
        assert_eq!(shape(18, 18, 6), [(1, 18, 0), (2, 0, 18)]);
    }
}
