//! What a sheet holds, independent of the kind of file it came from.

use super::workbook::{MAX_CELLS, MAX_COLUMNS, MAX_ROWS};
use serde::{Deserialize, Serialize};
use std::collections::HashSet;

/// One cell, with what the program that wrote it knew about its type.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub enum Cell {
    /// Nothing in it.
    Empty,
    /// Text as typed; every filled cell of a CSV file.
    Text(String),
    /// A stored number, as a reader sees it: `12`, never `12.0`.
    Number(String),
    /// A stored date, as `2026-11-03`.
    Date(String),
    /// A formula; holds its beginning. Its stored result is not trusted and not kept.
    Formula(String),
    /// A failed computation such as `#N/A`.
    Error(String),
}

impl Cell {
    /// What to show a person who looks for this cell; formulas with their `=`.
    pub fn shown(&self) -> String {
        match self {
            Self::Empty => String::new(),
            Self::Text(text) | Self::Number(text) | Self::Date(text) | Self::Error(text) => {
                text.clone()
            }
            Self::Formula(text) => format!("={text}"),
        }
    }

    /// True when nothing, or nothing but white space, is in the cell.
    pub fn is_blank(&self) -> bool {
        match self {
            Self::Empty => true,
            Self::Text(text) => text.chars().all(char::is_whitespace),
            _ => false,
        }
    }
}

/// One row with at least one filled cell.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Row {
    /// 1-based, as at the left edge of the sheet.
    pub number: u32,
    /// Column (1-based) and cell, in ascending order, only the filled ones.
    pub cells: Vec<(u16, Cell)>,
}

impl Row {
    /// The filled cells that hold more than white space.
    pub fn filled(&self) -> impl Iterator<Item = (u16, &Cell)> {
        self.cells
            .iter()
            .filter(|(_, cell)| !cell.is_blank())
            .map(|(column, cell)| (*column, cell))
    }
}

/// A merged range, 1-based and inclusive.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Merge {
    /// First row.
    pub top: u32,
    /// First column.
    pub left: u16,
    /// Last row.
    pub bottom: u32,
    /// Last column.
    pub right: u16,
}

/// A sheet as read: filled rows in ascending order, and its merged ranges.
#[derive(Debug, Clone, Default, Serialize, Deserialize)]
pub struct Table {
    /// Name of the sheet that was read; empty for CSV.
    pub sheet: String,
    /// Visible sheets of the workbook that were not read.
    pub other_sheets: Vec<String>,
    rows: Vec<Row>,
    /// Merges of one column over several rows: (column, top, bottom), sorted.
    tall: Vec<(u16, u32, u32)>,
    /// Top left corners of merges over several columns.
    wide: HashSet<(u32, u16)>,
}

const EMPTY: Cell = Cell::Empty;

impl Table {
    pub(super) fn new(rows: Vec<Row>, merges: &[Merge]) -> Self {
        let mut tall = Vec::new();
        let mut wide = HashSet::new();
        for merge in merges {
            if merge.left < merge.right {
                wide.insert((merge.top, merge.left));
            } else if merge.top < merge.bottom {
                tall.push((merge.left, merge.top, merge.bottom));
            }
        }
        tall.sort_unstable();
        Self {
            rows,
            tall,
            wide,
            ..Self::default()
        }
    }

    /// The rows that have something in them.
    pub fn rows(&self) -> &[Row] {
        &self.rows
    }

    /// The cell itself, [`Cell::Empty`] wherever nothing is stored.
    pub fn cell(&self, row: u32, column: u16) -> &Cell {
        let Ok(at) = self.rows.binary_search_by_key(&row, |row| row.number) else {
            return &EMPTY;
        };
        let cells = &self.rows[at].cells;
        cells
            .binary_search_by_key(&column, |(column, _)| *column)
            .map_or(&EMPTY, |at| &cells[at].1)
    }

    /// Puts a text into a cell, or empties it; what a person mends is text, as in a CSV file.
    pub fn set(&mut self, row: u32, column: u16, text: &str) {
        let cell = match text.trim() {
            "" => Cell::Empty,
            text => Cell::Text(text.to_owned()),
        };
        let at = match self.rows.binary_search_by_key(&row, |row| row.number) {
            Ok(at) => at,
            Err(_) => return,
        };
        let cells = &mut self.rows[at].cells;
        match cells.binary_search_by_key(&column, |(column, _)| *column) {
            Ok(at) => cells[at].1 = cell,
            Err(at) => cells.insert(at, (column, cell)),
        }
    }

    /// Whether rows and cells stand in order and within the limits of a file: what travelled
    /// through a browser is believed no more than a file is.
    #[must_use]
    pub fn is_sound(&self) -> bool {
        let ascending = self.rows.is_sorted_by(|a, b| a.number < b.number);
        let cells = |row: &Row| {
            let inside = |(column, _): &(u16, Cell)| (1..=MAX_COLUMNS).contains(column);
            row.cells.is_sorted_by(|a, b| a.0 < b.0) && row.cells.iter().all(inside)
        };
        let filled: usize = self.rows.iter().map(|row| row.cells.len()).sum();
        let last = self.rows.last().map_or(0, |row| row.number);
        ascending
            && self.rows.first().is_none_or(|row| row.number > 0)
            && last <= MAX_ROWS
            && filled <= MAX_CELLS
            && self.tall.is_sorted()
            && self.rows.iter().all(cells)
    }

    /// As [`Table::cell`], but an empty cell inside a vertical merge takes the value that a
    /// reader sees there: the one of the merge's first row.
    pub fn seen(&self, row: u32, column: u16) -> &Cell {
        let own = self.cell(row, column);
        if !own.is_blank() {
            return own;
        }
        let after = self
            .tall
            .partition_point(|(c, top, _)| (*c, *top) <= (column, row));
        match after.checked_sub(1).map(|at| self.tall[at]) {
            Some((c, top, bottom)) if c == column && row <= bottom => self.cell(top, column),
            _ => own,
        }
    }

    /// True when a merge over several columns starts at this cell, as titles and sub-headings do.
    pub fn is_wide(&self, row: u32, column: u16) -> bool {
        self.wide.contains(&(row, column))
    }
}

/// `D17` for row 17, column 4.
pub fn cell_name(row: u32, column: u16) -> String {
    let mut letters = Vec::new();
    let mut left = column;
    while left > 0 {
        left -= 1;
        letters.push(char::from(b'A' + (left % 26) as u8));
        left /= 26;
    }
    let letters: String = letters.iter().rev().collect();
    format!("{letters}{row}")
}

/// Row and column of `D17`; `None` when it is not a cell name. Values may exceed every limit.
#[must_use]
pub fn parse_cell_name(name: &str) -> Option<(u32, u32)> {
    let digits_at = name.find(|c: char| c.is_ascii_digit())?;
    let (letters, digits) = name.split_at(digits_at);
    if letters.is_empty() || letters.len() > 4 || digits.len() > 9 {
        return None;
    }
    let mut column = 0_u32;
    for letter in letters.bytes() {
        let letter = letter.to_ascii_uppercase();
        if !letter.is_ascii_uppercase() {
            return None;
        }
        column = column * 26 + u32::from(letter - b'A') + 1;
    }
    let row = digits.parse().ok().filter(|row| *row > 0)?;
    Some((row, column))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn cell_names_go_both_ways() {
        for (row, column, name) in [
            (17, 4, "D17"),
            (1, 26, "Z1"),
            (3, 27, "AA3"),
            (9, 256, "IV9"),
        ] {
            assert_eq!(cell_name(row, column), name);
            assert_eq!(parse_cell_name(name), Some((row, u32::from(column))));
        }
        assert_eq!(parse_cell_name("XFD1048576"), Some((1_048_576, 16_384)));
        for wrong in ["", "A", "7", "A0", "A-1", "甲1", "AAAAA1", "A9999999999"] {
            assert_eq!(parse_cell_name(wrong), None, "{wrong}");
        }
    }

    #[test]
    fn a_mended_cell_is_text_and_a_shuffled_table_is_not_sound() {
        let row = |number| Row {
            number,
            cells: vec![(2, Cell::Number("17".into()))],
        };
        let mut table = Table::new(vec![row(2), row(5)], &[]);
        assert!(table.is_sound());
        table.set(5, 2, "017");
        table.set(5, 1, " 王五 ");
        table.set(9, 1, "nowhere");
        assert_eq!(table.cell(5, 2), &Cell::Text("017".into()));
        assert_eq!(table.cell(5, 1), &Cell::Text("王五".into()));
        assert!(table.is_sound() && table.rows().len() == 2);
        let shuffled = Table::new(vec![row(5), row(2)], &[]);
        assert!(!shuffled.is_sound());
    }

    #[test]
    fn a_vertical_merge_is_seen_in_each_of_its_rows() {
        let row = |number, text: &str| Row {
            number,
            cells: vec![(1, Cell::Text(text.into()))],
        };
        let merge = |top, left, bottom, right| Merge {
            top,
            left,
            bottom,
            right,
        };
        let table = Table::new(
            vec![row(2, "一组"), row(6, "末")],
            &[merge(2, 1, 4, 1), merge(6, 1, 6, 3)],
        );
        assert_eq!(table.seen(4, 1).shown(), "一组");
        assert_eq!(table.seen(5, 1), &Cell::Empty);
        assert!(table.is_wide(6, 1) && !table.is_wide(2, 1));
    }
}
