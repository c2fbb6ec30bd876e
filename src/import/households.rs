//! The village's register of households (农户花名册), in the forms committees keep it.

use std::collections::HashMap;

use serde::Serialize;

use super::columns::{Columns, Field, Header, columns, heading_key, missing_column, start};
use super::fields::{self, clean, is_nothing, narrow};
use super::line::{Line, split_names};
use super::report::{Report, Warning, WarningCode};
use super::table::{Cell, Row, Table};

/// One household as the register states it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct HouseholdRow {
    /// 1-based row of the sheet.
    pub row: u32,
    /// The household's code, unique in the file.
    pub code: String,
    /// The group, from its column or from the sub-heading above.
    pub group: String,
    /// Name of the head of the household.
    pub head: String,
    /// A mobile number as eleven digits, or `0936-8212345`.
    pub phone: Option<String>,
    /// Door plate or address.
    pub door: Option<String>,
    /// Names of the other members.
    pub members: Vec<String>,
    /// How many people, head included.
    pub size: Option<u16>,
}

const CODE: usize = 0;
const GROUP: usize = 1;
const HEAD: usize = 2;
const PHONE: usize = 3;
const DOOR: usize = 4;
const MEMBERS: usize = 5;
const SIZE: usize = 6;

/// Remarks are dropped on purpose: they say who is poor, ill or alone.
const FIELDS: [Field; 9] = [
    Field::required(&[
        "户编号",
        "户号",
        "农户编号",
        "编号",
        "householdcode",
        "code",
        "household",
    ]),
    Field::optional(&[
        "村民小组",
        "组别",
        "小组",
        "所属小组",
        "组名",
        "村组",
        "组",
        "社",
        "社别",
        "队",
        "group",
    ]),
    Field::required(&[
        "户主姓名",
        "户主",
        "姓名",
        "户主名字",
        "headofhousehold",
        "head",
        "headname",
        "name",
    ]),
    Field::optional(&[
        "联系电话",
        "电话",
        "手机",
        "手机号",
        "手机号码",
        "电话号码",
        "联系方式",
        "户主电话",
        "phone",
        "mobile",
        "telephone",
    ]),
    Field::optional(&[
        "门牌",
        "门牌号",
        "门牌号码",
        "地址",
        "住址",
        "家庭住址",
        "door",
        "doorplate",
        "address",
    ]),
    Field::optional(&["家庭成员", "成员", "成员姓名", "家庭成员姓名", "members"]),
    Field::optional(&[
        "家庭人口",
        "人口",
        "人数",
        "家庭人数",
        "人口数",
        "家庭人口数",
        "size",
        "people",
        "householdsize",
    ]),
    Field::optional(&["序号", "顺序号", "no.", "no", "#", "serial"]),
    Field::dropped(&["备注", "说明", "remarks", "remark", "note", "notes"]),
];

/// What a row of the register is.
enum Kind {
    Skipped,
    SubHeading(String),
    Total { is_part: bool },
    Household,
}

/// What runs along while the rows are read.
#[derive(Default)]
struct Tally {
    group: Option<String>,
    codes: HashMap<String, u32>,
    doors: HashMap<String, u32>,
    /// People so far; `None` once a household without a usable size has been seen.
    people: Option<i64>,
    rows_at_subtotal: usize,
    past_total: bool,
}

/// What the columns of a register are taken for; `row` says where the headings are, when a person
/// knows better than the search for them.
#[must_use]
pub fn household_columns(table: &Table, row: Option<u32>) -> Columns {
    columns(table, &FIELDS, row)
}

/// Reads the register. Titles, form lines, sub-headings, totals and signatures are understood
/// and are no faults.
pub fn read_households(table: &Table) -> Report<HouseholdRow> {
    let (header, mut report) = match start(table, &FIELDS) {
        Ok(found) => found,
        Err(report) => return report,
    };
    let rows = table.rows().iter().filter(|row| row.number > header.row);
    if header.column(GROUP).is_none() && !has_sub_heading(table, &header) {
        report
            .faults
            .push(missing_column(header.row, &FIELDS[GROUP]));
        return report;
    }
    let mut tally = Tally {
        people: Some(0),
        ..Tally::default()
    };
    for row in rows {
        match kind_of(table, &header, row, &tally) {
            Kind::Skipped => {}
            Kind::SubHeading(group) => tally.group = Some(group),
            Kind::Total { is_part } => {
                check_total(table, &header, row, is_part, &mut tally, &mut report);
            }
            Kind::Household => read_row(table, &header, row.number, &mut tally, &mut report),
        }
    }
    report
}

fn has_sub_heading(table: &Table, header: &Header) -> bool {
    let mut rows = table.rows().iter().filter(|row| row.number > header.row);
    rows.any(|row| sub_heading(table, header, row).is_some())
}

fn kind_of(table: &Table, header: &Header, row: &Row, tally: &Tally) -> Kind {
    let Some((_, first)) = row.filled().next() else {
        return Kind::Skipped;
    };
    let first: String = narrow(&first.shown()).split_whitespace().collect();
    if let Some(is_part) = total_word(&first) {
        return Kind::Total { is_part };
    }
    if is_form_line(&first) {
        return Kind::Skipped;
    }
    if let Some(group) = sub_heading(table, header, row) {
        return Kind::SubHeading(group);
    }
    let line = Line::new(table, header, row.number);
    // A numbered but unfilled line of the form, or a note beside the table.
    let is_unfilled = [CODE, HEAD, PHONE, DOOR, MEMBERS, SIZE]
        .iter()
        .all(|f| line.cell(*f).is_blank());
    let is_header_again = [CODE, HEAD].iter().all(|field| {
        let again: String = line.cell(*field).shown().split_whitespace().collect();
        heading_key(header.heading(*field)) == heading_key(&again)
    });
    let is_signature = tally.past_total && line.cell(CODE).is_blank();
    let is_note = row.filled().count() == 1
        && row
            .filled()
            .all(|(column, _)| table.is_wide(row.number, column));
    match is_unfilled || is_header_again || is_signature || is_note {
        true => Kind::Skipped,
        false => Kind::Household,
    }
}

/// Whether the first filled cell makes the row a total, and if so whether only of a part.
fn total_word(first: &str) -> Option<bool> {
    let lower = first.to_lowercase();
    let has = |words: &[&str]| {
        words
            .iter()
            .any(|w| lower.starts_with(w) || lower.ends_with(w))
    };
    if has(&["小计", "subtotal"]) {
        Some(true)
    } else if has(&["合计", "总计", "共计", "总数"]) || lower == "total" || lower == "total:"
    {
        // "第一组合计" is a part as well.
        Some(is_group_name(&lower))
    } else {
        None
    }
}

fn is_form_line(first: &str) -> bool {
    let starts = [
        "填表",
        "填报",
        "制表",
        "审核",
        "负责人",
        "联系人",
        "单位",
        "日期",
        "说明",
        "注:",
        "备注:",
        "村委会(",
        "经办",
        "签字",
        "签名",
        "盖章",
    ];
    starts.iter().any(|start| first.starts_with(start))
}

/// A row with a single cell that names a group; where the register has no column for groups,
/// any single cell merged across the table does.
fn sub_heading(table: &Table, header: &Header, row: &Row) -> Option<String> {
    let mut filled = row.filled();
    let (Some((column, Cell::Text(text))), None) = (filled.next(), filled.next()) else {
        return None;
    };
    let plain = clean(text);
    let name = plain
        .split(['(', '(', ':', ':'])
        .next()
        .unwrap_or_default()
        .trim();
    let is_free = header.column(GROUP).is_none() && table.is_wide(row.number, column);
    // A lone code is a household without a name; only "一组" and the like cannot be one.
    let ends_as_group = name.ends_with(['组', '社', '队', '屯', '寨']);
    let is_named = is_group_name(name) && (header.column(CODE) != Some(column) || ends_as_group);
    let fits = !name.is_empty() && name.chars().count() <= 20;
    let is_other = total_word(&plain).is_some() || is_form_line(&narrow(&plain));
    ((is_free || is_named) && fits && !is_other).then(|| name.to_owned())
}

fn is_group_name(text: &str) -> bool {
    let text = text.to_lowercase();
    ["组", "社", "队", "屯", "寨", "group"]
        .iter()
        .any(|word| text.contains(word))
}

fn read_row(
    table: &Table,
    header: &Header,
    row: u32,
    tally: &mut Tally,
    report: &mut Report<HouseholdRow>,
) {
    let mut line = Line::new(table, header, row);
    let code = line.code(CODE);
    if let Some(code) = &code {
        match tally.codes.get(&code.to_lowercase()) {
            Some(first) => line.duplicate(CODE, *first),
            None => {
                tally.codes.insert(code.to_lowercase(), row);
            }
        }
    }
    let code = line.require(CODE, code);
    let group = line.text(GROUP, 30).or_else(|| tally.group.clone());
    let group = line.require(GROUP, group);
    let head = line.name(HEAD, 40);
    let head = line.require(HEAD, head);
    let phone = match is_nothing(line.cell(PHONE).shown().trim()) {
        true => None,
        false => line.checked(PHONE, fields::phone),
    };
    let door = line.text(DOOR, 60).filter(|door| !is_nothing(door));
    let mut members = line.checked(MEMBERS, split_names).unwrap_or_default();
    let size = line.checked(SIZE, |text| fields::whole(text, 1, 99));
    // Some registers name the head among the members; a member may also share the head's name.
    if size
        .and_then(|size| usize::try_from(size).ok())
        .is_none_or(|size| size == members.len())
    {
        members.retain(|name| *name != head);
    }
    tally.people = tally.people.zip(size).map(|(sum, size)| sum + size);
    let size = size.and_then(|size| u16::try_from(size).ok());
    if line.faults.is_empty() {
        warn_row(row, door.as_deref(), &members, size, tally, report);
    }
    let household = HouseholdRow {
        row,
        code,
        group,
        head,
        phone,
        door,
        members,
        size,
    };
    report.add(household, line.faults);
}

fn warn_row(
    row: u32,
    door: Option<&str>,
    members: &[String],
    size: Option<u16>,
    tally: &mut Tally,
    report: &mut Report<HouseholdRow>,
) {
    if let Some(door) = door {
        if let Some(first) = tally.doors.get(door) {
            let (stated, found) = (door.to_owned(), first.to_string());
            report.warnings.push(Warning {
                row,
                code: WarningCode::SameDoor,
                stated,
                found,
            });
        } else {
            tally.doors.insert(door.to_owned(), row);
        }
    }
    if let Some(size) =
        size.filter(|size| !members.is_empty() && usize::from(*size) != members.len() + 1)
    {
        let (stated, found) = (size.to_string(), (members.len() + 1).to_string());
        report.warnings.push(Warning {
            row,
            code: WarningCode::SizeMismatch,
            stated,
            found,
        });
    }
}

/// Compares what a total row states with what was read above it.
fn check_total(
    table: &Table,
    header: &Header,
    row: &Row,
    is_part: bool,
    tally: &mut Tally,
    report: &mut Report<HouseholdRow>,
) {
    let line = Line::new(table, header, row.number);
    let found = match is_part {
        true => report.total_rows - tally.rows_at_subtotal,
        false => report.total_rows,
    };
    tally.rows_at_subtotal = report.total_rows;
    tally.past_total |= !is_part;
    let in_words = row
        .filled()
        .find_map(|(_, cell)| number_before(&cell.shown(), '户'));
    let in_column = [HEAD, CODE]
        .iter()
        .find_map(|field| match line.cell(*field) {
            Cell::Number(text) => text.parse::<i64>().ok(),
            _ => None,
        });
    let found = i64::try_from(found).unwrap_or(i64::MAX);
    if let Some(stated) = in_words.or(in_column).filter(|stated| *stated != found) {
        report.warnings.push(Warning {
            row: row.number,
            code: WarningCode::HouseholdTotal,
            stated: stated.to_string(),
            found: found.to_string(),
        });
    }
    let people = fields::whole(&line.cell(SIZE).shown(), 0, i64::MAX).ok();
    if let (Some(stated), Some(found), false) = (people, tally.people, is_part)
        && stated != found
    {
        report.warnings.push(Warning {
            row: row.number,
            code: WarningCode::PeopleTotal,
            stated: stated.to_string(),
            found: found.to_string(),
        });
    }
}

/// The number right before a measure word, as in `共 412 户`.
fn number_before(text: &str, word: char) -> Option<i64> {
    let text: String = narrow(text).split_whitespace().collect();
    let before = text.split_once(word)?.0;
    let start = before.rfind(|c: char| !c.is_ascii_digit());
    let digits = start.map_or(before, |at| {
        before[at..].trim_start_matches(|c: char| !c.is_ascii_digit())
    });
    digits.parse().ok()
}
