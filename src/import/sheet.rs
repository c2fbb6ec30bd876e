//! One sheet's XML, read cell by cell with a limit on everything that could grow.

use quick_xml::events::BytesStart;

use super::file_fault::FileFault;
use super::number::{date_text, number_text};
use super::table::{Cell, Merge, Row, Table, cell_name, parse_cell_name};
use super::workbook::{MAX_CELL_CHARS, MAX_CELLS, MAX_COLUMNS, MAX_ROWS, MAX_TEXT_BYTES};
use super::workbook_parts::Shown;
use super::xml::{Node, Nodes, attribute, unescape_controls};

const FORMULAS_MAX: usize = 20_000;
/// Excel's own limit on the length of a formula.
const FORMULA_CHARS_MAX: usize = 8_192;
const FORMULA_CHARS_KEPT: usize = 100;
const MERGES_MAX: usize = 10_000;

/// What the cells of a sheet refer to.
pub(super) struct Context<'a> {
    pub(super) shared: &'a [String],
    pub(super) styles: &'a [Shown],
    pub(super) from_1904: bool,
}

/// Which text of a cell is being read.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Part {
    None,
    Value,
    Formula,
    Inline,
}

struct OpenCell {
    column: u16,
    kind: String,
    style: usize,
    value: String,
    formula: Option<String>,
}

struct SheetReader<'a> {
    context: &'a Context<'a>,
    rows: Vec<Row>,
    merges: Vec<Merge>,
    row: u32,
    column: u32,
    cell: Option<OpenCell>,
    part: Part,
    in_data: bool,
    in_phonetic: bool,
    cells: usize,
    text_bytes: usize,
    formulas: usize,
}

/// Reads the whole sheet or refuses the file.
pub(super) fn read_sheet(xml: &str, context: &Context<'_>) -> Result<Table, FileFault> {
    let mut reader = SheetReader {
        context,
        rows: Vec::new(),
        merges: Vec::new(),
        row: 0,
        column: 0,
        cell: None,
        part: Part::None,
        in_data: false,
        in_phonetic: false,
        cells: 0,
        text_bytes: 0,
        formulas: 0,
    };
    let mut nodes = Nodes::new(xml);
    loop {
        match nodes.next()? {
            Node::Open(element) => reader.open(&element)?,
            Node::Close(element) => reader.close(element.local_name().as_ref())?,
            Node::Text(text) => reader.text(&text)?,
            Node::Done => return Ok(Table::new(reader.rows, &reader.merges)),
        }
    }
}

impl SheetReader<'_> {
    fn open(&mut self, element: &BytesStart<'_>) -> Result<(), FileFault> {
        match element.local_name().as_ref() {
            "sheetData" => self.in_data = true,
            "mergeCell" => self.merge(element)?,
            _ if !self.in_data => {}
            "row" => self.open_row(element)?,
            "c" => self.open_cell(element)?,
            "v" => self.part = Part::Value,
            "f" => {
                self.part = Part::Formula;
                self.formulas += 1;
                if self.formulas > FORMULAS_MAX {
                    return Err(FileFault::TooManyFormulas);
                }
                if let Some(cell) = &mut self.cell {
                    cell.formula = Some(String::new());
                }
            }
            "t" => self.part = Part::Inline,
            "rPh" => self.in_phonetic = true,
            _ => {}
        }
        Ok(())
    }

    fn close(&mut self, name: &str) -> Result<(), FileFault> {
        match name {
            "sheetData" => self.in_data = false,
            _ if !self.in_data => {}
            "v" | "f" | "t" => self.part = Part::None,
            "rPh" => self.in_phonetic = false,
            "c" => self.close_cell()?,
            _ => {}
        }
        Ok(())
    }

    fn text(&mut self, text: &str) -> Result<(), FileFault> {
        let Some(cell) = &mut self.cell else {
            return Ok(());
        };
        match self.part {
            Part::None => {}
            Part::Inline if self.in_phonetic => {}
            Part::Value | Part::Inline => {
                cell.value.push_str(text);
                if cell.value.len() > MAX_CELL_CHARS * 4 {
                    return Err(FileFault::TooMuchText);
                }
            }
            Part::Formula => {
                let formula = cell.formula.get_or_insert_default();
                formula.push_str(text);
                if formula.len() > FORMULA_CHARS_MAX * 4 {
                    return Err(FileFault::TooManyFormulas);
                }
            }
        }
        Ok(())
    }

    fn open_row(&mut self, element: &BytesStart<'_>) -> Result<(), FileFault> {
        let row = match attribute(element, "r") {
            Some(number) => number.parse().map_err(|_| FileFault::Damaged)?,
            None => self.row.saturating_add(1),
        };
        if row <= self.row {
            return Err(FileFault::Damaged);
        }
        self.row = row;
        self.column = 0;
        Ok(())
    }

    fn open_cell(&mut self, element: &BytesStart<'_>) -> Result<(), FileFault> {
        let (row, column) = match attribute(element, "r") {
            Some(name) => parse_cell_name(&name).ok_or(FileFault::Damaged)?,
            None => (self.row, self.column + 1),
        };
        let column = match u16::try_from(column) {
            Ok(column) if column <= MAX_COLUMNS && row <= MAX_ROWS => column,
            _ => {
                let named = u16::try_from(column).unwrap_or(u16::MAX);
                return Err(FileFault::CellOutOfRange(cell_name(row, named)));
            }
        };
        // A second value for the same place would let two readers see two tables.
        if row != self.row || u32::from(column) <= self.column || self.cell.is_some() {
            return Err(FileFault::Damaged);
        }
        self.column = u32::from(column);
        self.cell = Some(OpenCell {
            column,
            kind: attribute(element, "t").unwrap_or_default(),
            style: attribute(element, "s")
                .and_then(|s| s.parse().ok())
                .unwrap_or(0),
            value: String::new(),
            formula: None,
        });
        Ok(())
    }

    fn close_cell(&mut self) -> Result<(), FileFault> {
        let Some(open) = self.cell.take() else {
            return Err(FileFault::Damaged);
        };
        let column = open.column;
        let cell = self.finish(open)?;
        let bytes = match &cell {
            Cell::Empty => return Ok(()),
            Cell::Text(text) | Cell::Number(text) | Cell::Date(text) => text.len(),
            Cell::Formula(text) | Cell::Error(text) => text.len(),
        };
        self.cells += 1;
        self.text_bytes += bytes;
        if self.cells > MAX_CELLS {
            return Err(FileFault::TooManyCells);
        }
        if self.text_bytes > MAX_TEXT_BYTES {
            return Err(FileFault::TooMuchText);
        }
        match self.rows.last_mut() {
            Some(row) if row.number == self.row => row.cells.push((column, cell)),
            _ => self.rows.push(Row {
                number: self.row,
                cells: vec![(column, cell)],
            }),
        }
        Ok(())
    }

    fn finish(&self, open: OpenCell) -> Result<Cell, FileFault> {
        if let Some(formula) = open.formula {
            return Ok(Cell::Formula(
                formula.chars().take(FORMULA_CHARS_KEPT).collect(),
            ));
        }
        let value = open.value;
        if value.is_empty() {
            return Ok(Cell::Empty);
        }
        Ok(match open.kind.as_str() {
            "s" => {
                let index: usize = value.trim().parse().map_err(|_| FileFault::Damaged)?;
                let text = self.context.shared.get(index).ok_or(FileFault::Damaged)?;
                match text.is_empty() {
                    true => Cell::Empty,
                    false => Cell::Text(text.clone()),
                }
            }
            "inlineStr" | "str" => Cell::Text(unescape_controls(&value).into_owned()),
            "b" => Cell::Text(if value == "1" { "TRUE" } else { "FALSE" }.to_owned()),
            "e" => Cell::Error(value),
            "d" => Cell::Date(value.chars().take(10).collect()),
            _ => self.number(&value, open.style),
        })
    }

    fn number(&self, value: &str, style: usize) -> Cell {
        let shown = self
            .context
            .styles
            .get(style)
            .copied()
            .unwrap_or(Shown::Plain);
        // A number nobody could have meant stays as stored; the column's own check refuses it.
        let text = number_text(value).unwrap_or_else(|| value.trim().to_owned());
        match shown {
            Shown::Plain => Cell::Number(text),
            Shown::Padded(digits) => Cell::Number(format!("{text:0>digits$}")),
            Shown::Date => match date_text(value, self.context.from_1904) {
                Some(date) => Cell::Date(date),
                None => Cell::Number(text),
            },
        }
    }

    fn merge(&mut self, element: &BytesStart<'_>) -> Result<(), FileFault> {
        let range = attribute(element, "ref").ok_or(FileFault::Damaged)?;
        let (from, to) = range.split_once(':').unwrap_or((&range, &range));
        let from = parse_cell_name(from).ok_or(FileFault::Damaged)?;
        let to = parse_cell_name(to).ok_or(FileFault::Damaged)?;
        if self.merges.len() >= MERGES_MAX {
            return Err(FileFault::TooManyCells);
        }
        let column =
            |column: u32| u16::try_from(column).map_or(MAX_COLUMNS, |c| c.min(MAX_COLUMNS));
        self.merges.push(Merge {
            top: from.0.min(MAX_ROWS),
            left: column(from.1),
            bottom: to.0.min(MAX_ROWS),
            right: column(to.1),
        });
        Ok(())
    }
}
