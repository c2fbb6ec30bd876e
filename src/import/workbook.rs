//! The door for files: tells what a file is, refuses what is hostile or useless, reads the rest.

use super::csv_text::read_csv;
use super::file_fault::FileFault;
use super::package::Package;
use super::sheet::{Context, read_sheet};
use super::table::Table;
use super::workbook_parts::{read_shared_texts, read_sheet_list, read_styles};

/// Largest upload, as it arrives.
pub const MAX_FILE_BYTES: usize = 8 << 20;
/// Last row that is read; a filled or formatted cell below refuses the file.
pub const MAX_ROWS: u32 = 20_000;
/// Last column that is read (`IV`).
pub const MAX_COLUMNS: u16 = 256;
/// Filled cells of one sheet: 20,000 rows of ten columns.
pub const MAX_CELLS: usize = 200_000;
/// Text of all cells of one sheet together, in UTF-8.
pub const MAX_TEXT_BYTES: usize = 8 << 20;
/// What Excel itself allows in a cell.
pub const MAX_CELL_CHARS: usize = 32_767;

/// Reads the first visible sheet that has content, or a CSV file, whatever the file is called;
/// the name only rules out text that pretends to be a workbook.
///
/// # Errors
/// [`FileFault`] when the file is not read at all. Takes well under a second and 64 MB for
/// anything, hostile or not.
pub fn read_table(bytes: &[u8], file_name: &str) -> Result<Table, FileFault> {
    if bytes.is_empty() {
        return Err(FileFault::Empty);
    }
    if bytes.len() > MAX_FILE_BYTES {
        return Err(FileFault::TooLarge);
    }
    if bytes.starts_with(b"PK\x03\x04") || bytes.starts_with(b"PK\x05\x06") {
        return read_workbook(bytes);
    }
    if bytes.starts_with(b"\xD0\xCF\x11\xE0\xA1\xB1\x1A\xE1") {
        return Err(compound_fault(bytes));
    }
    let start = bytes.strip_prefix(b"\xEF\xBB\xBF").unwrap_or(bytes);
    let is_markup = start.trim_ascii_start().starts_with(b"<");
    if is_markup || start.starts_with(b"%PDF") || !is_text_name(file_name) {
        return Err(FileFault::NotASpreadsheet);
    }
    read_csv(bytes)
}

/// The old container holds either an old workbook or, under this name, an encrypted new one.
fn compound_fault(bytes: &[u8]) -> FileFault {
    let name: Vec<u8> = "EncryptedPackage"
        .encode_utf16()
        .flat_map(u16::to_le_bytes)
        .collect();
    match bytes.windows(name.len()).any(|at| at == name) {
        true => FileFault::Encrypted,
        false => FileFault::OldFormat,
    }
}

fn is_text_name(file_name: &str) -> bool {
    let last = file_name.rsplit(['/', '\\']).next().unwrap_or_default();
    match last.rsplit_once('.') {
        Some((_, end)) => ["csv", "txt", "tsv"].contains(&end.to_ascii_lowercase().as_str()),
        None => true,
    }
}

fn read_workbook(bytes: &[u8]) -> Result<Table, FileFault> {
    let package = Package::open(bytes)?;
    let (sheets, from_1904) = read_sheet_list(&package)?;
    let shared = read_shared_texts(&package)?;
    let styles = read_styles(&package)?;
    let context = Context {
        shared: &shared,
        styles: &styles,
        from_1904,
    };
    let visible: Vec<_> = sheets.iter().filter(|sheet| sheet.visible).collect();
    for (at, sheet) in visible.iter().enumerate() {
        let xml = package.part(&sheet.path).ok_or(FileFault::Damaged)?;
        let mut table = read_sheet(xml, &context)?;
        if table.rows().is_empty() {
            continue;
        }
        table.sheet.clone_from(&sheet.name);
        let others = visible.iter().enumerate().filter(|(other, _)| *other != at);
        table.other_sheets = others.map(|(_, sheet)| sheet.name.clone()).collect();
        return Ok(table);
    }
    Err(FileFault::NoSheet)
}
