//! `V/award-sheets`: many households under one rule, all or none.

use super::fields::QuantityIn;
use super::prelude::*;
use super::wrong_answer;
use crate::core::Quantity;
use crate::core::award::{AwardSheet, OnCap, SheetRow};

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
