//! Townships, villages, staff and what they may do: the journal of the system itself.

use super::canonical::canonical_struct;
use super::household::{any_household, is_code, is_label};
use super::rejection::Rejection;
use super::rights::{Act, Grant, Role, SYSTEM, UnitKind, UnitNo, clash, fits};
use super::rows::{GrantRow, StaffRow, Tie, TieRow, UnitRow};
use super::state::{Draft, Head, State};
use super::text::Text;
use super::{Answer, Context, HouseholdRef, Made, Secret, SecretHash};
use uuid::Uuid;

/// A new township.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct FoundTownship {
    /// Its code, unique in the system.
    pub code: String,
    /// Its name.
    pub name: Text,
}
canonical_struct!(FoundTownship { code, name });

/// A new village.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct FoundVillage {
    /// Its code, unique in the system.
    pub code: String,
    /// Its name.
    pub name: Text,
    /// Its township's code.
    pub township: String,
}
canonical_struct!(FoundVillage {
    code,
    name,
    township
});

/// A household that a staff member belongs to or is kin of.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct TieSpec {
    /// The village.
    pub unit: UnitNo,
    /// The household.
    pub household: HouseholdRef,
    /// Own or kin.
    pub tie: Tie,
}
canonical_struct!(TieSpec {
    unit,
    household,
    tie
});

/// A new staff member with grants and ties.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct AddStaff {
    /// What they sign in with.
    pub username: String,
    /// Their name.
    pub name: Text,
    /// What they may do.
    pub grants: Vec<Grant>,
    /// Households they may not touch.
    pub ties: Vec<TieSpec>,
    /// A keyed tag of the password, so that a retry with another one is another request.
    pub tag: [u8; 32],
    /// The hash to keep; not in the journal.
    pub hash: SecretHash,
}
canonical_struct!(AddStaff {
    username,
    name,
    grants,
    ties,
    tag,
    hash
});

/// Other grants for a staff member, or another password, or the end of their access.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ChangeStaff {
    /// Who.
    pub staff: Uuid,
    /// Whether they may act at all.
    pub active: bool,
    /// The grants as they shall be; `None` leaves them.
    pub grants: Option<Vec<Grant>>,
    /// A keyed tag of a new password.
    pub tag: Option<[u8; 32]>,
    /// The hash of a new password.
    pub hash: SecretHash,
}
canonical_struct!(ChangeStaff {
    staff,
    active,
    grants,
    tag,
    hash
});

/// The ties of a staff member in one village, in addition to those declared before.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct DeclareTies {
    /// Who.
    pub staff: Uuid,
    /// The households.
    pub ties: Vec<TieSpec>,
}
canonical_struct!(DeclareTies { staff, ties });

fn unit_by_code(draft: &Draft<'_>, code: &str) -> Option<UnitRow> {
    draft
        .range::<UnitRow>(..)
        .into_iter()
        .find(|unit| unit.code == code)
}

fn found(
    draft: &mut Draft<'_>,
    kind: UnitKind,
    code: &str,
    name: &Text,
    parent: UnitNo,
) -> Result<Answer, Rejection> {
    if !is_code(code) {
        return Err(Rejection::field("/code", "not_a_code"));
    }
    if name.words().is_some_and(|(_, body)| !is_label(body, 60)) {
        return Err(Rejection::field("/name", "not_a_label"));
    }
    if unit_by_code(draft, code).is_some() {
        return Err(Rejection::CodeTaken {
            given: code.to_string(),
        });
    }
    draft.head.numbered += 1;
    let made = Made {
        no: draft.head.numbered,
        id: draft.derived_id(0),
    };
    let (no, id, code, name) = (made.no, made.id, code.to_string(), draft.keep(name));
    draft.put(UnitRow {
        no,
        id,
        kind,
        code,
        name,
        parent,
    });
    Ok(Answer::Made(vec![made]))
}

pub(super) fn found_township(
    draft: &mut Draft<'_>,
    command: &FoundTownship,
) -> Result<Answer, Rejection> {
    draft.allow(Act::FoundTownship, None)?;
    found(
        draft,
        UnitKind::Township,
        &command.code,
        &command.name,
        SYSTEM,
    )
}

pub(super) fn found_village(
    draft: &mut Draft<'_>,
    command: &FoundVillage,
) -> Result<Answer, Rejection> {
    let unknown = || Rejection::UnknownTownship {
        given: command.township.clone(),
    };
    let township = unit_by_code(draft, &command.township).ok_or_else(unknown)?;
    if township.kind != UnitKind::Township {
        return Err(unknown());
    }
    draft.allow_at(Act::FoundVillage, township.no)?;
    found(
        draft,
        UnitKind::Village,
        &command.code,
        &command.name,
        township.no,
    )
}

/// The head of a unit that was just founded.
#[must_use]
pub fn first_head(unit: &UnitRow) -> Head {
    Head {
        parent: unit.parent,
        id: unit.id,
        ..Head::default()
    }
}

fn check_grants(draft: &mut Draft<'_>, grants: &[Grant]) -> Result<(), Rejection> {
    for grant in grants {
        let scope = grant.unit.to_string();
        let kind = match grant.unit {
            SYSTEM => UnitKind::System,
            no => {
                let unit = draft.get::<UnitRow>(&(no,));
                unit.map(|unit| unit.kind)
                    .ok_or(Rejection::UnknownVillage {})?
            }
        };
        if !fits(grant.role, kind) || (grant.station != 0) != (grant.role == Role::Clerk) {
            return Err(Rejection::RoleDoesNotFit {
                role: grant.role.word().to_string(),
                scope,
            });
        }
        if grants.iter().any(|other| clash(grant, other)) {
            return Err(Rejection::RolesClash { scope });
        }
        // Nobody gives away more than they hold: the grant must lie where the actor keeps staff.
        draft.allow_at(Act::KeepStaff, grant.unit)?;
    }
    Ok(())
}

fn put_grants(draft: &mut Draft<'_>, staff: Uuid, grants: &[Grant]) {
    let first = (staff, Role::Admin, i32::MIN, i32::MIN);
    let last = (staff, Role::Clock, i32::MAX, i32::MAX);
    for old in draft.range::<GrantRow>(first..=last) {
        draft.put(GrantRow {
            active: false,
            ..old
        });
    }
    for grant in grants {
        let (role, unit_no, station) = (grant.role, grant.unit, grant.station);
        draft.put(GrantRow {
            staff,
            role,
            unit_no,
            station,
            active: true,
        });
    }
}

fn is_username(name: &str) -> bool {
    let plain = |c: char| c.is_alphanumeric() || matches!(c, '.' | '-' | '_' | '@');
    (2..=64).contains(&name.chars().count()) && name.chars().all(plain)
}

/// Adds staff: an entry in the system's journal, and one in each village they have ties in.
pub(super) fn add_staff_everywhere<'a>(
    state: &'a State,
    ctx: &'a Context,
    command: &AddStaff,
) -> Result<(Answer, Vec<Draft<'a>>), Rejection> {
    let unit = |no: UnitNo| state.units.get(&no).ok_or(Rejection::UnknownVillage {});
    let mut villages: Vec<UnitNo> = command.ties.iter().map(|tie| tie.unit).collect();
    villages.sort_unstable();
    villages.dedup();
    // One operation has one time, in whichever journal it is read.
    let mut at = ctx.at.max(unit(SYSTEM)?.head.at);
    for no in &villages {
        at = at.max(unit(*no)?.head.at);
    }
    let mut system = Draft::new(SYSTEM, unit(SYSTEM)?, ctx);
    system.at = at;
    let answer = add_staff(&mut system, command)?;
    let mut drafts = vec![system];
    for no in villages {
        let mut draft = Draft::new(no, unit(no)?, ctx);
        draft.at = at;
        tie_staff(&mut draft, &answer, command)?;
        drafts.push(draft);
    }
    Ok((answer, drafts))
}

/// The part of adding staff that concerns one village: the households they may not touch there.
pub(super) fn tie_staff(
    draft: &mut Draft<'_>,
    answer: &Answer,
    command: &AddStaff,
) -> Result<(), Rejection> {
    draft.allow(Act::KeepStaff, None)?;
    let made = match answer {
        Answer::Made(made) => made.first(),
        _ => None,
    };
    put_ties(
        draft,
        made.map_or(Uuid::nil(), |made| made.id),
        &command.ties,
    )
}

pub(super) fn add_staff(draft: &mut Draft<'_>, command: &AddStaff) -> Result<Answer, Rejection> {
    if !is_username(&command.username) {
        return Err(Rejection::field("/username", "not_a_username"));
    }
    if command
        .name
        .words()
        .is_some_and(|(_, body)| !is_label(body, 40))
    {
        return Err(Rejection::field("/name", "not_a_label"));
    }
    if command.grants.len() > 100 || command.ties.len() > 200 {
        return Err(Rejection::field("/grants", "too_many"));
    }
    if command.grants.is_empty() {
        draft.allow(Act::KeepStaff, None)?;
    }
    check_grants(draft, &command.grants)?;
    if draft
        .range::<StaffRow>(..)
        .iter()
        .any(|staff| staff.username == command.username)
    {
        return Err(Rejection::UsernameTaken {
            given: command.username.clone(),
        });
    }
    let id = draft.derived_id(0);
    let name = draft.keep(&command.name);
    draft.put(StaffRow {
        id,
        username: command.username.clone(),
        name,
        active: true,
    });
    put_grants(draft, id, &command.grants);
    if let Some(hash) = command.hash.0.clone() {
        draft.keep_secret(Secret::Password { staff: id, hash });
    }
    Ok(Answer::Made(vec![Made { no: 0, id }]))
}

pub(super) fn change_staff(
    draft: &mut Draft<'_>,
    command: &ChangeStaff,
) -> Result<Answer, Rejection> {
    let unknown = || Rejection::UnknownStaff {
        given: command.staff.to_string(),
    };
    let staff = draft
        .get::<StaffRow>(&(command.staff,))
        .cloned()
        .ok_or_else(unknown)?;
    let held: Vec<Grant> = draft
        .range::<GrantRow>(..)
        .into_iter()
        .filter(|grant| grant.staff == staff.id && grant.active)
        .map(|grant| Grant {
            role: grant.role,
            unit: grant.unit_no,
            station: grant.station,
        })
        .collect();
    if held.is_empty() {
        draft.allow(Act::KeepStaff, None)?;
    }
    // Whoever changes a person must keep staff wherever that person holds anything.
    for grant in &held {
        draft.allow_at(Act::KeepStaff, grant.unit)?;
    }
    if let Some(grants) = &command.grants {
        check_grants(draft, grants)?;
        put_grants(draft, staff.id, grants);
    }
    if let Some(hash) = command.hash.0.clone() {
        draft.keep_secret(Secret::Password {
            staff: staff.id,
            hash,
        });
    }
    draft.put(StaffRow {
        active: command.active,
        ..staff
    });
    Ok(Answer::Done(true))
}

fn put_ties(draft: &mut Draft<'_>, staff: Uuid, ties: &[TieSpec]) -> Result<(), Rejection> {
    let unit = draft.unit;
    for tie in ties.iter().filter(|tie| tie.unit == unit) {
        let household = any_household(draft, &tie.household)?;
        draft.put(TieRow {
            staff,
            household: household.no,
            tie: tie.tie,
        });
    }
    Ok(())
}

pub(super) fn declare_ties(
    draft: &mut Draft<'_>,
    command: &DeclareTies,
) -> Result<Answer, Rejection> {
    draft.allow(Act::KeepStaff, None)?;
    if command.ties.is_empty() || command.ties.len() > 200 {
        return Err(Rejection::field("/ties", "wrong_count"));
    }
    put_ties(draft, command.staff, &command.ties)?;
    Ok(Answer::Done(true))
}
