//! Which passwords and PINs are refused because everybody tries them first.

use unicode_normalization::UnicodeNormalization as _;

const PASSWORD_CHARS_MIN: usize = 8;
const PASSWORD_CHARS_MAX: usize = 128;
/// All digits and shorter than this is a birthday or a telephone number.
const DIGITS_ONLY_MIN: usize = 12;
/// So many digits and signs beside common words add nothing: a date with dashes has ten.
const LOOSE_MAX: usize = 10;
/// From this length on a piece of a keyboard row counts as one thing.
const ROW_PIECE_MIN: usize = 3;

/// Why a password is refused.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum PasswordFault {
    /// Fewer than 8 characters.
    #[error("密码至少 8 个字符 / at least 8 characters")]
    TooShort,
    /// More than 128 characters.
    #[error("密码最多 128 个字符 / at most 128 characters")]
    TooLong,
    /// It holds a control character, as from a bad paste.
    #[error("密码不能含控制字符 / no control characters")]
    Control,
    /// Digits only and fewer than 12.
    #[error(
        "纯数字密码至少 12 位，生日和手机号太好猜 / digits alone must be at least 12: birthdays and telephone numbers are easy to guess"
    )]
    OnlyDigits,
    /// One piece over and over, or three different characters at most.
    #[error("密码不能只是重复的字符 / not the same characters over and over")]
    Repeated,
    /// Common words, keyboard rows or the user's name, with digits at most.
    #[error("密码太常见，请加入别人想不到的词 / too common, add words nobody would guess")]
    TooCommon,
}

impl PasswordFault {
    /// The stable name in answers of the API and in the word lists.
    pub fn code(self) -> &'static str {
        match self {
            Self::TooShort => "password_too_short",
            Self::TooLong => "password_too_long",
            Self::Control => "password_control_character",
            Self::OnlyDigits => "password_only_digits",
            Self::Repeated => "password_repeated",
            Self::TooCommon => "password_too_common",
        }
    }
}

/// Why a PIN is refused.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum PinFault {
    /// Not exactly six digits.
    #[error("取货密码须为六位数字 / exactly six digits")]
    NotSixDigits,
    /// Two different digits at most.
    #[error("取货密码至少用三个不同的数字 / at least three different digits")]
    TooFewDigits,
    /// Digits in a row, up or down.
    #[error("取货密码不能是连号 / not digits in a row")]
    Run,
    /// One piece twice or three times.
    #[error("取货密码不能是重复的号码 / not the same digits again")]
    Repeated,
    /// It begins or ends with a year from 1900 to 2099.
    #[error("取货密码不能含年份 / no year in it")]
    Year,
    /// The end of the household's telephone number.
    #[error("取货密码不能是手机号末六位 / not the end of your telephone number")]
    PhoneTail,
    /// One of those that everybody tries.
    #[error("取货密码太常见 / too common")]
    TooCommon,
}

impl PinFault {
    /// The stable name in answers of the API and in the word lists.
    pub fn code(self) -> &'static str {
        match self {
            Self::NotSixDigits => "pin_not_six_digits",
            Self::TooFewDigits => "pin_too_few_digits",
            Self::Run => "pin_run",
            Self::Repeated => "pin_repeated",
            Self::Year => "pin_year",
            Self::PhoneTail => "pin_phone_tail",
            Self::TooCommon => "pin_too_common",
        }
    }
}

/// Judges a new password of the user with that name.
///
/// # Errors
/// The first fault found.
pub fn check_password(password: &str, username: &str) -> Result<(), PasswordFault> {
    // Nothing with so many bytes has 128 characters or fewer; checked before it is unfolded.
    if password.len() > PASSWORD_CHARS_MAX * 4 {
        return Err(PasswordFault::TooLong);
    }
    let canonical: Vec<char> = password.nfkc().collect();
    if canonical.len() < PASSWORD_CHARS_MIN {
        return Err(PasswordFault::TooShort);
    }
    if canonical.len() > PASSWORD_CHARS_MAX {
        return Err(PasswordFault::TooLong);
    }
    if canonical.iter().any(|c| c.is_control()) {
        return Err(PasswordFault::Control);
    }
    let lower = lowercase(canonical);
    if lower.len() < DIGITS_ONLY_MIN && lower.iter().all(char::is_ascii_digit) {
        return Err(PasswordFault::OnlyDigits);
    }
    if distinct(&lower) <= 3 || is_repeated(&lower) {
        return Err(PasswordFault::Repeated);
    }
    let name = lowercase(username.nfkc().collect());
    if is_common(&lower, &name) {
        return Err(PasswordFault::TooCommon);
    }
    Ok(())
}

/// Judges a new PIN of the household with that telephone number, if it has one.
///
/// # Errors
/// The first fault found.
pub fn check_pin(pin: &str, phone: Option<&str>) -> Result<(), PinFault> {
    let digits: Vec<char> = pin.chars().collect();
    if digits.len() != 6 || !digits.iter().all(char::is_ascii_digit) {
        return Err(PinFault::NotSixDigits);
    }
    if distinct(&digits) <= 2 {
        return Err(PinFault::TooFewDigits);
    }
    let is_run = |row: &str| row.contains(pin);
    if is_run("012345678901234") || is_run("432109876543210") {
        return Err(PinFault::Run);
    }
    if is_repeated(&digits) {
        return Err(PinFault::Repeated);
    }
    let is_year = |four: &str| four.starts_with("19") || four.starts_with("20");
    if is_year(&pin[..4]) || is_year(&pin[2..]) {
        return Err(PinFault::Year);
    }
    let phone: String = phone
        .unwrap_or_default()
        .chars()
        .filter(char::is_ascii_digit)
        .collect();
    if phone.ends_with(pin) {
        return Err(PinFault::PhoneTail);
    }
    if COMMON_PINS.split_whitespace().any(|common| common == pin) {
        return Err(PinFault::TooCommon);
    }
    Ok(())
}

fn lowercase(chars: Vec<char>) -> Vec<char> {
    chars.into_iter().flat_map(char::to_lowercase).collect()
}

fn distinct(chars: &[char]) -> usize {
    let mut sorted = chars.to_vec();
    sorted.sort_unstable();
    sorted.dedup();
    sorted.len()
}

/// One piece over and over; the last copy may be cut short.
fn is_repeated(chars: &[char]) -> bool {
    (1..=chars.len() / 2).any(|piece| chars.iter().zip(&chars[piece..]).all(|(a, b)| a == b))
}

/// Common words, pieces of keyboard rows and the user's name take it up but for a few digits and
/// signs.
fn is_common(password: &[char], name: &[char]) -> bool {
    let (mut at, mut pieces, mut loose) = (0, 0, 0);
    while at < password.len() {
        let rest = &password[at..];
        let longest = longest_word(rest, name).max(longest_row_piece(rest));
        if longest > 0 {
            pieces += 1;
            at += longest;
        } else if rest[0].is_alphabetic() {
            return false;
        } else {
            loose += 1;
            at += 1;
        }
    }
    pieces > 0 && loose <= LOOSE_MAX
}

fn longest_word(rest: &[char], name: &[char]) -> usize {
    let own = if name.len() >= 2 && starts_with(rest, name.iter().copied()) {
        name.len()
    } else {
        0
    };
    COMMON_WORDS
        .split_whitespace()
        .filter(|word| starts_with(rest, word.chars()))
        .map(|word| word.chars().count())
        .fold(own, usize::max)
}

fn starts_with(rest: &[char], word: impl Iterator<Item = char>) -> bool {
    let mut rest = rest.iter();
    for expected in word {
        match rest.next() {
            Some(&c) if c == expected || written_as(c) == expected => {}
            _ => return false,
        }
    }
    true
}

/// The letter that a digit or sign stands for in `p@ssw0rd`.
fn written_as(c: char) -> char {
    match c {
        '@' | '4' => 'a',
        '0' => 'o',
        '1' | '!' => 'i',
        '3' => 'e',
        '5' | '$' => 's',
        '7' => 't',
        other => other,
    }
}

fn longest_row_piece(rest: &[char]) -> usize {
    let mut longest = 0;
    for row in KEYBOARD_ROWS {
        let forward: Vec<char> = row.chars().collect();
        let backward: Vec<char> = row.chars().rev().collect();
        for row in [forward, backward] {
            for start in 0..row.len() {
                let same = row[start..].iter().zip(rest).take_while(|(a, b)| a == b);
                longest = longest.max(same.count());
            }
        }
    }
    if longest < ROW_PIECE_MIN { 0 } else { longest }
}

const KEYBOARD_ROWS: &[&str] = &[
    "qwertyuiop",
    "qwertzuiop",
    "asdfghjkl",
    "zxcvbnm",
    "abcdefghijklmnopqrstuvwxyz",
    "01234567890",
    "1q2w3e4r5t6y7u8i9o0p",
    "q1w2e3r4t5y6u7i8o9p0",
    "1qaz2wsx3edc4rfv5tgb6yhn7ujm",
    "qazwsxedcrfvtgbyhnujmikolp",
    "!@#$%^&*()",
    "a1s2d3f4g5h6",
    "a1b2c3d4e5f6g7h8",
    "147258369",
    "159357",
];

/// What people put into passwords first, here and everywhere. Only words: with digits and signs
/// around them they are still refused.
const COMMON_WORDS: &str = include_str!("common_words.txt");

/// Six digits that people choose more often than chance; runs, repeats and years are refused by
/// their rules already.
const COMMON_PINS: &str = include_str!("common_pins.txt");

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn good_passwords_pass() {
        for good in [
            "correct horse battery staple",
            "门前的老槐树开花了",
            "Tr0ub4dor&3x",
            "shanlu-kaihua",
            "wenming-huashu77",
            "390172846155",
            "ﬁsh über Brücke",
        ] {
            assert_eq!(check_password(good, "zhangsan"), Ok(()), "{good}");
        }
        assert_eq!(
            check_password(&"门前槐树".repeat(2), "x"),
            Err(PasswordFault::Repeated)
        );
    }

    #[test]
    fn length_counts_characters_as_they_are_seen() {
        assert_eq!(
            check_password("短密码七个字啊", "x"),
            Err(PasswordFault::TooShort)
        );
        assert_eq!(
            check_password("e\u{301}bcdf xy", "x"),
            Ok(()),
            "nine code points, eight seen"
        );
        assert_eq!(
            check_password("e\u{301}bcdfgh", "x"),
            Err(PasswordFault::TooShort)
        );
        let long: String = (0..129_u32)
            .filter_map(|i| char::from_u32(0x4e00 + i))
            .collect();
        assert_eq!(check_password(&long, "x"), Err(PasswordFault::TooLong));
        let fits: String = long.chars().take(128).collect();
        assert_eq!(check_password(&fits, "x"), Ok(()));
        let unfolds = "\u{fdfa}".repeat(100);
        assert_eq!(check_password(&unfolds, "x"), Err(PasswordFault::TooLong));
        assert_eq!(
            check_password("line\nbreak in it", "x"),
            Err(PasswordFault::Control)
        );
    }

    #[test]
    fn guessable_passwords_are_refused() {
        use PasswordFault::{OnlyDigits, Repeated, TooCommon};
        for (bad, fault) in [
            ("19900101", OnlyDigits),
            ("13812345678", OnlyDigits),
            ("１３８１２３４５６７８", OnlyDigits),
            ("aaaaaaaa", Repeated),
            ("abababab", Repeated),
            ("abcdabcda", Repeated),
            ("password", TooCommon),
            ("P@ssw0rd2026!", TooCommon),
            ("qwertyuiop", TooCommon),
            ("1qaz2wsx", TooCommon),
            ("1q2w3e4r", TooCommon),
            ("abc123456", TooCommon),
            ("abcd1234", TooCommon),
            ("woaini520", TooCommon),
            ("woaini1314", TooCommon),
            ("wenming2026", TooCommon),
            ("WenMing@2026", TooCommon),
            ("wenmingjifen", TooCommon),
            ("文明积分2026", TooCommon),
            ("村委会12345", TooCommon),
            ("Admin12345", TooCommon),
            ("zhangsan1990", TooCommon),
            ("zhangsan-19900101", TooCommon),
            ("123456789012", TooCommon),
            ("asdfghjkl", TooCommon),
        ] {
            assert_eq!(check_password(bad, "ZhangSan"), Err(fault), "{bad}");
        }
    }

    #[test]
    fn weak_pins_are_refused() {
        use PinFault::*;
        for (bad, fault) in [
            ("", NotSixDigits),
            ("12345", NotSixDigits),
            ("1234567", NotSixDigits),
            ("１２３４５６", NotSixDigits),
            ("12345a", NotSixDigits),
            ("-12345", NotSixDigits),
            ("000000", TooFewDigits),
            ("112112", TooFewDigits),
            ("121212", TooFewDigits),
            ("123456", Run),
            ("654321", Run),
            ("890123", Run),
            ("210987", Run),
            ("123123", Repeated),
            ("907907", Repeated),
            ("199005", Year),
            ("051990", Year),
            ("203012", Year),
            ("678901", Run),
            ("384751", PhoneTail),
            ("112233", TooCommon),
            ("147258", TooCommon),
            ("521314", TooCommon),
        ] {
            assert_eq!(
                check_pin(bad, Some("+86 139-1238-4751")),
                Err(fault),
                "{bad}"
            );
        }
    }

    #[test]
    fn most_pins_pass() {
        assert_eq!(check_pin("384751", None), Ok(()));
        assert_eq!(check_pin("384751", Some("")), Ok(()));
        let refused = (0..1_000_000)
            .filter(|n| check_pin(&format!("{n:06}"), None).is_err())
            .count();
        assert!(
            (40_000..60_000).contains(&refused),
            "{refused} of a million"
        );
    }

    #[test]
    fn the_lists_hold_what_the_rules_let_through() {
        for pin in COMMON_PINS.split_whitespace() {
            assert_ne!(check_pin(pin, None), Ok(()), "{pin}");
        }
        let words: Vec<&str> = COMMON_WORDS.split_whitespace().collect();
        let unique: std::collections::HashSet<&str> = words.iter().copied().collect();
        assert_eq!(words.len(), unique.len(), "no word twice");
    }
}
