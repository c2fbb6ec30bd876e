//! Applications (申报): a household asks for an award, someone of the village checks it, and what
//! was found right goes the way of every recorded deed.

use super::award::{Proposal, check_favour, check_member, propose_deed, rule_for};
use super::canonical::canonical_struct;
use super::household::{any_household, open_household};
use super::rejection::Rejection;
use super::rights::Act;
use super::rows::*;
use super::rule::check_gives;
use super::state::Draft;
use super::text::Text;
use super::{Answer, Day, HouseholdRef, Made, PhotoHash, Quantity};

/// The most photos one form brings.
pub const PHOTOS_MAX: usize = 9;

/// Asks for an award.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Apply {
    /// Who asks.
    pub household: HouseholdRef,
    /// The rule's code.
    pub rule: String,
    /// Units of the rule.
    pub quantity: Quantity,
    /// The local day of the deed.
    pub occurred: Day,
    /// The member, when the rule counts persons.
    pub member: Option<i32>,
    /// In their own words.
    pub words: Option<Text>,
    /// What shows it.
    pub photos: Vec<PhotoHash>,
}
canonical_struct!(Apply {
    household,
    rule,
    quantity,
    occurred,
    member,
    words,
    photos
});

/// Says whether an application is right.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct CheckApplication {
    /// Its number.
    pub application: i32,
    /// Whether it was found right.
    pub accept: bool,
    /// Units as found.
    pub quantity: Quantity,
    /// What the household reads; a refusal has one.
    pub answer: Option<Text>,
}
canonical_struct!(CheckApplication {
    application,
    accept,
    quantity,
    answer
});

/// Takes an application back before anyone has checked it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct WithdrawApplication {
    /// Its number.
    pub application: i32,
}
canonical_struct!(WithdrawApplication { application });

/// The household that acts for itself, or for which staff with this act do.
pub(super) fn acting(
    draft: &mut Draft<'_>,
    given: &HouseholdRef,
    act: Act,
) -> Result<HouseholdRow, Rejection> {
    let household = match open_household(draft, given) {
        Ok(household) => household,
        Err(why) => {
            // Whoever may not act learns nothing about which households there are.
            draft.allow(act, None)?;
            return Err(why);
        }
    };
    if draft.allow_own(household.no).is_err() {
        draft.allow(act, None)?;
    }
    Ok(household)
}

/// Photos as a row keeps them.
pub(super) fn kept(field: &str, photos: &[PhotoHash]) -> Result<Vec<u8>, Rejection> {
    if photos.len() > PHOTOS_MAX {
        return Err(Rejection::field(field, "wrong_count"));
    }
    Ok(photos.concat())
}

/// The photos of a row.
#[must_use]
pub fn photos_of(kept: &[u8]) -> Vec<PhotoHash> {
    let (photos, _) = kept.as_chunks::<32>();
    photos.to_vec()
}

pub(super) fn apply(draft: &mut Draft<'_>, command: &Apply) -> Result<Answer, Rejection> {
    let household = acting(draft, &command.household, Act::CheckApplication)?;
    let rule = rule_for(draft, &command.rule, command.occurred)?;
    check_gives(rule)?;
    if !command.quantity.is_valid() {
        return Err(Rejection::field("/quantity", "out_of_range"));
    }
    check_member(draft, household.no, command.member)?;
    let photos = kept("/photos", &command.photos)?;
    let (no, id) = (draft.next_no(Numbered::Application), draft.derived_id(0));
    let words = draft.keep_some(command.words.as_ref());
    draft.put(ApplicationRow {
        no,
        id,
        household: household.no,
        rule: rule.code.clone(),
        quantity: command.quantity,
        occurred: command.occurred,
        member: command.member,
        words,
        photos,
        applied: draft.today(),
        keyed_by: draft.ctx.actor.id,
        state: ApplicationState::Waiting,
        checker: None,
        answer: None,
        award_seq: None,
        changed_by: draft.seq(),
    });
    Ok(Answer::Made(vec![Made { no, id }]))
}

fn waiting(row: Option<ApplicationRow>, no: i32) -> Result<ApplicationRow, Rejection> {
    let row = row.ok_or_else(|| Rejection::UnknownApplication {
        given: no.to_string(),
    })?;
    match row.state {
        ApplicationState::Waiting => Ok(row),
        state => Err(Rejection::ApplicationNotOpen { state }),
    }
}

pub(super) fn check(
    draft: &mut Draft<'_>,
    command: &CheckApplication,
) -> Result<Answer, Rejection> {
    draft.allow(Act::CheckApplication, None)?;
    let no = command.application;
    let mut row = waiting(draft.get::<ApplicationRow>(&(no,)).cloned(), no)?;
    check_favour(
        draft,
        &any_household(draft, &HouseholdRef::No(row.household))?,
    )?;
    row.checker = Some(draft.ctx.actor.id);
    row.answer = draft.keep_some(command.answer.as_ref());
    row.changed_by = draft.seq();
    if !command.accept {
        if command.answer.is_none() {
            return Err(Rejection::field("/answer", "missing"));
        }
        row.state = ApplicationState::Refused;
        draft.put(row);
        return Ok(Answer::Done(true));
    }
    row.state = ApplicationState::Accepted;
    row.quantity = command.quantity;
    row.award_seq = Some(draft.seq());
    let asked = Proposal {
        rule: &row.rule,
        household: row.household,
        member: row.member,
        quantity: row.quantity,
        occurred: row.occurred,
    };
    let awarded = propose_deed(draft, 0, &asked)?;
    draft.put(row);
    Ok(Answer::Award(awarded))
}

pub(super) fn withdraw(
    draft: &mut Draft<'_>,
    command: &WithdrawApplication,
) -> Result<Answer, Rejection> {
    let no = command.application;
    let row = draft.get::<ApplicationRow>(&(no,)).cloned();
    match &row {
        Some(row) => draft.allow_own(row.household)?,
        None => return waiting(row, no).map(|_| Answer::Done(false)),
    }
    let mut row = waiting(row, no)?;
    row.state = ApplicationState::Withdrawn;
    row.changed_by = draft.seq();
    draft.put(row);
    Ok(Answer::Done(true))
}
