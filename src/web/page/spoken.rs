//! Numbers of points as they are read out: 八十九分, eighty-nine points.

use super::Page;
use crate::core::Points;

const ZH: [&str; 10] = ["零", "一", "二", "三", "四", "五", "六", "七", "八", "九"];
const ZH_PLACES: [&str; 4] = ["", "十", "百", "千"];
const ZH_GROUPS: [&str; 4] = ["", "万", "亿", "兆"];
const EN_SMALL: [&str; 20] = [
    "zero",
    "one",
    "two",
    "three",
    "four",
    "five",
    "six",
    "seven",
    "eight",
    "nine",
    "ten",
    "eleven",
    "twelve",
    "thirteen",
    "fourteen",
    "fifteen",
    "sixteen",
    "seventeen",
    "eighteen",
    "nineteen",
];
const EN_TENS: [&str; 10] = [
    "", "", "twenty", "thirty", "forty", "fifty", "sixty", "seventy", "eighty", "ninety",
];
const EN_GROUPS: [&str; 5] = ["", " thousand", " million", " billion", " trillion"];

fn at<T: Copy>(list: &[T], index: u64) -> Option<T> {
    list.get(usize::try_from(index).ok()?).copied()
}

/// Four digits, without the zero that may stand before them.
fn zh_group(n: u64) -> String {
    let mut out = String::new();
    let mut gap = false;
    for place in (0..4u32).rev() {
        let digit = n / 10u64.pow(place) % 10;
        if digit == 0 {
            gap = !out.is_empty();
            continue;
        }
        if gap {
            out.push_str(ZH[0]);
            gap = false;
        }
        out.push_str(at(&ZH, digit).unwrap_or(""));
        out.push_str(at(&ZH_PLACES, u64::from(place)).unwrap_or(""));
    }
    out
}

fn zh(n: u64) -> String {
    if n == 0 {
        return ZH[0].to_string();
    }
    let mut out = String::new();
    let mut gap = false;
    for place in (0..4u32).rev() {
        let group = n / 10_000u64.pow(place) % 10_000;
        if group == 0 {
            gap = !out.is_empty();
            continue;
        }
        if !out.is_empty() && (gap || group < 1000) {
            out.push_str(ZH[0]);
        }
        gap = false;
        out.push_str(&zh_group(group));
        out.push_str(at(&ZH_GROUPS, u64::from(place)).unwrap_or(""));
    }
    // 10 to 19 are said without the one before.
    match out.strip_prefix("一十") {
        Some(rest) => ["十", rest].concat(),
        None => out,
    }
}

fn en_group(n: u64) -> String {
    let (hundreds, rest) = (n / 100, n % 100);
    let mut words = Vec::new();
    if hundreds > 0 {
        words.push([at(&EN_SMALL, hundreds).unwrap_or(""), " hundred"].concat());
    }
    match (rest, rest % 10) {
        (0, _) => {}
        (1..20, _) => words.push(at(&EN_SMALL, rest).unwrap_or("").to_string()),
        (_, 0) => words.push(at(&EN_TENS, rest / 10).unwrap_or("").to_string()),
        (_, one) => {
            let (tens, one) = (at(&EN_TENS, rest / 10), at(&EN_SMALL, one));
            words.push([tens.unwrap_or(""), "-", one.unwrap_or("")].concat());
        }
    }
    words.join(" and ")
}

fn en(n: u64) -> String {
    if n == 0 {
        return EN_SMALL[0].to_string();
    }
    let mut words = Vec::new();
    for place in (0..5u32).rev() {
        let group = n / 1000u64.pow(place) % 1000;
        if group > 0 {
            let name = at(&EN_GROUPS, u64::from(place)).unwrap_or("");
            words.push([&en_group(group), name].concat());
        }
    }
    words.join(" ")
}

impl Page {
    /// Points as they are read out, with their unit.
    #[must_use]
    pub fn spoken(&self, points: &Points) -> String {
        let zh_reads = self.is_zh();
        let (whole, part) = (points.0.unsigned_abs() / 100, points.0.unsigned_abs() % 100);
        let digits = match part {
            0 => vec![],
            part if part % 10 == 0 => vec![part / 10],
            part => vec![part / 10, part % 10],
        };
        let mut out = String::from(match (points.0 < 0, zh_reads) {
            (false, _) => "",
            (true, true) => "负",
            (true, false) => "minus ",
        });
        out.push_str(&if zh_reads { zh(whole) } else { en(whole) });
        if !digits.is_empty() {
            out.push_str(if zh_reads { "点" } else { " point" });
        }
        for digit in digits {
            if zh_reads {
                out.push_str(at(&ZH, digit).unwrap_or(""));
            } else {
                out.push(' ');
                out.push_str(at(&EN_SMALL, digit).unwrap_or(""));
            }
        }
        out.push_str(match (zh_reads, points.0) {
            (true, _) => "分",
            (false, 100) => " point",
            (false, _) => " points",
        });
        out
    }
}

#[cfg(test)]
mod tests {
    use super::{en, zh};

    #[test]
    fn numbers_are_said_as_people_say_them() {
        for (n, is_zh, is_en) in [
            (0, "零", "zero"),
            (8, "八", "eight"),
            (10, "十", "ten"),
            (12, "十二", "twelve"),
            (89, "八十九", "eighty-nine"),
            (105, "一百零五", "one hundred and five"),
            (110, "一百一十", "one hundred and ten"),
            (1840, "一千八百四十", "one thousand eight hundred and forty"),
            (10_050, "一万零五十", "ten thousand fifty"),
            (100_000, "十万", "one hundred thousand"),
        ] {
            assert_eq!(zh(n), is_zh);
            assert_eq!(en(n), is_en);
        }
    }
}
