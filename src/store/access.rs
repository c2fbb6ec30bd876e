//! People: signing in, sessions, personal tokens, PIN attempts, the first admin.
//!
//! These are not facts of the journal. A failure is counted and committed before a hash is
//! checked, so that a crash gives no free guess.

use super::access_rows::{HOUSEHOLD_SESSION, scopes_of, stands};
use super::read::{ReadFault, row, rows};
use super::texts::{Texts, secret_tag, token_hash};
use super::{Receipt, Refusal, Store, Submission, Who, dialect};
use crate::cache::Cache;
use crate::core::registry::AddStaff;
use crate::core::rights::{Act, Grant, Place, Role, SYSTEM, UnitNo, carries, role_for};
use crate::core::{Command, SecretHash, derived_id};
use crate::signin::password::{self, HashError, PasswordFault, Profile};
use crate::signin::secret::Secret;
use sea_orm::{ConnectionTrait, QueryResult, Value};
use serde::{Deserialize, Serialize};
use std::collections::HashMap;
use std::sync::{Arc, Mutex, PoisonError};
use uuid::Uuid;

const MINUTE: i64 = 60_000_000;
const HOUR: i64 = 60 * MINUTE;
const DAY: i64 = 24 * HOUR;
/// Failures of a password before the account waits (RELIABILITY section 4).
const PASSWORD_FAILURES: i64 = 5;
const PASSWORD_WAIT: i64 = 15 * MINUTE;
/// Failures of a PIN before it is locked until set anew (DESIGN section 6).
const PIN_FAILURES: i64 = 5;

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

    /// Whether the caller sees names there: a township's officer does not.
    #[must_use]
    pub fn sees_names(&self, place: Place) -> bool {
        self.grants
            .iter()
            .any(|grant| carries(grant.role, Act::SeeHouseholds) && grant.covers(place))
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

/// Why a PIN was not accepted.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum PinFault {
    /// None has been set.
    NotSet,
    /// Too many failures: it must be set anew.
    Locked,
    /// Not right.
    Wrong {
        /// Tries that are left.
        left: i32,
    },
    /// Too many at once.
    Busy,
    /// The database does not answer.
    Unavailable,
    /// A defect; logged.
    Fault,
}

impl From<ReadFault> for PinFault {
    fn from(fault: ReadFault) -> Self {
        match fault {
            ReadFault::Unavailable => PinFault::Unavailable,
            ReadFault::Fault => PinFault::Fault,
        }
    }
}

/// Runs a statement of this module to its end, whether or not the request is still there.
pub(super) async fn write(
    store: &Store,
    sql: &'static str,
    values: Vec<Value>,
) -> Result<Vec<QueryResult>, ReadFault> {
    let store = store.clone();
    let statement = dialect::plain(store.backend(), sql, values);
    let work = tokio::spawn(async move { store.desk().query_all_raw(statement).await });
    match work.await {
        Ok(done) => Ok(done?),
        Err(fault) => {
            tracing::error!(%fault, "a write of sign-in ended in a panic");
            Err(ReadFault::Fault)
        }
    }
}

struct NewSession<'a> {
    kind: SessionKind,
    staff: Uuid,
    home: UnitNo,
    household: i32,
    name: &'a str,
    scopes: Option<String>,
    lifetime: i64,
    idle: i64,
}

async fn open_session(store: &Store, new: NewSession<'_>) -> Result<(Secret, Uuid), ReadFault> {
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

async fn signed_in(store: &Store, secret: &Secret) -> Result<SignedIn, SignInFault> {
    let token = secret.text();
    let caller = stored_caller(store, token_hash(&token))
        .await?
        .ok_or(SignInFault::Fault)?;
    Ok(SignedIn { token, caller })
}

/// Signs a household in with its card and PIN.
///
/// # Errors
/// [`SignInFault`].
pub async fn sign_in_household(
    store: &Store,
    card: &str,
    pin: String,
) -> Result<SignedIn, SignInFault> {
    let owner = card_owner(store, card).await?.filter(|owner| owner.active);
    let Some(owner) = owner else {
        store.secrets().hasher.verify_absent(Profile::Pin).await?;
        return Err(SignInFault::Wrong);
    };
    sign_in_numbered(store, Some((owner.unit, owner.household)), pin).await
}

/// Signs a household in with its number in a village, as printed on the card, and its PIN.
///
/// # Errors
/// [`SignInFault`]; an unknown number costs as much time as a wrong PIN.
pub async fn sign_in_numbered(
    store: &Store,
    household: Option<(UnitNo, i32)>,
    pin: String,
) -> Result<SignedIn, SignInFault> {
    let Some((unit, household)) = household else {
        store.secrets().hasher.verify_absent(Profile::Pin).await?;
        return Err(SignInFault::Wrong);
    };
    match check_pin(store, unit, household, pin).await {
        Ok(_) => {}
        Err(PinFault::NotSet | PinFault::Wrong { .. }) => return Err(SignInFault::Wrong),
        Err(PinFault::Locked) => return Err(SignInFault::Locked { seconds: 0 }),
        Err(PinFault::Busy) => return Err(SignInFault::Busy),
        Err(PinFault::Unavailable) => return Err(SignInFault::Unavailable),
        Err(PinFault::Fault) => return Err(SignInFault::Fault),
    }
    let new = NewSession {
        kind: SessionKind::Household,
        staff: Uuid::nil(),
        home: unit,
        household,
        name: "",
        scopes: None,
        lifetime: 180 * DAY,
        idle: 30 * DAY,
    };
    let (secret, _) = open_session(store, new).await?;
    signed_in(store, &secret).await
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
    let values = vec![
        after.unwrap_or(Uuid::nil()).into(),
        super::read::limit(most),
    ];
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

/// Lets the attempts of one household go one after another: right ones that arrive together must
/// not count as failures for each other.
#[derive(Debug, Default)]
pub(super) struct PinTurns(Mutex<HashMap<(UnitNo, i32), Turn>>);

type Turn = Arc<tokio::sync::Mutex<()>>;

impl PinTurns {
    fn of(&self, unit: UnitNo, household: i32) -> Turn {
        let mut turns = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        if turns.len() > 1_000 {
            turns.retain(|_, turn| Arc::strong_count(turn) > 1);
        }
        Arc::clone(turns.entry((unit, household)).or_default())
    }
}

/// Checks a household's PIN; the attempt is counted and committed first.
///
/// # Errors
/// [`PinFault`].
pub async fn check_pin(
    store: &Store,
    unit: UnitNo,
    household: i32,
    pin: String,
) -> Result<i32, PinFault> {
    let turn = store.inner.pins.of(unit, household);
    let _mine = turn.lock().await;
    let key = || vec![i64::from(unit).into(), i64::from(household).into()];
    let sql = "update pin set failures = failures + 1 where village_id = $1 and household = $2 and failures < $3 \
               returning version, hash, failures";
    let mut values: Vec<Value> = key();
    values.push(PIN_FAILURES.into());
    let counted = write(store, sql, values).await?;
    let Some(found) = counted.first() else {
        let sql = "select version from pin where village_id = $1 and household = $2";
        return Err(row(store, sql, key())
            .await?
            .map_or(PinFault::NotSet, |_| PinFault::Locked));
    };
    let bad = |_| PinFault::Fault;
    let version: i64 = found.try_get_by_index(0).map_err(bad)?;
    let hash: String = found.try_get_by_index(1).map_err(bad)?;
    let failures: i64 = found.try_get_by_index(2).map_err(bad)?;
    let verdict = store.secrets().hasher.verify_pin(pin, hash).await;
    if matches!(verdict, Err(HashError::Busy)) {
        // Nothing was compared, so nothing was guessed.
        let sql = "update pin set failures = failures - 1 where village_id = $1 and household = $2 \
                   and failures > 0 returning failures";
        write(store, sql, key()).await?;
    }
    let right = verdict.map_err(|fault| match fault {
        HashError::Busy => PinFault::Busy,
        other => {
            tracing::error!(?other, "a stored PIN cannot be checked");
            PinFault::Fault
        }
    })?;
    if !right.is_right() {
        let left = i32::try_from(PIN_FAILURES - failures).unwrap_or(0).max(0);
        return Err(PinFault::Wrong { left });
    }
    let sql = "update pin set failures = 0 where village_id = $1 and household = $2 and version = $3 returning version";
    let mut values: Vec<Value> = key();
    values.push(version.into());
    write(store, sql, values).await?;
    Ok(i32::try_from(version).unwrap_or(0))
}

/// Whose card a token is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct CardOwner {
    /// The village.
    pub unit: UnitNo,
    /// The household.
    pub household: i32,
    /// Which of its cards.
    pub version: i32,
    /// Whether it is in force.
    pub active: bool,
}

/// Looks a card up.
///
/// # Errors
/// [`ReadFault`].
pub async fn card_owner(store: &Store, token: &str) -> Result<Option<CardOwner>, ReadFault> {
    let sql = "select village_id, household, version, active from card where token = $1";
    let found = row(store, sql, vec![token_hash(token).to_vec().into()]).await?;
    let Some(found) = found else { return Ok(None) };
    let small = |index| {
        Ok::<i32, ReadFault>(i32::try_from(found.try_get_by_index::<i64>(index)?).unwrap_or(0))
    };
    Ok(Some(CardOwner {
        unit: small(0)?,
        household: small(1)?,
        version: small(2)?,
        active: small(3)? == 1,
    }))
}

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
