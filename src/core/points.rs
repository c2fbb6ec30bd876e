//! Points and quantities: checked hundredths, decimal text outside.

use super::canonical::{Canonical, Malformed, Reader};
use serde::{Deserialize, Deserializer, Serialize, Serializer, de::Error as _};
use std::fmt;

/// The largest amount one transfer may move, in hundredths (DESIGN section 4).
pub const AMOUNT_MAX: i64 = 100_000_000;

/// A count of hundredths of a point. Signed, because a change can go either way;
/// text and JSON form is a decimal with at most two places (`"2.5"`).
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Points(pub i64);

/// Why a text is not an amount.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum AmountFault {
    /// Not a plain decimal number.
    NotANumber,
    /// More than two places after the point.
    TooPrecise,
    /// Beyond what an `i64` of hundredths holds.
    TooLarge,
}

impl Points {
    /// No points.
    pub const ZERO: Points = Points(0);

    /// Sum, or `None` on overflow.
    #[must_use]
    pub fn plus(self, other: Points) -> Option<Points> {
        self.0.checked_add(other.0).map(Points)
    }

    /// Difference, or `None` on overflow.
    #[must_use]
    pub fn minus(self, other: Points) -> Option<Points> {
        self.0.checked_sub(other.0).map(Points)
    }

    /// Whether one transfer may carry this amount.
    #[must_use]
    pub fn is_amount(self) -> bool {
        self.0 > 0 && self.0 <= AMOUNT_MAX
    }

    /// Points for `quantity` units at this rate; `None` when the product is not a whole
    /// number of hundredths or does not fit.
    #[must_use]
    pub fn times(self, quantity: Quantity) -> Option<Points> {
        let product = i128::from(self.0) * i128::from(quantity.0);
        if product % 100 != 0 {
            return None;
        }
        i64::try_from(product / 100).ok().map(Points)
    }

    /// Reads `"12"`, `"2.5"`, `"-0.25"`.
    ///
    /// # Errors
    /// [`AmountFault`] says what is wrong with the text.
    pub fn parse(text: &str) -> Result<Points, AmountFault> {
        parse_hundredths(text).map(Points)
    }
}

impl fmt::Display for Points {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write_hundredths(self.0, f)
    }
}

/// A count of hundredths of a rule's unit (1.5 hours is 150).
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Quantity(pub i64);

impl Quantity {
    /// One unit.
    pub const ONE: Quantity = Quantity(100);
    /// The largest quantity one line may carry: ten thousand units.
    pub const MAX: Quantity = Quantity(1_000_000);

    /// Reads a decimal text.
    ///
    /// # Errors
    /// [`AmountFault`] says what is wrong with the text.
    pub fn parse(text: &str) -> Result<Quantity, AmountFault> {
        parse_hundredths(text).map(Quantity)
    }

    /// Whether a line may carry it.
    #[must_use]
    pub fn is_valid(self) -> bool {
        self.0 > 0 && self <= Quantity::MAX
    }
}

impl fmt::Display for Quantity {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write_hundredths(self.0, f)
    }
}

fn write_hundredths(value: i64, f: &mut fmt::Formatter<'_>) -> fmt::Result {
    let sign = if value < 0 { "-" } else { "" };
    let magnitude = value.unsigned_abs();
    let (whole, rest) = (magnitude / 100, magnitude % 100);
    match rest {
        0 => write!(f, "{sign}{whole}"),
        r if r % 10 == 0 => write!(f, "{sign}{whole}.{}", r / 10),
        r => write!(f, "{sign}{whole}.{r:02}"),
    }
}

fn parse_hundredths(text: &str) -> Result<i64, AmountFault> {
    let (negative, digits) = match text.strip_prefix('-') {
        Some(rest) => (true, rest),
        None => (false, text),
    };
    let (whole, fraction) = digits.split_once('.').unwrap_or((digits, ""));
    let all_digits = |s: &str| s.bytes().all(|b| b.is_ascii_digit());
    if whole.is_empty() || !all_digits(whole) || !all_digits(fraction) || digits.ends_with('.') {
        return Err(AmountFault::NotANumber);
    }
    if fraction.len() > 2 {
        return Err(AmountFault::TooPrecise);
    }
    let whole: i64 = whole.parse().map_err(|_| AmountFault::TooLarge)?;
    let fraction = match fraction.len() {
        0 => 0,
        1 => i64::from(fraction.as_bytes()[0] - b'0') * 10,
        _ => fraction.parse().map_err(|_| AmountFault::NotANumber)?,
    };
    let value = whole
        .checked_mul(100)
        .and_then(|v| v.checked_add(fraction))
        .ok_or(AmountFault::TooLarge)?;
    Ok(if negative { -value } else { value })
}

fn amount_text(fault: AmountFault) -> &'static str {
    match fault {
        AmountFault::NotANumber => "not_a_number",
        AmountFault::TooPrecise => "too_precise",
        AmountFault::TooLarge => "too_large",
    }
}

macro_rules! decimal_text {
    ($name:ident) => {
        impl Serialize for $name {
            fn serialize<S: Serializer>(&self, s: S) -> Result<S::Ok, S::Error> {
                s.collect_str(self)
            }
        }
        impl<'de> Deserialize<'de> for $name {
            fn deserialize<D: Deserializer<'de>>(d: D) -> Result<Self, D::Error> {
                let text = String::deserialize(d)?;
                $name::parse(&text).map_err(|f| D::Error::custom(amount_text(f)))
            }
        }
        impl Canonical for $name {
            fn put(&self, out: &mut Vec<u8>) {
                self.0.put(out);
            }
            fn get(input: &mut Reader<'_>) -> Result<Self, Malformed> {
                i64::get(input).map($name)
            }
        }
    };
}
decimal_text!(Points);
decimal_text!(Quantity);

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn text_and_back() {
        for (text, value) in [
            ("0", 0),
            ("2.5", 250),
            ("-0.25", -25),
            ("10", 1000),
            ("0.05", 5),
        ] {
            assert_eq!(Points::parse(text), Ok(Points(value)));
            assert_eq!(Points(value).to_string(), text);
        }
        assert_eq!(Points::parse("1.234"), Err(AmountFault::TooPrecise));
        for bad in ["", ".", "1.", "+1", "1e3", " 1", "1,0", "--1", "-", "１"] {
            assert_eq!(Points::parse(bad), Err(AmountFault::NotANumber), "{bad}");
        }
        assert_eq!(
            Points::parse("99999999999999999999"),
            Err(AmountFault::TooLarge)
        );
        assert_eq!(
            Points::parse("92233720368547758.08"),
            Err(AmountFault::TooLarge)
        );
    }

    #[test]
    fn rate_times_quantity_is_exact_or_nothing() {
        assert_eq!(Points(50).times(Quantity(150)), Some(Points(75)));
        assert_eq!(Points(5).times(Quantity(50)), None);
        assert_eq!(Points(i64::MAX).times(Quantity(1000)), None);
    }
}
