//! Stored numbers as a reader sees them. All work is on digits, so nothing is rounded by a float.

use chrono::{Days, NaiveDate};

/// Excel computes and shows fifteen significant digits; what lies beyond is binary noise.
const DIGITS_MAX: usize = 15;

/// `12` for `12.0` or `1.2E1`, `0.1` for `0.10000000000000001`. `None` when it is no number, or
/// one so large or small that no cell of a form means it.
pub(super) fn number_text(raw: &str) -> Option<String> {
    let (negative, rest) = match raw.trim().strip_prefix('-') {
        Some(rest) => (true, rest),
        None => (false, raw.trim()),
    };
    let (mantissa, exponent) = match rest.split_once(['e', 'E']) {
        Some((mantissa, exponent)) => (mantissa, exponent.parse::<i32>().ok()?),
        None => (rest, 0),
    };
    let (whole, part) = mantissa.split_once('.').unwrap_or((mantissa, ""));
    let is_digits = |text: &str| text.bytes().all(|b| b.is_ascii_digit());
    if whole.len() + part.len() == 0 || mantissa.len() > 400 || exponent.unsigned_abs() > 400 {
        return None;
    }
    if !is_digits(whole) || !is_digits(part) {
        return None;
    }
    let mut digits: Vec<u8> = whole.bytes().chain(part.bytes()).collect();
    let mut point = i32::try_from(whole.len()).ok()? + exponent;
    let zeros = digits.iter().take_while(|digit| **digit == b'0').count();
    digits.drain(..zeros);
    point -= i32::try_from(zeros).ok()?;
    if round(&mut digits) {
        point += 1;
    }
    while digits.last() == Some(&b'0') {
        digits.pop();
    }
    place_point(&digits, point, negative)
}

/// Cuts to fifteen digits, half up. True when the carry made a new leading digit.
fn round(digits: &mut Vec<u8>) -> bool {
    if digits.len() <= DIGITS_MAX {
        return false;
    }
    let up = digits[DIGITS_MAX] >= b'5';
    digits.truncate(DIGITS_MAX);
    if !up {
        return false;
    }
    for digit in digits.iter_mut().rev() {
        if *digit < b'9' {
            *digit += 1;
            return false;
        }
        *digit = b'0';
    }
    digits.insert(0, b'1');
    true
}

fn place_point(digits: &[u8], point: i32, negative: bool) -> Option<String> {
    if digits.is_empty() {
        return Some("0".to_owned());
    }
    if !(-20..=30).contains(&point) {
        return None;
    }
    let mut text = String::from(if negative { "-" } else { "" });
    if point <= 0 {
        text.push_str("0.");
        text.extend(std::iter::repeat_n('0', usize::try_from(-point).ok()?));
        text.extend(digits.iter().map(|digit| char::from(*digit)));
        return Some(text);
    }
    let point = usize::try_from(point).ok()?;
    for at in 0..digits.len().max(point) {
        if at == point {
            text.push('.');
        }
        text.push(digits.get(at).map_or('0', |digit| char::from(*digit)));
    }
    Some(text)
}

/// The day of a stored serial number as `2026-11-03`; the time of day is dropped. `None` for
/// serials outside 1900 to 9999.
pub(super) fn date_text(raw: &str, from_1904: bool) -> Option<String> {
    let text = number_text(raw)?;
    let days: u64 = text.split('.').next()?.parse().ok()?;
    // Excel believes in 29 February 1900; counting from 30 December 1899 hides that from
    // March 1900 on, and no form holds an older date.
    let epoch = if from_1904 {
        NaiveDate::from_ymd_opt(1904, 1, 1)?
    } else {
        NaiveDate::from_ymd_opt(1899, 12, 30)?
    };
    let date = epoch.checked_add_days(Days::new(days))?;
    (date <= NaiveDate::from_ymd_opt(9999, 12, 31)?).then(|| date.to_string())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn numbers_read_as_a_person_sees_them() {
        for (raw, seen) in [
            ("12", "12"),
            ("12.0", "12"),
            ("-3.50", "-3.5"),
            ("0.10000000000000001", "0.1"),
            ("2.9999999999999996", "3"),
            ("9.9999999999999999E-1", "1"),
            ("1.40141E+11", "140141000000"),
            ("140141000000", "140141000000"),
            ("1.9963117699E10", "19963117699"),
            ("5E-3", "0.005"),
            ("0", "0"),
            ("-0", "0"),
            (".5", "0.5"),
        ] {
            assert_eq!(number_text(raw).as_deref(), Some(seen), "{raw}");
        }
        for wrong in [
            "",
            "-",
            ".",
            "1E500",
            "NaN",
            "1e",
            "1,2",
            "1E99",
            "--1",
            "+",
            "1e-2147483648",
        ] {
            assert_eq!(number_text(wrong), None, "{wrong}");
        }
    }

    #[test]
    fn serial_days_become_dates() {
        assert_eq!(date_text("46329", false).as_deref(), Some("2026-11-03"));
        assert_eq!(date_text("46329.75", false).as_deref(), Some("2026-11-03"));
        assert_eq!(date_text("44867", true).as_deref(), Some("2026-11-03"));
        assert_eq!(date_text("99999999", false), None);
        assert_eq!(date_text("-1", false), None);
    }
}
