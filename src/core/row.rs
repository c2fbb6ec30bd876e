//! How a row of the core is seen by a database: a table name, key columns, plain cells.

use super::{day::Day, points::Points, points::Quantity};
use uuid::Uuid;

/// What a column holds.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Kind {
    /// A 64-bit integer: numbers, codes, days, hundredths, microseconds.
    Int,
    /// Octets: hashes, canonical forms.
    Bytes,
    /// A short identifier or word.
    Text,
    /// A 128-bit id.
    Uuid,
}

/// One column of a table.
#[derive(Clone, Copy, Debug)]
pub struct Column {
    /// Its name.
    pub name: &'static str,
    /// What it holds.
    pub kind: Kind,
    /// Whether it may be absent.
    pub optional: bool,
}

/// One value of a row.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Cell {
    /// An absent value.
    Null,
    /// An integer.
    Int(i64),
    /// Octets.
    Bytes(Vec<u8>),
    /// A word.
    Text(String),
    /// An id.
    Uuid(Uuid),
}

/// A cell that the column's type cannot hold: the stored row is damaged.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct WrongCell;

/// A Rust type that is one column.
pub trait Field: Sized {
    /// The column's kind.
    const KIND: Kind;
    /// Whether the column may be absent.
    const OPTIONAL: bool = false;
    /// The stored value.
    fn cell(&self) -> Cell;
    /// The value read back.
    ///
    /// # Errors
    /// [`WrongCell`] when the cell is not of this type.
    fn of(cell: Cell) -> Result<Self, WrongCell>;
}

macro_rules! int_fields {
    ($($t:ty),*) => {$(
        impl Field for $t {
            const KIND: Kind = Kind::Int;
            fn cell(&self) -> Cell {
                Cell::Int(i64::from(*self))
            }
            fn of(cell: Cell) -> Result<Self, WrongCell> {
                match cell {
                    Cell::Int(n) => <$t>::try_from(n).map_err(|_| WrongCell),
                    _ => Err(WrongCell),
                }
            }
        }
    )*};
}
int_fields!(i16, i32, i64);

macro_rules! wrapped_ints {
    ($($t:ident),*) => {$(
        impl Field for $t {
            const KIND: Kind = Kind::Int;
            fn cell(&self) -> Cell {
                self.0.cell()
            }
            fn of(cell: Cell) -> Result<Self, WrongCell> {
                Field::of(cell).map($t)
            }
        }
    )*};
}
wrapped_ints!(Points, Quantity, Day);

impl Field for bool {
    const KIND: Kind = Kind::Int;
    fn cell(&self) -> Cell {
        Cell::Int(i64::from(*self))
    }
    fn of(cell: Cell) -> Result<Self, WrongCell> {
        match cell {
            Cell::Int(0) => Ok(false),
            Cell::Int(1) => Ok(true),
            _ => Err(WrongCell),
        }
    }
}

impl Field for String {
    const KIND: Kind = Kind::Text;
    fn cell(&self) -> Cell {
        Cell::Text(self.clone())
    }
    fn of(cell: Cell) -> Result<Self, WrongCell> {
        match cell {
            Cell::Text(text) => Ok(text),
            _ => Err(WrongCell),
        }
    }
}

impl Field for Uuid {
    const KIND: Kind = Kind::Uuid;
    fn cell(&self) -> Cell {
        Cell::Uuid(*self)
    }
    fn of(cell: Cell) -> Result<Self, WrongCell> {
        match cell {
            Cell::Uuid(id) => Ok(id),
            _ => Err(WrongCell),
        }
    }
}

impl Field for Vec<u8> {
    const KIND: Kind = Kind::Bytes;
    fn cell(&self) -> Cell {
        Cell::Bytes(self.clone())
    }
    fn of(cell: Cell) -> Result<Self, WrongCell> {
        match cell {
            Cell::Bytes(bytes) => Ok(bytes),
            _ => Err(WrongCell),
        }
    }
}

impl<const N: usize> Field for [u8; N] {
    const KIND: Kind = Kind::Bytes;
    fn cell(&self) -> Cell {
        Cell::Bytes(self.to_vec())
    }
    fn of(cell: Cell) -> Result<Self, WrongCell> {
        match cell {
            Cell::Bytes(bytes) => bytes.try_into().map_err(|_| WrongCell),
            _ => Err(WrongCell),
        }
    }
}

impl<T: Field> Field for Option<T> {
    const KIND: Kind = T::KIND;
    const OPTIONAL: bool = true;
    fn cell(&self) -> Cell {
        self.as_ref().map_or(Cell::Null, Field::cell)
    }
    fn of(cell: Cell) -> Result<Self, WrongCell> {
        match cell {
            Cell::Null => Ok(None),
            other => T::of(other).map(Some),
        }
    }
}

/// A row of one table of a unit. The unit's number is the first key column of every table and
/// is not part of the row itself.
pub trait Row: Clone + PartialEq + std::fmt::Debug + super::canonical::Canonical {
    /// The table's name.
    const TABLE: &'static str;
    /// Key columns first, without `village_id`.
    const COLUMNS: &'static [Column];
    /// How many of them are the key.
    const KEY_COLUMNS: usize;
    /// The key as a tuple.
    type Key: Clone + Ord + std::fmt::Debug;
    /// This row's key.
    fn key(&self) -> Self::Key;
    /// The cells in column order.
    fn cells(&self) -> Vec<Cell>;
    /// The row of these cells.
    ///
    /// # Errors
    /// [`WrongCell`] when one does not fit or is missing.
    fn of_cells(cells: Vec<Cell>) -> Result<Self, WrongCell>;
}

/// Declares a row type: its table, its key, its other columns.
macro_rules! row {
    ($(#[$meta:meta])* $name:ident in $table:literal
     [$($(#[$km:meta])* $key:ident : $kt:ty),* $(,)?]
     { $($(#[$fm:meta])* $field:ident : $ft:ty),* $(,)? }) => {
        $(#[$meta])*
        #[derive(Clone, Debug, PartialEq, Eq)]
        pub struct $name {
            $($(#[$km])* pub $key: $kt,)*
            $($(#[$fm])* pub $field: $ft,)*
        }
        impl $crate::core::row::Row for $name {
            const TABLE: &'static str = $table;
            const COLUMNS: &'static [$crate::core::row::Column] = &[
                $($crate::core::row::Column {
                    name: stringify!($key),
                    kind: <$kt as $crate::core::row::Field>::KIND,
                    optional: false,
                },)*
                $($crate::core::row::Column {
                    name: stringify!($field),
                    kind: <$ft as $crate::core::row::Field>::KIND,
                    optional: <$ft as $crate::core::row::Field>::OPTIONAL,
                },)*
            ];
            const KEY_COLUMNS: usize = [$(stringify!($key)),*].len();
            type Key = ($($kt,)*);
            fn key(&self) -> Self::Key {
                ($(self.$key.clone(),)*)
            }
            fn cells(&self) -> Vec<$crate::core::row::Cell> {
                vec![
                    $($crate::core::row::Field::cell(&self.$key),)*
                    $($crate::core::row::Field::cell(&self.$field),)*
                ]
            }
            fn of_cells(
                cells: Vec<$crate::core::row::Cell>,
            ) -> Result<Self, $crate::core::row::WrongCell> {
                let mut cells = cells.into_iter();
                let mut next = || cells.next().ok_or($crate::core::row::WrongCell);
                Ok($name {
                    $($key: $crate::core::row::Field::of(next()?)?,)*
                    $($field: $crate::core::row::Field::of(next()?)?,)*
                })
            }
        }
        $crate::core::canonical::canonical_struct!($name { $($key,)* $($field,)* });
    };
}

/// Lets a [`code_enum`](super::canonical::code_enum) be a column.
macro_rules! code_fields {
    ($($t:ty),* $(,)?) => {$(
        impl $crate::core::row::Field for $t {
            const KIND: $crate::core::row::Kind = $crate::core::row::Kind::Int;
            fn cell(&self) -> $crate::core::row::Cell {
                $crate::core::row::Cell::Int(self.code())
            }
            fn of(
                cell: $crate::core::row::Cell,
            ) -> Result<Self, $crate::core::row::WrongCell> {
                match cell {
                    $crate::core::row::Cell::Int(n) => {
                        <$t>::of_code(n).ok_or($crate::core::row::WrongCell)
                    }
                    _ => Err($crate::core::row::WrongCell),
                }
            }
        }
    )*};
}

pub(crate) use {code_fields, row};
