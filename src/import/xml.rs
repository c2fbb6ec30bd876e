//! XML of a workbook part, event by event, straight from the bytes: no entity is ever expanded,
//! nesting is bounded, and no event copies more than its own text.

use std::borrow::Cow;

use quick_xml::Reader;
use quick_xml::escape::resolve_xml_entity;
use quick_xml::events::{BytesEnd, BytesStart, Event};

use super::file_fault::FileFault;

/// Spreadsheet parts nest about ten deep; the reader keeps the name of every open element.
const DEPTH_MAX: usize = 64;

pub(super) enum Node<'a> {
    Open(BytesStart<'a>),
    Close(BytesEnd<'a>),
    Text(Cow<'a, str>),
    Done,
}

pub(super) struct Nodes<'a> {
    reader: Reader<&'a [u8]>,
    depth: usize,
}

impl<'a> Nodes<'a> {
    pub(super) fn new(xml: &'a str) -> Self {
        let mut reader = Reader::from_str(xml);
        reader.config_mut().expand_empty_elements = true;
        Self { reader, depth: 0 }
    }

    /// The next thing of interest. Fails on a document type, an unknown entity, broken XML.
    pub(super) fn next(&mut self) -> Result<Node<'a>, FileFault> {
        loop {
            match self.reader.read_event().map_err(|_| FileFault::Damaged)? {
                Event::Start(start) => {
                    self.depth += 1;
                    if self.depth > DEPTH_MAX {
                        return Err(FileFault::Damaged);
                    }
                    return Ok(Node::Open(start));
                }
                Event::End(end) => {
                    self.depth = self.depth.saturating_sub(1);
                    return Ok(Node::Close(end));
                }
                Event::Text(text) => return Ok(Node::Text(text.xml10_content())),
                Event::CData(text) => return Ok(Node::Text(text.xml10_content())),
                Event::GeneralRef(name) => {
                    if let Some(c) = name.resolve_char_ref().map_err(|_| FileFault::Damaged)? {
                        return Ok(Node::Text(Cow::Owned(c.to_string())));
                    }
                    let text = resolve_xml_entity(&name).ok_or(FileFault::XmlEntities)?;
                    return Ok(Node::Text(Cow::Borrowed(text)));
                }
                Event::DocType(_) => return Err(FileFault::XmlEntities),
                Event::Eof if self.depth > 0 => return Err(FileFault::Damaged),
                Event::Eof => return Ok(Node::Done),
                Event::Empty(_) | Event::Comment(_) | Event::Decl(_) | Event::PI(_) => {}
            }
        }
    }
}

/// The value of an attribute by its local name, entities resolved.
pub(super) fn attribute(element: &BytesStart<'_>, name: &str) -> Option<String> {
    let mut attributes = element.attributes();
    // The check for repeated names compares each with all before it: quadratic in a hostile tag.
    attributes.with_checks(false);
    attributes.flatten().find_map(|attribute| {
        if attribute.key.local_name().as_ref() != name {
            return None;
        }
        attribute
            .normalized_value(quick_xml::XmlVersion::Implicit1_0)
            .ok()
            .map(Cow::into_owned)
    })
}

/// Undoes the `_x000D_` escapes with which workbooks store control characters.
pub(super) fn unescape_controls(text: &str) -> Cow<'_, str> {
    if !text.contains("_x") {
        return Cow::Borrowed(text);
    }
    let mut out = String::with_capacity(text.len());
    let mut rest = text;
    while let Some(at) = rest.find("_x") {
        out.push_str(&rest[..at]);
        rest = &rest[at..];
        let escaped = rest
            .get(2..7)
            .filter(|code| code.ends_with('_'))
            .and_then(|code| u32::from_str_radix(&code[..4], 16).ok())
            .and_then(char::from_u32);
        match escaped {
            Some(c) => {
                out.push(c);
                rest = &rest[7..];
            }
            None => {
                out.push_str("_x");
                rest = &rest[2..];
            }
        }
    }
    out.push_str(rest);
    Cow::Owned(out)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn control_escapes_are_undone_and_lookalikes_kept() {
        assert_eq!(unescape_controls("a_x000D_b"), "a\rb");
        assert_eq!(unescape_controls("_x005F_x"), "_x");
        assert_eq!(unescape_controls("max_x y_x12"), "max_x y_x12");
        assert_eq!(unescape_controls("_x村里人_"), "_x村里人_");
    }

    #[test]
    fn nesting_and_entities_are_bounded() {
        let read = |xml: &str| {
            let mut nodes = Nodes::new(xml);
            let mut text = String::new();
            loop {
                match nodes.next() {
                    Ok(Node::Done) => return Ok(text),
                    Ok(Node::Text(part)) => text.push_str(&part),
                    Ok(_) => {}
                    Err(fault) => return Err(fault),
                }
            }
        };
        assert_eq!(read("<a>&lt;&#x5F20;<![CDATA[&]]></a>").unwrap(), "<张&");
        assert_eq!(read("<a>&boom;</a>"), Err(FileFault::XmlEntities));
        assert_eq!(read("<!DOCTYPE a><a/>"), Err(FileFault::XmlEntities));
        assert_eq!(read("<a><b></a>"), Err(FileFault::Damaged));
        assert_eq!(read("<a>"), Err(FileFault::Damaged));
        assert_eq!(read(&"<a>".repeat(65)), Err(FileFault::Damaged));
    }
}
