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

/// What a sheet has for rows, in tenths of a millimetre; head and foot take the rest of A4.
const SHEET_HEIGHT: usize = 2_050;
/// A row's frame, each line of text in it, and an empty row for writing by hand.
const FRAME: usize = 26;
const TEXT_LINE: usize = 46;
const FREE_ROW: usize = 100;
/// Tenths of an em that a line of the widest column holds: a letter takes 6, a 汉字 10.
const COLUMN: usize = 250;
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

fn height(row: &Row) -> usize {
    let widths = row.text.chars().map(|c| if c.is_ascii() { 6 } else { 10 });
    let lines = widths.sum::<usize>().div_ceil(COLUMN).max(1);
    FRAME + TEXT_LINE * lines
}

/// Divides rows into sheets; `free` empty rows follow at least, and fill the last sheet.
fn sheets(rows: Vec<Row>, free: usize) -> Vec<Sheet> {
    let mut sheets = Vec::new();
    let mut rest = rows.into_iter().peekable();
    loop {
        let (mut here, mut used) = (Vec::new(), 0);
        while let Some(row) =
            rest.next_if(|row| here.is_empty() || used + height(row) <= SHEET_HEIGHT)
        {
            used += height(&row);
            here.push(row);
        }
        let room = SHEET_HEIGHT.saturating_sub(used) / FREE_ROW;
        let is_end = rest.peek().is_none();
        sheets.push(Sheet {
            number: sheets.len() + 1,
            rows: here,
            free: if free > 0 && is_end { room } else { 0 },
        });
        if is_end && room >= free {
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
        true => sheets(rows, BOOK_FREE),
        false => sheets(rows, 0),
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

    fn rows(n: usize, text: &str) -> Vec<Row> {
        let row = |_| Row {
            day: Day(0),
            text: text.to_string(),
            points: Points::ZERO,
            after: Points::ZERO,
            check: String::new(),
            is_pending: false,
        };
        (0..n).map(row).collect()
    }

    fn shape(n: usize, text: &str, free: usize) -> Vec<(usize, usize, usize)> {
        let made = sheets(rows(n, text), free);
        let shape = made.iter();
        shape
            .map(|sheet| (sheet.number, sheet.rows.len(), sheet.free))
            .collect()
    }

    #[test]
    fn sheets_hold_their_rows() {
        assert_eq!(shape(0, "", 0), [(1, 0, 0)]);
        assert_eq!(shape(28, "", 0), [(1, 28, 0)]);
        assert_eq!(shape(29, "", 0), [(1, 28, 0), (2, 1, 0)]);
        assert_eq!(shape(0, "", 6), [(1, 0, 20)]);
        assert_eq!(shape(10, "", 6), [(1, 10, 13)]);
        assert_eq!(shape(28, "", 6), [(1, 28, 0), (2, 0, 20)]);
    }

    #[test]
    fn long_texts_take_their_room() {
        let two_lines = "兑".repeat(40);
        assert_eq!(shape(18, &two_lines, 0), [(1, 17, 0), (2, 1, 0)]);
        let remark = "兑".repeat(2_000);
        assert_eq!(shape(2, &remark, 0), [(1, 1, 0), (2, 1, 0)]);
    }
}
