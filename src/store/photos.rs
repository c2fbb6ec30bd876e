//! What is known of each photo: no fact of the journal. Its octets are in the place of photos,
//! and there before the row is.

use super::Store;
use super::access::write;
use super::read::{ReadFault, row, rows, unit as unit_value};
use crate::core::PhotoHash;
use crate::core::rights::UnitNo;
use sea_orm::Value;
use uuid::Uuid;

/// The most photos that one thing may have.
pub const PHOTOS_MAX: usize = 9;

/// A photo of a village.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Photo {
    /// SHA-256 of its octets.
    pub hash: PhotoHash,
    /// How many octets it has.
    pub bytes: i64,
    /// How many its small form has.
    pub thumb_bytes: i64,
    /// In pixels.
    pub width: i64,
    /// In pixels.
    pub height: i64,
}

/// Who sent a photo: a staff member, or a household by its number.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Sender {
    /// A member of staff.
    Staff(Uuid),
    /// A household.
    Household(i32),
}

/// One photo of a village; `None` when the village has no such photo.
///
/// # Errors
/// [`ReadFault`].
pub async fn find(
    store: &Store,
    unit: UnitNo,
    hash: &PhotoHash,
) -> Result<Option<Photo>, ReadFault> {
    let sql =
        "select bytes, thumb_bytes, width, height from photo where village_id = $1 and hash = $2";
    let values = vec![unit_value(unit), hash.to_vec().into()];
    let Some(row) = row(store, sql, values).await? else {
        return Ok(None);
    };
    Ok(Some(Photo {
        hash: *hash,
        bytes: row.try_get_by_index(0)?,
        thumb_bytes: row.try_get_by_index(1)?,
        width: row.try_get_by_index(2)?,
        height: row.try_get_by_index(3)?,
    }))
}

/// How many octets a village's photos take.
///
/// # Errors
/// [`ReadFault`].
pub async fn used(store: &Store, unit: UnitNo) -> Result<i64, ReadFault> {
    let sql = "select cast(coalesce(sum(bytes + thumb_bytes), 0) as bigint) from photo where village_id = $1";
    match row(store, sql, vec![unit_value(unit)]).await? {
        Some(row) => Ok(row.try_get_by_index(0)?),
        None => Ok(0),
    }
}

/// Enters a photo whose octets are kept already; entering it again changes nothing.
///
/// # Errors
/// [`ReadFault`].
pub async fn enter(
    store: &Store,
    unit: UnitNo,
    photo: &Photo,
    by: Sender,
) -> Result<(), ReadFault> {
    let sql = "insert into photo (village_id, hash, bytes, thumb_bytes, width, height, staff, household, at) \
               values ($1, $2, $3, $4, $5, $6, $7, $8, $9) on conflict (village_id, hash) do nothing \
               returning bytes";
    let (staff, household) = match by {
        Sender::Staff(staff) => (Some(staff), None),
        Sender::Household(no) => (None, Some(i64::from(no))),
    };
    let values: Vec<Value> = vec![
        unit_value(unit),
        photo.hash.to_vec().into(),
        photo.bytes.into(),
        photo.thumb_bytes.into(),
        photo.width.into(),
        photo.height.into(),
        staff.into(),
        household.into(),
        store.time().into(),
    ];
    write(store, sql, values).await.map(drop)
}

/// The place in the list of the first photo that the village does not have. At most
/// [`PHOTOS_MAX`] are looked at.
///
/// # Errors
/// [`ReadFault`].
pub async fn first_unknown(
    store: &Store,
    unit: UnitNo,
    hashes: &[PhotoHash],
) -> Result<Option<usize>, ReadFault> {
    let Some(last) = hashes.last() else {
        return Ok(None);
    };
    let sql = "select hash from photo where village_id = $1 and hash in ($2, $3, $4, $5, $6, $7, $8, $9, $10)";
    let mut values = vec![unit_value(unit)];
    for place in 0..PHOTOS_MAX {
        let hash = hashes.get(place).unwrap_or(last);
        values.push(hash.to_vec().into());
    }
    let mut known = Vec::new();
    for row in rows(store, sql, values).await? {
        known.push(row.try_get_by_index::<Vec<u8>>(0)?);
    }
    let is_unknown = |hash: &PhotoHash| !known.iter().any(|known| known == hash);
    Ok(hashes.iter().position(is_unknown))
}
