//! Staff with their grants.

use super::write;
use crate::core::registry::AddStaff;
use crate::core::rights::{Grant, Role, SYSTEM};
use crate::core::{Command, SecretHash, derived_id};
use crate::signin::secret::Secret;
use crate::store::read::{ReadFault, limit, rows};
use crate::store::texts::{Texts, secret_tag};
use crate::store::{Receipt, Refusal, Store, Submission, Who};
use uuid::Uuid;

/// A staff member with grants.
#[derive(Clone, Debug, PartialEq)]
pub struct StaffItem {
    /// The public id.
    pub id: Uuid,
    /// What they sign in with.
    pub username: String,
    /// Their name.
    pub name: String,
    /// Whether they may act.
    pub active: bool,
    /// What they may do.
    pub grants: Vec<Grant>,
}

/// Staff in the order of their ids.
///
/// # Errors
/// [`ReadFault`].
pub async fn staff_list(
    store: &Store,
    after: Option<Uuid>,
    most: usize,
) -> Result<Vec<StaffItem>, ReadFault> {
    let sql = "select s.id, s.username, w.body, s.active from staff s left join words w on w.village_id = 1 \
               and w.hash = s.name where s.village_id = 1 and s.id > $1 order by s.id limit $2";
    let values = vec![after.unwrap_or(Uuid::nil()).into(), limit(most)];
    let mut items = Vec::new();
    for row in rows(store, sql, values).await? {
        let id: Uuid = row.try_get_by_index(0)?;
        items.push(StaffItem {
            id,
            username: row.try_get_by_index(1)?,
            name: row
                .try_get_by_index::<Option<String>>(2)?
                .unwrap_or_default(),
            active: row.try_get_by_index::<i64>(3)? == 1,
            grants: grants_of(store, id).await?,
        });
    }
    Ok(items)
}

async fn grants_of(store: &Store, staff: Uuid) -> Result<Vec<Grant>, ReadFault> {
    let sql = "select role, unit_no, station from grant_of where village_id = 1 and staff = $1 and active = 1";
    let mut grants = Vec::new();
    for row in rows(store, sql, vec![staff.into()]).await? {
        let small = |index| {
            Ok::<i32, ReadFault>(i32::try_from(row.try_get_by_index::<i64>(index)?).unwrap_or(0))
        };
        let role = Role::of_code(row.try_get_by_index(0)?).ok_or(ReadFault::Fault)?;
        grants.push(Grant {
            role,
            unit: small(1)?,
            station: small(2)?,
        });
    }
    Ok(grants)
}

/// Adds staff in the name of whoever runs the machine.
///
/// # Errors
/// [`Refusal`].
pub async fn add_staff(
    store: &Store,
    username: &str,
    password: &str,
    name: &str,
    grants: Vec<Grant>,
) -> Result<Receipt, Refusal> {
    let secrets = store.secrets();
    let secret = Secret::random().map_err(|_| Refusal::Fault)?;
    let mut seed = [0; 16];
    seed.copy_from_slice(&secret.digest()[..16]);
    let id = derived_id(Uuid::from_bytes(seed), store.time(), 0);
    let hash = secrets
        .hasher
        .hash_password(password.to_string())
        .await
        .map_err(|_| Refusal::Fault)?;
    let body = AddStaff {
        username: username.to_string(),
        name: Texts::new(&secrets.pepper, id).text(name),
        grants,
        ties: Vec::new(),
        tag: secret_tag(&secrets.pepper, "password", id, password),
        hash: SecretHash(Some(hash)),
    };
    store
        .submit(Submission {
            id,
            unit: SYSTEM,
            who: Who::Operator,
            command: Command::AddStaff(body),
        })
        .await
}

/// Lets the benchmark's one caller act in every village. Not a fact of the journal, so `verify`
/// finds it: no real database has such a person.
///
/// # Errors
/// [`ReadFault`].
pub async fn grant_for_benchmark(store: &Store, staff: Uuid) -> Result<(), ReadFault> {
    let sql = "insert into grant_of (village_id, staff, role, unit_no, station, active) \
               values (1, $1, $2, 1, 0, 1) returning role";
    for role in [Role::Manager, Role::Clerk] {
        write(store, sql, vec![staff.into(), role.code().into()]).await?;
    }
    Ok(())
}
