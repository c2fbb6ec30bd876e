//! A notice as everybody may read it. One function makes a public line: what it leaves out is
//! nowhere on a public page or on paper.

use crate::core::{Day, Points};
use crate::store::read::notices::NoticeLine;
use crate::web::page::{Page, show};

/// What stands in place of a number that nobody should read.
const VEIL: &str = "···";
/// Digits of a telephone.
const PHONE: usize = 11;
/// From so many digits on it is the number of a card or an account.
const LONG: usize = 15;

/// A line without anything but head, group, rule, points and day.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct PublicLine {
    /// Operation and line, for links.
    pub key: String,
    /// The head, as 张*丰.
    pub head: String,
    /// The group.
    pub group: String,
    /// The rule.
    pub rule: String,
    /// Negative for a deduction.
    pub points: Points,
    /// The day of the deed.
    pub occurred: Day,
    /// Whether an objection to it is open.
    pub is_frozen: bool,
    /// Whether a telephone or the number of a card was covered.
    pub is_veiled: bool,
    /// Whether it is the reader's own household.
    pub is_own: bool,
}

fn is_digit(c: char) -> bool {
    c.is_ascii_digit() || ('０'..='９').contains(&c)
}

/// Covers telephones and numbers of cards, however they are spaced; says whether there were any.
#[must_use]
pub fn veiled(text: &str) -> (String, bool) {
    let chars: Vec<char> = text.chars().collect();
    let (mut said, mut found, mut at) = (String::new(), false, 0);
    while let Some(&c) = chars.get(at) {
        if !is_digit(c) {
            said.push(c);
            at += 1;
            continue;
        }
        let (mut end, mut digits, mut next) = (at, 0, at);
        while let Some(&c) = chars.get(next) {
            let is_gap = matches!(c, ' ' | '-' | '－' | '\u{3000}' | '\u{a0}');
            match c {
                c if is_digit(c) => (digits, end) = (digits + 1, next + 1),
                'x' | 'X' if digits == 17 => (digits, end) = (digits + 1, next + 1),
                _ if is_gap && next == end => {}
                _ => break,
            }
            next += 1;
        }
        match digits {
            PHONE | LONG.. => {
                said.push_str(VEIL);
                found = true;
            }
            _ => said.extend(chars.iter().take(end).skip(at)),
        }
        at = end;
    }
    (said, found)
}

/// The line as everybody may read it; `own` is the household that looks.
#[must_use]
pub fn public_line(p: &Page, line: &NoticeLine, own: Option<i32>) -> PublicLine {
    let (head, a) = veiled(&show::masked(&line.head));
    let (group, b) = veiled(&line.group);
    let (rule, c) = veiled(p.name(&line.rule_zh, &line.rule_en));
    PublicLine {
        key: line.key(),
        head,
        group,
        rule,
        points: line.signed(),
        occurred: line.award.occurred,
        is_frozen: line.award.objections > 0,
        is_veiled: a || b || c,
        is_own: own == Some(line.award.household),
    }
}

/// Lines of one group.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct PublicGroup {
    /// Its name; may be empty.
    pub name: String,
    /// Its lines.
    pub lines: Vec<PublicLine>,
}

/// The lines that stand, by groups, as everybody may read them.
#[must_use]
pub fn public_groups(p: &Page, lines: &[NoticeLine], own: Option<i32>) -> Vec<PublicGroup> {
    let mut standing: Vec<&NoticeLine> = lines.iter().filter(|line| line.stands()).collect();
    standing.sort_by(|a, b| {
        let place = |line: &NoticeLine| (line.award.group_no, line.award.household);
        let same = || (a.award.seq, a.award.line).cmp(&(b.award.seq, b.award.line));
        place(a).cmp(&place(b)).then_with(same)
    });
    let mut groups: Vec<(i32, PublicGroup)> = Vec::new();
    for line in standing {
        let shown = public_line(p, line, own);
        match groups.last_mut() {
            Some((no, group)) if *no == line.award.group_no => group.lines.push(shown),
            _ => groups.push((
                line.award.group_no,
                PublicGroup {
                    name: shown.group.clone(),
                    lines: vec![shown],
                },
            )),
        }
    }
    groups.into_iter().map(|(_, group)| group).collect()
}

/// Points given and taken by these lines.
#[must_use]
pub fn sums(groups: &[PublicGroup]) -> (Points, Points) {
    let lines = groups.iter().flat_map(|group| &group.lines);
    lines.fold(
        (Points::ZERO, Points::ZERO),
        |(given, taken), line| match line.points.0 {
            n if n < 0 => (given, Points(taken.0.saturating_add(n))),
            n => (Points(given.0.saturating_add(n)), taken),
        },
    )
}

/// How many lines have something covered.
#[must_use]
pub fn veiled_lines(groups: &[PublicGroup]) -> usize {
    let lines = groups.iter().flat_map(|group| &group.lines);
    lines.filter(|line| line.is_veiled).count()
}

#[cfg(test)]
mod tests {
    use super::veiled;

    #[test]
    fn numbers_of_people_are_covered() {
        for (given, said) in [
            ("清扫 13812345678", "清扫 ···"),
            ("清扫138 1234 5678。", "清扫···。"),
            ("138-1234-5678", "···"),
            ("１３８１２３４５６７８", "···"),
            ("11010519491231002X号", "···号"),
            ("110105194912310021", "···"),
            ("6222 0200 0000 0000 000", "···"),
        ] {
            assert_eq!(veiled(given), (said.to_string(), true), "{given}");
        }
        for plain in ["第3组", "2026-11-25", "编号 1234567", "", "100 - 200"] {
            assert_eq!(veiled(plain), (plain.to_string(), false));
        }
    }
}
