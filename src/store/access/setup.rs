//! The first admin, by a one-time link.

use super::staff::add_staff;
use super::{DAY, write};
use crate::core::rights::{Grant, Role, SYSTEM};
use crate::signin::password::{self, PasswordFault};
use crate::signin::secret::Secret;
use crate::store::read::{ReadFault, row};
use crate::store::texts::token_hash;
use crate::store::{Refusal, Store};

/// Why the first admin was not made.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum SetupFault {
    /// The link is not this one, was used, or is older than a day.
    Wrong,
    /// The password is too weak.
    Password(PasswordFault),
    /// The sign-in name cannot be used.
    Username,
    /// The name cannot be used.
    Name,
    /// The database does not answer.
    Unavailable,
    /// A defect; logged.
    Fault,
}

impl From<ReadFault> for SetupFault {
    fn from(fault: ReadFault) -> Self {
        match fault {
            ReadFault::Unavailable => SetupFault::Unavailable,
            ReadFault::Fault => SetupFault::Fault,
        }
    }
}

/// A one-time token for the first admin, when there is no staff yet. Good for a day.
///
/// # Errors
/// [`ReadFault`].
pub async fn setup_token(store: &Store) -> Result<Option<String>, ReadFault> {
    let staff = "select count(*) from staff where village_id = 1";
    let count: i64 = row(store, staff, vec![])
        .await?
        .map_or(Ok(0), |row| row.try_get_by_index(0))?;
    if count > 0 {
        return Ok(None);
    }
    let secret = Secret::random().map_err(|_| ReadFault::Fault)?;
    let value = [
        hex::encode(token_hash(&secret.text())),
        (store.time() + DAY).to_string(),
    ]
    .join(" ");
    let sql = "insert into setting (name, value) values ('setup', $1) on conflict (name) do update \
               set value = excluded.value returning name";
    write(store, sql, vec![value.into()]).await?;
    Ok(Some(secret.text()))
}

/// Makes the first admin with the one-time token.
///
/// # Errors
/// [`SetupFault`].
pub async fn setup_finish(
    store: &Store,
    token: &str,
    username: &str,
    password: &str,
    name: &str,
) -> Result<(), SetupFault> {
    let sql = "select value from setting where name = 'setup'";
    let stored: Option<String> = match row(store, sql, vec![]).await? {
        Some(row) => Some(row.try_get_by_index(0).map_err(|_| SetupFault::Fault)?),
        None => None,
    };
    let stored = stored.unwrap_or_default();
    let (hash, until) = stored.split_once(' ').unwrap_or_default();
    let in_time = until.parse::<i64>().is_ok_and(|until| store.time() < until);
    if !in_time || hash != hex::encode(token_hash(token)) {
        return Err(SetupFault::Wrong);
    }
    password::check_password(password, username).map_err(SetupFault::Password)?;
    // The token is used up first: a crash then asks for a new link, never for two admins.
    let sql = "delete from setting where name = 'setup' and value = $1 returning name";
    if write(store, sql, vec![stored.clone().into()])
        .await?
        .is_empty()
    {
        return Err(SetupFault::Wrong);
    }
    let grants = vec![Grant {
        role: Role::Admin,
        unit: SYSTEM,
        station: 0,
    }];
    let added = add_staff(store, username, password, name, grants).await;
    if added.is_err() {
        let sql = "insert into setting (name, value) values ('setup', $1) on conflict (name) do nothing returning name";
        write(store, sql, vec![stored.into()]).await?;
    }
    match added {
        Ok(_) => Ok(()),
        Err(Refusal::Rejected {
            why: crate::core::Rejection::BadField { field, .. },
            ..
        }) => Err(if field == "/name" {
            SetupFault::Name
        } else {
            SetupFault::Username
        }),
        Err(Refusal::Rejected { .. }) => Err(SetupFault::Username),
        Err(Refusal::Unavailable | Refusal::Busy { .. }) => Err(SetupFault::Unavailable),
        Err(_) => Err(SetupFault::Fault),
    }
}
