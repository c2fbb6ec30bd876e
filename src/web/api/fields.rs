//! Types of request fields that refuse what no field may hold.

use crate::core::{PhotoHash, Quantity};
use crate::web::photos::of_id;
use serde::de::{Error, Visitor};
use serde::{Deserialize, Deserializer};
use std::fmt;
use std::ops::Deref;

/// A text of 1 to `MAX` characters without control characters.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Words<const MAX: usize>(String);

impl<const MAX: usize> Words<MAX> {
    /// The text itself.
    #[must_use]
    pub fn into_inner(self) -> String {
        self.0
    }
}

impl<const MAX: usize> Deref for Words<MAX> {
    type Target = str;

    fn deref(&self) -> &str {
        &self.0
    }
}

impl<'de, const MAX: usize> Deserialize<'de> for Words<MAX> {
    fn deserialize<D: Deserializer<'de>>(from: D) -> Result<Self, D::Error> {
        let text = String::deserialize(from)?;
        // Line breaks are fine in a remark, other control characters nowhere.
        let odd = |c: char| c.is_control() && c != '\n';
        match text.trim() {
            "" => Err(D::Error::custom("empty")),
            text if text.chars().count() > MAX => Err(D::Error::custom("too_long")),
            text if text.chars().any(odd) => Err(D::Error::custom("control_character")),
            _ => Ok(Words(text)),
        }
    }
}

/// A quantity of a rule's unit: a JSON integer, or a decimal text with at most two places.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct QuantityIn(pub Quantity);

impl<'de> Deserialize<'de> for QuantityIn {
    fn deserialize<D: Deserializer<'de>>(from: D) -> Result<Self, D::Error> {
        struct Number;
        impl Visitor<'_> for Number {
            type Value = QuantityIn;

            fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str("a quantity")
            }

            fn visit_i64<E: Error>(self, whole: i64) -> Result<QuantityIn, E> {
                let hundredths = whole
                    .checked_mul(100)
                    .ok_or_else(|| E::custom("too_large"))?;
                Ok(QuantityIn(Quantity(hundredths)))
            }

            fn visit_u64<E: Error>(self, whole: u64) -> Result<QuantityIn, E> {
                let whole = i64::try_from(whole).map_err(|_| E::custom("too_large"))?;
                self.visit_i64(whole)
            }

            // JSON's own decimals are floats in most programs: 0.1 would not be 0.1.
            fn visit_f64<E: Error>(self, _: f64) -> Result<QuantityIn, E> {
                Err(E::custom("not_a_number"))
            }

            fn visit_str<E: Error>(self, text: &str) -> Result<QuantityIn, E> {
                let fault = |fault| {
                    E::custom(match fault {
                        crate::core::points::AmountFault::NotANumber => "not_a_number",
                        crate::core::points::AmountFault::TooPrecise => "too_precise",
                        crate::core::points::AmountFault::TooLarge => "too_large",
                    })
                };
                Quantity::parse(text).map(QuantityIn).map_err(fault)
            }
        }
        from.deserialize_any(Number)
    }
}

/// Photos by their ids.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct PhotoIds(pub Vec<PhotoHash>);

impl<'de> Deserialize<'de> for PhotoIds {
    fn deserialize<D: Deserializer<'de>>(from: D) -> Result<Self, D::Error> {
        let ids = Vec::<String>::deserialize(from)?;
        let photos = ids.iter().map(|id| of_id(id));
        let photos: Option<Vec<PhotoHash>> = photos.collect();
        photos
            .map(PhotoIds)
            .ok_or_else(|| D::Error::custom("unknown_photo"))
    }
}

/// Tells a field that is absent (leave it) from one that is null (take it away).
///
/// # Errors
/// Of the inner type.
pub fn double<'de, T: Deserialize<'de>, D: Deserializer<'de>>(
    from: D,
) -> Result<Option<Option<T>>, D::Error> {
    Option::<T>::deserialize(from).map(Some)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn quantities_are_whole_numbers_or_decimal_texts() {
        let read = |text: &str| serde_json::from_str::<QuantityIn>(text).map(|q| q.0.0);
        for (text, hundredths) in [("2", 200), ("\"1.5\"", 150), ("\"2\"", 200), ("-1", -100)] {
            assert_eq!(read(text).expect(text), hundredths);
        }
        for bad in [
            "1.5",
            "1e3",
            "\"1.555\"",
            "\"x\"",
            "null",
            "true",
            "9223372036854775807",
            "\"\"",
        ] {
            assert!(read(bad).is_err(), "{bad}");
        }
    }

    #[test]
    fn words_are_bounded() {
        let read = |text: &str| serde_json::from_value::<Words<4>>(text.into()).is_ok();
        assert!(read("四个汉字") && read("a\nb"));
        assert!(!read("五个汉字了") && !read("  ") && !read("a\tb") && !read(""));
    }
}
