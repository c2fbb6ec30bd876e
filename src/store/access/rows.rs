//! Sessions and grants as a write sees them: read in its own transaction.

use crate::core::Actor;
use crate::core::rights::{Act, Authority, Grant, Role, SYSTEM};
use crate::core::row::{Cell, Column, Field, Kind};
use crate::store::Who;
use crate::store::dialect::Lookup;
use crate::store::tables::damaged;
use sea_orm::DbErr;
use std::collections::{HashMap, HashSet};
use uuid::Uuid;

/// A caller as the database knows them now.
#[derive(Clone, Debug)]
pub struct Standing {
    /// Who, with what grants.
    pub actor: Actor,
    /// Acts a personal token is made for; `None` is all.
    pub scopes: Option<Vec<Act>>,
}

const fn column(name: &'static str, kind: Kind, optional: bool) -> Column {
    Column {
        name,
        kind,
        optional,
    }
}

const SESSION: [Column; 14] = [
    column("token", Kind::Bytes, false),
    column("kind", Kind::Int, false),
    column("staff", Kind::Uuid, false),
    column("home", Kind::Int, false),
    column("household", Kind::Int, false),
    column("scopes", Kind::Text, true),
    column("expires", Kind::Int, false),
    column("idle", Kind::Int, false),
    column("seen", Kind::Int, false),
    column("ended", Kind::Int, false),
    column("active", Kind::Int, false),
    column("role", Kind::Int, true),
    column("unit_no", Kind::Int, true),
    column("station", Kind::Int, true),
];

const STAFF: [Column; 5] = [
    column("staff", Kind::Uuid, false),
    column("active", Kind::Int, false),
    column("role", Kind::Int, true),
    column("unit_no", Kind::Int, true),
    column("station", Kind::Int, true),
];

/// The stored number of a household's session.
pub const HOUSEHOLD_SESSION: i64 = 3;

/// The lookups for these callers: sessions, then staff; either may be missing.
#[must_use]
pub fn lookups(callers: impl Iterator<Item = Who>) -> Vec<Lookup> {
    let callers: HashSet<Who> = callers.collect();
    let (mut tokens, mut staff) = (Vec::new(), Vec::new());
    for who in callers {
        match who {
            Who::Session(token) => tokens.push(vec![token.cell()]),
            Who::Staff(id) => staff.push(vec![id.cell()]),
            Who::Operator | Who::Clock => {}
        }
    }
    vec![
        Lookup {
            table: "session_standing",
            columns: SESSION.to_vec(),
            by: vec![SESSION[0]],
            keys: tokens,
        },
        Lookup {
            table: "staff_standing",
            columns: STAFF.to_vec(),
            by: vec![STAFF[0]],
            keys: staff,
        },
    ]
}

/// Reads a list of acts stored as words.
#[must_use]
pub fn scopes_of(text: &str) -> Vec<Act> {
    text.split(',').filter_map(Act::of_word).collect()
}

/// Whether a session stands at a time.
#[must_use]
pub fn stands(at: i64, expires: i64, idle: i64, seen: i64, ended: i64) -> bool {
    ended == 0 && at < expires && (idle == 0 || at < seen.saturating_add(idle))
}

/// The machine's own standing: by the command line, or at night.
#[must_use]
pub fn machine(role: Role) -> Standing {
    let grants = vec![Grant {
        role,
        unit: SYSTEM,
        station: 0,
    }];
    Standing {
        actor: Actor {
            id: Uuid::nil(),
            household: None,
            authority: Authority::Granted(grants),
        },
        scopes: None,
    }
}

struct Cells(std::vec::IntoIter<Cell>);

impl Cells {
    fn take<T: Field>(&mut self) -> Result<T, DbErr> {
        T::of(self.0.next().unwrap_or(Cell::Null)).map_err(|_| damaged("session"))
    }
}

fn grant_of(cells: &mut Cells) -> Result<Option<Grant>, DbErr> {
    let (role, unit, station) = (
        cells.take::<Option<Role>>()?,
        cells.take::<Option<i32>>()?,
        cells.take::<Option<i32>>()?,
    );
    Ok(role
        .zip(unit)
        .zip(station)
        .map(|((role, unit), station)| Grant {
            role,
            unit,
            station,
        }))
}

fn add(
    into: &mut HashMap<Who, Standing>,
    who: Who,
    id: Uuid,
    scopes: Option<Vec<Act>>,
    grant: Option<Grant>,
) {
    let standing = into.entry(who).or_insert_with(|| Standing {
        actor: Actor {
            id,
            household: None,
            authority: Authority::Granted(Vec::new()),
        },
        scopes,
    });
    if let (Authority::Granted(grants), Some(grant)) = (&mut standing.actor.authority, grant) {
        grants.push(grant);
    }
}

/// Callers that stand now, from the rows of [`lookups`] (0 sessions, 1 staff).
///
/// # Errors
/// When a row is damaged.
pub fn standings(rows: Vec<(usize, Vec<Cell>)>, at: i64) -> Result<HashMap<Who, Standing>, DbErr> {
    let mut found = HashMap::from([
        (Who::Operator, machine(Role::Operator)),
        (Who::Clock, machine(Role::Clock)),
    ]);
    for (tag, cells) in rows {
        let mut cells = Cells(cells.into_iter());
        if tag == 1 {
            let (staff, active): (Uuid, bool) = (cells.take()?, cells.take()?);
            let grant = grant_of(&mut cells)?;
            if active {
                add(&mut found, Who::Staff(staff), staff, None, grant);
            }
            continue;
        }
        let token: [u8; 32] = cells.take()?;
        let (kind, staff, home): (i64, Uuid, i32) = (cells.take()?, cells.take()?, cells.take()?);
        let household: i32 = cells.take()?;
        let scopes: Option<String> = cells.take()?;
        let (expires, idle) = (cells.take()?, cells.take()?);
        let (seen, ended) = (cells.take()?, cells.take()?);
        let active: bool = cells.take()?;
        if !stands(at, expires, idle, seen, ended) {
            continue;
        }
        let scopes = scopes.map(|text| scopes_of(&text));
        if kind == HOUSEHOLD_SESSION {
            let grant = Grant {
                role: Role::Household,
                unit: home,
                station: 0,
            };
            add(
                &mut found,
                Who::Session(token),
                Uuid::nil(),
                scopes,
                Some(grant),
            );
            if let Some(standing) = found.get_mut(&Who::Session(token)) {
                standing.actor.household = Some(household);
            }
        } else if active {
            let grant = grant_of(&mut cells)?;
            add(&mut found, Who::Session(token), staff, scopes, grant);
        }
    }
    Ok(found)
}
