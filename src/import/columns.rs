//! Finding the row of headings and which column holds which field.

use super::fields::{has_id_number, narrow};
use super::report::{Fault, FaultCode, Report, Warning, WarningCode};
use super::table::{Cell, Table, cell_name};

/// Titles and form lines may stand above the headings, but not more than this.
const HEADER_ROWS_MAX: u32 = 20;

/// One column that an import knows.
pub(super) struct Field {
    /// Headings in lower case without white space, the strongest first; the first one names the
    /// column when it is missing.
    pub(super) aliases: &'static [&'static str],
    /// Whether the import makes no sense without it.
    pub(super) required: bool,
    /// Columns that are known but deliberately not kept.
    pub(super) dropped: bool,
}

impl Field {
    pub(super) const fn optional(aliases: &'static [&'static str]) -> Self {
        Self {
            aliases,
            required: false,
            dropped: false,
        }
    }

    pub(super) const fn required(aliases: &'static [&'static str]) -> Self {
        Self {
            aliases,
            required: true,
            dropped: false,
        }
    }

    pub(super) const fn dropped(aliases: &'static [&'static str]) -> Self {
        Self {
            aliases,
            required: false,
            dropped: true,
        }
    }
}

/// Where the fields of a table are.
pub(super) struct Header {
    /// The row of headings.
    pub(super) row: u32,
    /// Per field its column and heading, if the table has it.
    pub(super) columns: Vec<Option<(u16, String)>>,
    /// Headings that are not read.
    pub(super) ignored: Vec<String>,
    /// What each field is usually called, for columns that are not there.
    usual: Vec<&'static str>,
}

impl Header {
    pub(super) fn column(&self, field: usize) -> Option<u16> {
        self.columns.get(field)?.as_ref().map(|(column, _)| *column)
    }

    /// The heading as written in the file, or the usual one.
    pub(super) fn heading(&self, field: usize) -> &str {
        match self.columns.get(field) {
            Some(Some((_, heading))) => heading,
            _ => self.usual.get(field).copied().unwrap_or_default(),
        }
    }
}

/// One column of a file, as a person checks what it was taken for.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Column {
    /// The column, 1-based.
    pub at: u16,
    /// Its heading.
    pub heading: String,
    /// The field it was taken for, an index into [`Columns::fields`].
    pub field: Option<usize>,
    /// The first values below the heading.
    pub samples: Vec<String>,
}

/// The columns of a file against the fields that an import knows.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Columns {
    /// The row of headings; the first filled row when none was found.
    pub row: u32,
    /// Whether a row of headings was found.
    pub is_found: bool,
    /// The columns with anything in that row, or below it.
    pub columns: Vec<Column>,
    /// Each field that can be kept: its usual heading, and whether it must be there.
    pub fields: Vec<(&'static str, bool)>,
}

/// Values shown below a heading.
const SAMPLES: usize = 3;
/// Rows looked at for them.
const SAMPLE_ROWS: usize = 30;

/// What each column is taken for. `row` says where the headings are, when a person knows better.
pub(super) fn columns(table: &Table, fields: &[Field], row: Option<u32>) -> Columns {
    let found = match row {
        Some(row) => Some(match_row(table, row, fields)),
        None => find_header(table, fields),
    };
    let is_found = found.is_some();
    let first = table.rows().first().map_or(1, |row| row.number);
    let header = found.unwrap_or_else(|| match_row(table, first, fields));
    let below: Vec<_> = table
        .rows()
        .iter()
        .filter(|row| row.number > header.row)
        .take(SAMPLE_ROWS)
        .collect();
    let width = below
        .iter()
        .filter_map(|row| row.cells.last())
        .map(|(column, _)| *column)
        .chain(header.columns.iter().flatten().map(|(column, _)| *column))
        .max()
        .unwrap_or(0);
    let column = |at| {
        let heading = table.seen(header.row, at).shown();
        let samples = below.iter().filter_map(|row| {
            let shown = table.cell(row.number, at).shown();
            let short: String = shown.trim().chars().take(20).collect();
            (!short.is_empty() && !has_id_number(&shown)).then_some(short)
        });
        let field = header
            .columns
            .iter()
            .position(|column| column.as_ref().is_some_and(|(column, _)| *column == at));
        Column {
            at,
            heading: heading.split_whitespace().collect(),
            field: field.filter(|field| !fields[*field].dropped),
            samples: samples.take(SAMPLES).collect(),
        }
    };
    let columns = (1..=width).map(column);
    let kept = fields.iter().filter(|field| !field.dropped);
    Columns {
        row: header.row,
        is_found,
        columns: columns
            .filter(|column| !column.heading.is_empty() || !column.samples.is_empty())
            .collect(),
        fields: kept
            .map(|field| (field.aliases[0], field.required))
            .collect(),
    }
}

/// The headings, and a report to fill; a report of the missing columns when there is no use in
/// reading on.
pub(super) fn start<T>(table: &Table, fields: &[Field]) -> Result<(Header, Report<T>), Report<T>> {
    let mut report = Report::new(Vec::new());
    if !table.other_sheets.is_empty() {
        report.warnings.push(Warning {
            row: 0,
            code: WarningCode::OtherSheets,
            stated: table.other_sheets.join("、"),
            found: table.sheet.clone(),
        });
    }
    let Some(header) = find_header(table, fields) else {
        let first = table.rows().first().map_or(1, |row| row.number);
        report.faults.push(Fault {
            row: first,
            column: fields
                .iter()
                .find(|f| f.required)
                .map_or("", |f| f.aliases[0])
                .to_owned(),
            cell: cell_name(first, 1),
            code: FaultCode::NoHeader,
            value: String::new(),
            first_row: None,
        });
        return Err(report);
    };
    report.ignored.clone_from(&header.ignored);
    for (index, field) in fields.iter().enumerate() {
        if field.required && header.column(index).is_none() {
            report.faults.push(missing_column(header.row, field));
        }
    }
    match report.faults.is_empty() {
        true => Ok((header, report)),
        false => Err(report),
    }
}

pub(super) fn missing_column(row: u32, field: &Field) -> Fault {
    Fault {
        row,
        column: field.aliases[0].to_owned(),
        cell: cell_name(row, 1),
        code: FaultCode::MissingColumn,
        value: String::new(),
        first_row: None,
    }
}

/// The row among the first twenty that names most fields, at least two and one of them required.
fn find_header(table: &Table, fields: &[Field]) -> Option<Header> {
    let mut best: Option<(usize, Header)> = None;
    let rows = table
        .rows()
        .iter()
        .take_while(|row| row.number <= HEADER_ROWS_MAX);
    for row in rows {
        let header = match_row(table, row.number, fields);
        let known = header.columns.iter().flatten().count();
        let is_useful = fields
            .iter()
            .zip(&header.columns)
            .any(|(field, column)| field.required && column.is_some());
        if known >= 2 && is_useful && best.as_ref().is_none_or(|(count, _)| known > *count) {
            best = Some((known, header));
        }
    }
    best.map(|(_, header)| header)
}

fn match_row(table: &Table, row: u32, fields: &[Field]) -> Header {
    // Two-storey headings: a cell merged downward counts for the lower row as well.
    let width = table
        .rows()
        .iter()
        .take_while(|r| r.number <= row)
        .filter_map(|r| r.cells.last().map(|(column, _)| *column))
        .max()
        .unwrap_or(0);
    let mut found: Vec<Option<(usize, u16, String)>> = fields.iter().map(|_| None).collect();
    let mut ignored = Vec::new();
    for column in 1..=width {
        let Cell::Text(text) = table.seen(row, column) else {
            continue;
        };
        let heading: String = text.split_whitespace().collect();
        if heading.is_empty() {
            continue;
        }
        let Some((field, rank)) = match_heading(&heading, fields) else {
            ignored.push(heading);
            continue;
        };
        let weaker = match &found[field] {
            Some((other, ..)) if *other <= rank => Some(heading),
            _ => found[field]
                .replace((rank, column, heading))
                .map(|(.., heading)| heading),
        };
        ignored.extend(weaker);
    }
    let columns: Vec<_> = found
        .into_iter()
        .map(|f| f.map(|(_, at, name)| (at, name)))
        .collect();
    for (field, column) in fields.iter().zip(&columns) {
        if let Some((_, heading)) = column.as_ref().filter(|_| field.dropped) {
            ignored.push(heading.clone());
        }
    }
    Header {
        row,
        columns,
        ignored,
        usual: fields.iter().map(|field| field.aliases[0]).collect(),
    }
}

/// The field of a heading and how strong the match is (0 is strongest).
fn match_heading(heading: &str, fields: &[Field]) -> Option<(usize, usize)> {
    let plain = heading_key(heading);
    // "进价(分)" means another unit than "进价(元)", but "人口(人)" is just 人口.
    let joined: String = plain
        .chars()
        .filter(|c| !matches!(c, '(' | ')' | '[' | ']'))
        .collect();
    let short = plain.split(['(', '[']).next().unwrap_or_default();
    [joined.as_str(), short].iter().find_map(|name| {
        fields.iter().enumerate().find_map(|(index, field)| {
            let rank = field.aliases.iter().position(|alias| alias == name)?;
            Some((index, rank))
        })
    })
}

/// A heading without the stars, colons and spaces that vary between copies of one form.
pub(super) fn heading_key(heading: &str) -> String {
    narrow(heading)
        .to_lowercase()
        .chars()
        .filter(|c| !c.is_whitespace() && !matches!(c, '*' | ':' | '"'))
        .collect()
}
