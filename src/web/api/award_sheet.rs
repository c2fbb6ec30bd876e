//! `V/award-sheets`: many households under one rule, all or none.

use super::award::Decision;
use super::fields::QuantityIn;
use super::notice::hash_of;
use super::prelude::*;
use super::wrong_answer;
use crate::core::Quantity;
use crate::core::award::{AwardSheet, OnCap, ReviewSheet, SheetRow, seal};
use crate::store::read::deeds;

/// A sheet of deeds.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct SheetIn {
    #[schema(schema_with = schema::reference)]
    rule: Words<64>,
    /// The local day of the deeds.
    #[schema(schema_with = schema::day)]
    occurred_on: Day,
    /// Beyond a cap: refuse the sheet, or give what is left.
    #[schema(schema_with = schema::on_cap)]
    on_cap: OnCap,
    /// At most 2,000.
    #[schema(min_items = 1, max_items = 2000)]
    rows: Vec<SheetRowIn>,
}

#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
struct SheetRowIn {
    #[schema(schema_with = schema::reference)]
    household: Words<64>,
    #[schema(schema_with = schema::quantity)]
    quantity: QuantityIn,
}

/// The awards of a sheet, in the order of its rows.
#[derive(Debug, Serialize, ToSchema)]
pub struct SheetMade {
    awards: Vec<SheetAward>,
    /// Of all rows together.
    #[schema(schema_with = schema::points)]
    points: Points,
    operation: Operation,
}

#[derive(Debug, Serialize, ToSchema)]
struct SheetAward {
    id: String,
    /// As the row named it.
    household: String,
    #[schema(schema_with = schema::points)]
    points: Points,
    #[schema(schema_with = schema::award_state)]
    state: AwardState,
}

/// The command of a sheet, for the API and for pages.
pub fn command(
    rule: String,
    occurred: Day,
    on_cap: OnCap,
    rows: impl Iterator<Item = (String, Quantity)>,
) -> Command {
    let rows = rows.map(|(household, quantity)| SheetRow {
        household: HouseholdRef::Given(household),
        quantity,
    });
    Command::AwardSheet(AwardSheet {
        rule,
        occurred,
        on_cap,
        rows: rows.collect(),
    })
}

/// Records a whole sheet in one operation.
#[utoipa::path(post, path = "/api/v1/villages/{village}/award-sheets", tag = "awards", request_body = SheetIn, responses((status = 201, body = SheetMade)))]
pub async fn sheet_record(write: Write, Json(body): Json<SheetIn>) -> Outcome {
    let rows = body.rows.iter();
    let rows = rows.map(|row| (row.household.to_string(), row.quantity.0));
    let command = command(body.rule.into_inner(), body.occurred_on, body.on_cap, rows);
    let receipt = write.submit(command).await?;
    let Answer::Sheet(awarded) = &receipt.answer else {
        return Err(wrong_answer());
    };
    let points = awarded
        .iter()
        .map(|award| award.points.0)
        .fold(0, i64::saturating_add);
    let awards = awarded
        .iter()
        .zip(body.rows)
        .enumerate()
        .map(|(line, (award, row))| SheetAward {
            id: format!("{}.{line}", receipt.id),
            household: row.household.into_inner(),
            points: award.points,
            state: award.state,
        });
    let awards = awards.collect();
    let operation = write.operation(&receipt);
    Ok(write.created(
        &receipt,
        SheetMade {
            awards,
            points: Points(points),
            operation,
        },
    ))
}

/// A decision on rows of a sheet.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct SheetReviewIn {
    /// The `seal` of the sheet as it was read.
    #[schema(schema_with = schema::hash)]
    seal: Words<64>,
    /// The rows decided on, at most 2,000.
    #[schema(min_items = 1, max_items = 2000)]
    lines: Vec<i32>,
    decision: Decision,
    #[schema(schema_with = schema::remark)]
    reason: Option<Words<500>>,
}

/// What became of the rows, in the order given.
#[derive(Debug, Serialize, ToSchema)]
pub struct SheetReviewed {
    awards: Vec<ReviewedRow>,
    operation: Operation,
}

#[derive(Debug, Serialize, ToSchema)]
struct ReviewedRow {
    id: String,
    #[schema(schema_with = schema::award_state)]
    state: AwardState,
    #[schema(schema_with = schema::points)]
    points: Points,
}

/// The rows of an operation that recorded awards.
#[derive(Debug, Serialize, ToSchema)]
pub struct SheetView {
    rows: Vec<SheetLine>,
    /// Another one when a row has changed; a review takes it.
    #[schema(schema_with = schema::hash)]
    seal: String,
}

#[derive(Debug, Serialize, ToSchema)]
struct SheetLine {
    line: i32,
    /// The household's code.
    household: String,
    #[schema(schema_with = schema::award_state)]
    state: AwardState,
    #[schema(schema_with = schema::points)]
    points: Points,
}

/// The rows of a sheet as they stand, with the seal that a review takes.
#[utoipa::path(get, path = "/api/v1/villages/{village}/award-sheets/{operation}", tag = "awards", responses((status = 200, body = SheetView)))]
pub async fn sheet_view(
    State(app): State<App>,
    visit: Visit,
    names: Names,
) -> Result<Json<SheetView>, Problem> {
    let (unit, reader) = (visit.village()?.no, visit.caller.staff);
    let found = deeds::deeds(&app.store, unit, names.id("operation")?, reader).await?;
    let found = found.ok_or_else(Problem::not_found)?;
    let rows = found.rows.iter().map(|row| SheetLine {
        line: row.award.line,
        household: row.code.clone(),
        state: row.award.state,
        points: row.award.points,
    });
    Ok(Json(SheetView {
        rows: rows.collect(),
        seal: hex::encode(seal(found.rows.iter().map(|row| &row.award))),
    }))
}

/// Another person's decision on rows of a sheet: all of them in one operation, or none.
#[utoipa::path(post, path = "/api/v1/villages/{village}/award-sheets/{operation}/review", tag = "awards", request_body = SheetReviewIn, responses((status = 200, body = SheetReviewed)))]
pub async fn sheet_review(write: Write, names: Names, Json(body): Json<SheetReviewIn>) -> Outcome {
    let sheet = names.id("operation")?;
    let command = ReviewSheet {
        operation: OperationRef::new(sheet, 0),
        seal: hash_of(&body.seal, "/seal")?,
        lines: body.lines.clone(),
        approve: body.decision == Decision::Approve,
        reason: write.texts().some(body.reason.as_deref()),
    };
    let receipt = write.submit(Command::ReviewSheet(command)).await;
    let receipt = receipt.map_err(|problem| problem.of_path(&["unknown_award"]))?;
    let Answer::Sheet(awarded) = &receipt.answer else {
        return Err(wrong_answer());
    };
    let awards = awarded.iter().zip(body.lines);
    let awards = awards.map(|(award, line)| ReviewedRow {
        id: format!("{sheet}.{line}"),
        state: award.state,
        points: award.points,
    });
    let awards = awards.collect();
    let operation = write.operation(&receipt);
    Ok(write.ok(&receipt, SheetReviewed { awards, operation }))
}
