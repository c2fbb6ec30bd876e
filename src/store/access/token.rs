//! Personal tokens.

use super::rows::scopes_of;
use super::session::{Caller, NewSession, SessionKind, open_session};
use super::{DAY, write};
use crate::cache::Cache;
use crate::core::rights::Act;
use crate::store::Store;
use crate::store::read::{ReadFault, rows};
use uuid::Uuid;

/// A personal token, without its secret.
#[derive(Clone, Debug, PartialEq)]
pub struct TokenItem {
    /// Its id.
    pub id: Uuid,
    /// What its holder calls it.
    pub name: String,
    /// What it is made for; `None` is all its holder may do.
    pub scopes: Option<Vec<Act>>,
    /// When it was made.
    pub created: i64,
    /// When it ends.
    pub expires: i64,
    /// When it was last used, to the minute.
    pub last_seen: i64,
}

/// Makes a personal token; the secret is shown once.
///
/// # Errors
/// [`ReadFault`].
pub async fn token_add(
    store: &Store,
    caller: &Caller,
    name: &str,
    scopes: Option<Vec<Act>>,
    days: i32,
) -> Result<(TokenItem, String), ReadFault> {
    let words = scopes.as_ref().map(|acts| {
        acts.iter()
            .map(|act| act.word())
            .collect::<Vec<_>>()
            .join(",")
    });
    let lifetime = i64::from(days) * DAY;
    let new = NewSession {
        kind: SessionKind::Token,
        staff: caller.staff,
        home: 0,
        household: 0,
        name,
        scopes: words,
        lifetime,
        idle: 0,
    };
    let (secret, id) = open_session(store, new).await?;
    let created = store.time();
    let item = TokenItem {
        id,
        name: name.to_string(),
        scopes,
        created,
        expires: created + lifetime,
        last_seen: created,
    };
    Ok((item, secret.text()))
}

/// The personal tokens of a staff member.
///
/// # Errors
/// [`ReadFault`].
pub async fn token_list(store: &Store, staff: Uuid) -> Result<Vec<TokenItem>, ReadFault> {
    let sql = "select id, name, scopes, created, expires, seen from session where staff = $1 and kind = 2 \
               and ended = 0 and expires > $2 order by created";
    let mut items = Vec::new();
    for row in rows(store, sql, vec![staff.into(), store.time().into()]).await? {
        items.push(TokenItem {
            id: row.try_get_by_index(0)?,
            name: row.try_get_by_index(1)?,
            scopes: row
                .try_get_by_index::<Option<String>>(2)?
                .map(|text| scopes_of(&text)),
            created: row.try_get_by_index(3)?,
            expires: row.try_get_by_index(4)?,
            last_seen: row.try_get_by_index(5)?,
        });
    }
    Ok(items)
}

/// Ends a personal token; false when there is none.
///
/// # Errors
/// [`ReadFault`].
pub async fn token_end(
    store: &Store,
    cache: &Cache,
    staff: Uuid,
    id: Uuid,
) -> Result<bool, ReadFault> {
    let sql = "update session set ended = $3 where staff = $1 and id = $2 and kind = 2 and ended = 0 returning token";
    let ended = write(
        store,
        sql,
        vec![staff.into(), id.into(), store.time().into()],
    )
    .await?;
    let Some(row) = ended.first() else {
        return Ok(false);
    };
    if let Ok(token) = <[u8; 32]>::try_from(row.try_get_by_index::<Vec<u8>>(0)?) {
        cache.drop_session(&token).await;
    }
    Ok(true)
}
