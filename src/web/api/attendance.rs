//! `V/activities/…/sign-ins`: people who come, leave, or were not there.

use super::activity::{ActivityDone, change, number};
use super::fields::QuantityIn;
use super::prelude::*;
use crate::core::Text;
use crate::core::activity::{Attendee, SignIn, SignOut, StrikeNoShow};
use crate::store::access;
use crate::web::checkin::{self, CodeFault};
use axum::http::StatusCode;

/// People who came.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct SignInIn {
    #[schema(schema_with = schema::sign_in_how)]
    how: SignInHow,
    /// The code shown at the activity, with a household's own phone.
    #[schema(schema_with = schema::reference)]
    code: Option<Words<64>>,
    /// The token of a scanned card, in place of rows.
    #[schema(schema_with = schema::reference)]
    card: Option<Words<64>>,
    /// At most 2,000; one with phone or card.
    #[serde(default)]
    #[schema(max_items = 2000)]
    rows: Vec<AttendeeIn>,
    /// When a card was scanned without network; else now.
    #[schema(format = DateTime)]
    at: Option<String>,
    /// The member whose card was scanned, under a rule that counts persons; 0 is the head.
    member: Option<i32>,
}

#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
struct AttendeeIn {
    #[schema(schema_with = schema::reference)]
    household: Words<64>,
    /// Needed under a rule that counts persons; 0 is the head.
    member: Option<i32>,
    /// As the paper list says, when hours count.
    #[schema(schema_with = schema::quantity)]
    hours: Option<QuantityIn>,
}

/// One who leaves.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct SignOutIn {
    #[schema(schema_with = schema::sign_in_how)]
    how: SignInHow,
    /// The code shown at the activity, with a household's own phone.
    #[schema(schema_with = schema::reference)]
    code: Option<Words<64>>,
    #[schema(schema_with = schema::reference)]
    household: Words<64>,
    member: Option<i32>,
}

/// One who did not take part.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct StrikeIn {
    #[schema(schema_with = schema::reference)]
    household: Words<64>,
    member: Option<i32>,
    #[schema(schema_with = schema::remark)]
    reason: Words<500>,
}

/// Checks the code of a household's own phone.
///
/// # Errors
/// 422 for one that is old or of something else.
pub fn check_code(app: &App, unit: i32, activity: i32, code: &str) -> Result<(), Problem> {
    let wrong = |code| Problem::new(StatusCode::UNPROCESSABLE_ENTITY, code);
    let read = checkin::read(&app.store.secrets().pepper, code, app.store.time());
    match read {
        Ok((what, _)) if (what.unit, what.activity) == (unit, activity) => Ok(()),
        Err(CodeFault::Old) => Err(wrong("checkin_code_old")),
        _ => Err(wrong("checkin_code_wrong")),
    }
}

/// As [`check_code`]; what was accepted once is answered again however old its code is by now.
async fn with_code(
    write: &Write,
    activity: i32,
    code: Option<&str>,
    command: &Command,
) -> Result<(), Problem> {
    let code = code.unwrap_or_default();
    match check_code(&write.app, write.unit(), activity, code) {
        Ok(()) => Ok(()),
        Err(problem) => {
            let submission = write.submission(command.clone());
            let earlier = write.earlier(&submission).await?;
            earlier.map(|_| ()).ok_or(problem)
        }
    }
}

/// The command that takes one off the list, for the API and for pages.
#[must_use]
pub fn strike_command(
    activity: i32,
    household: String,
    member: Option<i32>,
    reason: Text,
) -> Command {
    Command::StrikeNoShow(StrikeNoShow {
        activity,
        household: HouseholdRef::Given(household),
        member,
        reason,
    })
}

/// The household whose card was scanned.
async fn of_card(write: &Write, token: &str) -> Result<HouseholdRef, Problem> {
    let owner = access::card_owner(&write.app.store, token).await?;
    let owner = owner.filter(|owner| owner.unit == write.unit());
    let refused = |code| Problem::new(StatusCode::UNPROCESSABLE_ENTITY, code);
    match owner {
        Some(owner) if owner.active => Ok(HouseholdRef::No(owner.household)),
        Some(_) => Err(refused("card_revoked")),
        None => Err(refused("unknown_card")),
    }
}

fn instant(text: &str) -> Result<i64, Problem> {
    let read = chrono::DateTime::parse_from_rfc3339(text);
    read.map(|at| at.timestamp_micros())
        .map_err(|_| Problem::field("/at", "not_a_date"))
}

/// Signs people in: a household itself with the code it sees, one by card, or a paper list.
#[utoipa::path(post, path = "/api/v1/villages/{village}/activities/{activity}/sign-ins", tag = "activities", request_body = SignInIn, responses((status = 200, body = ActivityDone)))]
pub async fn activity_sign_in(write: Write, names: Names, Json(body): Json<SignInIn>) -> Outcome {
    let activity = number(&names)?;
    let mut rows = Vec::new();
    if let Some(token) = &body.card {
        rows.push(Attendee {
            household: of_card(&write, token).await?,
            member: body.member,
            hours: None,
        });
    }
    rows.extend(body.rows.into_iter().map(|row| Attendee {
        household: HouseholdRef::Given(row.household.into_inner()),
        member: row.member,
        hours: row.hours.map(|hours| hours.0),
    }));
    let command = Command::SignIn(SignIn {
        activity,
        how: body.how,
        rows,
        at: body.at.as_deref().map(instant).transpose()?,
    });
    if body.how == SignInHow::Phone {
        with_code(&write, activity, body.code.as_deref(), &command).await?;
    }
    change(&write, command).await
}

/// Signs one out, when hours count.
#[utoipa::path(post, path = "/api/v1/villages/{village}/activities/{activity}/sign-outs", tag = "activities", request_body = SignOutIn, responses((status = 200, body = ActivityDone)))]
pub async fn activity_sign_out(write: Write, names: Names, Json(body): Json<SignOutIn>) -> Outcome {
    let activity = number(&names)?;
    let command = Command::SignOut(SignOut {
        activity,
        how: body.how,
        household: HouseholdRef::Given(body.household.into_inner()),
        member: body.member,
    });
    if body.how == SignInHow::Phone {
        with_code(&write, activity, body.code.as_deref(), &command).await?;
    }
    change(&write, command).await
}

/// Takes one off the list who did not take part.
#[utoipa::path(post, path = "/api/v1/villages/{village}/activities/{activity}/strikes", tag = "activities", request_body = StrikeIn, responses((status = 200, body = ActivityDone)))]
pub async fn activity_strike(write: Write, names: Names, Json(body): Json<StrikeIn>) -> Outcome {
    let reason = write.text(&body.reason);
    let household = body.household.into_inner();
    let command = strike_command(number(&names)?, household, body.member, reason);
    change(&write, command).await
}
