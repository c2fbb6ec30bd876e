//! Single values: cleaning what people type, and saying why it will not do.

use super::report::FaultCode;

/// A full-width character of the ASCII range as its narrow twin, the wide space as a space.
fn narrow_char(c: char) -> char {
    match c {
        '\u{3000}' | '\u{a0}' => ' ',
        '\u{ff01}'..='\u{ff5e}' => u32::from(c)
            .checked_sub(0xfee0)
            .and_then(char::from_u32)
            .unwrap_or(c),
        _ => c,
    }
}

/// All full-width ASCII made narrow: for codes, numbers, headings.
pub(super) fn narrow(text: &str) -> String {
    text.chars().map(narrow_char).collect()
}

/// For free text: white space collapsed, full-width letters and digits made narrow, Chinese
/// punctuation left alone.
pub(super) fn clean(text: &str) -> String {
    let words: Vec<String> = text
        .split_whitespace()
        .map(|word| {
            let narrowed = |c: char| match narrow_char(c) {
                n if n.is_ascii_alphanumeric() => n,
                _ => c,
            };
            word.chars().map(narrowed).collect()
        })
        .collect();
    words.join(" ")
}

/// A person's name: as [`clean`], and without the space that pads two-character names.
pub(super) fn clean_name(text: &str) -> String {
    let name = clean(text);
    match name.chars().any(|c| c.is_ascii_alphanumeric()) {
        true => name,
        false => name.replace(' ', ""),
    }
}

/// Control, invisible and direction-changing characters, which make two texts look alike.
pub(super) fn check_characters(text: &str) -> Result<(), FaultCode> {
    let is_bad = |c: char| {
        c.is_control()
            || matches!(c, '\u{200b}'..='\u{200f}' | '\u{202a}'..='\u{202e}' | '\u{2060}'..='\u{206f}')
            || matches!(
                c,
                '\u{feff}' | '\u{fffd}' | '\u{2028}' | '\u{2029}' | '\u{e000}'..='\u{f8ff}'
            )
    };
    match text.chars().any(is_bad) {
        true => Err(FaultCode::BadCharacter),
        false => Ok(()),
    }
}

/// True when the text holds eighteen characters in a row that are formed like a national id:
/// digits with a possible month and day of birth, the last one a digit or X.
pub fn has_id_number(text: &str) -> bool {
    let narrow = narrow(text).to_ascii_uppercase();
    let runs = narrow.split(|c: char| !c.is_ascii_digit() && c != 'X');
    runs.filter(|run| run.len() == 18).any(|run| {
        let digits = run[..17].bytes().all(|b| b.is_ascii_digit());
        let month = run[10..12].parse::<u8>().unwrap_or(0);
        let day = run[12..14].parse::<u8>().unwrap_or(0);
        digits && (1..=12).contains(&month) && (1..=31).contains(&day)
    })
}

/// What people write for "nothing".
pub(super) fn is_nothing(text: &str) -> bool {
    ["无", "没有", "-", "--", "—", "——", "/", "\\", "none", "n/a"]
        .contains(&text.to_lowercase().as_str())
}

/// A household or goods code: letters (of any script) and digits, `-`, `_`, at most 32.
pub(super) fn code(text: &str) -> Result<String, FaultCode> {
    let code = narrow(text).trim().to_owned();
    if looks_scientific(&code) {
        return Err(FaultCode::NotText);
    }
    if code.chars().count() > 32 {
        return Err(FaultCode::TooLong);
    }
    let begins_well = code.starts_with(char::is_alphanumeric);
    match begins_well
        && code
            .chars()
            .all(|c| c.is_alphanumeric() || matches!(c, '-' | '_'))
    {
        true => Ok(code),
        false => Err(FaultCode::BadCharacter),
    }
}

/// `1.40141E+11`: what Excel leaves of a long code in a CSV file.
fn looks_scientific(text: &str) -> bool {
    let Some((mantissa, exponent)) = text.split_once(['E', 'e']) else {
        return false;
    };
    let is_number = |t: &str| !t.is_empty() && t.bytes().all(|b| b.is_ascii_digit() || b == b'.');
    let signed = exponent.strip_prefix(['+', '-']);
    is_number(mantissa) && signed.is_some_and(|digits| digits.bytes().all(|b| b.is_ascii_digit()))
}

/// A mobile number as eleven digits, a landline as `0936-8212345`.
///
/// # Errors
/// [`FaultCode::NotAPhone`] for anything else.
pub fn phone(text: &str) -> Result<String, FaultCode> {
    let mut digits: String = narrow(text)
        .chars()
        .filter(|c| {
            !matches!(
                c,
                ' ' | '-' | '(' | ')' | '\u{2010}'..='\u{2015}' | '\u{2212}'
            )
        })
        .collect();
    for prefix in ["+86", "0086"] {
        if let Some(rest) = digits.strip_prefix(prefix) {
            digits = rest.to_owned();
        }
    }
    if digits.is_empty() || !digits.bytes().all(|b| b.is_ascii_digit()) {
        return Err(FaultCode::NotAPhone);
    }
    let bytes = digits.as_bytes();
    if bytes.len() == 11 && bytes[0] == b'1' && (b'3'..=b'9').contains(&bytes[1]) {
        return Ok(digits);
    }
    // 010 and 02x are the area codes of three digits, with numbers of eight.
    let area = match bytes {
        [b'0', b'1', b'0', ..] | [b'0', b'2', ..] => 3,
        [b'0', b'3'..=b'9', ..] => 4,
        _ => return Err(FaultCode::NotAPhone),
    };
    let local = bytes.get(area..).unwrap_or_default();
    let fits = local.len() == 8 || (local.len() == 7 && area == 4);
    match fits && local[0] != b'0' {
        true => Ok(format!("{}-{}", &digits[..area], &digits[area..])),
        false => Err(FaultCode::NotAPhone),
    }
}

/// A whole number between the bounds; a measure word of one character after it is tolerated.
pub(super) fn whole(text: &str, least: i64, most: i64) -> Result<i64, FaultCode> {
    let text = narrow(text);
    let digits = text
        .trim()
        .trim_end_matches(['人', '口', '件', '个'])
        .trim_end();
    let unsigned = digits.strip_prefix('-').unwrap_or(digits);
    if unsigned.is_empty() || !unsigned.bytes().all(|b| b.is_ascii_digit()) {
        return Err(FaultCode::NotANumber);
    }
    match digits.parse() {
        Ok(number) if (least..=most).contains(&number) => Ok(number),
        _ => Err(FaultCode::OutOfRange),
    }
}

/// Hundredths of a decimal above zero and at most one million with at most two places.
pub(super) fn hundredths(text: &str) -> Result<i64, FaultCode> {
    let text = narrow(text);
    let number = text.trim().trim_end_matches(['分', '元']).trim_end();
    let unsigned = number.strip_prefix('-').unwrap_or(number);
    let (whole, part) = unsigned.split_once('.').unwrap_or((unsigned, "0"));
    let is_digits = |t: &str| !t.is_empty() && t.bytes().all(|b| b.is_ascii_digit());
    if !is_digits(whole) || !is_digits(part) {
        return Err(FaultCode::NotANumber);
    }
    let part = part.trim_end_matches('0');
    if part.len() > 2 {
        return Err(FaultCode::TooManyPlaces);
    }
    let whole = whole.trim_start_matches('0');
    if unsigned.len() < number.len() || whole.len() > 7 {
        return Err(FaultCode::OutOfRange);
    }
    let total: i64 = format!("{whole}{part:0<2}")
        .parse()
        .map_err(|_| FaultCode::NotANumber)?;
    match (1..=100_000_000).contains(&total) {
        true => Ok(total),
        false => Err(FaultCode::OutOfRange),
    }
}

/// As [`hundredths`], written with as few places as it needs: `5`, `2.5`, `0.25`.
pub(super) fn decimal(text: &str) -> Result<String, FaultCode> {
    let hundredths = hundredths(text)?;
    let (whole, part) = (hundredths / 100, hundredths % 100);
    Ok(match (part, part % 10) {
        (0, _) => whole.to_string(),
        (_, 0) => format!("{whole}.{}", part / 10),
        _ => format!("{whole}.{part:02}"),
    })
}

/// 8 to 14 digits.
pub(super) fn barcode(text: &str) -> Result<String, FaultCode> {
    let code: String = narrow(text).split_whitespace().collect();
    if looks_scientific(&code) {
        return Err(FaultCode::NotText);
    }
    match (8..=14).contains(&code.len()) && code.bytes().all(|b| b.is_ascii_digit()) {
        true => Ok(code),
        false => Err(FaultCode::NotABarcode),
    }
}

/// The check digit that a GTIN (8, 12, 13, 14 digits) should end with, when it ends otherwise.
pub(super) fn wrong_check_digit(barcode: &str) -> Option<u8> {
    if ![8, 12, 13, 14].contains(&barcode.len()) {
        return None;
    }
    let digits: Vec<u32> = barcode
        .bytes()
        .map(|b| u32::from(b.wrapping_sub(b'0')))
        .collect();
    let (last, body) = digits.split_last()?;
    let weighted = body.iter().rev().enumerate();
    let sum: u32 = weighted
        .map(|(at, d)| if at % 2 == 0 { d * 3 } else { *d })
        .sum();
    let wanted = (10 - sum % 10) % 10;
    (wanted != *last).then(|| u8::try_from(wanted).unwrap_or(0))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn phones_are_recognised_and_normalised() {
        for (typed, kept) in [
            ("19963117699", "19963117699"),
            ("199 6311 7699", "19963117699"),
            ("199-6311-7699", "19963117699"),
            ("+86 199 6311 7699", "19963117699"),
            ("199-63117699", "19963117699"),
            ("0936-8212345", "0936-8212345"),
            ("(0936) 8212345", "0936-8212345"),
            ("010 62345678", "010-62345678"),
            ("02887654321", "028-87654321"),
        ] {
            assert_eq!(phone(typed).as_deref(), Ok(kept), "{typed}");
        }
        for wrong in [
            "1990000",
            "8212345",
            "12963117699",
            "199631176990",
            "电话",
            "0",
            "01062345",
            "=1",
        ] {
            assert_eq!(phone(wrong), Err(FaultCode::NotAPhone), "{wrong}");
        }
    }

    #[test]
    fn decimals_stay_exact() {
        for (typed, kept) in [
            ("5", "5"),
            ("5.00", "5"),
            ("05", "5"),
            ("2.50", "2.5"),
            ("0.25", "0.25"),
            ("0.05", "0.05"),
            ("3分", "3"),
            ("1000000", "1000000"),
        ] {
            assert_eq!(decimal(typed).as_deref(), Ok(kept), "{typed}");
        }
        for (wrong, code) in [
            ("0", FaultCode::OutOfRange),
            ("-1", FaultCode::OutOfRange),
            ("1000000.01", FaultCode::OutOfRange),
            ("99999999999999999999", FaultCode::OutOfRange),
            ("0.005", FaultCode::TooManyPlaces),
            ("五", FaultCode::NotANumber),
            ("1e3", FaultCode::NotANumber),
            (".5", FaultCode::NotANumber),
            ("1,000", FaultCode::NotANumber),
        ] {
            assert_eq!(decimal(wrong), Err(code), "{wrong}");
        }
    }

    #[test]
    fn codes_refuse_what_a_spreadsheet_would_run() {
        assert_eq!(code("010001").as_deref(), Ok("010001"));
        assert_eq!(code("甲-1").as_deref(), Ok("甲-1"));
        for wrong in ["=1+1", "+1", "-1", "@A1", "a/b", "a b", "..", ""] {
            assert_eq!(code(wrong), Err(FaultCode::BadCharacter), "{wrong}");
        }
        assert_eq!(code("1.40141E+11"), Err(FaultCode::NotText));
        assert_eq!(code(&"1".repeat(33)), Err(FaultCode::TooLong));
    }

    #[test]
    fn ids_names_and_numbers() {
        assert!(has_id_number("证号11010519491231002X"));
        assert!(has_id_number("110105194912310021"));
        assert!(!has_id_number("123456789012345678"));
        assert_eq!(clean_name(" 王 五 "), "王五");
        assert_eq!(clean_name("Ann  Lee"), "Ann Lee");
        assert_eq!(clean("1组 12号(北)"), "1组 12号(北)");
        assert_eq!(whole("3人", 1, 99), Ok(3));
        assert_eq!(whole("三口", 1, 99), Err(FaultCode::NotANumber));
        assert_eq!(whole("0", 1, 99), Err(FaultCode::OutOfRange));
        assert_eq!(whole("2.5", 1, 99), Err(FaultCode::NotANumber));
        assert_eq!(barcode("6999900000019").as_deref(), Ok("6999900000019"));
        assert_eq!(wrong_check_digit("6999900000019"), None);
        assert_eq!(wrong_check_digit("6999900000018"), Some(9));
        assert_eq!(
            check_characters("张\u{202e}三"),
            Err(FaultCode::BadCharacter)
        );
    }
}
