//! What was typed into a sheet: a field for each household, and lines pasted from a spreadsheet.

use super::super::awards::scheme::plain_number;
use crate::core::award::SHEET_MAX;
use crate::core::{Points, Quantity};
use crate::store::read::roster::RosterItem;
use crate::web::page::{Faults, Form, Page};
use std::collections::HashMap;

/// The quantities typed, by code, in the order of the households.
#[derive(Debug, Default)]
pub struct Entries {
    /// Code and what stands in its field.
    typed: HashMap<String, String>,
    /// Lines that could not be placed.
    pub lines: String,
}

/// One household with its quantity.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Entry {
    /// Its code.
    pub code: String,
    /// Units of the rule.
    pub quantity: Quantity,
}

/// The name of a household's field.
pub fn field(code: &str) -> String {
    ["q-", code].concat()
}

/// A pasted line: its number, code if it has one, and quantity as text.
fn pasted(lines: &str) -> impl Iterator<Item = (usize, Option<String>, String)> + '_ {
    let filled = lines
        .lines()
        .enumerate()
        .filter(|(_, line)| !line.trim().is_empty());
    let read = filled.map(|(no, line)| {
        let apart = |c: char| c.is_whitespace() || matches!(c, ',' | '，' | ';' | '；');
        let cells: Vec<&str> = line.split(apart).filter(|cell| !cell.is_empty()).collect();
        let quantity = plain_number(cells.last().copied().unwrap_or(""));
        let code = cells.first().filter(|_| cells.len() > 1);
        (no + 1, code.map(|code| plain_number(code)), quantity)
    });
    // Spreadsheets are copied with the names of their columns.
    let is_heading = |line: &(usize, Option<String>, String)| {
        line.0 == 1 && line.1.is_some() && Quantity::parse(&line.2).is_err()
    };
    read.filter(move |line| !is_heading(line))
}

impl Entries {
    /// What a form brings; pasted lines are put into the fields they name. Lines with a code
    /// alone in front go by code, single columns by the order of `shown`.
    pub fn of(
        p: &Page,
        form: &Form,
        all: &[RosterItem],
        shown: &[&RosterItem],
    ) -> (Entries, Faults) {
        let mut entries = Entries::default();
        for (name, value) in form.fields() {
            if let Some(code) = name.strip_prefix("q-").filter(|_| !value.is_empty()) {
                entries.typed.insert(code.to_string(), plain_number(value));
            }
        }
        let (mut faults, mut left) = (Faults::none(), Vec::new());
        let codes: HashMap<&str, &RosterItem> =
            all.iter().map(|item| (item.code.as_str(), item)).collect();
        let text: Vec<&str> = form.get("lines").lines().collect();
        let (mut place, mut seen) = (0, HashMap::new());
        for (no, code, quantity) in pasted(form.get("lines")) {
            let found = match &code {
                Some(code) => codes.get(code.as_str()).map(|item| item.code.clone()),
                None => shown.get(place).map(|item| item.code.clone()),
            };
            place += 1;
            let fault = match &found {
                None => match code {
                    Some(code) => Some(p.t2("sheet.line_unknown", "n", no, "code", code)),
                    None => Some(p.t1("sheet.line_beyond", "n", no)),
                },
                Some(code) => seen
                    .insert(code.clone(), no)
                    .map(|first| p.t3("sheet.line_twice", "n", no, "m", first, "code", code)),
            };
            match (fault, found) {
                (None, Some(code)) => drop(entries.typed.insert(code, quantity)),
                (fault, _) => {
                    faults.add("lines", fault.unwrap_or_default());
                    left.push(text.get(no - 1).copied().unwrap_or("").trim());
                }
            }
        }
        entries.lines = left.join("\n");
        (entries, faults)
    }

    /// What stands in a household's field.
    pub fn value(&self, code: &str) -> &str {
        self.typed.get(code).map_or("", String::as_str)
    }

    /// The rows of the sheet, in the order of the households.
    pub fn rows(&self, p: &Page, all: &[RosterItem], faults: &mut Faults) -> Vec<Entry> {
        let mut rows = Vec::new();
        for item in all {
            let text = self.value(&item.code);
            // A nought is how people say that there was nothing.
            if text.is_empty() || text.chars().all(|c| c == '0') {
                continue;
            }
            match Quantity::parse(text)
                .ok()
                .filter(|quantity| quantity.is_valid())
            {
                Some(quantity) => rows.push(Entry {
                    code: item.code.clone(),
                    quantity,
                }),
                None => faults.add(
                    &field(&item.code),
                    p.t2("sheet.not_a_quantity", "code", &item.code, "text", text),
                ),
            }
        }
        if rows.is_empty() && faults.is_empty() {
            faults.add("lines", p.t("sheet.empty"));
        }
        if rows.len() > SHEET_MAX {
            faults.add("lines", p.t1("sheet.too_many", "n", rows.len()));
        }
        rows
    }

    /// How many fields are filled.
    pub fn count(&self) -> usize {
        self.typed.len()
    }

    /// What the sheet would give, as far as its numbers can be read.
    pub fn sum(&self, rate: Points) -> Points {
        let points = self.typed.values().filter_map(|text| {
            let quantity = Quantity::parse(text).ok()?;
            rate.times(quantity)
        });
        Points(points.map(|points| points.0).fold(0, i64::saturating_add))
    }
}

#[cfg(test)]
mod tests {
    use super::pasted;

    #[test]
    fn pasted_lines_are_read_as_spreadsheets_give_them() {
        let lines = "户号\t户主\t数量\n010001\t李桂兰\t2\n\n３\n010003，１.5\n";
        let read: Vec<_> = pasted(lines).collect();
        let line = |no, code: Option<&str>, quantity: &str| {
            (no, code.map(str::to_string), quantity.to_string())
        };
        assert_eq!(
            read,
            [
                line(2, Some("010001"), "2"),
                line(4, None, "3"),
                line(5, Some("010003"), "1.5"),
            ]
        );
    }
}
