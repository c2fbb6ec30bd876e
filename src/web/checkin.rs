//! The code on the screen of an activity: another one every 30 seconds, good for 60. Whoever had it
//! in time gets a ticket, so that signing in and choosing a name may take longer.

use crate::core::rights::UnitNo;
use crate::signin::secret::Pepper;
use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use subtle::ConstantTimeEq as _;

/// How long one code is shown.
pub const STEP_SECONDS: i64 = 30;
/// How long a code is taken.
const CODE_SECONDS: i64 = 60;
/// How long a ticket is taken: time to type a PIN.
const TICKET_SECONDS: i64 = 600;
const MICROS: i64 = 1_000_000;
const LABEL: &str = "wenming activity code";
const BODY: usize = 17;
const TAG: usize = 12;

/// What a code says.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Checkin {
    /// The village.
    pub unit: UnitNo,
    /// The activity.
    pub activity: i32,
}

/// Why a code is not taken.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum CodeFault {
    /// It was shown too long ago.
    Old,
    /// It is none of ours.
    Wrong,
}

fn write(pepper: &Pepper, is_ticket: bool, what: Checkin, seconds: i64) -> String {
    let mut body = vec![u8::from(is_ticket)];
    body.extend(what.unit.to_be_bytes());
    body.extend(what.activity.to_be_bytes());
    body.extend(seconds.to_be_bytes());
    let tag = pepper.tag(LABEL, &body);
    body.extend(&tag[..TAG]);
    URL_SAFE_NO_PAD.encode(body)
}

/// The code of this half minute.
#[must_use]
pub fn code(pepper: &Pepper, what: Checkin, now: i64) -> String {
    let seconds = now.div_euclid(MICROS);
    write(
        pepper,
        false,
        what,
        seconds - seconds.rem_euclid(STEP_SECONDS),
    )
}

/// A ticket for whoever showed a good code.
#[must_use]
pub fn ticket(pepper: &Pepper, what: Checkin, now: i64) -> String {
    write(pepper, true, what, now.div_euclid(MICROS))
}

/// Seconds until the next code.
#[must_use]
pub fn seconds_left(now: i64) -> i64 {
    STEP_SECONDS - now.div_euclid(MICROS).rem_euclid(STEP_SECONDS)
}

/// Reads a code or a ticket; says whether it is a ticket.
///
/// # Errors
/// [`CodeFault`].
pub fn read(pepper: &Pepper, text: &str, now: i64) -> Result<(Checkin, bool), CodeFault> {
    let bytes = URL_SAFE_NO_PAD.decode(text).map_err(|_| CodeFault::Wrong)?;
    let (body, tag) = bytes.split_at_checked(BODY).ok_or(CodeFault::Wrong)?;
    let expected = pepper.tag(LABEL, body);
    if !bool::from(tag.ct_eq(&expected[..TAG])) {
        return Err(CodeFault::Wrong);
    }
    let [kind, rest @ ..] = body else {
        return Err(CodeFault::Wrong);
    };
    let (unit, rest) = rest.split_first_chunk().ok_or(CodeFault::Wrong)?;
    let (activity, rest) = rest.split_first_chunk().ok_or(CodeFault::Wrong)?;
    let (seconds, _) = rest.split_first_chunk().ok_or(CodeFault::Wrong)?;
    let age = now.div_euclid(MICROS) - i64::from_be_bytes(*seconds);
    let is_ticket = *kind == 1;
    let most = match is_ticket {
        true => TICKET_SECONDS,
        false => CODE_SECONDS,
    };
    // Clocks of several servers may differ by a step.
    if !(-STEP_SECONDS..=most).contains(&age) {
        return Err(CodeFault::Old);
    }
    let what = Checkin {
        unit: i32::from_be_bytes(*unit),
        activity: i32::from_be_bytes(*activity),
    };
    Ok((what, is_ticket))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_code_ends_after_a_minute_and_cannot_be_made_up() {
        let pepper = Pepper::from_key([7; 32]);
        let what = Checkin {
            unit: 7,
            activity: 3,
        };
        let now = 1_780_000_020 * MICROS;
        let shown = code(&pepper, what, now);
        assert_eq!(read(&pepper, &shown, now), Ok((what, false)));
        assert_eq!(shown, code(&pepper, what, now + 9 * MICROS));
        assert_ne!(shown, code(&pepper, what, now + 31 * MICROS));
        assert!(read(&pepper, &shown, now + 40 * MICROS).is_ok());
        assert_eq!(
            read(&pepper, &shown, now + 61 * MICROS),
            Err(CodeFault::Old)
        );
        let other = Pepper::from_key([8; 32]);
        assert_eq!(read(&other, &shown, now), Err(CodeFault::Wrong));
        for text in ["", "x", &shown[1..], &format!("{shown}AAAA")] {
            assert_eq!(read(&pepper, text, now), Err(CodeFault::Wrong), "{text}");
        }
        let ticket = ticket(&pepper, what, now);
        assert_eq!(read(&pepper, &ticket, now + 500 * MICROS), Ok((what, true)));
        assert_eq!(
            read(&pepper, &ticket, now + 601 * MICROS),
            Err(CodeFault::Old)
        );
    }
}
