//! `V/activities`: plans, sign-ins, what is sent to review.

use super::fields::QuantityIn;
use super::prelude::*;
use super::wrong_answer;
use crate::core::activity::{CancelActivity, EndActivity, PlanActivity, SendActivity};
use crate::core::{Awarded, PhotoHash, Quantity};
use crate::store::read::activities::{self, ActivityItem, Came};

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

/// Does it and answers with the operation alone.
pub(super) async fn change(write: &Write, command: Command) -> Outcome {
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
