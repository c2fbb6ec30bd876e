//! What a village may settle for itself, within bounds.

use super::Answer;
use super::canonical::canonical_struct;
use super::day::{Day, Period};
use super::rejection::Rejection;
use super::rights::Act;
use super::rows::{ArrearsPolicy, Expiry, PolicyRow};
use super::state::Draft;

/// Settles the policy anew. Points already booked keep their lots.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct SetPolicy {
    /// The policy in full.
    pub policy: PolicyRow,
}
canonical_struct!(SetPolicy { policy });

/// The offset of a place that has settled none, in minutes: China's.
pub const HOME_OFFSET: i32 = 480;

/// What a village starts with: China's time, points that do not expire, arrears forgiven,
/// notices of three days, a point worth one yuan (PRACTICE sections b and e).
#[must_use]
pub fn initial() -> PolicyRow {
    PolicyRow {
        no: 0,
        utc_offset: HOME_OFFSET,
        expiry: Expiry::Never,
        expiry_months: 0,
        grace_days: 0,
        arrears: ArrearsPolicy::Forgiven,
        notice_days: 3,
        point_value_fen: 100,
        backdate_days: 366,
        help_phone: String::new(),
        answer_days: 5,
    }
}

/// The lot of points booked on `day`.
#[must_use]
pub fn lot_of(policy: &PolicyRow, day: Day) -> Day {
    let months = u32::try_from(policy.expiry_months).unwrap_or(0);
    match policy.expiry {
        Expiry::Never => Day::NEVER,
        Expiry::QuarterEnd => Period::Quarter
            .start(day)
            .plus_months(3)
            .plus(policy.grace_days - 1),
        Expiry::YearEnd => Period::Year
            .start(day)
            .plus_months(12)
            .plus(policy.grace_days - 1),
        Expiry::Months => day.plus_months(months),
    }
}

fn within(field: &str, value: i32, low: i32, high: i32) -> Result<(), Rejection> {
    if (low..=high).contains(&value) {
        Ok(())
    } else {
        Err(Rejection::field(field, "out_of_range"))
    }
}

pub(super) fn set(draft: &mut Draft<'_>, command: &SetPolicy) -> Result<Answer, Rejection> {
    draft.allow(Act::SetPolicy, None)?;
    let policy = &command.policy;
    within("/utc_offset_minutes", policy.utc_offset, -720, 840)?;
    within("/grace_days", policy.grace_days, 0, 366)?;
    within("/notice_days", policy.notice_days, 3, 7)?;
    // 0.1 to 5 yuan are in use (PRACTICE section b); ten leaves room.
    within("/point_value_fen", policy.point_value_fen, 1, 1000)?;
    within("/backdate_days", policy.backdate_days, 0, 366)?;
    within("/answer_days", policy.answer_days, 1, 30)?;
    let is_phone = |c: char| c.is_ascii_digit() || matches!(c, '-' | '+' | ' ');
    if policy.help_phone.len() > 20 || !policy.help_phone.chars().all(is_phone) {
        return Err(Rejection::field("/help_phone", "not_a_phone"));
    }
    if policy.expiry == Expiry::Months {
        within("/expiry_months", policy.expiry_months, 1, 120)?;
    }
    draft.put(PolicyRow {
        no: 0,
        ..policy.clone()
    });
    Ok(Answer::Done(true))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn lots_end_when_the_policy_says() {
        let day = |text: &str| Day::parse(text).expect("a date");
        let lot = |expiry, months, grace| {
            let policy = PolicyRow {
                expiry,
                expiry_months: months,
                grace_days: grace,
                ..initial()
            };
            lot_of(&policy, day("2026-11-24"))
        };
        assert_eq!(lot(Expiry::Never, 0, 0), Day::NEVER);
        assert_eq!(lot(Expiry::QuarterEnd, 0, 0), day("2026-12-31"));
        assert_eq!(lot(Expiry::YearEnd, 0, 31), day("2027-01-31"));
        assert_eq!(lot(Expiry::Months, 3, 0), day("2027-02-24"));
    }
}
