//! Cards as they are printed.

use super::{ReadFault, rows, unit as unit_value};
use crate::core::rights::UnitNo;
use crate::core::rows::HouseholdStatus;
use crate::store::Store;
use uuid::Uuid;

/// A household with the card in force.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Carded {
    /// Its code, which is its card number.
    pub code: String,
    /// Its group.
    pub group: String,
    /// Its head's name.
    pub head: String,
    /// Its door plate.
    pub door: String,
    /// The operation that issued the card in force, and the hash of that card's token.
    pub card: Option<(Uuid, [u8; 32])>,
}

/// The households that take part, by code, each with its card.
///
/// # Errors
/// [`ReadFault`].
pub async fn all(store: &Store, unit: UnitNo) -> Result<Vec<Carded>, ReadFault> {
    let sql = "select h.code, g.name, w.body, d.body, o.id, c.token from household h \
               left join village_group g on g.village_id = h.village_id and g.no = h.group_no \
               left join words w on w.village_id = h.village_id and w.hash = h.head \
               left join words d on d.village_id = h.village_id and d.hash = h.door \
               left join card c on c.village_id = h.village_id and c.household = h.no \
                 and c.version = h.card_version and c.active = 1 \
               left join operation o on o.village_id = h.village_id and o.seq = c.issued \
               where h.village_id = $1 and h.status <> $2 order by h.code";
    let values = vec![unit_value(unit), HouseholdStatus::Closed.code().into()];
    let mut list = Vec::new();
    for row in rows(store, sql, values).await? {
        let text = |index| {
            let text = row.try_get_by_index::<Option<String>>(index)?;
            Ok::<String, ReadFault>(text.unwrap_or_default())
        };
        let issued: Option<Uuid> = row.try_get_by_index(4)?;
        let token: Option<Vec<u8>> = row.try_get_by_index(5)?;
        let token = token.and_then(|token| token.try_into().ok());
        list.push(Carded {
            code: text(0)?,
            group: text(1)?,
            head: text(2)?,
            door: text(3)?,
            card: issued.zip(token),
        });
    }
    Ok(list)
}
