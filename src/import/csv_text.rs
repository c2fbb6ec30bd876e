//! Delimited text: what Excel and WPS call CSV, in the encodings they write it in.

use std::borrow::Cow;

use encoding_rs::{Encoding, GB18030, UTF_8};

use super::file_fault::FileFault;
use super::table::{Cell, Row, Table, cell_name};
use super::workbook::{MAX_CELL_CHARS, MAX_CELLS, MAX_COLUMNS, MAX_ROWS};

/// The parser remembers the end of every field of a row; this bounds it for a row of commas.
const DELIMITERS_MAX: usize = 1_000_000;

/// A cell to write: what a spreadsheet would take for a formula is made plain by an apostrophe,
/// unless it is a plain number.
#[must_use]
pub fn inert(text: &str) -> Cow<'_, str> {
    let digits = text.strip_prefix('-').unwrap_or(text);
    let is_number = digits.starts_with(|c: char| c.is_ascii_digit())
        && digits.bytes().all(|b| b.is_ascii_digit() || b == b'.');
    let risky = text.starts_with(['=', '+', '-', '@', '\t', '\r', '\n', '＝', '＋', '－', '＠']);
    if risky && !is_number {
        return ["'", text].concat().into();
    }
    text.into()
}

/// Reads the text as a table of text cells, rows numbered as a spreadsheet would show them.
pub(super) fn read_csv(bytes: &[u8]) -> Result<Table, FileFault> {
    let text = decode(bytes)?;
    let text = plain_lines(&text);
    if text.trim().is_empty() {
        return Err(FileFault::Empty);
    }
    if text.bytes().filter(|b| *b == b'"').count() % 2 == 1 {
        return Err(FileFault::UnclosedQuote);
    }
    let delimiter = delimiter(&text);
    if text.bytes().filter(|b| *b == delimiter).count() > DELIMITERS_MAX {
        return Err(FileFault::TooManyCells);
    }
    let mut reader = csv::ReaderBuilder::new()
        .has_headers(false)
        .flexible(true)
        .delimiter(delimiter)
        .from_reader(text.as_bytes());
    let mut record = csv::StringRecord::new();
    let mut rows = Vec::new();
    let (mut number, mut line, mut cells) = (0_u32, 1_u64, 0_usize);
    loop {
        let more = reader
            .read_record(&mut record)
            .map_err(|_| FileFault::Damaged)?;
        if !more {
            return Ok(Table::new(rows, &[]));
        }
        number = number.saturating_add(rows_passed(&record, reader.position().line() - line));
        line = reader.position().line();
        let filled = filled_cells(&record, number)?;
        cells += filled.len();
        if cells > MAX_CELLS {
            return Err(FileFault::TooManyCells);
        }
        if let Some((column, _)) = filled.first() {
            if number > MAX_ROWS {
                return Err(FileFault::CellOutOfRange(cell_name(number, *column)));
            }
            rows.push(Row {
                number,
                cells: filled,
            });
        }
    }
}

/// The parser skips blank lines silently, and a quoted field may hold line breaks: neither may
/// shift the row number that a person sees in the spreadsheet.
fn rows_passed(record: &csv::StringRecord, lines: u64) -> u32 {
    let breaks = record
        .iter()
        .flat_map(str::bytes)
        .filter(|b| *b == b'\n')
        .count();
    let breaks = u64::try_from(breaks).unwrap_or(u64::MAX);
    u32::try_from(lines.saturating_sub(breaks).max(1)).unwrap_or(u32::MAX)
}

fn filled_cells(record: &csv::StringRecord, row: u32) -> Result<Vec<(u16, Cell)>, FileFault> {
    let mut cells = Vec::new();
    for (index, field) in record.iter().enumerate() {
        if field.is_empty() {
            continue;
        }
        if field.len() > MAX_CELL_CHARS * 4 {
            return Err(FileFault::TooMuchText);
        }
        let column = u16::try_from(index + 1).unwrap_or(u16::MAX);
        if column > MAX_COLUMNS {
            return Err(FileFault::CellOutOfRange(cell_name(row, column)));
        }
        cells.push((column, Cell::Text(field.to_owned())));
    }
    Ok(cells)
}

/// UTF-8 or UTF-16 by its mark, UTF-8 by its form, GB18030 when that fits without an error.
fn decode(bytes: &[u8]) -> Result<Cow<'_, str>, FileFault> {
    let (encoding, skip) = match Encoding::for_bom(bytes) {
        Some(found) => found,
        None if std::str::from_utf8(bytes).is_ok() => (UTF_8, 0),
        None => (GB18030, 0),
    };
    // In none of the narrow encodings is a control byte part of a letter.
    let is_noise = |b: &u8| *b < 0x20 && !matches!(*b, b'\t' | b'\r' | b'\n');
    if (encoding == UTF_8 || encoding == GB18030) && bytes.iter().any(is_noise) {
        return Err(FileFault::NotASpreadsheet);
    }
    let text = encoding
        .decode_without_bom_handling_and_without_replacement(&bytes[skip..])
        .ok_or(FileFault::UnknownEncoding)?;
    let is_control = |c: char| c.is_control() && !matches!(c, '\t' | '\r' | '\n');
    match text.chars().any(is_control) {
        true => Err(FileFault::NotASpreadsheet),
        false => Ok(text),
    }
}

/// Line feeds only, and one at the end, so that the parser's line numbers can be trusted.
fn plain_lines(text: &str) -> String {
    let mut plain = text.replace("\r\n", "\n").replace('\r', "\n");
    plain.push('\n');
    plain
}

/// The separator that the first lines use most; a comma when they use none.
fn delimiter(text: &str) -> u8 {
    let head: Vec<&str> = text.lines().take(20).collect();
    let count = |b: u8| {
        head.iter()
            .flat_map(|line| line.bytes())
            .filter(|c| *c == b)
            .count()
    };
    let (tabs, semicolons, commas) = (count(b'\t'), count(b';'), count(b','));
    if tabs > commas && tabs >= semicolons {
        b'\t'
    } else if semicolons > commas {
        b';'
    } else {
        b','
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn rows(text: &str) -> Vec<(u32, Vec<(u16, String)>)> {
        let table = read_csv(text.as_bytes()).unwrap();
        let cells = |row: &Row| {
            row.cells
                .iter()
                .map(|(c, cell)| (*c, cell.shown()))
                .collect()
        };
        table
            .rows()
            .iter()
            .map(|row| (row.number, cells(row)))
            .collect()
    }

    #[test]
    fn row_numbers_survive_blank_lines_and_quoted_breaks() {
        let got = rows("题\r\n\r\n\"a\r\nb\",c\r\n\n,,\nd,,\"e \"\"f\"\"\",,");
        let cell = |c, text: &str| (c, text.to_owned());
        assert_eq!(
            got,
            vec![
                (1, vec![cell(1, "题")]),
                (3, vec![cell(1, "a\nb"), cell(2, "c")]),
                (6, vec![cell(1, "d"), cell(3, "e \"f\"")]),
            ]
        );
    }

    #[test]
    fn tabs_and_semicolons_are_found() {
        assert_eq!(rows("a\tb\n1\t2,3")[1].1[1].1, "2,3");
        assert_eq!(rows("a;b\n1;2")[1].1[1].1, "2");
    }

    #[test]
    fn encodings_are_told_apart() {
        let (gb, _, _) = GB18030.encode("户主,张三㐂");
        let utf16: Vec<u8> = "\u{feff}户主\t张三"
            .encode_utf16()
            .flat_map(u16::to_le_bytes)
            .collect();
        for bytes in [gb.as_ref(), "\u{feff}户主,张三".as_bytes(), &utf16] {
            let table = read_csv(bytes).unwrap();
            assert_eq!(table.cell(1, 1).shown(), "户主");
            assert!(table.cell(1, 2).shown().starts_with("张三"));
        }
        let fault = |bytes: &[u8]| read_csv(bytes).unwrap_err();
        assert_eq!(fault(b"a,\xff\xff\xff"), FileFault::UnknownEncoding);
        assert_eq!(fault(b"a\0b"), FileFault::NotASpreadsheet);
        assert_eq!(fault(b"a,\"b\nc,d"), FileFault::UnclosedQuote);
        assert_eq!(fault(b" \r\n "), FileFault::Empty);
        assert_eq!(
            fault(",".repeat(1_000_001).as_bytes()),
            FileFault::TooManyCells
        );
        let wide = format!("{}x", ",".repeat(256));
        assert_eq!(
            fault(wide.as_bytes()),
            FileFault::CellOutOfRange("IW1".into())
        );
        let long = format!("{}x", "\n".repeat(20_000));
        assert_eq!(
            fault(long.as_bytes()),
            FileFault::CellOutOfRange("A20001".into())
        );
        let endless = format!("a,{}", "b".repeat(MAX_CELL_CHARS * 4 + 1));
        assert_eq!(fault(endless.as_bytes()), FileFault::TooMuchText);
    }
}
