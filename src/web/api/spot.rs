//! `V/spots`: what households report and clear, what a third person verifies, and what the village
//! puts right itself.

use super::application::{NumberMade, number, numbered, own_only};
use super::fields::PhotoIds;
use super::prelude::*;
use super::wrong_answer;
use crate::core::application::photos_of;
use crate::core::spot::{
    AssignSpot, ClaimSpot, ClearSpot, CloseTask, RejectSpot, ReportSpot, VerifySpot,
};
use crate::store::read::spots;
use crate::web::photos::{id, known};

/// A report.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct SpotIn {
    /// The household's code or id.
    #[schema(schema_with = schema::reference)]
    household: Words<64>,
    #[schema(schema_with = schema::spot_kind)]
    kind: SpotKind,
    /// The number of the group it lies in.
    group: i32,
    /// Where exactly.
    #[schema(schema_with = schema::remark)]
    place: Words<500>,
    /// Ids of photos as found, 1 to 9.
    #[schema(value_type = Vec<String>)]
    photos: PhotoIds,
    /// Ids of photos as left, when it was cleared in one go.
    #[serde(default)]
    #[schema(value_type = Vec<String>)]
    after: PhotoIds,
    /// The number of the spot when it was reported before.
    same_as: Option<i32>,
}

/// Who takes a spot on.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct ClaimIn {
    /// The household's code or id.
    #[schema(schema_with = schema::reference)]
    household: Words<64>,
}

/// Who cleared a spot.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct ClearIn {
    /// The household's code or id.
    #[schema(schema_with = schema::reference)]
    household: Words<64>,
    /// Ids of photos as left, 1 to 9.
    #[schema(value_type = Vec<String>)]
    photos: PhotoIds,
}

/// What a verified spot earns.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct VerifyIn {
    /// Code of the rule for the report; absent when it earns nothing.
    #[schema(schema_with = schema::reference)]
    report_rule: Option<Words<64>>,
    /// Code of the rule for the clearing; absent when it earns nothing.
    #[schema(schema_with = schema::reference)]
    clear_rule: Option<Words<64>>,
}

/// Why a report leads to nothing.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct DropIn {
    /// What the households read.
    #[schema(schema_with = schema::remark)]
    reason: Words<500>,
}

/// Who puts it right, and by when.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct AssignIn {
    #[schema(schema_with = schema::label)]
    person: Words<40>,
    /// The last day, at most 90 days from now.
    #[schema(schema_with = schema::day)]
    due_on: Day,
}

/// What was done.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct FixedIn {
    #[schema(schema_with = schema::remark)]
    words: Words<500>,
    /// Ids of photos as left, at most 9.
    #[serde(default)]
    #[schema(value_type = Vec<String>)]
    photos: PhotoIds,
}

/// Points of one part in a spot.
#[derive(Debug, Serialize, ToSchema)]
pub struct SpotAward {
    #[schema(schema_with = schema::award_state)]
    state: AwardState,
    #[schema(schema_with = schema::points)]
    points: Points,
}

/// What verifying a spot led to.
#[derive(Debug, Serialize, ToSchema)]
pub struct SpotVerified {
    /// For the report, then for the clearing, as far as rules were named.
    awards: Vec<SpotAward>,
    operation: Operation,
}

/// A spot on a list.
#[derive(Debug, Serialize, ToSchema)]
pub struct SpotOut {
    no: i32,
    #[schema(schema_with = schema::spot_kind)]
    kind: SpotKind,
    /// The group's number.
    group: i32,
    place: String,
    #[schema(schema_with = schema::spot_state)]
    state: SpotState,
    #[schema(schema_with = schema::day)]
    reported_on: Day,
    /// Code of the household that reported it first, for those who may see it.
    reporter: Option<String>,
    /// Code of the household that took it on or cleared it, for those who may see it.
    cleaner: Option<String>,
    /// Households that reported it later.
    later_reports: i64,
    /// Ids of photos as found.
    photos: Vec<String>,
    /// Ids of photos as left.
    after: Vec<String>,
    answer: Option<String>,
    /// Who puts it right for the village.
    person: Option<String>,
    #[schema(value_type = Option<String>)]
    due_on: Option<Day>,
}

/// Submits a command about the spot of a path.
async fn about(write: &Write, command: Command) -> Result<crate::store::Receipt, Problem> {
    let receipt = write.submit(command).await;
    receipt.map_err(|problem| problem.of_path(&["unknown_spot"]))
}

/// Reports a spot, as the household itself or for it. A spot that another household reported the
/// same day in the same group is the same one: its number comes back and no second one is made.
#[utoipa::path(post, path = "/api/v1/villages/{village}/spots", tag = "spots", request_body = SpotIn, responses((status = 201, body = NumberMade)))]
pub async fn spot_report(write: Write, Json(body): Json<SpotIn>) -> Outcome {
    let unit = write.village()?.no;
    known(&write.app, unit, &body.photos.0).await?;
    known(&write.app, unit, &body.after.0).await?;
    let command = Command::ReportSpot(ReportSpot {
        household: HouseholdRef::Given(body.household.into_inner()),
        kind: body.kind,
        group: body.group,
        place: write.text(&body.place),
        photos: body.photos.0,
        after: body.after.0,
        same_as: body.same_as,
    });
    let receipt = write.submit(command).await?;
    numbered(&write, &receipt)
}

/// Takes a spot on for a household.
#[utoipa::path(post, path = "/api/v1/villages/{village}/spots/{spot}/claim", tag = "spots", request_body = ClaimIn, responses((status = 204)))]
pub async fn spot_claim(write: Write, names: Names, Json(body): Json<ClaimIn>) -> Outcome {
    let command = Command::ClaimSpot(ClaimSpot {
        spot: number(&names, "spot")?,
        household: HouseholdRef::Given(body.household.into_inner()),
    });
    Ok(Write::no_content(&about(&write, command).await?))
}

/// Says that a household has cleared a spot.
#[utoipa::path(post, path = "/api/v1/villages/{village}/spots/{spot}/clear", tag = "spots", request_body = ClearIn, responses((status = 204)))]
pub async fn spot_clear(write: Write, names: Names, Json(body): Json<ClearIn>) -> Outcome {
    known(&write.app, write.village()?.no, &body.photos.0).await?;
    let command = Command::ClearSpot(ClearSpot {
        spot: number(&names, "spot")?,
        household: HouseholdRef::Given(body.household.into_inner()),
        photos: body.photos.0,
    });
    Ok(Write::no_content(&about(&write, command).await?))
}

/// Finds a spot clear, and awards whoever reported and cleared it.
#[utoipa::path(post, path = "/api/v1/villages/{village}/spots/{spot}/verify", tag = "spots", request_body = VerifyIn, responses((status = 200, body = SpotVerified)))]
pub async fn spot_verify(write: Write, names: Names, Json(body): Json<VerifyIn>) -> Outcome {
    let command = Command::VerifySpot(VerifySpot {
        spot: number(&names, "spot")?,
        report_rule: body.report_rule.map(Words::into_inner),
        clear_rule: body.clear_rule.map(Words::into_inner),
    });
    let receipt = about(&write, command).await?;
    let Answer::Sheet(awarded) = &receipt.answer else {
        return Err(wrong_answer());
    };
    let awards = awarded.iter().map(|award| SpotAward {
        state: award.state,
        points: award.points,
    });
    let awards = awards.collect();
    let operation = write.operation(&receipt);
    Ok(write.ok(&receipt, SpotVerified { awards, operation }))
}

/// Drops a report.
#[utoipa::path(post, path = "/api/v1/villages/{village}/spots/{spot}/reject", tag = "spots", request_body = DropIn, responses((status = 204)))]
pub async fn spot_reject(write: Write, names: Names, Json(body): Json<DropIn>) -> Outcome {
    let command = Command::RejectSpot(RejectSpot {
        spot: number(&names, "spot")?,
        reason: write.text(&body.reason),
    });
    Ok(Write::no_content(&about(&write, command).await?))
}

/// Makes a spot the village's own to put right.
#[utoipa::path(post, path = "/api/v1/villages/{village}/spots/{spot}/assign", tag = "spots", request_body = AssignIn, responses((status = 204)))]
pub async fn spot_assign(write: Write, names: Names, Json(body): Json<AssignIn>) -> Outcome {
    let command = Command::AssignSpot(AssignSpot {
        spot: number(&names, "spot")?,
        person: write.text(&body.person),
        due: body.due_on,
    });
    Ok(Write::no_content(&about(&write, command).await?))
}

/// Says that the village has put a spot right.
#[utoipa::path(post, path = "/api/v1/villages/{village}/spots/{spot}/close", tag = "spots", request_body = FixedIn, responses((status = 204)))]
pub async fn spot_close(write: Write, names: Names, Json(body): Json<FixedIn>) -> Outcome {
    known(&write.app, write.village()?.no, &body.photos.0).await?;
    let command = Command::CloseTask(CloseTask {
        spot: number(&names, "spot")?,
        words: write.text(&body.words),
        photos: body.photos.0,
    });
    Ok(Write::no_content(&about(&write, command).await?))
}

/// Spots, the newest first; a household sees those it has a part in and those nobody has taken on.
#[utoipa::path(get, path = "/api/v1/villages/{village}/spots", tag = "spots", params(Page), responses((status = 200, body = Listed<SpotOut>)))]
pub async fn spot_list(
    State(app): State<App>,
    visit: Visit,
    Query(page): Query<Page>,
) -> Result<Json<Listed<SpotOut>>, Problem> {
    let (limit, unit) = (page.limit()?, visit.village()?.no);
    let own = own_only(&visit)?;
    let items = spots::list(&app.store, unit, own, page.after()?, limit + 1).await?;
    let listed = Listed::of(items, limit, |item| item.row.no.to_string());
    Ok(Json(listed.map(|item| {
        let row = item.row;
        let sees = |no: Option<i32>| no.is_some_and(|no| visit.sees(no));
        SpotOut {
            no: row.no,
            kind: row.kind,
            group: row.group_no,
            place: item.place,
            state: row.state,
            reported_on: row.reported,
            reporter: Some(item.reporter).filter(|_| sees(Some(row.reporter))),
            cleaner: item.cleaner.filter(|_| sees(row.cleaner)),
            later_reports: item.later,
            photos: photos_of(&row.before).iter().map(id).collect(),
            after: photos_of(&row.after).iter().map(id).collect(),
            answer: item.answer,
            person: item.person,
            due_on: row.due,
        }
    })))
}
