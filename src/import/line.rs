//! One row being judged: each question about a field answers with a value or notes a fault.

use super::columns::Header;
use super::fields::{self, check_characters, clean, clean_name, has_id_number, is_nothing};
use super::report::{Fault, FaultCode};
use super::table::{Cell, Table, cell_name};

const VALUE_CHARS_SHOWN: usize = 80;

pub(super) struct Line<'a> {
    table: &'a Table,
    header: &'a Header,
    pub(super) row: u32,
    pub(super) faults: Vec<Fault>,
}

impl<'a> Line<'a> {
    pub(super) fn new(table: &'a Table, header: &'a Header, row: u32) -> Self {
        Self {
            table,
            header,
            row,
            faults: Vec::new(),
        }
    }

    /// The cell of a field as a reader sees it; empty when the table lacks the column.
    pub(super) fn cell(&self, field: usize) -> &'a Cell {
        const EMPTY: &Cell = &Cell::Empty;
        match self.header.column(field) {
            Some(column) => self.table.seen(self.row, column),
            None => EMPTY,
        }
    }

    pub(super) fn fault(&mut self, field: usize, code: FaultCode) {
        let shown = self.cell(field).shown();
        let value = match has_id_number(&shown) {
            true => "******".to_owned(),
            false => shown.chars().take(VALUE_CHARS_SHOWN).collect(),
        };
        let column = self.header.column(field);
        self.faults.push(Fault {
            row: self.row,
            column: self.header.heading(field).to_owned(),
            cell: cell_name(self.row, column.unwrap_or(1)),
            code,
            value,
            first_row: None,
        });
    }

    pub(super) fn duplicate(&mut self, field: usize, first_row: u32) {
        self.fault(field, FaultCode::Duplicate);
        if let Some(fault) = self.faults.last_mut() {
            fault.first_row = Some(first_row);
        }
    }

    /// The text of a cell that may be text or a number; formulas, dates and errors are faults.
    fn raw(&mut self, field: usize) -> Option<&'a str> {
        let code = match self.cell(field) {
            Cell::Empty => return None,
            Cell::Text(text) if text.chars().all(char::is_whitespace) => return None,
            Cell::Text(text) if has_id_number(text) => FaultCode::IdNumber,
            Cell::Text(text) | Cell::Number(text) => return Some(text),
            Cell::Date(_) => FaultCode::BecameDate,
            Cell::Formula(_) => FaultCode::Formula,
            Cell::Error(_) => FaultCode::CellError,
        };
        self.fault(field, code);
        None
    }

    /// Checks a value with a function of [`fields`]; `None` when blank or faulty.
    pub(super) fn checked<T>(
        &mut self,
        field: usize,
        check: impl FnOnce(&str) -> Result<T, FaultCode>,
    ) -> Option<T> {
        let text = self.raw(field)?;
        match check(text) {
            Ok(value) => Some(value),
            Err(code) => {
                self.fault(field, code);
                None
            }
        }
    }

    /// Free text of at most so many characters.
    pub(super) fn text(&mut self, field: usize, chars_max: usize) -> Option<String> {
        self.checked(field, |text| fit(clean(text), chars_max))
    }

    /// A person's name.
    pub(super) fn name(&mut self, field: usize, chars_max: usize) -> Option<String> {
        self.checked(field, |text| fit(clean_name(text), chars_max))
    }

    /// A code, which must be stored as text.
    pub(super) fn code(&mut self, field: usize) -> Option<String> {
        if matches!(self.cell(field), Cell::Number(_)) {
            self.fault(field, FaultCode::NotText);
            return None;
        }
        self.checked(field, fields::code)
    }

    /// One of the words that are known, as its canonical form.
    pub(super) fn choice(
        &mut self,
        field: usize,
        words: &[(&'static str, &[&str])],
    ) -> Option<&'static str> {
        self.checked(field, |text| {
            let word = fields::narrow(text).trim().to_lowercase();
            let known = |(name, others): &&(&'static str, &[&str])| {
                *name == word || others.contains(&word.as_str())
            };
            words
                .iter()
                .find(known)
                .map(|(name, _)| *name)
                .ok_or(FaultCode::UnknownChoice)
        })
    }

    /// Turns a missing value into a fault, unless its cell has one already. What comes back for
    /// a faulty cell is never used, since the row is dropped.
    pub(super) fn require<T: Default>(&mut self, field: usize, value: Option<T>) -> T {
        let heading = self.header.heading(field);
        if value.is_none() && !self.faults.iter().any(|fault| fault.column == heading) {
            self.fault(field, FaultCode::Required);
        }
        value.unwrap_or_default()
    }
}

fn fit(text: String, chars_max: usize) -> Result<String, FaultCode> {
    check_characters(&text)?;
    match text.chars().count() > chars_max {
        true => Err(FaultCode::TooLong),
        false => Ok(text),
    }
}

/// Names in one cell: separated by marks, or by spaces when there are no marks. Two members may
/// bear one name, so repeats are kept.
pub(super) fn split_names(text: &str) -> Result<Vec<String>, FaultCode> {
    let marks = ['、', ',', ',', ';', ';', '/', '|', '\n', '。'];
    let pieces: Vec<String> = match text.trim().contains(marks) {
        true => text.split(marks).map(clean_name).collect(),
        false => spaced_names(text),
    };
    let mut names: Vec<String> = Vec::new();
    for name in pieces {
        if name.is_empty() || is_nothing(&name) {
            continue;
        }
        names.push(fit(name, 40)?);
        if names.len() > 30 {
            return Err(FaultCode::TooLong);
        }
    }
    Ok(names)
}

/// Spaces separate names, but a lone "王 五" is one name that was padded.
fn spaced_names(text: &str) -> Vec<String> {
    let words: Vec<String> = text.split_whitespace().map(clean).collect();
    match words.iter().all(|word| word.chars().count() == 1) {
        true => words.chunks(2).map(<[String]>::concat).collect(),
        false => words,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_are_split_the_ways_people_write_them() {
        for (typed, names) in [
            (
                "张三、李四,王 五;赵六/钱七",
                vec!["张三", "李四", "王五", "赵六", "钱七"],
            ),
            ("张三 李四", vec!["张三", "李四"]),
            ("王 五", vec!["王五"]),
            ("无", vec![]),
            ("张三、张三、", vec!["张三", "张三"]),
            ("Ann Lee, Bo", vec!["Ann Lee", "Bo"]),
        ] {
            assert_eq!(split_names(typed).unwrap(), names, "{typed}");
        }
        assert_eq!(split_names("a\u{200b}、b"), Err(FaultCode::BadCharacter));
        let many: Vec<String> = (0..31).map(|n| format!("人{n}")).collect();
        assert_eq!(split_names(&many.join("、")), Err(FaultCode::TooLong));
    }
}
