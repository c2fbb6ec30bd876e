//! `V/activities`: plans, sign-ins, what is sent to review.

use super::fields::QuantityIn;
use super::prelude::*;
use super::wrong_answer;
use crate::core::activity::*;
use crate::core::{Awarded, PhotoHash, Quantity, Text};
use crate::store::access;
use crate::store::read::activities::{self, ActivityItem, Came};
use crate::web::checkin::{self, CodeFault};
use axum::http::StatusCode;

/// An activity to plan.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct ActivityIn {
    #[schema(schema_with = schema::label)]
    title: Words<60>,
    #[schema(schema_with = schema::activity_kind)]
    kind: ActivityKind,
    /// The code of the rule that its attendance counts under.
    #[schema(schema_with = schema::reference)]
    rule: Words<64>,
    #[schema(schema_with = schema::day)]
    day: Day,
    /// From when people sign in, by the village's clocks.
    #[schema(schema_with = schema::clock)]
    opens: String,
    #[schema(schema_with = schema::clock)]
    closes: String,
    /// Where to meet.
    #[schema(schema_with = schema::label)]
    place: Option<Words<60>>,
    /// The most hours of one person, when hours count; absent when being there counts.
    #[schema(schema_with = schema::quantity)]
    hours_most: Option<QuantityIn>,
}

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

/// The end of an activity.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct EndIn {
    /// The id of a photo from before the work.
    #[schema(schema_with = schema::reference)]
    photo_before: Option<Words<64>>,
    /// The id of one from after it.
    #[schema(schema_with = schema::reference)]
    photo_after: Option<Words<64>>,
}

/// Why an activity is called off.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct CancelIn {
    /// Villagers read it.
    #[schema(schema_with = schema::remark)]
    reason: Words<500>,
}

/// An activity was planned.
#[derive(Debug, Serialize, ToSchema)]
pub struct ActivityMade {
    no: i32,
    id: Uuid,
    operation: Operation,
}

/// A change was made.
#[derive(Debug, Serialize, ToSchema)]
pub struct ActivityDone {
    operation: Operation,
}

/// The awards that now wait for review, in the order of their lines.
#[derive(Debug, Serialize, ToSchema)]
pub struct ActivitySent {
    awards: Vec<SentAward>,
    /// Attendance kept without an award.
    kept: Vec<AttendanceOut>,
    operation: Operation,
}

#[derive(Debug, Serialize, ToSchema)]
struct SentAward {
    id: String,
    #[schema(schema_with = schema::points)]
    points: Points,
    #[schema(schema_with = schema::award_state)]
    state: AwardState,
}

/// An activity.
#[derive(Debug, Serialize, ToSchema)]
pub struct ActivityOut {
    no: i32,
    id: Uuid,
    title: String,
    #[schema(schema_with = schema::activity_kind)]
    kind: ActivityKind,
    #[schema(schema_with = schema::activity_state)]
    state: ActivityState,
    rule: String,
    rule_zh: String,
    rule_en: String,
    #[schema(schema_with = schema::day)]
    day: Day,
    #[schema(format = DateTime)]
    opens: String,
    #[schema(format = DateTime)]
    closes: String,
    place: Option<String>,
    #[schema(value_type = Option<String>)]
    hours_most: Option<Quantity>,
    /// How many signed in and were not struck off.
    signed: i32,
    /// The operation that sent it.
    sent: Option<Uuid>,
    /// Why it was called off.
    reason: Option<String>,
    photo_before: Option<String>,
    photo_after: Option<String>,
}

/// An activity with who came.
#[derive(Debug, Serialize, ToSchema)]
pub struct ActivityWhole {
    #[serde(flatten)]
    activity: ActivityOut,
    attendance: Vec<AttendanceOut>,
}

#[derive(Debug, Serialize, ToSchema)]
struct AttendanceOut {
    /// The household's code.
    household: String,
    member: Option<i32>,
    #[schema(schema_with = schema::sign_in_how)]
    how: SignInHow,
    #[schema(schema_with = schema::attendance_state)]
    state: AttendanceState,
    #[schema(format = DateTime)]
    signed_in: String,
    #[schema(format = DateTime)]
    signed_out: Option<String>,
    #[schema(value_type = Option<String>)]
    hours: Option<Quantity>,
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(schema_with = schema::kept_for)]
    kept_for: Option<KeptFor>,
    /// Why it was struck off.
    #[serde(skip_serializing_if = "String::is_empty")]
    reason: String,
    /// What its award gives.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(value_type = Option<String>)]
    points: Option<Points>,
}

/// Minutes after midnight from `08:30`.
#[must_use]
pub fn minutes(text: &str) -> Option<i32> {
    let (hours, minutes) = text.split_once(':')?;
    let part = |text: &str, most: i32| {
        let digits = text.len() == 2 && text.bytes().all(|byte| byte.is_ascii_digit());
        let value = text.parse::<i32>().ok().filter(|_| digits);
        value.filter(|value| *value < most)
    };
    Some(part(hours, 24)? * 60 + part(minutes, 60)?)
}

/// An activity's number from its path.
///
/// # Errors
/// 404 for what is none.
pub fn number(names: &Names) -> Result<i32, Problem> {
    names
        .get("activity")
        .parse()
        .map_err(|_| Problem::not_found())
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

fn photo(field: &str, given: Option<&str>) -> Result<Option<PhotoHash>, Problem> {
    let read = |text: &str| {
        let mut hash = PhotoHash::default();
        let read = hex::decode_to_slice(text, &mut hash);
        read.map(|()| hash)
            .map_err(|_| Problem::field(field, "invalid"))
    };
    given.map(read).transpose()
}

fn item_out(item: ActivityItem) -> ActivityOut {
    let row = item.row;
    let some = |text: String| Some(text).filter(|text| !text.is_empty());
    ActivityOut {
        no: row.no,
        id: row.id,
        title: item.title,
        kind: row.kind,
        state: row.state,
        rule: item.rule_code,
        rule_zh: item.rule_zh,
        rule_en: item.rule_en,
        day: row.day,
        opens: rfc3339(row.opens),
        closes: rfc3339(row.closes),
        place: some(item.place),
        hours_most: row.hours,
        signed: row.signed,
        sent: item.sent,
        reason: some(item.reason),
        photo_before: row.photo_before.map(hex::encode),
        photo_after: row.photo_after.map(hex::encode),
    }
}

fn came_out(came: Came) -> AttendanceOut {
    let row = came.row;
    AttendanceOut {
        household: came.code,
        member: row.member,
        how: row.how,
        state: row.state,
        signed_in: rfc3339(row.signed_in),
        signed_out: row.signed_out.map(rfc3339),
        hours: row.hours,
        kept_for: row.kept_for,
        reason: came.reason,
        points: came.award.map(|(points, _)| points),
    }
}

async fn change(write: &Write, command: Command) -> Outcome {
    let receipt = write.submit(command).await;
    let receipt = receipt.map_err(|problem| problem.of_path(&["unknown_activity"]))?;
    let operation = write.operation(&receipt);
    Ok(write.ok(&receipt, ActivityDone { operation }))
}

/// A plan as a form or the API brings it.
pub struct Plan<'a> {
    /// What people call it.
    pub title: &'a str,
    /// What it is.
    pub kind: ActivityKind,
    /// The rule's code.
    pub rule: &'a str,
    /// The local day.
    pub day: Day,
    /// Minutes after local midnight.
    pub opens: i32,
    /// Minutes after local midnight.
    pub closes: i32,
    /// Where to meet.
    pub place: Option<&'a str>,
    /// The most hours, when they count.
    pub hours: Option<Quantity>,
}

/// The command of a plan, for the API and for pages.
pub fn plan_command(write: &Write, plan: &Plan<'_>) -> Command {
    let mut texts = write.texts();
    Command::PlanActivity(PlanActivity {
        title: texts.text(plan.title),
        kind: plan.kind,
        rule: plan.rule.to_string(),
        day: plan.day,
        opens: plan.opens,
        closes: plan.closes,
        place: plan.place.map(|place| texts.text(place)),
        hours: plan.hours,
    })
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

/// Plans an activity.
#[utoipa::path(post, path = "/api/v1/villages/{village}/activities", tag = "activities", request_body = ActivityIn, responses((status = 201, body = ActivityMade)))]
pub async fn activity_plan(write: Write, Json(body): Json<ActivityIn>) -> Outcome {
    let clock =
        |field: &str, text: &str| minutes(text).ok_or_else(|| Problem::field(field, "not_a_time"));
    let plan = Plan {
        title: &body.title,
        kind: body.kind,
        rule: &body.rule,
        day: body.day,
        opens: clock("/opens", &body.opens)?,
        closes: clock("/closes", &body.closes)?,
        place: body.place.as_deref(),
        hours: body.hours_most.map(|most| most.0),
    };
    let receipt = write.submit(plan_command(&write, &plan)).await?;
    let Answer::Made(made) = &receipt.answer else {
        return Err(wrong_answer());
    };
    let made = made.first().ok_or_else(wrong_answer)?;
    let operation = write.operation(&receipt);
    let (no, id) = (made.no, made.id);
    Ok(write.created(&receipt, ActivityMade { no, id, operation }))
}

/// Activities, the newest first.
#[utoipa::path(get, path = "/api/v1/villages/{village}/activities", tag = "activities", params(Page), responses((status = 200, body = Listed<ActivityOut>)))]
pub async fn activity_list(
    State(app): State<App>,
    visit: Visit,
    Query(page): Query<Page>,
) -> Result<Json<Listed<ActivityOut>>, Problem> {
    let limit = page.limit()?;
    let items = activities::list(&app.store, visit.village()?.no, page.after()?, limit + 1).await?;
    let listed = Listed::of(items, limit, |item| item.row.no.to_string());
    Ok(Json(listed.map(item_out)))
}

/// One activity with who came.
#[utoipa::path(get, path = "/api/v1/villages/{village}/activities/{activity}", tag = "activities", responses((status = 200, body = ActivityWhole)))]
pub async fn activity_view(
    State(app): State<App>,
    visit: Visit,
    names: Names,
) -> Result<Json<ActivityWhole>, Problem> {
    let (unit, no) = (visit.village()?.no, number(&names)?);
    let item = activities::one(&app.store, unit, no).await?;
    let activity = item_out(item.ok_or_else(Problem::not_found)?);
    let people = activities::people(&app.store, unit, no, visit.caller.staff).await?;
    Ok(Json(ActivityWhole {
        activity,
        attendance: people.into_iter().map(came_out).collect(),
    }))
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

/// Ends an activity.
#[utoipa::path(post, path = "/api/v1/villages/{village}/activities/{activity}/end", tag = "activities", request_body = EndIn, responses((status = 200, body = ActivityDone)))]
pub async fn activity_end(write: Write, names: Names, Json(body): Json<EndIn>) -> Outcome {
    let command = Command::EndActivity(EndActivity {
        activity: number(&names)?,
        before: photo("/photo_before", body.photo_before.as_deref())?,
        after: photo("/photo_after", body.photo_after.as_deref())?,
    });
    change(&write, command).await
}

/// Sends everyone who came to review, in one operation.
#[utoipa::path(post, path = "/api/v1/villages/{village}/activities/{activity}/send", tag = "activities", responses((status = 200, body = ActivitySent)))]
pub async fn activity_send(write: Write, names: Names) -> Outcome {
    let activity = number(&names)?;
    let command = Command::SendActivity(SendActivity { activity });
    let receipt = write.submit(command).await;
    let receipt = receipt.map_err(|problem| problem.of_path(&["unknown_activity"]))?;
    let Answer::Sheet(awarded) = &receipt.answer else {
        return Err(wrong_answer());
    };
    let reader = write.visit.caller.staff;
    let people = activities::people(&write.app.store, write.unit(), activity, reader).await?;
    let kept = people
        .into_iter()
        .filter(|came| came.row.state == AttendanceState::Kept);
    let award = |(line, award): (usize, &Awarded)| SentAward {
        id: format!("{}.{line}", receipt.id),
        points: award.points,
        state: award.state,
    };
    let sent = ActivitySent {
        awards: awarded.iter().enumerate().map(award).collect(),
        kept: kept.map(came_out).collect(),
        operation: write.operation(&receipt),
    };
    Ok(write.ok(&receipt, sent))
}

/// Calls an activity off.
#[utoipa::path(post, path = "/api/v1/villages/{village}/activities/{activity}/cancel", tag = "activities", request_body = CancelIn, responses((status = 200, body = ActivityDone)))]
pub async fn activity_cancel(write: Write, names: Names, Json(body): Json<CancelIn>) -> Outcome {
    let reason = write.text(&body.reason);
    let activity = number(&names)?;
    change(
        &write,
        Command::CancelActivity(CancelActivity { activity, reason }),
    )
    .await
}
