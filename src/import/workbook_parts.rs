//! The small parts of a workbook beside its sheets: which sheets there are, the shared texts,
//! and which styles mean "date" or "so many digits".

use std::collections::HashMap;

use super::file_fault::FileFault;
use super::package::Package;
use super::workbook::{MAX_CELL_CHARS, MAX_TEXT_BYTES};
use super::xml::{Node, Nodes, attribute, unescape_controls};

const SHARED_TEXTS_MAX: usize = 200_000;
const STYLES_MAX: usize = 70_000;

pub(super) struct SheetRef {
    pub(super) name: String,
    pub(super) visible: bool,
    /// Path of its part inside the archive.
    pub(super) path: String,
}

/// The sheets in tab order, and whether days count from 1904.
pub(super) fn read_sheet_list(package: &Package) -> Result<(Vec<SheetRef>, bool), FileFault> {
    let xml = package
        .part("xl/workbook.xml")
        .ok_or(FileFault::NotASpreadsheet)?;
    let targets = read_targets(package)?;
    let mut sheets = Vec::new();
    let mut from_1904 = false;
    let mut nodes = Nodes::new(xml);
    loop {
        match nodes.next()? {
            Node::Open(element) => match element.local_name().as_ref() {
                "workbookPr" => {
                    let value = attribute(&element, "date1904").unwrap_or_default();
                    from_1904 = value == "1" || value == "true";
                }
                // Charts and dialogs are sheets too; they have no part under xl/worksheets.
                "sheet" => {
                    let id = relation_id(&element).unwrap_or_default();
                    if let Some(path) = targets.get(&id) {
                        sheets.push(SheetRef {
                            name: attribute(&element, "name").unwrap_or_default(),
                            visible: attribute(&element, "state").is_none_or(|s| s == "visible"),
                            path: path.clone(),
                        });
                    }
                }
                _ => {}
            },
            Node::Done => return Ok((sheets, from_1904)),
            _ => {}
        }
        if sheets.len() > 1_000 {
            return Err(FileFault::TooManyParts);
        }
    }
}

/// `r:id`, told apart from `sheetId` and a plain `id` by its prefix.
fn relation_id(element: &quick_xml::events::BytesStart<'_>) -> Option<String> {
    let mut attributes = element.attributes();
    attributes.with_checks(false);
    attributes
        .flatten()
        .find(|a| a.key.prefix().is_some() && a.key.local_name().as_ref() == "id")
        .map(|a| a.value.into_owned())
}

fn read_targets(package: &Package) -> Result<HashMap<String, String>, FileFault> {
    let xml = package
        .part("xl/_rels/workbook.xml.rels")
        .ok_or(FileFault::Damaged)?;
    let mut targets = HashMap::new();
    let mut nodes = Nodes::new(xml);
    loop {
        match nodes.next()? {
            Node::Open(element) if element.local_name().as_ref() == "Relationship" => {
                let kind = attribute(&element, "Type").unwrap_or_default();
                let target = attribute(&element, "Target").unwrap_or_default();
                if !kind.ends_with("/worksheet") {
                    continue;
                }
                let path = match target.strip_prefix('/') {
                    Some(absolute) => absolute.to_owned(),
                    None => format!("xl/{}", target.trim_start_matches("./")),
                };
                targets.insert(attribute(&element, "Id").unwrap_or_default(), path);
            }
            Node::Done => return Ok(targets),
            _ => {}
        }
    }
}

/// The shared texts, rich text joined, phonetic guides left out.
pub(super) fn read_shared_texts(package: &Package) -> Result<Vec<String>, FileFault> {
    let Some(xml) = package.part("xl/sharedStrings.xml") else {
        return Ok(Vec::new());
    };
    let mut texts: Vec<String> = Vec::new();
    let mut bytes = 0;
    let (mut current, mut in_text, mut in_phonetic) = (String::new(), false, false);
    let mut nodes = Nodes::new(xml);
    loop {
        match nodes.next()? {
            Node::Open(element) => match element.local_name().as_ref() {
                "si" => current.clear(),
                "rPh" => in_phonetic = true,
                "t" => in_text = true,
                _ => {}
            },
            Node::Close(element) => match element.local_name().as_ref() {
                "rPh" => in_phonetic = false,
                "t" => in_text = false,
                "si" => {
                    texts.push(unescape_controls(&current).into_owned());
                    if texts.len() > SHARED_TEXTS_MAX {
                        return Err(FileFault::TooMuchText);
                    }
                }
                _ => {}
            },
            Node::Text(text) if in_text && !in_phonetic => {
                bytes += text.len();
                current.push_str(&text);
                if bytes > MAX_TEXT_BYTES || current.len() > MAX_CELL_CHARS * 4 {
                    return Err(FileFault::TooMuchText);
                }
            }
            Node::Text(_) => {}
            Node::Done => return Ok(texts),
        }
    }
}

/// How a stored number is shown.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Shown {
    Plain,
    Date,
    /// A format of zeros only, `000000`: filled up on the left to so many digits.
    Padded(usize),
}

/// By style index, how its cells are shown.
pub(super) fn read_styles(package: &Package) -> Result<Vec<Shown>, FileFault> {
    let Some(xml) = package.part("xl/styles.xml") else {
        return Ok(Vec::new());
    };
    let mut formats = HashMap::new();
    let mut styles = Vec::new();
    let mut in_cell_formats = false;
    let mut nodes = Nodes::new(xml);
    loop {
        match nodes.next()? {
            Node::Open(element) => match element.local_name().as_ref() {
                "numFmt" => {
                    let id = attribute(&element, "numFmtId").unwrap_or_default();
                    let format = attribute(&element, "formatCode").unwrap_or_default();
                    formats.insert(id, of_format(&format));
                }
                "cellXfs" => in_cell_formats = true,
                "xf" if in_cell_formats => {
                    let id = attribute(&element, "numFmtId").unwrap_or_default();
                    let shown = formats.get(&id).copied();
                    styles.push(shown.unwrap_or_else(|| of_built_in(&id)));
                }
                _ => {}
            },
            Node::Close(element) if element.local_name().as_ref() == "cellXfs" => {
                in_cell_formats = false;
            }
            Node::Done => return Ok(styles),
            _ => {}
        }
        if styles.len().max(formats.len()) > STYLES_MAX {
            return Err(FileFault::Damaged);
        }
    }
}

/// Built-in formats are known by number only; 27 to 36 and 50 to 58 are the East Asian dates.
fn of_built_in(id: &str) -> Shown {
    match id.parse::<u32>() {
        Ok(14..=22 | 27..=36 | 45..=47 | 50..=58) => Shown::Date,
        _ => Shown::Plain,
    }
}

fn of_format(format: &str) -> Shown {
    if !format.is_empty() && format.len() <= 30 && format.bytes().all(|b| b == b'0') {
        return Shown::Padded(format.len());
    }
    // Only the part for positive numbers, without quoted text and [colours].
    let (mut quoted, mut bracketed, mut escaped) = (false, false, false);
    for c in format.chars() {
        match c {
            _ if escaped => escaped = false,
            '\\' | '_' | '*' => escaped = true,
            '"' => quoted = !quoted,
            '[' if !quoted => bracketed = true,
            ']' if !quoted => bracketed = false,
            ';' if !quoted => return Shown::Plain,
            'y' | 'Y' | 'm' | 'M' | 'd' | 'D' | 'h' | 'H' if !quoted && !bracketed => {
                return Shown::Date;
            }
            _ => {}
        }
    }
    Shown::Plain
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn formats_tell_dates_from_numbers() {
        assert_eq!(of_format("000000"), Shown::Padded(6));
        for date in ["yyyy/m/d", "[$-804]yyyy\"年\"m\"月\"", "h:mm", "m-d"] {
            assert_eq!(of_format(date), Shown::Date, "{date}");
        }
        for plain in [
            "General", "0.00", "#,##0", "0\"hd\"", "[Red]0", "0\\d", "0;yy", "@",
        ] {
            assert_eq!(of_format(plain), Shown::Plain, "{plain}");
        }
        assert_eq!(of_built_in("14"), Shown::Date);
        assert_eq!(of_built_in("31"), Shown::Date);
        assert_eq!(of_built_in("49"), Shown::Plain);
    }
}
