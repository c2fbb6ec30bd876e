//! Spots (随手拍、随手清): a household reports what lies there, it or another clears it, and a
//! third person verifies; then both are awarded in the same operation.

use super::application::{acting, kept};
use super::award::{Proposal, check_favour, grant_deed, rule_for};
use super::canonical::canonical_struct;
use super::household::any_household;
use super::rejection::Rejection;
use super::rights::Act;
use super::rows::*;
use super::state::Draft;
use super::text::Text;
use super::{Answer, Day, HouseholdRef, Made, PhotoHash, Quantity};
use uuid::Uuid;

/// The category whose rules reward a report or a clearing.
pub const CATEGORY: &str = "volunteer";

/// The furthest day the village may give itself.
const TASK_DAYS: i32 = 90;

/// Reports a spot; with photos as left, says that it is clear already.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ReportSpot {
    /// Who saw it.
    pub household: HouseholdRef,
    /// What lies there.
    pub kind: SpotKind,
    /// The group it lies in.
    pub group: i32,
    /// Where exactly.
    pub place: Text,
    /// As found.
    pub photos: Vec<PhotoHash>,
    /// As left, when the household cleared it in one go.
    pub after: Vec<PhotoHash>,
    /// The spot of an earlier report that this one is about.
    pub same_as: Option<i32>,
}
canonical_struct!(ReportSpot {
    household,
    kind,
    group,
    place,
    photos,
    after,
    same_as
});

/// Takes a spot on.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ClaimSpot {
    /// Its number.
    pub spot: i32,
    /// Who will clear it.
    pub household: HouseholdRef,
}
canonical_struct!(ClaimSpot { spot, household });

/// Says that a spot is clear.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ClearSpot {
    /// Its number.
    pub spot: i32,
    /// Who cleared it.
    pub household: HouseholdRef,
    /// As left.
    pub photos: Vec<PhotoHash>,
}
canonical_struct!(ClearSpot {
    spot,
    household,
    photos
});

/// Finds a spot clear, and awards whoever reported and cleared it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct VerifySpot {
    /// Its number.
    pub spot: i32,
    /// The rule for the report; none when it earns nothing.
    pub report_rule: Option<String>,
    /// The rule for the clearing; none when it earns nothing.
    pub clear_rule: Option<String>,
}
canonical_struct!(VerifySpot {
    spot,
    report_rule,
    clear_rule
});

/// Drops a report.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct RejectSpot {
    /// Its number.
    pub spot: i32,
    /// What the households read.
    pub reason: Text,
}
canonical_struct!(RejectSpot { spot, reason });

/// Makes a spot the village's own to put right.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct AssignSpot {
    /// Its number.
    pub spot: i32,
    /// Who puts it right.
    pub person: Text,
    /// The last day.
    pub due: Day,
}
canonical_struct!(AssignSpot { spot, person, due });

/// Says that the village has put a spot right.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct CloseTask {
    /// Its number.
    pub spot: i32,
    /// What was done.
    pub words: Text,
    /// As left.
    pub photos: Vec<PhotoHash>,
}
canonical_struct!(CloseTask {
    spot,
    words,
    photos
});

fn found(draft: &Draft<'_>, no: i32) -> Result<SpotRow, Rejection> {
    let row = draft.get::<SpotRow>(&(no,)).cloned();
    row.ok_or_else(|| Rejection::UnknownSpot {
        given: no.to_string(),
    })
}

fn in_state(draft: &Draft<'_>, no: i32, states: &[SpotState]) -> Result<SpotRow, Rejection> {
    let row = found(draft, no)?;
    match states.contains(&row.state) {
        true => Ok(row),
        false => Err(Rejection::SpotNotOpen { state: row.state }),
    }
}

const OPEN: [SpotState; 3] = [SpotState::Reported, SpotState::Claimed, SpotState::Assigned];

/// The open spot that a report is about once more.
fn earlier(
    draft: &Draft<'_>,
    command: &ReportSpot,
    household: i32,
) -> Result<Option<SpotRow>, Rejection> {
    if let Some(no) = command.same_as {
        return in_state(draft, no, &OPEN).map(Some);
    }
    let today = draft.today();
    let rows = draft.range::<SpotRow>((0,)..=(i32::MAX,));
    Ok(rows.into_iter().find(|row| {
        (row.group_no, row.kind, row.reported) == (command.group, command.kind, today)
            && OPEN.contains(&row.state)
            // What one household reports twice lies in two places, unless it says otherwise.
            && row.reporter != household
    }))
}

/// Enters a later report of a spot that is known.
fn join(
    draft: &mut Draft<'_>,
    mut spot: SpotRow,
    household: i32,
    photos: Vec<u8>,
    after: Vec<u8>,
) -> Result<Answer, Rejection> {
    let known = draft.get::<SpotReportRow>(&(spot.no, household)).is_some();
    if spot.reporter != household && !known {
        draft.put(SpotReportRow {
            spot: spot.no,
            household,
            reported: draft.today(),
            photos,
            seq: draft.seq(),
        });
    }
    let made = Made {
        no: spot.no,
        id: spot.id,
    };
    if !after.is_empty() {
        take_on(&spot, household)?;
        cleared(draft, &mut spot, household, after);
        draft.put(spot);
    }
    Ok(Answer::Made(vec![made]))
}

fn cleared(draft: &Draft<'_>, spot: &mut SpotRow, household: i32, after: Vec<u8>) {
    spot.state = SpotState::Cleared;
    spot.cleaner = Some(household);
    spot.cleared_by = Some(draft.ctx.actor.id);
    spot.after = after;
    spot.changed_by = draft.seq();
}

pub(super) fn report(draft: &mut Draft<'_>, command: &ReportSpot) -> Result<Answer, Rejection> {
    let household = acting(draft, &command.household, Act::TriageSpots)?;
    if draft.get::<GroupRow>(&(command.group,)).is_none() {
        return Err(Rejection::field("/group", "unknown"));
    }
    let before = kept("/photos", &command.photos)?;
    let after = kept("/after", &command.after)?;
    if before.is_empty() {
        return Err(Rejection::field("/photos", "missing"));
    }
    if let Some(spot) = earlier(draft, command, household.no)? {
        return join(draft, spot, household.no, before, after);
    }
    let (no, id) = (draft.next_no(Numbered::Spot), draft.derived_id(0));
    let place = draft.keep(&command.place);
    let mut spot = SpotRow {
        no,
        id,
        kind: command.kind,
        group_no: command.group,
        place,
        reporter: household.no,
        reported: draft.today(),
        before,
        reported_by: draft.ctx.actor.id,
        state: SpotState::Reported,
        cleaner: None,
        cleared_by: None,
        after: Vec::new(),
        decider: None,
        answer: None,
        person: None,
        due: None,
        changed_by: draft.seq(),
    };
    if !after.is_empty() {
        cleared(draft, &mut spot, household.no, after);
    }
    draft.put(spot);
    Ok(Answer::Made(vec![Made { no, id }]))
}

/// Refuses a household when another has taken the spot on.
fn take_on(spot: &SpotRow, household: i32) -> Result<(), Rejection> {
    match spot.cleaner {
        Some(other) if other != household => Err(Rejection::SpotTaken {}),
        _ => Ok(()),
    }
}

pub(super) fn claim(draft: &mut Draft<'_>, command: &ClaimSpot) -> Result<Answer, Rejection> {
    let household = acting(draft, &command.household, Act::TriageSpots)?;
    let mut spot = in_state(
        draft,
        command.spot,
        &[SpotState::Reported, SpotState::Claimed],
    )?;
    take_on(&spot, household.no)?;
    spot.state = SpotState::Claimed;
    spot.cleaner = Some(household.no);
    spot.changed_by = draft.seq();
    draft.put(spot);
    Ok(Answer::Done(true))
}

pub(super) fn clear(draft: &mut Draft<'_>, command: &ClearSpot) -> Result<Answer, Rejection> {
    let household = acting(draft, &command.household, Act::TriageSpots)?;
    let mut spot = in_state(
        draft,
        command.spot,
        &[SpotState::Reported, SpotState::Claimed],
    )?;
    take_on(&spot, household.no)?;
    let after = kept("/photos", &command.photos)?;
    if after.is_empty() {
        return Err(Rejection::field("/photos", "missing"));
    }
    cleared(draft, &mut spot, household.no, after);
    draft.put(spot);
    Ok(Answer::Done(true))
}

/// Awards one household for its part in a spot.
fn grant(
    draft: &mut Draft<'_>,
    line: i32,
    (field, rule): (&str, &str),
    (household, occurred): (i32, Day),
    recorder: Uuid,
) -> Result<super::Awarded, Rejection> {
    let row = rule_for(draft, rule, occurred)?;
    if row.category != CATEGORY || row.kind != RuleKind::Award {
        return Err(Rejection::field(field, "wrong_category"));
    }
    let asked = Proposal {
        rule,
        household,
        member: None,
        quantity: Quantity::ONE,
        occurred,
    };
    grant_deed(draft, line, &asked, recorder)
}

/// Refuses whoever keyed a part of it in, and anyone tied to a household that has one.
fn check_third(draft: &Draft<'_>, spot: &SpotRow) -> Result<(), Rejection> {
    let actor = draft.ctx.actor.id;
    if spot.reported_by == actor || spot.cleared_by == Some(actor) {
        return Err(Rejection::OwnRecord {});
    }
    let households = [Some(spot.reporter), spot.cleaner];
    for no in households.into_iter().flatten() {
        check_favour(draft, &any_household(draft, &HouseholdRef::No(no))?)?;
    }
    Ok(())
}

pub(super) fn verify(draft: &mut Draft<'_>, command: &VerifySpot) -> Result<Answer, Rejection> {
    draft.allow(Act::VerifySpot, None)?;
    let mut spot = in_state(draft, command.spot, &[SpotState::Cleared])?;
    check_third(draft, &spot)?;
    let day = spot.reported;
    let mut awards = Vec::new();
    if let Some(rule) = &command.report_rule {
        let (household, by) = ((spot.reporter, day), spot.reported_by);
        awards.push(grant(
            draft,
            0,
            ("/report_rule", rule.as_str()),
            household,
            by,
        )?);
    }
    let cleaner = spot.cleaner.zip(spot.cleared_by);
    if let (Some(rule), Some((no, by))) = (&command.clear_rule, cleaner) {
        awards.push(grant(
            draft,
            1,
            ("/clear_rule", rule.as_str()),
            (no, day),
            by,
        )?);
    }
    spot.state = SpotState::Verified;
    spot.decider = Some(draft.ctx.actor.id);
    spot.changed_by = draft.seq();
    draft.put(spot);
    Ok(Answer::Sheet(awards))
}

pub(super) fn reject(draft: &mut Draft<'_>, command: &RejectSpot) -> Result<Answer, Rejection> {
    draft.allow(Act::TriageSpots, None)?;
    let states = [
        SpotState::Reported,
        SpotState::Claimed,
        SpotState::Cleared,
        SpotState::Assigned,
    ];
    let mut spot = in_state(draft, command.spot, &states)?;
    check_third(draft, &spot)?;
    spot.state = SpotState::Dropped;
    spot.answer = Some(draft.keep(&command.reason));
    spot.decider = Some(draft.ctx.actor.id);
    spot.changed_by = draft.seq();
    draft.put(spot);
    Ok(Answer::Done(true))
}

pub(super) fn assign(draft: &mut Draft<'_>, command: &AssignSpot) -> Result<Answer, Rejection> {
    draft.allow(Act::TriageSpots, None)?;
    let mut spot = in_state(
        draft,
        command.spot,
        &[SpotState::Reported, SpotState::Assigned],
    )?;
    let today = draft.today();
    if command.due < today || command.due > today.plus(TASK_DAYS) {
        return Err(Rejection::field("/due", "out_of_range"));
    }
    spot.state = SpotState::Assigned;
    spot.person = Some(draft.keep(&command.person));
    spot.due = Some(command.due);
    spot.changed_by = draft.seq();
    draft.put(spot);
    Ok(Answer::Done(true))
}

pub(super) fn close(draft: &mut Draft<'_>, command: &CloseTask) -> Result<Answer, Rejection> {
    draft.allow(Act::TriageSpots, None)?;
    let mut spot = in_state(draft, command.spot, &[SpotState::Assigned])?;
    spot.after = kept("/photos", &command.photos)?;
    spot.state = SpotState::Fixed;
    spot.answer = Some(draft.keep(&command.words));
    spot.decider = Some(draft.ctx.actor.id);
    spot.changed_by = draft.seq();
    draft.put(spot);
    Ok(Answer::Done(true))
}

#[cfg(test)]
mod tests;
