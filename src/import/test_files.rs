//! Files built for the tests of this folder: workbooks part by part, and archives byte by byte.

use std::fmt::Write as _;
use std::io::{Cursor, Write as _};

use zip::ZipWriter;
use zip::write::SimpleFileOptions;

use super::table::{Table, cell_name};
use super::workbook::read_table;

pub(super) const WORKBOOK: &str = r#"<workbook xmlns:r="r"><sheets><sheet name="表" sheetId="1" r:id="rId1"/></sheets></workbook>"#;
pub(super) const RELATIONS: &str = r#"<Relationships><Relationship Id="rId1" Type="http://schemas.openxmlformats.org/officeDocument/2006/relationships/worksheet" Target="worksheets/sheet1.xml"/></Relationships>"#;

/// An archive of the given parts.
pub(super) fn archive(parts: &[(&str, &[u8])]) -> Vec<u8> {
    let mut writer = ZipWriter::new(Cursor::new(Vec::new()));
    for (name, bytes) in parts {
        writer
            .start_file(*name, SimpleFileOptions::default())
            .unwrap();
        writer.write_all(bytes).unwrap();
    }
    writer.finish().unwrap().into_inner()
}

/// A workbook with one sheet and further parts.
pub(super) fn workbook(sheet: &str, more: &[(&str, &[u8])]) -> Vec<u8> {
    let mut parts: Vec<(&str, &[u8])> = vec![
        ("xl/workbook.xml", WORKBOOK.as_bytes()),
        ("xl/_rels/workbook.xml.rels", RELATIONS.as_bytes()),
        ("xl/worksheets/sheet1.xml", sheet.as_bytes()),
    ];
    parts.extend_from_slice(more);
    archive(&parts)
}

/// A sheet around the XML of its rows.
pub(super) fn sheet(rows: &str, merges: &str) -> String {
    format!("<worksheet><sheetData>{rows}</sheetData>{merges}</worksheet>")
}

/// Rows of cells from a small notation: `#3` a stored number, `=A1` a formula, `!#N/A` an error,
/// `@46329` a stored date, anything else text, an empty string no cell.
pub(super) fn rows(cells: &[&[&str]]) -> String {
    let mut xml = String::new();
    for (row, line) in (1_u32..).zip(cells) {
        write!(xml, r#"<row r="{row}">"#).unwrap();
        for (column, cell) in (1_u16..).zip(*line) {
            let name = cell_name(row, column);
            match cell.chars().next() {
                None => continue,
                Some('#') => write!(xml, r#"<c r="{name}"><v>{}</v></c>"#, &cell[1..]),
                Some('=') => write!(xml, r#"<c r="{name}"><f>{}</f><v>1</v></c>"#, &cell[1..]),
                Some('!') => write!(xml, r#"<c r="{name}" t="e"><v>{}</v></c>"#, &cell[1..]),
                Some('@') => write!(xml, r#"<c r="{name}" s="1"><v>{}</v></c>"#, &cell[1..]),
                Some(_) => write!(
                    xml,
                    r#"<c r="{name}" t="inlineStr"><is><t>{cell}</t></is></c>"#
                ),
            }
            .unwrap();
        }
        xml.push_str("</row>");
    }
    xml
}

const STYLES: &str =
    r#"<styleSheet><cellXfs><xf numFmtId="0"/><xf numFmtId="14"/></cellXfs></styleSheet>"#;

/// The table of cells in the notation of [`rows`], by way of a real workbook.
pub(super) fn table(cells: &[&[&str]], merges: &str) -> Table {
    let bytes = workbook(
        &sheet(&rows(cells), merges),
        &[("xl/styles.xml", STYLES.as_bytes())],
    );
    read_table(&bytes, "t.xlsx").unwrap()
}

/// Any table as comma-separated text with the rows where they were.
pub(super) fn to_csv(table: &Table) -> String {
    let mut text = String::new();
    let mut next = 1;
    for row in table.rows() {
        while next < row.number {
            text.push_str("\r\n");
            next += 1;
        }
        let last = row.cells.last().map_or(0, |(column, _)| *column);
        for column in 1..=last {
            let cell = table.cell(row.number, column).shown();
            write!(text, "\"{}\",", cell.replace('"', "\"\"")).unwrap();
        }
        text.push_str("\r\n");
        next += 1;
    }
    text
}

/// An archive entry written by hand, so that it may lie.
#[derive(Clone, Copy)]
pub(super) struct RawEntry<'a> {
    pub(super) name: &'a str,
    pub(super) packed: &'a [u8],
    pub(super) claimed_size: u32,
    pub(super) crc: u32,
    pub(super) flags: u16,
    /// Unix mode; 0 for none.
    pub(super) mode: u32,
    /// Points at the local header of this earlier entry instead of having one.
    pub(super) shares: Option<usize>,
}

/// An archive with a deflated entry for each, the directory exactly as told.
pub(super) fn raw_archive(entries: &[RawEntry<'_>]) -> Vec<u8> {
    let mut out: Vec<u8> = Vec::new();
    let mut directory: Vec<u8> = Vec::new();
    let mut offsets: Vec<u32> = Vec::new();
    for entry in entries {
        let offset = match entry.shares {
            Some(other) => offsets[other],
            None => u32::try_from(out.len()).unwrap(),
        };
        offsets.push(offset);
        let mut common: Vec<u8> = Vec::new();
        for field in [20_u16, entry.flags, 8, 0, 0] {
            common.extend(field.to_le_bytes());
        }
        let packed = u32::try_from(entry.packed.len()).unwrap();
        for field in [entry.crc, packed, entry.claimed_size] {
            common.extend(field.to_le_bytes());
        }
        common.extend(u16::try_from(entry.name.len()).unwrap().to_le_bytes());
        common.extend(0_u16.to_le_bytes());
        if entry.shares.is_none() {
            out.extend(b"PK\x03\x04");
            out.extend(&common);
            out.extend(entry.name.as_bytes());
            out.extend(entry.packed);
        }
        directory.extend(b"PK\x01\x02\x14\x03");
        directory.extend(&common);
        directory.extend([0; 6]);
        directory.extend((entry.mode << 16).to_le_bytes());
        directory.extend(offset.to_le_bytes());
        directory.extend(entry.name.as_bytes());
    }
    let start = u32::try_from(out.len()).unwrap();
    let count = u16::try_from(entries.len()).unwrap_or(u16::MAX);
    out.extend(&directory);
    out.extend(b"PK\x05\x06\0\0\0\0");
    out.extend(count.to_le_bytes());
    out.extend(count.to_le_bytes());
    out.extend(u32::try_from(directory.len()).unwrap().to_le_bytes());
    out.extend(start.to_le_bytes());
    out.extend([0, 0]);
    out
}

/// Raw deflate of one letter some `pairs * 258` times, written bit by bit with the fixed codes:
/// far quicker than compressing gigabytes. Eight pairs fill exactly thirteen bytes.
pub(super) fn deflated_run(letter: u8, pairs: usize) -> Vec<u8> {
    assert!(letter < 144);
    let mut bits: Vec<bool> = vec![true, true, false];
    let code = |bits: &mut Vec<bool>, value: u32, width: u32| {
        bits.extend((0..width).rev().map(|at| value >> at & 1 == 1));
    };
    code(&mut bits, u32::from(letter) + 0x30, 8);
    let pack = |bits: &[bool]| -> Vec<u8> {
        let byte = |eight: &[bool]| (0..).zip(eight).map(|(at, bit)| u8::from(*bit) << at).sum();
        bits.chunks(8).map(byte).collect()
    };
    for _ in 0..16 {
        code(&mut bits, 0b1100_0101, 8);
        code(&mut bits, 0, 5);
    }
    let whole = pack(&bits[..bits.len() / 8 * 8]);
    // Eleven bits of prefix: the stream repeats every thirteen bytes from the second one on.
    let mut out = whole[..14].to_vec();
    while out.len() < 2 + pairs / 8 * 13 {
        let from = out.len() - 13;
        out.extend_from_within(from..);
    }
    out
}
