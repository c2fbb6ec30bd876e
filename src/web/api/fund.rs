//! `V/funds` and `V/fund`: the village's budget of points.

use super::prelude::*;
use super::wrong_answer;
use crate::core::fund::AllotFund;
use crate::store::read::fund;

/// Budget with what it rests on.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct AllotmentIn {
    #[schema(schema_with = schema::amount)]
    points: Points,
    /// The resolution or budget line.
    #[schema(schema_with = schema::remark)]
    reference: Words<200>,
}

/// The fund after an allotment.
#[derive(Debug, Serialize, ToSchema)]
pub struct AllotmentOut {
    fund: FundPoints,
    operation: Operation,
}

#[derive(Debug, Serialize, ToSchema)]
struct FundPoints {
    #[schema(schema_with = schema::points)]
    points: Points,
}

/// The fund and what households hold of it.
#[derive(Debug, Serialize, ToSchema)]
pub struct FundOut {
    /// What may still be awarded.
    #[schema(schema_with = schema::points)]
    points: Points,
    /// What households hold and may still spend.
    #[schema(schema_with = schema::points)]
    outstanding: Points,
}

impl AllotmentIn {
    /// The command, for the API and for pages.
    pub fn command(&self, write: &Write) -> Command {
        let reference = write.text(&self.reference);
        Command::AllotFund(AllotFund {
            points: self.points,
            reference,
        })
    }
}

/// Puts budget into the fund.
#[utoipa::path(post, path = "/api/v1/villages/{village}/funds", tag = "fund", request_body = AllotmentIn, responses((status = 201, body = AllotmentOut)))]
pub async fn fund_allot(write: Write, Json(body): Json<AllotmentIn>) -> Outcome {
    let command = body.command(&write);
    let receipt = write.submit(command).await?;
    let Answer::Fund(points) = receipt.answer else {
        return Err(wrong_answer());
    };
    let (fund, operation) = (FundPoints { points }, write.operation(&receipt));
    Ok(write.created(&receipt, AllotmentOut { fund, operation }))
}

/// The fund's balance, and the points outstanding.
#[utoipa::path(get, path = "/api/v1/villages/{village}/fund", tag = "fund", responses((status = 200, body = FundOut)))]
pub async fn fund_view(State(app): State<App>, visit: Visit) -> Result<Json<FundOut>, Problem> {
    let fund = fund::fund(&app.store, visit.village()?.no).await?;
    Ok(Json(FundOut {
        points: fund.points,
        outstanding: fund.outstanding,
    }))
}
