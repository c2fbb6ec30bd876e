//! Sessions: opened, looked up, ended.

use super::password::SignInFault;
use super::rows::{HOUSEHOLD_SESSION, scopes_of, stands};
use super::{MINUTE, write};
use crate::cache::Cache;
use crate::core::derived_id;
use crate::core::rights::{Act, Grant, Place, Role, UnitNo, role_for};
use crate::signin::secret::Secret;
use crate::store::Store;
use crate::store::read::{ReadFault, rows};
use crate::store::texts::token_hash;
use serde::{Deserialize, Serialize};
use uuid::Uuid;

/// How a session came about.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub enum SessionKind {
    /// A staff member signed in.
    Password,
    /// A personal token.
    Token,
    /// A household signed in.
    Household,
}

impl SessionKind {
    fn code(self) -> i64 {
        match self {
            SessionKind::Password => 1,
            SessionKind::Token => 2,
            SessionKind::Household => HOUSEHOLD_SESSION,
        }
    }

    fn of_code(code: i64) -> SessionKind {
        match code {
            1 => SessionKind::Password,
            2 => SessionKind::Token,
            _ => SessionKind::Household,
        }
    }
}

/// Whoever stands behind a request. Writes read all of this again in their own transaction.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Caller {
    /// SHA-256 of the token.
    pub session: [u8; 32],
    /// How the session came about.
    pub kind: SessionKind,
    /// The staff member; nil for a household.
    pub staff: Uuid,
    /// Their name.
    pub name: String,
    /// What they sign in with.
    pub username: String,
    /// What they may do.
    #[serde(with = "grant_list")]
    pub grants: Vec<Grant>,
    /// What a personal token is made for; `None` is all.
    pub scopes: Option<Vec<Act>>,
    /// The household, in its village.
    pub household: Option<(UnitNo, i32)>,
    /// When the session ends.
    pub expires: i64,
}

mod grant_list {
    use super::{Grant, Role, UnitNo};
    use serde::{Deserialize, Deserializer, Serialize, Serializer};

    pub fn serialize<S: Serializer>(grants: &[Grant], s: S) -> Result<S::Ok, S::Error> {
        let list: Vec<(Role, UnitNo, i32)> =
            grants.iter().map(|g| (g.role, g.unit, g.station)).collect();
        list.serialize(s)
    }

    pub fn deserialize<'de, D: Deserializer<'de>>(d: D) -> Result<Vec<Grant>, D::Error> {
        let list = Vec::<(Role, UnitNo, i32)>::deserialize(d)?;
        Ok(list
            .into_iter()
            .map(|(role, unit, station)| Grant {
                role,
                unit,
                station,
            })
            .collect())
    }
}

impl Caller {
    /// Whether the caller's grants and token carry the act there.
    #[must_use]
    pub fn may(&self, act: Act, place: Place) -> bool {
        let scoped = self
            .scopes
            .as_ref()
            .is_none_or(|scopes| scopes.contains(&act));
        scoped && role_for(&self.grants, act, place).is_some()
    }

    /// Whether the caller holds anything that covers the unit.
    #[must_use]
    pub fn touches(&self, unit: UnitNo, parent: UnitNo) -> bool {
        let place = Place {
            unit,
            parent,
            station: None,
        };
        self.grants.iter().any(|grant| grant.covers(place))
    }
}

/// A session that was just opened.
#[derive(Clone, Debug)]
pub struct SignedIn {
    /// Shown once.
    pub token: String,
    /// Who.
    pub caller: Caller,
}

pub(super) struct NewSession<'a> {
    pub(super) kind: SessionKind,
    pub(super) staff: Uuid,
    pub(super) home: UnitNo,
    pub(super) household: i32,
    pub(super) name: &'a str,
    pub(super) scopes: Option<String>,
    pub(super) lifetime: i64,
    pub(super) idle: i64,
}

pub(super) async fn open_session(
    store: &Store,
    new: NewSession<'_>,
) -> Result<(Secret, Uuid), ReadFault> {
    let secret = Secret::random().map_err(|_| ReadFault::Fault)?;
    let digest = token_hash(&secret.text());
    let now = store.time();
    let mut seed = [0; 16];
    seed.copy_from_slice(&digest[16..]);
    let id = derived_id(Uuid::from_bytes(seed), now, 0);
    let sql = "insert into session (token, id, kind, staff, village_id, household, name, scopes, created, expires, \
               idle, seen, ended) values ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $9, 0) returning created";
    let values = vec![
        digest.to_vec().into(),
        id.into(),
        new.kind.code().into(),
        new.staff.into(),
        i64::from(new.home).into(),
        i64::from(new.household).into(),
        new.name.into(),
        new.scopes.into(),
        now.into(),
        (now + new.lifetime).into(),
        new.idle.into(),
    ];
    write(store, sql, values).await?;
    Ok((secret, id))
}

/// Whoever holds a token, from the cache or the database.
///
/// # Errors
/// [`ReadFault`].
pub async fn caller(
    store: &Store,
    cache: &Cache,
    token: [u8; 32],
) -> Result<Option<Caller>, ReadFault> {
    if let Some(bytes) = cache.get_session(&token).await
        && let Ok(caller) = serde_json::from_slice::<Caller>(&bytes)
        && caller.session == token
        && store.time() < caller.expires
    {
        return Ok(Some(caller));
    }
    let Some(caller) = stored_caller(store, token).await? else {
        return Ok(None);
    };
    if let Ok(bytes) = serde_json::to_vec(&caller) {
        cache.put_session(&token, &bytes).await;
    }
    Ok(Some(caller))
}

async fn stored_caller(store: &Store, token: [u8; 32]) -> Result<Option<Caller>, ReadFault> {
    let sql = "select v.kind, v.staff, v.home, v.household, v.scopes, v.expires, v.idle, v.seen, v.ended, v.active, \
               v.role, v.unit_no, v.station, s.username, w.body from session_standing v \
               left join staff s on s.village_id = 1 and s.id = v.staff \
               left join words w on w.village_id = 1 and w.hash = s.name where v.token = $1";
    let found = rows(store, sql, vec![token.to_vec().into()]).await?;
    let Some(first) = found.first() else {
        return Ok(None);
    };
    let int = |index| first.try_get_by_index::<i64>(index);
    let now = store.time();
    let (expires, idle, seen) = (int(5)?, int(6)?, int(7)?);
    if !stands(now, expires, idle, seen, int(8)?) {
        return Ok(None);
    }
    let kind = SessionKind::of_code(int(0)?);
    let small = |value: i64| i32::try_from(value).unwrap_or(0);
    let household = (kind == SessionKind::Household).then_some((small(int(2)?), small(int(3)?)));
    let mut grants = Vec::new();
    if let Some((unit, _)) = household {
        grants.push(Grant {
            role: Role::Household,
            unit,
            station: 0,
        });
    } else if int(9)? != 1 {
        return Ok(None);
    }
    for row in found.iter().filter(|_| household.is_none()) {
        let role = row
            .try_get_by_index::<Option<i64>>(10)?
            .and_then(Role::of_code);
        let unit = row.try_get_by_index::<Option<i64>>(11)?.map(small);
        let station = row.try_get_by_index::<Option<i64>>(12)?.map(small);
        if let Some(((role, unit), station)) = role.zip(unit).zip(station) {
            grants.push(Grant {
                role,
                unit,
                station,
            });
        }
    }
    if now - seen > MINUTE {
        let sql = "update session set seen = $2 where token = $1 returning seen";
        write(store, sql, vec![token.to_vec().into(), now.into()]).await?;
    }
    Ok(Some(Caller {
        session: token,
        kind,
        staff: first.try_get_by_index(1)?,
        name: first
            .try_get_by_index::<Option<String>>(14)?
            .unwrap_or_default(),
        username: first
            .try_get_by_index::<Option<String>>(13)?
            .unwrap_or_default(),
        grants,
        scopes: first
            .try_get_by_index::<Option<String>>(4)?
            .map(|text| scopes_of(&text)),
        household,
        expires,
    }))
}

/// Ends a session; effective with the next statement.
///
/// # Errors
/// [`ReadFault`].
pub async fn sign_out(store: &Store, cache: &Cache, token: [u8; 32]) -> Result<(), ReadFault> {
    let sql = "update session set ended = $2 where token = $1 and ended = 0 returning ended";
    write(store, sql, vec![token.to_vec().into(), store.time().into()]).await?;
    cache.drop_session(&token).await;
    Ok(())
}

/// Ends every session of a staff member: after a change of password, grants or standing.
///
/// # Errors
/// [`ReadFault`].
pub async fn end_sessions(store: &Store, cache: &Cache, staff: Uuid) -> Result<(), ReadFault> {
    let sql = "update session set ended = $2 where staff = $1 and ended = 0 returning token";
    for row in write(store, sql, vec![staff.into(), store.time().into()]).await? {
        if let Ok(token) = <[u8; 32]>::try_from(row.try_get_by_index::<Vec<u8>>(0)?) {
            cache.drop_session(&token).await;
        }
    }
    Ok(())
}

pub(super) async fn signed_in(store: &Store, secret: &Secret) -> Result<SignedIn, SignInFault> {
    let token = secret.text();
    let caller = stored_caller(store, token_hash(&token))
        .await?
        .ok_or(SignInFault::Fault)?;
    Ok(SignedIn { token, caller })
}
