//! The one byte form of commands, rows and answers: injective, so that a hash of it is evidence.
//!
//! Integers are big-endian and of fixed width, sequences carry their length, options and
//! variants a tag. The form of a released type never changes; a new field is a new variant.

use uuid::Uuid;

/// Bytes that are no canonical form of the type asked for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Malformed;

/// A cursor over canonical bytes.
#[derive(Debug)]
pub struct Reader<'a>(&'a [u8]);

impl<'a> Reader<'a> {
    /// Starts at the first byte.
    #[must_use]
    pub fn new(bytes: &'a [u8]) -> Self {
        Reader(bytes)
    }

    fn take(&mut self, n: usize) -> Result<&'a [u8], Malformed> {
        let (head, tail) = self.0.split_at_checked(n).ok_or(Malformed)?;
        self.0 = tail;
        Ok(head)
    }
}

/// A type with exactly one byte form.
pub trait Canonical: Sized {
    /// Appends the byte form.
    fn put(&self, out: &mut Vec<u8>);
    /// Reads one value.
    ///
    /// # Errors
    /// [`Malformed`] when the bytes are not a canonical form.
    fn get(input: &mut Reader<'_>) -> Result<Self, Malformed>;

    /// The byte form alone.
    fn bytes(&self) -> Vec<u8> {
        let mut out = Vec::with_capacity(128);
        self.put(&mut out);
        out
    }

    /// Reads a value that fills the whole input.
    ///
    /// # Errors
    /// [`Malformed`] when bytes are missing, wrong or left over.
    fn whole(bytes: &[u8]) -> Result<Self, Malformed> {
        let mut reader = Reader::new(bytes);
        let value = Self::get(&mut reader)?;
        if reader.0.is_empty() {
            Ok(value)
        } else {
            Err(Malformed)
        }
    }
}

macro_rules! integers {
    ($($t:ty),*) => {$(
        impl Canonical for $t {
            fn put(&self, out: &mut Vec<u8>) {
                out.extend_from_slice(&self.to_be_bytes());
            }
            fn get(input: &mut Reader<'_>) -> Result<Self, Malformed> {
                let bytes = input.take(size_of::<$t>())?;
                bytes.try_into().map(<$t>::from_be_bytes).map_err(|_| Malformed)
            }
        }
    )*};
}
integers!(u8, u16, u32, i16, i32, i64, u64);

impl<const N: usize> Canonical for [u8; N] {
    fn put(&self, out: &mut Vec<u8>) {
        out.extend_from_slice(self);
    }
    fn get(input: &mut Reader<'_>) -> Result<Self, Malformed> {
        input.take(N)?.try_into().map_err(|_| Malformed)
    }
}

impl Canonical for bool {
    fn put(&self, out: &mut Vec<u8>) {
        out.push(u8::from(*self));
    }
    fn get(input: &mut Reader<'_>) -> Result<Self, Malformed> {
        match u8::get(input)? {
            0 => Ok(false),
            1 => Ok(true),
            _ => Err(Malformed),
        }
    }
}

impl Canonical for Uuid {
    fn put(&self, out: &mut Vec<u8>) {
        out.extend_from_slice(self.as_bytes());
    }
    fn get(input: &mut Reader<'_>) -> Result<Self, Malformed> {
        <[u8; 16]>::get(input).map(Uuid::from_bytes)
    }
}

fn put_length(length: usize, out: &mut Vec<u8>) {
    // Every sequence is bounded far below this long before it is encoded.
    u32::try_from(length).unwrap_or(u32::MAX).put(out);
}

impl Canonical for String {
    fn put(&self, out: &mut Vec<u8>) {
        put_length(self.len(), out);
        out.extend_from_slice(self.as_bytes());
    }
    fn get(input: &mut Reader<'_>) -> Result<Self, Malformed> {
        let length = u32::get(input)? as usize;
        String::from_utf8(input.take(length)?.to_vec()).map_err(|_| Malformed)
    }
}

impl<T: Canonical> Canonical for Option<T> {
    fn put(&self, out: &mut Vec<u8>) {
        match self {
            None => out.push(0),
            Some(value) => {
                out.push(1);
                value.put(out);
            }
        }
    }
    fn get(input: &mut Reader<'_>) -> Result<Self, Malformed> {
        match u8::get(input)? {
            0 => Ok(None),
            1 => T::get(input).map(Some),
            _ => Err(Malformed),
        }
    }
}

impl<T: Canonical> Canonical for Vec<T> {
    fn put(&self, out: &mut Vec<u8>) {
        put_length(self.len(), out);
        for item in self {
            item.put(out);
        }
    }
    fn get(input: &mut Reader<'_>) -> Result<Self, Malformed> {
        let length = u32::get(input)? as usize;
        // Capacity follows what is really there, not what the length claims.
        let mut items = Vec::with_capacity(length.min(input.0.len()));
        for _ in 0..length {
            items.push(T::get(input)?);
        }
        Ok(items)
    }
}

/// Gives a struct its byte form: the named fields in this order.
macro_rules! canonical_struct {
    ($name:ident { $($field:ident),* $(,)? }) => {
        impl $crate::core::canonical::Canonical for $name {
            fn put(&self, out: &mut Vec<u8>) {
                $($crate::core::canonical::Canonical::put(&self.$field, out);)*
            }
            fn get(
                input: &mut $crate::core::canonical::Reader<'_>,
            ) -> Result<Self, $crate::core::canonical::Malformed> {
                $(let $field = $crate::core::canonical::Canonical::get(input)?;)*
                Ok($name { $($field),* })
            }
        }
    };
}

/// Gives an enum of one-field variants its byte form: a tag, then the field.
macro_rules! canonical_enum {
    ($name:ident { $($tag:literal => $variant:ident),* $(,)? }) => {
        impl $crate::core::canonical::Canonical for $name {
            fn put(&self, out: &mut Vec<u8>) {
                match self {
                    $($name::$variant(value) => {
                        out.push($tag);
                        $crate::core::canonical::Canonical::put(value, out);
                    })*
                }
            }
            fn get(
                input: &mut $crate::core::canonical::Reader<'_>,
            ) -> Result<Self, $crate::core::canonical::Malformed> {
                match <u8 as $crate::core::canonical::Canonical>::get(input)? {
                    $($tag => $crate::core::canonical::Canonical::get(input).map($name::$variant),)*
                    _ => Err($crate::core::canonical::Malformed),
                }
            }
        }
    };
}

/// Declares an enum of plain names: a stored number, a JSON word, a byte form.
macro_rules! code_enum {
    ($(#[$meta:meta])* $name:ident { $($(#[$vm:meta])* $variant:ident = $code:literal $word:literal),* $(,)? }) => {
        $(#[$meta])*
        #[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, serde::Serialize, serde::Deserialize)]
        pub enum $name { $($(#[$vm])* #[serde(rename = $word)] $variant = $code),* }

        impl $name {
            /// Every value, in stored order.
            pub const ALL: &'static [$name] = &[$($name::$variant),*];
            /// The word used in JSON and CSV.
            #[must_use]
            pub fn word(self) -> &'static str {
                match self { $($name::$variant => $word),* }
            }
            /// The stored number.
            #[must_use]
            pub fn code(self) -> i64 {
                self as i64
            }
            /// The value of a stored number.
            #[must_use]
            pub fn of_code(code: i64) -> Option<Self> {
                match code { $($code => Some($name::$variant),)* _ => None }
            }
            /// The value of a word.
            #[must_use]
            pub fn of_word(word: &str) -> Option<Self> {
                match word { $($word => Some($name::$variant),)* _ => None }
            }
        }

        impl $crate::core::canonical::Canonical for $name {
            fn put(&self, out: &mut Vec<u8>) {
                (*self as u8).put(out);
            }
            fn get(
                input: &mut $crate::core::canonical::Reader<'_>,
            ) -> Result<Self, $crate::core::canonical::Malformed> {
                let code = <u8 as $crate::core::canonical::Canonical>::get(input)?;
                $name::of_code(i64::from(code)).ok_or($crate::core::canonical::Malformed)
            }
        }
    };
}

pub(crate) use {canonical_enum, canonical_struct, code_enum};

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_form_reads_back_and_nothing_is_left_over() {
        let value = (vec![Some("门前".to_string()), None], -5_i64);
        let mut bytes = value.0.bytes();
        assert_eq!(Vec::<Option<String>>::whole(&bytes), Ok(value.0));
        bytes.push(0);
        assert_eq!(Vec::<Option<String>>::whole(&bytes), Err(Malformed));
        assert_eq!(i64::whole(&value.1.bytes()), Ok(-5));
        assert_eq!(Vec::<u8>::whole(&[255, 255, 255, 255, 1]), Err(Malformed));
        assert_eq!(bool::whole(&[2]), Err(Malformed));
    }
}
