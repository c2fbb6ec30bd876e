//! Households (农户): joining, changing, cards and PINs.

use super::canonical::canonical_struct;
use super::ledger::balances;
use super::points::Points;
use super::rejection::{Rejection, RowRejection};
use super::rights::{Act, Role};
use super::rows::{CardRow, GroupRow, HouseholdRow, HouseholdStatus, MemberRow};
use super::state::Draft;
use super::text::Text;
use super::{Answer, HouseholdRef, Made, Secret, SecretHash};
use std::collections::HashSet;
use uuid::Uuid;

/// The most households one registration or import may carry.
pub const IMPORT_MAX: usize = 5_000;
/// The most members a household may list.
pub const MEMBERS_MAX: usize = 60;

/// A household to be entered.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct NewHousehold {
    /// The village's code for it.
    pub code: String,
    /// Its group's name.
    pub group: String,
    /// The head's name.
    pub head: Text,
    /// A telephone.
    pub phone: Option<Text>,
    /// The door plate.
    pub door: Option<Text>,
    /// Other members' names.
    pub members: Vec<Text>,
}
canonical_struct!(NewHousehold {
    code,
    group,
    head,
    phone,
    door,
    members
});

/// New households: one, or a whole roster, all or none.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct RegisterHouseholds {
    /// The households.
    pub rows: Vec<NewHousehold>,
}
canonical_struct!(RegisterHouseholds { rows });

/// What is different about a household; `None` leaves things as they are.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ChangeHousehold {
    /// Which.
    pub household: HouseholdRef,
    /// Another group.
    pub group: Option<String>,
    /// Another head.
    pub head: Option<Text>,
    /// Another phone, or none.
    pub phone: Option<Option<Text>>,
    /// Another door plate, or none.
    pub door: Option<Option<Text>>,
    /// The members as they are now.
    pub members: Option<Vec<Text>>,
    /// Another status.
    pub status: Option<HouseholdStatus>,
}
canonical_struct!(ChangeHousehold {
    household,
    group,
    head,
    phone,
    door,
    members,
    status
});

/// A new card for a household.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct IssueCard {
    /// Which household.
    pub household: HouseholdRef,
    /// SHA-256 of the token in the QR.
    pub token: [u8; 32],
}
canonical_struct!(IssueCard { household, token });

/// The end of a household's card.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct RevokeCard {
    /// Which household.
    pub household: HouseholdRef,
}
canonical_struct!(RevokeCard { household });

/// A new PIN for a household.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct SetPin {
    /// Which household.
    pub household: HouseholdRef,
    /// Who else on the staff stood by; a PIN that replaces another needs two people.
    pub second: Option<Uuid>,
    /// A keyed tag of the PIN, so that a retry with another PIN is another request.
    pub tag: [u8; 32],
    /// The hash to keep; not in the journal.
    pub hash: SecretHash,
}
canonical_struct!(SetPin {
    household,
    second,
    tag,
    hash
});

/// The household a command names.
///
/// # Errors
/// [`Rejection::UnknownHousehold`], or [`Rejection::HouseholdClosed`] when it no longer takes part.
pub fn open_household(draft: &Draft<'_>, given: &HouseholdRef) -> Result<HouseholdRow, Rejection> {
    let household = any_household(draft, given)?;
    match household.status {
        HouseholdStatus::Closed => Err(Rejection::HouseholdClosed {
            household: household.code,
        }),
        _ => Ok(household),
    }
}

/// The household a command names, closed or not.
///
/// # Errors
/// [`Rejection::UnknownHousehold`].
pub fn any_household(draft: &Draft<'_>, given: &HouseholdRef) -> Result<HouseholdRow, Rejection> {
    match given {
        HouseholdRef::No(no) => {
            draft
                .get::<HouseholdRow>(&(*no,))
                .cloned()
                .ok_or_else(|| Rejection::UnknownHousehold {
                    given: no.to_string(),
                })
        }
        HouseholdRef::Given(given) => Err(Rejection::UnknownHousehold {
            given: given.clone(),
        }),
    }
}

/// Whether a text may be a code: letters, digits, dash, at most 32.
#[must_use]
pub fn is_code(code: &str) -> bool {
    let plain = |c: char| c.is_ascii_alphanumeric() || c == '-' || c == '_';
    !code.is_empty() && code.len() <= 32 && code.chars().all(plain)
}

/// Whether a text may be a name or label of at most `most` characters.
#[must_use]
pub fn is_label(label: &str, most: usize) -> bool {
    let count = label.chars().count();
    count > 0 && count <= most && !label.chars().any(char::is_control) && label.trim() == label
}

fn check_text(field: &str, text: &Text, most: usize) -> Result<(), Rejection> {
    match text.words() {
        Some((_, body)) if !is_label(body, most) => Err(Rejection::field(field, "not_a_label")),
        _ => Ok(()),
    }
}

fn check_members(members: &[Text]) -> Result<(), Rejection> {
    if members.len() > MEMBERS_MAX {
        return Err(Rejection::field("/members", "too_many"));
    }
    members
        .iter()
        .try_for_each(|name| check_text("/members", name, 40))
}

fn check_new(row: &NewHousehold) -> Result<(), Rejection> {
    if !is_code(&row.code) {
        return Err(Rejection::field("/code", "not_a_code"));
    }
    if !is_label(&row.group, 40) {
        return Err(Rejection::field("/group", "not_a_label"));
    }
    check_text("/head", &row.head, 40)?;
    if let Some(phone) = &row.phone {
        check_text("/phone", phone, 20)?;
    }
    if let Some(door) = &row.door {
        check_text("/door", door, 60)?;
    }
    check_members(&row.members)
}

fn group_no(draft: &mut Draft<'_>, name: &str) -> i32 {
    let known = draft.range::<GroupRow>(..);
    if let Some(group) = known.iter().find(|group| group.name == name) {
        return group.no;
    }
    let no = known.last().map_or(1, |group| group.no + 1);
    draft.put(GroupRow {
        no,
        name: name.to_string(),
    });
    no
}

fn enter_member(draft: &mut Draft<'_>, household: &mut HouseholdRow, name: &Text) {
    household.members += 1;
    let name = draft.keep(name);
    draft.put(MemberRow {
        household: household.no,
        no: household.members,
        name,
        active: true,
    });
}

pub(super) fn register(
    draft: &mut Draft<'_>,
    command: &RegisterHouseholds,
) -> Result<Answer, Rejection> {
    draft.allow(Act::KeepHouseholds, None)?;
    if command.rows.is_empty() || command.rows.len() > IMPORT_MAX {
        return Err(Rejection::field("/rows", "wrong_count"));
    }
    let mut taken: HashSet<String> = draft
        .range::<HouseholdRow>(..)
        .into_iter()
        .map(|row| row.code)
        .collect();
    let mut refused = Vec::new();
    for (row, new) in command.rows.iter().enumerate() {
        let checked = check_new(new).and_then(|()| match taken.insert(new.code.clone()) {
            true => Ok(()),
            false => Err(Rejection::CodeTaken {
                given: new.code.clone(),
            }),
        });
        if let Err(why) = checked {
            refused.push(RowRejection { row, why });
        }
    }
    Rejection::of_list(refused, command.rows.len())?;
    let made = command
        .rows
        .iter()
        .enumerate()
        .map(|(index, new)| enter(draft, index, new));
    Ok(Answer::Made(made.collect()))
}

fn enter(draft: &mut Draft<'_>, index: usize, new: &NewHousehold) -> Made {
    draft.head.numbered += 1;
    let made = Made {
        no: draft.head.numbered,
        id: draft.derived_id(u32::try_from(index).unwrap_or(u32::MAX)),
    };
    let mut household = HouseholdRow {
        no: made.no,
        id: made.id,
        code: new.code.clone(),
        group_no: group_no(draft, &new.group),
        head: draft.keep(&new.head),
        phone: draft.keep_some(new.phone.as_ref()),
        door: draft.keep_some(new.door.as_ref()),
        status: HouseholdStatus::Resident,
        joined: draft.today(),
        members: 0,
        card_version: 0,
        pin_version: 0,
        arrears: Points::ZERO,
    };
    for name in &new.members {
        enter_member(draft, &mut household, name);
    }
    draft.put(household);
    made
}

pub(super) fn change(
    draft: &mut Draft<'_>,
    command: &ChangeHousehold,
) -> Result<Answer, Rejection> {
    draft.allow(Act::KeepHouseholds, None)?;
    let mut household = any_household(draft, &command.household)?;
    if let Some(group) = &command.group {
        if !is_label(group, 40) {
            return Err(Rejection::field("/group", "not_a_label"));
        }
        household.group_no = group_no(draft, group);
    }
    if let Some(head) = &command.head {
        check_text("/head", head, 40)?;
        household.head = draft.keep(head);
    }
    if let Some(phone) = &command.phone {
        phone
            .iter()
            .try_for_each(|text| check_text("/phone", text, 20))?;
        household.phone = draft.keep_some(phone.as_ref());
    }
    if let Some(door) = &command.door {
        door.iter()
            .try_for_each(|text| check_text("/door", text, 60))?;
        household.door = draft.keep_some(door.as_ref());
    }
    if let Some(members) = &command.members {
        replace_members(draft, &mut household, members)?;
    }
    if let Some(status) = command.status {
        let holds = balances(draft, household.no)
            .iter()
            .any(|row| row.points > Points::ZERO);
        if status == HouseholdStatus::Closed && holds {
            return Err(Rejection::field("/status", "household_holds_points"));
        }
        household.status = status;
    }
    draft.put(household);
    Ok(Answer::Done(true))
}

fn replace_members(
    draft: &mut Draft<'_>,
    household: &mut HouseholdRow,
    members: &[Text],
) -> Result<(), Rejection> {
    check_members(members)?;
    let old = draft.range::<MemberRow>((household.no, 0)..=(household.no, i32::MAX));
    for member in old.into_iter().filter(|member| member.active) {
        draft.put(MemberRow {
            active: false,
            ..member
        });
    }
    for name in members {
        enter_member(draft, household, name);
    }
    Ok(())
}

fn end_card(draft: &mut Draft<'_>, household: &HouseholdRow) {
    if let Some(card) = draft
        .get::<CardRow>(&(household.no, household.card_version))
        .cloned()
    {
        draft.put(CardRow {
            active: false,
            ..card
        });
    }
}

pub(super) fn issue_card(draft: &mut Draft<'_>, command: &IssueCard) -> Result<Answer, Rejection> {
    draft.allow(Act::KeepCards, None)?;
    let mut household = open_household(draft, &command.household)?;
    end_card(draft, &household);
    household.card_version += 1;
    let version = household.card_version;
    draft.put(CardRow {
        household: household.no,
        version,
        token: command.token,
        active: true,
        issued: draft.seq(),
    });
    draft.put(household);
    Ok(Answer::Versions(vec![version]))
}

pub(super) fn revoke_card(
    draft: &mut Draft<'_>,
    command: &RevokeCard,
) -> Result<Answer, Rejection> {
    draft.allow(Act::KeepCards, None)?;
    let household = any_household(draft, &command.household)?;
    end_card(draft, &household);
    Ok(Answer::Done(true))
}

pub(super) fn set_pin(draft: &mut Draft<'_>, command: &SetPin) -> Result<Answer, Rejection> {
    let mut household = open_household(draft, &command.household)?;
    let by_itself = draft.allow_own(household.no).is_ok();
    if !by_itself {
        draft.allow(Act::KeepCards, None)?;
        let alone = command
            .second
            .is_none_or(|second| second == draft.ctx.actor.id);
        // Whoever runs the machine acts before there is any staff.
        if household.pin_version > 0 && alone && draft.role != Role::Operator {
            return Err(Rejection::SecondPersonNeeded {});
        }
    }
    household.pin_version += 1;
    let version = household.pin_version;
    if let Some(hash) = command.hash.0.clone() {
        draft.keep_secret(Secret::Pin {
            household: household.no,
            version,
            hash,
        });
    }
    draft.put(household);
    Ok(Answer::Versions(vec![version]))
}
