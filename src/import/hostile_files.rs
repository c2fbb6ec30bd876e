//! The corpus of hostile files, and the largest honest one.

use super::file_fault::FileFault;
use super::test_files::{
    RELATIONS, RawEntry, WORKBOOK, archive, deflated_run, raw_archive, rows, sheet, workbook,
};
use super::workbook::MAX_FILE_BYTES;

const ENTRY: RawEntry<'_> = RawEntry {
    name: "xl/worksheets/sheet1.xml",
    packed: &[],
    claimed_size: 0,
    crc: 0,
    flags: 0,
    mode: 0,
    shares: None,
};

pub(super) struct Hostile {
    pub(super) what: &'static str,
    pub(super) name: &'static str,
    pub(super) bytes: Vec<u8>,
    pub(super) fault: FileFault,
}

fn hostile(what: &'static str, fault: FileFault, bytes: Vec<u8>) -> Hostile {
    let name = "花名册.xlsx";
    Hostile {
        what,
        name,
        bytes,
        fault,
    }
}

/// Every file, with the fault it must be refused for.
pub(super) fn corpus() -> Vec<Hostile> {
    [bombs(), archives(), cells(), floods(), markup(), others()]
        .into_iter()
        .flatten()
        .collect()
}

fn bombs() -> Vec<Hostile> {
    let bomb = vec![b'A'; 3 << 20];
    let in_bin = workbook("<a/>", &[("xl/media/a.bin", &bomb)]);
    let inner = archive(&[("a.xml", bomb.as_slice())]);
    let in_zip = workbook("<a/>", &[("a.zip", &inner)]);
    let in_png = workbook("<a/>", &[("a.png", &inner)]);
    let run = deflated_run(b'A', 3_000_000);
    let lying = RawEntry {
        packed: &run,
        claimed_size: 10,
        ..ENTRY
    };
    let name = "xl/sharedStrings.xml";
    let shared = RawEntry {
        name,
        claimed_size: 2_000_000_000,
        ..lying
    };
    let (lying, shared) = (raw_archive(&[lying]), raw_archive(&[shared]));
    let many: Vec<String> = (0..60_000).map(|n| n.to_string()).collect();
    let many: Vec<RawEntry<'_>> = many.iter().map(|name| RawEntry { name, ..ENTRY }).collect();
    let many = raw_archive(&many);
    let nested = FileFault::NestedArchive;
    vec![
        hostile("plain bomb", FileFault::Bomb, in_bin),
        hostile("sizes that lie", FileFault::Damaged, lying),
        hostile("gigabytes of shared strings", FileFault::Bomb, shared),
        hostile("bomb in a bomb", nested.clone(), in_zip),
        hostile("renamed inner bomb", nested, in_png),
        hostile("sixty thousand entries", FileFault::TooManyParts, many),
    ]
}

fn archives() -> Vec<Hostile> {
    let small = deflated_run(b'A', 8);
    let entry = RawEntry {
        packed: &small,
        ..ENTRY
    };
    let first = RawEntry {
        name: "a.xml",
        ..entry
    };
    let twin = RawEntry {
        name: "b.xml",
        shares: Some(0),
        ..entry
    };
    let overlap = raw_archive(&[first, twin]);
    let locked = raw_archive(&[RawEntry { flags: 1, ..entry }]);
    let link = raw_archive(&[RawEntry {
        mode: 0o120_777,
        ..entry
    }]);
    let outside = archive(&[("../../etc/passwd", b"x")]);
    let absolute = archive(&[("/etc/passwd", b"x")]);
    let whole = workbook(&sheet(&rows(&[&["户编号", "户主"]]), ""), &[]);
    let truncated = whole[..whole.len() - 30].to_vec();
    let half = whole[..whole.len() / 2].to_vec();
    let at = whole.windows(10).position(|w| w == b"sheet1.xml").unwrap() + 14;
    let mut flipped = whole;
    flipped[at] ^= 0xff;
    let macros = workbook("<a/>", &[("xl/vbaProject.bin", b"x")]);
    let letter = archive(&[("word/a.xml", b"<a/>")]);
    vec![
        hostile("parts that overlap", FileFault::OverlappingParts, overlap),
        hostile("locked entries", FileFault::Encrypted, locked),
        hostile("symbolic link", FileFault::UnsafePart, link),
        hostile("path outside", FileFault::UnsafePart, outside),
        hostile("absolute path", FileFault::UnsafePart, absolute),
        hostile("truncated", FileFault::Damaged, truncated),
        hostile("cut in half", FileFault::Damaged, half),
        hostile("flipped byte", FileFault::Damaged, flipped),
        hostile("macros", FileFault::Macros, macros),
        hostile("a letter", FileFault::NotASpreadsheet, letter),
    ]
}

/// Cells that are where or what none may be.
fn cells() -> Vec<Hostile> {
    let of = |what, fault, rows: &str| hostile(what, fault, workbook(&sheet(rows, ""), &[]));
    let beyond = |cell: &str| FileFault::CellOutOfRange(cell.to_owned());
    let far = r#"<row r="1048576"><c r="XFD1048576"><v>1</v></c></row>"#;
    let twice = r#"<row r="1"><c r="A1"/><c r="A1"/></row>"#;
    let absent = r#"<row><c t="s"><v>9</v></c></row>"#;
    let unknown = r#"<row><c t="str"><v>&boom;</v></c></row>"#;
    vec![
        of("cell XFD1048576", beyond("XFD1048576"), far),
        of(
            "row beyond",
            beyond("A20001"),
            r#"<row r="20001"><c r="A20001"/></row>"#,
        ),
        of(
            "column beyond",
            beyond("IW1"),
            r#"<row r="1"><c r="IW1"/></row>"#,
        ),
        of(
            "rows out of order",
            FileFault::Damaged,
            r#"<row r="2"/><row r="1"/>"#,
        ),
        of("cell twice", FileFault::Damaged, twice),
        of("text that is not there", FileFault::Damaged, absent),
        of("unknown entity", FileFault::XmlEntities, unknown),
        of("nothing on the sheet", FileFault::NoSheet, ""),
    ]
}

/// Honest XML, but far too much of it.
fn floods() -> Vec<Hostile> {
    let of = |what, fault, rows: &str, shared: &str| {
        let shared = format!("<sst>{shared}</sst>");
        let more = [("xl/sharedStrings.xml", shared.as_bytes())];
        hostile(what, fault, workbook(&sheet(rows, ""), &more))
    };
    let formulas: String = (1..=10_001)
        .map(|r| format!(r#"<row r="{r}"><c><f>1</f></c><c><f>2</f></c></row>"#))
        .collect();
    let long_formula = format!("<row><c><f>{}</f></c></row>", "1+".repeat(20_000));
    // Scrambled, or the ratio of compression would give them away before the cells are counted.
    let scrambled = |n: u32| n.wrapping_mul(2_654_435_761);
    let cell = |n: u32| format!("<c><v>{}</v></c>", scrambled(n));
    let row = |r: u32| -> String { (0..256).map(|c| cell(r * 256 + c)).collect() };
    let full: String = (0..800).map(|r| format!("<row>{}</row>", row(r))).collect();
    let text = |n: u32| -> String {
        (0..3_000)
            .map(|c| scrambled(n * 3_000 + c).to_string())
            .collect()
    };
    let texts: String = (0..320)
        .map(|n| format!("<si><t>{}</t></si>", text(n)))
        .collect();
    let amplified = format!("<si><t>{}</t></si>", "字".repeat(30_000));
    let repeated = r#"<row><c t="s"><v>0</v></c></row>"#.repeat(200);
    vec![
        of("formula bomb", FileFault::TooManyFormulas, &formulas, ""),
        of(
            "endless formula",
            FileFault::TooManyFormulas,
            &long_formula,
            "",
        ),
        of("too many cells", FileFault::TooManyCells, &full, ""),
        of("too much shared text", FileFault::TooMuchText, "", &texts),
        of(
            "one text everywhere",
            FileFault::TooMuchText,
            &repeated,
            &amplified,
        ),
    ]
}

fn markup() -> Vec<Hostile> {
    let xxe = r#"<!DOCTYPE a [<!ENTITY x SYSTEM "file:///etc/passwd">]><a>&x;</a>"#;
    let utf16: Vec<u8> = xxe.encode_utf16().flat_map(u16::to_le_bytes).collect();
    let elsewhere = workbook("<a/>", &[("docProps/core.xml", xxe.as_bytes())]);
    let utf16 = archive(&[("xl/worksheets/sheet1.xml", &utf16)]);
    let wide_tag = format!("<worksheet {}/>", "a='1' ".repeat(100_000));
    let deep = "<a>".repeat(200_000);
    let no_sheet = archive(&[
        ("xl/workbook.xml", WORKBOOK.as_bytes()),
        ("xl/_rels/workbook.xml.rels", RELATIONS.as_bytes()),
    ]);
    vec![
        hostile(
            "external entity",
            FileFault::XmlEntities,
            workbook(xxe, &[]),
        ),
        hostile(
            "external entity elsewhere",
            FileFault::XmlEntities,
            elsewhere,
        ),
        hostile("external entity in UTF-16", FileFault::Damaged, utf16),
        hostile("deep nesting", FileFault::Damaged, workbook(&deep, &[])),
        hostile(
            "a tag without end",
            FileFault::NoSheet,
            workbook(&wide_tag, &[]),
        ),
        hostile("no sheet", FileFault::Damaged, no_sheet),
    ]
}

fn others() -> Vec<Hostile> {
    let old = b"\xD0\xCF\x11\xE0\xA1\xB1\x1A\xE1".to_vec();
    let mut encrypted = old.clone();
    encrypted.extend("EncryptedPackage".encode_utf16().flat_map(u16::to_le_bytes));
    // A fixed scramble; any noise has control characters within a few bytes.
    let noise: Vec<u8> = (0..100_000_u32)
        .map(|n| (n.wrapping_mul(2_654_435_761) >> 13) as u8)
        .collect();
    let csv = |what, fault, bytes| Hostile {
        name: "a.csv",
        ..hostile(what, fault, bytes)
    };
    let html = b"<html><table><tr><td>1</td></tr></table></html>".to_vec();
    vec![
        hostile("old workbook", FileFault::OldFormat, old),
        hostile("encrypted workbook", FileFault::Encrypted, encrypted),
        hostile(
            "not an archive",
            FileFault::NotASpreadsheet,
            b"hello".to_vec(),
        ),
        hostile(
            "only a signature",
            FileFault::Damaged,
            b"PK\x03\x04".to_vec(),
        ),
        hostile("empty", FileFault::Empty, Vec::new()),
        hostile(
            "too large",
            FileFault::TooLarge,
            vec![b'a'; MAX_FILE_BYTES + 1],
        ),
        csv("noise", FileFault::NotASpreadsheet, noise),
        csv("a page", FileFault::NotASpreadsheet, html),
        csv(
            "a PDF",
            FileFault::NotASpreadsheet,
            b"%PDF-1.7\n1 0 obj".to_vec(),
        ),
        csv(
            "only commas",
            FileFault::TooManyCells,
            vec![b','; MAX_FILE_BYTES],
        ),
        csv(
            "only quotes",
            FileFault::TooMuchText,
            vec![b'"'; MAX_FILE_BYTES],
        ),
        csv(
            "cells without end",
            FileFault::TooManyCells,
            b"1,1,1,1,1,1,1,1,1,1,1,1,1,1,1,1,1,1\n".repeat(12_000),
        ),
    ]
}

/// The largest table that is still accepted, near every limit at once.
pub(super) fn largest_accepted() -> Vec<u8> {
    let text = |n: usize| format!("<si><t>{n:05}{}</t></si>", "字".repeat(11));
    let shared: String = (0..150_000).map(text).collect();
    let shared = format!("<sst>{shared}</sst>");
    let cell = |n: u32| format!(r#"<c t="s"><v>{}</v></c>"#, n * 7_919 % 150_000);
    let filler = "1:10 ".repeat(90);
    let row = |r: u32| -> String { (0..10).map(|c| cell(r * 10 + c)).collect() };
    let data: String = (1..19_990)
        .map(|r| format!("<row r=\"{r}\" spans=\"{filler}\">{}</row>", row(r)))
        .collect();
    workbook(
        &sheet(&data, ""),
        &[("xl/sharedStrings.xml", shared.as_bytes())],
    )
}
