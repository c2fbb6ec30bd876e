//! Activities (活动): planned, signed in to, ended, and sent to review as one operation.

use super::award::{Proposal, SHEET_MAX, propose_deed};
use super::day::Day;
use super::household::{any_household, is_label, open_household};
use super::points::Quantity;
use super::rejection::{Rejection, RowRejection};
use super::rights::Act;
use super::rows::*;
use super::rule::check_gives;
use super::state::Draft;
use super::{Answer, HouseholdRef, Made};

mod commands;

pub use commands::*;

/// The `person` of an attendance that stands for a household as a whole.
pub const WHOLE: i32 = -1;
/// How far ahead an activity may be planned.
const AHEAD_DAYS: i32 = 366;
const MINUTES_PER_DAY: i32 = 1_440;
const MICROS_PER_MINUTE: i64 = 60_000_000;
const TITLE_MAX: usize = 60;

/// The most hours of one event by default.
pub const HOURS_MOST: Quantity = Quantity(200);

/// The instant of a local minute.
fn instant(day: Day, minute: i32, offset: i32) -> i64 {
    let minutes = i64::from(day.0) * i64::from(MINUTES_PER_DAY) + i64::from(minute - offset);
    minutes.saturating_mul(MICROS_PER_MINUTE)
}

/// An instant as the village's clocks show it.
fn clock(draft: &Draft<'_>, at: i64) -> String {
    let minutes = at.div_euclid(MICROS_PER_MINUTE) + i64::from(draft.policy().utc_offset);
    let minute = minutes.rem_euclid(i64::from(MINUTES_PER_DAY));
    format!("{:02}:{:02}", minute / 60, minute % 60)
}

/// Whole half hours between two instants, at most `most`.
fn half_hours(from: i64, to: i64, most: Quantity) -> Quantity {
    let halves = (to - from).max(0) / (30 * MICROS_PER_MINUTE);
    Quantity(halves.saturating_mul(50)).min(most)
}

/// An activity by its number.
///
/// # Errors
/// [`Rejection::UnknownActivity`].
pub fn found_activity(draft: &Draft<'_>, no: i32) -> Result<ActivityRow, Rejection> {
    let row = draft.get::<ActivityRow>(&(no,)).cloned();
    row.ok_or_else(|| Rejection::UnknownActivity {
        given: no.to_string(),
    })
}

fn in_state(activity: &ActivityRow, states: &[ActivityState]) -> Result<(), Rejection> {
    match states.contains(&activity.state) {
        true => Ok(()),
        false => Err(Rejection::ActivityNotOpen {
            state: activity.state,
        }),
    }
}

fn check_started(draft: &Draft<'_>, activity: &ActivityRow) -> Result<(), Rejection> {
    match draft.at < activity.opens {
        false => Ok(()),
        true => Err(Rejection::ActivityNotStarted {
            day: activity.day,
            opens: clock(draft, activity.opens),
        }),
    }
}

fn check_plan(draft: &Draft<'_>, command: &PlanActivity) -> Result<(), Rejection> {
    let label = |text: &super::Text| {
        let words = text.words();
        words.is_none_or(|(_, body)| is_label(body, TITLE_MAX))
    };
    let today = draft.today();
    let first = today.plus(-draft.policy().backdate_days);
    let bad = |field: &str, why: &str| Err(Rejection::field(field, why));
    match command {
        c if !label(&c.title) => bad("/title", "not_a_label"),
        c if c.place.as_ref().is_some_and(|place| !label(place)) => bad("/place", "not_a_label"),
        c if !(first..=today.plus(AHEAD_DAYS)).contains(&c.day) => bad("/day", "out_of_range"),
        c if !(0..MINUTES_PER_DAY).contains(&c.opens) => bad("/opens", "out_of_range"),
        c if !(c.opens + 1..=MINUTES_PER_DAY).contains(&c.closes) => {
            bad("/closes", "before_starts")
        }
        c if c.hours.is_some_and(|most| !(50..=2_400).contains(&most.0)) => {
            bad("/hours", "out_of_range")
        }
        _ => Ok(()),
    }
}

pub(super) fn plan(draft: &mut Draft<'_>, command: &PlanActivity) -> Result<Answer, Rejection> {
    draft.allow(Act::KeepActivities, None)?;
    check_plan(draft, command)?;
    let rule = draft.config().rule(&command.rule);
    let rule = rule.ok_or_else(|| Rejection::UnknownRule {
        given: command.rule.clone(),
    })?;
    check_gives(rule)?;
    if let Some(ended) = rule.ends.filter(|ends| command.day > *ends) {
        return Err(Rejection::RuleRetired {
            rule: rule.code.clone(),
            ended,
        });
    }
    let offset = draft.policy().utc_offset;
    let (no, id) = (draft.next_no(Numbered::Activity), draft.derived_id(0));
    let title = draft.keep(&command.title);
    let place = draft.keep_some(command.place.as_ref());
    draft.put(ActivityRow {
        no,
        id,
        title,
        kind: command.kind,
        rule: rule.no,
        scope: rule.scope,
        day: command.day,
        opens: instant(command.day, command.opens, offset),
        closes: instant(command.day, command.closes, offset),
        place,
        hours: command.hours,
        state: ActivityState::Planned,
        signed: 0,
        planner: draft.ctx.actor.id,
        ended: None,
        photo_before: None,
        photo_after: None,
        sent: None,
        reason: None,
        changed_by: draft.seq(),
    });
    Ok(Answer::Made(vec![Made { no, id }]))
}

/// A household signs for itself by its own phone; staff sign for all others.
fn allow_signing(
    draft: &mut Draft<'_>,
    how: SignInHow,
    given: &[&HouseholdRef],
) -> Result<(), Rejection> {
    match (how, given) {
        (SignInHow::Phone, [HouseholdRef::No(no)]) => draft.allow_own(*no),
        (SignInHow::Phone, _) => Err(Rejection::NotAllowed {}),
        _ => draft.allow(Act::KeepActivities, None),
    }
}

/// When somebody signed in, or why nobody can any more.
fn signing_time(
    draft: &Draft<'_>,
    activity: &ActivityRow,
    command: &SignIn,
) -> Result<i64, Rejection> {
    let is_list = command.how == SignInHow::List;
    let states: &[ActivityState] = match is_list {
        // Paper is keyed in afterwards.
        true => &[ActivityState::Planned, ActivityState::Ended],
        false => &[ActivityState::Planned],
    };
    let over = Rejection::ActivityOver {
        closed: clock(draft, activity.ended.unwrap_or(activity.closes)),
    };
    if activity.state == ActivityState::Ended && !is_list {
        return Err(over);
    }
    in_state(activity, states)?;
    check_started(draft, activity)?;
    let last = draft.at.min(activity.closes);
    match command.at {
        Some(_) if command.how == SignInHow::Phone => Err(Rejection::field("/at", "not_wanted")),
        Some(at) if (activity.opens..=last).contains(&at) => Ok(at),
        Some(_) => Err(Rejection::field("/at", "out_of_range")),
        None if is_list => Ok(activity.opens),
        None if draft.at > activity.closes => Err(over),
        None => Ok(draft.at),
    }
}

/// Who an attendance is kept for: the member under a rule that counts persons, else the household.
fn person(
    draft: &Draft<'_>,
    activity: &ActivityRow,
    household: &HouseholdRow,
    member: Option<i32>,
) -> Result<i32, Rejection> {
    if let Some(given) = member.filter(|member| *member != 0) {
        let row = draft.get::<MemberRow>(&(household.no, given));
        if !row.is_some_and(|row| row.active) {
            return Err(Rejection::UnknownMember { given });
        }
    }
    match (activity.scope, member) {
        (RuleScope::Person, Some(member)) => Ok(member),
        (RuleScope::Person, None) => Err(Rejection::field("/member", "missing")),
        _ => Ok(WHOLE),
    }
}

fn sign_one(
    draft: &mut Draft<'_>,
    activity: &ActivityRow,
    command: &SignIn,
    row: &Attendee,
    at: i64,
) -> Result<(), Rejection> {
    let household = open_household(draft, &row.household)?;
    let person = person(draft, activity, &household, row.member)?;
    let hours = match (activity.hours, row.hours) {
        (_, None) => None,
        (Some(most), Some(given)) if command.how == SignInHow::List && given.is_valid() => {
            Some(given.min(most))
        }
        _ => return Err(Rejection::field("/hours", "not_wanted")),
    };
    let key = (activity.no, household.no, person);
    let earlier = draft.get::<AttendanceRow>(&key);
    // Whoever was struck off by mistake is signed in again by staff alone.
    let again = |row: &&AttendanceRow| {
        row.state != AttendanceState::Struck || command.how == SignInHow::Phone
    };
    if let Some(earlier) = earlier.filter(again) {
        return Err(Rejection::AlreadySignedIn {
            household: household.code,
            member: earlier.member,
            at: clock(draft, earlier.signed_in),
        });
    }
    draft.put(AttendanceRow {
        activity: activity.no,
        household: household.no,
        person,
        member: row.member,
        how: command.how,
        signed_in: at,
        signed_out: None,
        hours,
        keyed_by: draft.ctx.actor.id,
        state: AttendanceState::Stands,
        reason: None,
        kept_for: None,
        line: None,
        changed_by: draft.seq(),
    });
    Ok(())
}

pub(super) fn sign_in(draft: &mut Draft<'_>, command: &SignIn) -> Result<Answer, Rejection> {
    let given: Vec<&HouseholdRef> = command.rows.iter().map(|row| &row.household).collect();
    allow_signing(draft, command.how, &given)?;
    if command.rows.is_empty() || command.rows.len() > SHEET_MAX {
        return Err(Rejection::field("/rows", "wrong_count"));
    }
    let mut activity = found_activity(draft, command.activity)?;
    let at = signing_time(draft, &activity, command)?;
    let count = i32::try_from(command.rows.len()).unwrap_or(i32::MAX);
    activity.signed = activity.signed.saturating_add(count);
    if usize::try_from(activity.signed).unwrap_or(usize::MAX) > SHEET_MAX {
        let most = i32::try_from(SHEET_MAX).unwrap_or(i32::MAX);
        return Err(Rejection::ActivityFull { most });
    }
    let mut refused = Vec::new();
    for (row, attendee) in command.rows.iter().enumerate() {
        if let Err(why) = sign_one(draft, &activity, command, attendee, at) {
            refused.push(RowRejection { row, why });
        }
    }
    Rejection::of_list(refused, command.rows.len())?;
    activity.changed_by = draft.seq();
    draft.put(activity);
    Ok(Answer::Done(true))
}

/// An attendance that stands.
fn standing(
    draft: &Draft<'_>,
    activity: &ActivityRow,
    given: &HouseholdRef,
    member: Option<i32>,
) -> Result<AttendanceRow, Rejection> {
    let household = any_household(draft, given)?;
    let person = match activity.scope {
        RuleScope::Person => member.ok_or_else(|| Rejection::field("/member", "missing"))?,
        _ => WHOLE,
    };
    let row = draft.get::<AttendanceRow>(&(activity.no, household.no, person));
    let row = row.filter(|row| row.state == AttendanceState::Stands);
    row.cloned().ok_or(Rejection::NotSignedIn {
        household: household.code,
    })
}

pub(super) fn sign_out(draft: &mut Draft<'_>, command: &SignOut) -> Result<Answer, Rejection> {
    allow_signing(draft, command.how, &[&command.household])?;
    let activity = found_activity(draft, command.activity)?;
    in_state(&activity, &[ActivityState::Planned])?;
    let most = activity.hours.ok_or(Rejection::HoursNotKept {})?;
    let mut row = standing(draft, &activity, &command.household, command.member)?;
    if let Some(at) = row.signed_out {
        let at = clock(draft, at);
        return Err(Rejection::AlreadySignedOut { at });
    }
    leave(&mut row, draft.at.min(activity.closes), most);
    row.changed_by = draft.seq();
    draft.put(row);
    Ok(Answer::Done(true))
}

fn leave(row: &mut AttendanceRow, at: i64, most: Quantity) {
    let at = at.max(row.signed_in);
    row.signed_out = Some(at);
    row.hours = Some(half_hours(row.signed_in, at, most));
}

pub(super) fn strike(draft: &mut Draft<'_>, command: &StrikeNoShow) -> Result<Answer, Rejection> {
    draft.allow(Act::KeepActivities, None)?;
    let activity = found_activity(draft, command.activity)?;
    in_state(&activity, &[ActivityState::Planned, ActivityState::Ended])?;
    let mut row = standing(draft, &activity, &command.household, command.member)?;
    row.state = AttendanceState::Struck;
    row.reason = Some(draft.keep(&command.reason));
    row.changed_by = draft.seq();
    draft.put(row);
    draft.put(ActivityRow {
        signed: activity.signed - 1,
        changed_by: draft.seq(),
        ..activity
    });
    Ok(Answer::Done(true))
}

/// Everyone who signed in and was not struck off.
fn all_standing(draft: &Draft<'_>, activity: i32) -> Vec<AttendanceRow> {
    let keys = (activity, i32::MIN, i32::MIN)..=(activity, i32::MAX, i32::MAX);
    let mut rows = draft.range::<AttendanceRow>(keys);
    rows.retain(|row| row.state == AttendanceState::Stands);
    rows
}

pub(super) fn end(draft: &mut Draft<'_>, command: &EndActivity) -> Result<Answer, Rejection> {
    draft.allow(Act::KeepActivities, None)?;
    let mut activity = found_activity(draft, command.activity)?;
    in_state(&activity, &[ActivityState::Planned])?;
    check_started(draft, &activity)?;
    if let Some(most) = activity.hours {
        let at = draft.at.min(activity.closes);
        for mut row in all_standing(draft, activity.no) {
            if row.hours.is_none() {
                leave(&mut row, at, most);
                row.changed_by = draft.seq();
                draft.put(row);
            }
        }
    }
    activity.state = ActivityState::Ended;
    activity.ended = Some(draft.at);
    (activity.photo_before, activity.photo_after) = (command.before, command.after);
    activity.changed_by = draft.seq();
    draft.put(activity);
    Ok(Answer::Done(true))
}

/// Why an attendance is kept without an award, when that is no fault of the others.
fn kept_for(why: &Rejection) -> Option<KeptFor> {
    Some(match why {
        Rejection::OwnHousehold { .. } => KeptFor::Own,
        Rejection::KinHousehold { .. } => KeptFor::Kin,
        Rejection::HouseholdClosed { .. } => KeptFor::Closed,
        Rejection::RuleExcluded { .. } => KeptFor::Excluded,
        Rejection::BadField { .. } => KeptFor::NoHours,
        Rejection::NotExact { .. } => KeptFor::NotExact,
        _ => return None,
    })
}

pub(super) fn send(draft: &mut Draft<'_>, command: &SendActivity) -> Result<Answer, Rejection> {
    draft.allow(Act::KeepActivities, None)?;
    let mut activity = found_activity(draft, command.activity)?;
    in_state(&activity, &[ActivityState::Ended])?;
    let rule = rule_of(draft, &activity)?;
    let mut awards = Vec::new();
    for mut row in all_standing(draft, activity.no) {
        let line = i32::try_from(awards.len()).unwrap_or(i32::MAX);
        let proposed = propose_deed(
            draft,
            line,
            &Proposal {
                rule: &rule,
                household: row.household,
                member: Some(row.person).filter(|person| *person != WHOLE),
                quantity: match activity.hours {
                    Some(_) => row.hours.unwrap_or(Quantity(0)),
                    None => Quantity::ONE,
                },
                occurred: activity.day,
            },
        );
        match proposed {
            Ok(award) => {
                awards.push(award);
                (row.state, row.line) = (AttendanceState::Sent, Some(line));
            }
            Err(why) => {
                row.kept_for = Some(kept_for(&why).ok_or(why)?);
                row.state = AttendanceState::Kept;
            }
        }
        row.changed_by = draft.seq();
        draft.put(row);
    }
    if awards.is_empty() {
        return Err(Rejection::NothingToSend {});
    }
    activity.state = ActivityState::Sent;
    activity.sent = Some(draft.seq());
    activity.changed_by = draft.seq();
    draft.put(activity);
    Ok(Answer::Sheet(awards))
}

/// The code of the rule an activity counts under.
fn rule_of(draft: &Draft<'_>, activity: &ActivityRow) -> Result<String, Rejection> {
    let rules = &draft.config().tables().rules;
    let rule = rules.values().rfind(|rule| rule.no == activity.rule);
    rule.map(|rule| rule.code.clone())
        .ok_or_else(|| Rejection::UnknownRule {
            given: activity.rule.to_string(),
        })
}

pub(super) fn cancel(draft: &mut Draft<'_>, command: &CancelActivity) -> Result<Answer, Rejection> {
    draft.allow(Act::KeepActivities, None)?;
    let mut activity = found_activity(draft, command.activity)?;
    in_state(&activity, &[ActivityState::Planned, ActivityState::Ended])?;
    activity.reason = Some(draft.keep(&command.reason));
    activity.state = ActivityState::Cancelled;
    activity.changed_by = draft.seq();
    draft.put(activity);
    Ok(Answer::Done(true))
}
