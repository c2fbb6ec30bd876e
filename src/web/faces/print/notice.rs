//! `/print/notice` in large type for the board, and the record of an objection.

use crate::core::Points;
use crate::core::rights::Act;
use crate::core::rows::NoticeState;
use crate::store::read::journal;
use crate::store::read::notices::{self, NoticeItem};
use crate::store::read::objections::{self, ObjectionItem};
use crate::web::extract::Names;
use crate::web::faces::posted::{PublicGroup, PublicLine, public_groups, sums};
use crate::web::page::qr;
use crate::web::page::{Markup, Page, Shown};
use crate::web::problem::Problem;
use askama::Template;

/// Heights in tenths of a millimetre: a row's frame, a line of 16 pt in it, a group's name.
const FRAME: usize = 27;
const TEXT_LINE: usize = 75;
const GROUP: usize = 125;
/// What the last sheet keeps free: sums, how to object, the slip, the code.
const LAST: usize = 1_050;
/// What the first sheet's longer head takes.
const FIRST: usize = 260;

/// A size of paper: its word, the room for rows on a sheet, and how many tenths of an em the
/// columns of head and rule hold (a letter takes 6, a 汉字 10).
struct Size {
    word: &'static str,
    room: usize,
    head: usize,
    rule: usize,
}

const A4: Size = Size {
    word: "a4",
    room: 2_150,
    head: 60,
    rule: 130,
};
const A3: Size = Size {
    word: "a3",
    room: 3_350,
    head: 90,
    rule: 260,
};

/// Lines of one group on one sheet.
struct Part {
    name: String,
    /// Whether the group began on an earlier sheet.
    goes_on: bool,
    lines: Vec<PublicLine>,
}

/// A sheet of paper.
struct Sheet {
    number: usize,
    parts: Vec<Part>,
}

fn width(text: &str) -> usize {
    text.chars()
        .map(|c| if c.is_ascii() { 6 } else { 10 })
        .sum()
}

fn height(line: &PublicLine, size: &Size) -> usize {
    let head = width(&line.head).div_ceil(size.head);
    let rule = width(&line.rule).div_ceil(size.rule);
    FRAME + TEXT_LINE * head.max(rule).max(1)
}

/// Divides a notice into sheets; the last one has room for what stands below.
fn sheets(groups: Vec<PublicGroup>, size: &Size) -> Vec<Sheet> {
    let mut sheets = vec![Sheet {
        number: 1,
        parts: Vec::new(),
    }];
    let mut used = FIRST;
    let turn = |sheets: &mut Vec<Sheet>| {
        let number = sheets.len() + 1;
        sheets.push(Sheet {
            number,
            parts: Vec::new(),
        });
    };
    for group in groups {
        let mut is_begun = false;
        let mut open = false;
        for line in group.lines {
            let rows = height(&line, size);
            let needed = if open { rows } else { rows + GROUP };
            if used + needed > size.room {
                turn(&mut sheets);
                (used, open) = (0, false);
            }
            used += if open { rows } else { rows + GROUP };
            let Some(sheet) = sheets.last_mut() else {
                continue;
            };
            match sheet.parts.last_mut().filter(|_| open) {
                Some(part) => part.lines.push(line),
                None => sheet.parts.push(Part {
                    name: group.name.clone(),
                    goes_on: is_begun,
                    lines: vec![line],
                }),
            }
            (is_begun, open) = (true, true);
        }
    }
    if used + LAST > size.room {
        turn(&mut sheets);
    }
    sheets
}

#[derive(Template)]
#[template(path = "print/notice.html")]
struct Paper<'a> {
    p: &'a Page,
    item: NoticeItem,
    size: &'static str,
    sheets: Vec<Sheet>,
    pages: usize,
    count: usize,
    sums: (Points, Points),
    qr: Markup,
    help_phone: String,
    /// Size of the village's journal when it was printed, and the check code of its top.
    journal: u64,
    check: String,
}

impl Paper<'_> {
    fn is_draft(&self) -> bool {
        self.item.row.state == NoticeState::Composed
    }
}

/// The notice for the board.
pub async fn notice(p: Page, names: Names) -> Shown {
    if !p.may(Act::SeeHouseholds) {
        return Err(Problem::not_allowed());
    }
    let (store, unit) = (&p.app.store, p.village()?.no);
    let no = names.get("no").parse::<i32>().unwrap_or(0);
    let item = notices::one(store, unit, no).await?;
    let item = item.filter(|item| item.row.state != NoticeState::Withdrawn);
    let item = item.ok_or_else(Problem::not_found)?;
    let lines = notices::lines(store, unit, no).await?;
    let groups = public_groups(&p, &lines, None);
    let size = match p.asked("paper") {
        "a3" => &A3,
        _ => &A4,
    };
    let base = p.app.settings.public_url.trim_end_matches('/');
    let link = format!("{base}/v/{}/notices/{no}", p.village_code());
    let label = p.t1("notice.qr", "n", no);
    let (journal, root) = journal::top(store, unit).await?;
    let (count, sums) = (
        groups.iter().map(|group| group.lines.len()).sum(),
        sums(&groups),
    );
    let sheets = sheets(groups, size);
    p.show(&Paper {
        p: &p,
        item,
        size: size.word,
        pages: sheets.len(),
        sheets,
        count,
        sums,
        qr: qr::svg(&link, &label).ok_or_else(Problem::internal)?,
        help_phone: p.policy.help_phone.clone(),
        journal,
        check: p.check_code(&root),
    })
}

#[derive(Template)]
#[template(path = "print/objection.html")]
struct Record<'a> {
    p: &'a Page,
    item: ObjectionItem,
}

/// The record of an objection: for the committee, and for the household that raised it.
pub async fn objection(p: Page, names: Names) -> Shown {
    let no = names.get("no").parse::<i32>().unwrap_or(0);
    let item = objections::one(&p.app.store, p.village()?.no, no).await?;
    let item = item.ok_or_else(Problem::not_found)?;
    let may = match p.is_household() {
        true => item.row.household == Some(p.household()?),
        false => p.may(Act::SeeHouseholds) && p.may(Act::SeeJournal),
    };
    match may {
        true => p.show(&Record { p: &p, item }),
        false => Err(Problem::not_found()),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::core::Day;

    fn group(name: &str, n: usize) -> PublicGroup {
        let line = |i: usize| PublicLine {
            key: i.to_string(),
            head: "张*丰".to_string(),
            group: name.to_string(),
            rule: "参加集体清扫".to_string(),
            points: Points(500),
            occurred: Day(0),
            is_frozen: false,
            is_veiled: false,
            is_own: false,
        };
        PublicGroup {
            name: name.to_string(),
            lines: (0..n).map(line).collect(),
        }
    }

    #[test]
    fn every_line_is_on_one_sheet_and_the_last_has_room() {
        for size in [&A4, &A3] {
            for n in [1, 17, 18, 19, 412, 2_000] {
                let made = sheets(vec![group("一组", n / 3), group("二组", n - n / 3)], size);
                let lines = |sheet: &Sheet| sheet.parts.iter().map(|part| part.lines.len()).sum();
                let all: Vec<usize> = made.iter().map(lines).collect();
                assert_eq!(all.iter().sum::<usize>(), n, "{}", size.word);
                let row = FRAME + TEXT_LINE;
                assert!(all.iter().all(|lines| lines * row <= size.room));
                let last = all.last().copied().unwrap_or(0);
                assert!(last * row + LAST <= size.room);
            }
        }
    }
}
