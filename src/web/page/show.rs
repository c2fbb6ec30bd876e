//! Numbers, days and times in the reader's habit; names and codes as pages show them.

use super::Page;
use crate::core::{Day, Points};
use chrono::Datelike as _;
use std::fmt::Write as _;

const EN_MONTHS: [&str; 12] = [
    "Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec",
];
const EN_DAYS: [&str; 7] = ["Mon", "Tue", "Wed", "Thu", "Fri", "Sat", "Sun"];
const ZH_DAYS: [&str; 7] = ["周一", "周二", "周三", "周四", "周五", "周六", "周日"];

/// 张三丰 becomes 张*丰, 王五 becomes 王*.
#[must_use]
pub fn masked(name: &str) -> String {
    let letters: Vec<char> = name.chars().collect();
    match letters.as_slice() {
        [] => String::new(),
        [one] => one.to_string(),
        [first, _] => format!("{first}*"),
        [first, middle @ .., last] => format!("{first}{}{last}", "*".repeat(middle.len())),
    }
}

/// 13800001234 becomes 138****1234.
#[must_use]
pub fn masked_phone(phone: &str) -> String {
    let digits: Vec<char> = phone.chars().collect();
    match digits.len() {
        0..=4 => "*".repeat(digits.len()),
        n => {
            let head = if n >= 8 { 3 } else { 0 };
            let (first, last) = (&digits[..head], &digits[n - 4..]);
            let stars = "*".repeat(n - 4 - head);
            format!(
                "{}{stars}{}",
                first.iter().collect::<String>(),
                last.iter().collect::<String>()
            )
        }
    }
}

/// A number of points with thousands marked: `1,840`, `41.5`, `−2` (a true minus).
#[must_use]
pub fn points(points: Points) -> String {
    let plain = points.to_string();
    let (minus, plain) = match plain.strip_prefix('-') {
        Some(rest) => ("−", rest.to_string()),
        None => ("", plain),
    };
    let (whole, part) = plain.split_once('.').unwrap_or((&plain, ""));
    let mut out = String::from(minus);
    out.push_str(&grouped(whole));
    if !part.is_empty() {
        out.push('.');
        out.push_str(part);
    }
    out
}

/// Digits in groups of three.
fn grouped(digits: &str) -> String {
    let mut out = String::with_capacity(digits.len() + digits.len() / 3);
    for (index, digit) in digits.chars().enumerate() {
        if index > 0 && (digits.len() - index).is_multiple_of(3) {
            out.push(',');
        }
        out.push(digit);
    }
    out
}

/// A whole number with thousands marked.
#[must_use]
pub fn count(n: i64) -> String {
    points(Points(n.saturating_mul(100)))
}

/// As [`points`] with its sign: `+5`, `−17`.
#[must_use]
pub fn signed(value: Points) -> String {
    if value.0 > 0 {
        format!("+{}", points(value))
    } else {
        points(value)
    }
}

/// Money in yuan from fen: `12.50`.
#[must_use]
pub fn yuan(fen: i64) -> String {
    let (sign, fen) = if fen < 0 {
        ("−", fen.unsigned_abs())
    } else {
        ("", fen.unsigned_abs())
    };
    format!(
        "{sign}{}.{:02}",
        grouped(&(fen / 100).to_string()),
        fen % 100
    )
}

/// The letters of check codes, without those that look alike (Crockford).
const CHECK: &[u8; 32] = b"0123456789ABCDEFGHJKMNPQRSTVWXYZ";

/// The first forty bits of a leaf, as eight letters to read out: `7K3M 9QX2`.
#[must_use]
pub fn check_code(leaf: &[u8; 32]) -> String {
    let bits = leaf[..5]
        .iter()
        .fold(0u64, |bits, byte| bits << 8 | u64::from(*byte));
    let mut out = String::with_capacity(9);
    for index in 0..8u32 {
        if index == 4 {
            out.push(' ');
        }
        let five = (bits >> (35 - 5 * index)) & 31;
        out.push(char::from(CHECK[usize::try_from(five).unwrap_or(0)]));
    }
    out
}

/// As templates ask for them.
impl Page {
    /// Today where this page is.
    #[must_use]
    pub fn today(&self) -> Day {
        Day::of_instant(self.now, self.policy.utc_offset)
    }

    /// Points: `p.points(&x)`.
    #[must_use]
    pub fn points(&self, value: &Points) -> String {
        points(*value)
    }

    /// Points with their sign.
    #[must_use]
    pub fn signed(&self, value: &Points) -> String {
        signed(*value)
    }

    /// A whole number.
    #[must_use]
    pub fn count(&self, n: impl TryInto<i64>) -> String {
        count(n.try_into().unwrap_or(i64::MAX))
    }

    /// A day: `11月22日`, `22 Nov`; with its year when it is not this one.
    #[must_use]
    pub fn day(&self, day: &Day) -> String {
        let (date, this_year) = (day.date(), self.today().date().year());
        let mut out = String::new();
        let month = usize::try_from(date.month0()).unwrap_or(0);
        // Writing to a String cannot fail.
        let _ = match (self.lang().pick(true, false), date.year() == this_year) {
            (true, true) => write!(out, "{}月{}日", month + 1, date.day()),
            (true, false) => write!(out, "{}年{}月{}日", date.year(), month + 1, date.day()),
            (false, true) => write!(out, "{} {}", date.day(), EN_MONTHS[month]),
            (false, false) => write!(out, "{} {} {}", date.day(), EN_MONTHS[month], date.year()),
        };
        out
    }

    /// A day with its weekday: `11月22日 周日`, `Sun 22 Nov`.
    #[must_use]
    pub fn day_long(&self, day: &Day) -> String {
        let weekday = usize::try_from(day.date().weekday().num_days_from_monday()).unwrap_or(0);
        let plain = self.day(day);
        self.lang().pick(
            format!("{plain} {}", ZH_DAYS[weekday]),
            format!("{} {plain}", EN_DAYS[weekday]),
        )
    }

    /// A month: `2026年11月`, `Nov 2026`.
    #[must_use]
    pub fn month(&self, day: &Day) -> String {
        let date = day.date();
        let month = usize::try_from(date.month0()).unwrap_or(0);
        self.lang().pick(
            format!("{}年{}月", date.year(), month + 1),
            format!("{} {}", EN_MONTHS[month], date.year()),
        )
    }

    /// The local day of an instant.
    #[must_use]
    pub fn day_of(&self, at: &i64) -> Day {
        Day::of_instant(*at, self.policy.utc_offset)
    }

    /// An instant: `11月27日14:06`, `27 Nov 14:06`.
    #[must_use]
    pub fn time(&self, at: &i64) -> String {
        let day = self.day(&self.day_of(at));
        let space = self.lang().pick("", " ");
        format!("{day}{space}{}", self.clock(at))
    }

    /// The hour and minute of an instant: `14:06`.
    #[must_use]
    pub fn clock(&self, at: &i64) -> String {
        let minutes = at.div_euclid(60_000_000) + i64::from(self.policy.utc_offset);
        let minute = minutes.rem_euclid(24 * 60);
        format!("{:02}:{:02}", minute / 60, minute % 60)
    }

    /// A name for people who need not know all of it.
    #[must_use]
    pub fn masked(&self, name: &str) -> String {
        masked(name)
    }

    /// The check code of a leaf.
    #[must_use]
    pub fn check_code(&self, leaf: &[u8; 32]) -> String {
        check_code(leaf)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn numbers_are_easy_to_read() {
        assert_eq!(points(Points(184_000)), "1,840");
        assert_eq!(points(Points(4_150)), "41.5");
        assert_eq!(points(Points(-123_456_789)), "−1,234,567.89");
        assert_eq!(signed(Points(500)), "+5");
        assert_eq!(signed(Points(0)), "0");
        assert_eq!(yuan(123_450), "1,234.50");
        assert_eq!(yuan(-5), "−0.05");
    }

    #[test]
    fn names_and_numbers_are_masked() {
        assert_eq!(masked("李桂兰"), "李*兰");
        assert_eq!(masked("王五"), "王*");
        assert_eq!(masked("欧阳建军"), "欧**军");
        for (name, shown) in [
            ("张三丰", "张*丰"),
            ("欧阳小明", "欧**明"),
            ("李", "李"),
            ("", ""),
        ] {
            assert_eq!(masked(name), shown);
        }
        assert_eq!(masked_phone("13800001234"), "138****1234");
        assert_eq!(masked_phone("5551234"), "***1234");
        assert_eq!(masked_phone("123"), "***");
    }

    #[test]
    fn a_check_code_is_the_head_of_the_leaf() {
        let mut leaf = [0; 32];
        assert_eq!(check_code(&leaf), "0000 0000");
        leaf[..5].copy_from_slice(&[0xFF, 0xFF, 0xFF, 0xFF, 0xFF]);
        assert_eq!(check_code(&leaf), "ZZZZ ZZZZ");
    }
}
