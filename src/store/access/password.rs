//! Passwords of staff. A failure is counted and committed before the hash is checked.

use super::session::{NewSession, SessionKind, SignedIn, open_session, signed_in};
use super::{HOUR, MINUTE, write};
use crate::core::rights::{Grant, Role};
use crate::signin::password::{HashError, Profile};
use crate::store::Store;
use crate::store::read::{ReadFault, row, rows};
use uuid::Uuid;

/// Failures of a password before the account waits (RELIABILITY section 4).
const PASSWORD_FAILURES: i64 = 5;
const PASSWORD_WAIT: i64 = 15 * MINUTE;

/// Why nobody was signed in.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum SignInFault {
    /// Name or secret are not right.
    Wrong,
    /// Too many failures.
    Locked {
        /// Seconds to wait; 0 when it must be set anew in person.
        seconds: i64,
    },
    /// Too many at once.
    Busy,
    /// The database does not answer.
    Unavailable,
    /// A defect; logged.
    Fault,
}

impl From<ReadFault> for SignInFault {
    fn from(fault: ReadFault) -> Self {
        match fault {
            ReadFault::Unavailable => SignInFault::Unavailable,
            ReadFault::Fault => SignInFault::Fault,
        }
    }
}

impl From<HashError> for SignInFault {
    fn from(fault: HashError) -> Self {
        match fault {
            HashError::Busy => SignInFault::Busy,
            other => {
                tracing::error!(?other, "a stored hash cannot be checked");
                SignInFault::Fault
            }
        }
    }
}

/// Who a name and password belong to, with their grants; for a second person who stands by.
///
/// # Errors
/// [`SignInFault`], as [`sign_in`].
pub async fn who_knows(
    store: &Store,
    username: &str,
    password: String,
) -> Result<(Uuid, Vec<Grant>), SignInFault> {
    let staff = check_password(store, username, password).await?;
    let sql = "select role, unit_no, station from staff_standing where staff = $1 and active = 1 and role is not null";
    let mut grants = Vec::new();
    for row in rows(store, sql, vec![staff.into()]).await? {
        let int = |index| {
            row.try_get_by_index::<i64>(index)
                .map_err(|_| SignInFault::Fault)
        };
        let small = |value: i64| i32::try_from(value).unwrap_or(0);
        if let Some(role) = Role::of_code(int(0)?) {
            grants.push(Grant {
                role,
                unit: small(int(1)?),
                station: small(int(2)?),
            });
        }
    }
    Ok((staff, grants))
}

/// Signs a staff member in.
///
/// # Errors
/// [`SignInFault`]; an unknown name costs as much time as a wrong password.
pub async fn sign_in(
    store: &Store,
    username: &str,
    password: String,
) -> Result<SignedIn, SignInFault> {
    let staff = check_password(store, username, password).await?;
    let new = NewSession {
        kind: SessionKind::Password,
        staff,
        home: 0,
        household: 0,
        name: "",
        scopes: None,
        lifetime: 12 * HOUR,
        idle: 2 * HOUR,
    };
    let (secret, _) = open_session(store, new).await?;
    signed_in(store, &secret).await
}

async fn check_password(
    store: &Store,
    username: &str,
    password: String,
) -> Result<Uuid, SignInFault> {
    let sql = "select s.id, s.active, p.hash, p.wait_until from staff s join password p on p.staff = s.id \
               where s.username = $1 and s.village_id = 1";
    let hasher = &store.secrets().hasher;
    let Some(found) = row(store, sql, vec![username.into()]).await? else {
        hasher.verify_absent(Profile::Password).await?;
        return Err(SignInFault::Wrong);
    };
    let bad = |_| SignInFault::Fault;
    let staff: Uuid = found.try_get_by_index(0).map_err(bad)?;
    let hash: String = found.try_get_by_index(2).map_err(bad)?;
    let now = store.time();
    let sql = "update password set failures = failures + 1, wait_until = case when failures + 1 >= $3 \
               then $2 + $4 else wait_until end where staff = $1 and wait_until <= $2 returning failures";
    let values = vec![
        staff.into(),
        now.into(),
        PASSWORD_FAILURES.into(),
        PASSWORD_WAIT.into(),
    ];
    if write(store, sql, values).await?.is_empty() {
        let until: i64 = found.try_get_by_index(3).map_err(bad)?;
        return Err(SignInFault::Locked {
            seconds: ((until - now) / 1_000_000).max(1),
        });
    }
    let right = hasher.verify_password(password, hash).await?.is_right();
    if !right || found.try_get_by_index::<i64>(1).map_err(bad)? != 1 {
        return Err(SignInFault::Wrong);
    }
    let sql =
        "update password set failures = 0, wait_until = 0 where staff = $1 returning failures";
    write(store, sql, vec![staff.into()]).await?;
    Ok(staff)
}
