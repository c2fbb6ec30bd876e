//! `S/redemptions`: goods for points, and goods back.

use super::prelude::*;
use super::wrong_answer;
use crate::core::Redeemed;
use crate::core::redemption::{CartLine, Refund, RefundLine, ReturnTo};
use crate::store::Receipt;
use crate::store::read::redemptions;
use crate::web::payment::{Payer, Purchase, redeem};

/// A cart, and the proof that the household agrees.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct RedemptionIn {
    /// What stands in the card's QR; this or `household`.
    #[schema(schema_with = schema::reference)]
    card: Option<Words<64>>,
    /// The household's code or id; this or `card`.
    #[schema(schema_with = schema::reference)]
    household: Option<Words<64>>,
    #[schema(schema_with = schema::pin)]
    pin: Words<64>,
    #[schema(min_items = 1, max_items = 500)]
    lines: Vec<CartLineIn>,
}

#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
struct CartLineIn {
    #[schema(schema_with = schema::reference)]
    sku: Words<64>,
    #[schema(schema_with = schema::pieces)]
    quantity: i64,
}

/// A redemption with its receipt.
#[derive(Debug, Serialize, ToSchema)]
pub struct RedemptionMade {
    redemption: RedemptionOut,
    balance: BalanceOut,
    operation: Operation,
}

#[derive(Debug, Serialize, ToSchema)]
struct RedemptionOut {
    id: Uuid,
    receipt_no: String,
    #[schema(schema_with = schema::points)]
    points: Points,
    /// Available before.
    #[schema(schema_with = schema::points)]
    balance_before: Points,
    lines: Vec<HandedOut>,
}

#[derive(Debug, Serialize, ToSchema)]
struct HandedOut {
    sku: String,
    quantity: i64,
    /// For all of them.
    #[schema(schema_with = schema::points)]
    points: Points,
}

/// Goods that come back.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct RefundIn {
    #[schema(schema_with = schema::remark)]
    reason: Words<500>,
    #[schema(min_items = 1, max_items = 500)]
    lines: Vec<RefundLineIn>,
}

#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
struct RefundLineIn {
    #[schema(schema_with = schema::reference)]
    sku: Words<64>,
    #[schema(schema_with = schema::pieces)]
    quantity: i64,
    #[schema(schema_with = schema::return_to)]
    to: ReturnTo,
}

/// Points that went back to their lots.
#[derive(Debug, Serialize, ToSchema)]
pub struct RefundMade {
    #[schema(schema_with = schema::points)]
    points: Points,
    balance: Option<BalanceOut>,
    operation: Operation,
}

/// A redemption as it stands.
#[derive(Debug, Serialize, ToSchema)]
pub struct RedemptionView {
    redemption: RedemptionRecord,
}

#[derive(Debug, Serialize, ToSchema)]
struct RedemptionRecord {
    id: Uuid,
    receipt_no: String,
    /// The household's code.
    household: String,
    #[schema(format = DateTime)]
    at: String,
    #[schema(schema_with = schema::points)]
    points: Points,
    /// What has come back.
    #[schema(schema_with = schema::points)]
    refunded: Points,
    lines: Vec<RedemptionLine>,
}

#[derive(Debug, Serialize, ToSchema)]
struct RedemptionLine {
    sku: String,
    name_zh: String,
    name_en: String,
    quantity: i64,
    /// Pieces brought back.
    refunded: i64,
    /// For one piece.
    #[schema(schema_with = schema::points)]
    price_points: Points,
}

/// Hands over goods for points: points, stock and receipt in one operation.
#[utoipa::path(post, path = "/api/v1/villages/{village}/stations/{station}/redemptions", tag = "stations", request_body = RedemptionIn, responses((status = 201, body = RedemptionMade)))]
pub async fn redemption_make(write: Write, Json(body): Json<RedemptionIn>) -> Outcome {
    let payer = match (body.card, body.household) {
        (Some(card), None) => Payer::Token(card.into_inner()),
        (None, Some(given)) => Payer::Household {
            given: given.into_inner(),
            card: None,
        },
        _ => return Err(Problem::field("/card", "card_or_household")),
    };
    let lines = body.lines.into_iter().map(|line| CartLine {
        sku: line.sku.into_inner(),
        quantity: line.quantity,
    });
    let purchase = Purchase {
        payer,
        pin: body.pin.into_inner(),
        lines: lines.collect(),
    };
    let receipt = redeem(&write, purchase).await?;
    made(&write, &receipt)
}

fn made(write: &Write, receipt: &Receipt) -> Outcome {
    let Answer::Redemption(redeemed) = &receipt.answer else {
        return Err(wrong_answer());
    };
    let Redeemed {
        receipt_no,
        points,
        lines,
        before,
        balance,
        ..
    } = redeemed.clone();
    let lines = lines.into_iter().map(|line| HandedOut {
        sku: line.sku,
        quantity: line.quantity,
        points: line.points,
    });
    let redemption = RedemptionOut {
        id: receipt.id,
        receipt_no,
        points,
        balance_before: before,
        lines: lines.collect(),
    };
    let (balance, operation) = (BalanceOut::from(&balance), write.operation(receipt));
    Ok(write.created(
        receipt,
        RedemptionMade {
            redemption,
            balance,
            operation,
        },
    ))
}

/// Takes goods back, line by line; points return to the very lots they came from.
#[utoipa::path(post, path = "/api/v1/villages/{village}/stations/{station}/redemptions/{redemption}/refund", tag = "stations", request_body = RefundIn, responses((status = 201, body = RefundMade)))]
pub async fn redemption_refund(write: Write, names: Names, Json(body): Json<RefundIn>) -> Outcome {
    let lines = body.lines.into_iter().map(|line| RefundLine {
        sku: line.sku.into_inner(),
        quantity: line.quantity,
        to: line.to,
    });
    let command = Refund {
        station: write.station()?.code.clone(),
        redemption: OperationRef::new(names.id("redemption")?, 0),
        reason: write.text(&body.reason),
        lines: lines.collect(),
    };
    let receipt = write.submit(Command::Refund(command)).await;
    let receipt = receipt.map_err(|problem| problem.of_path(&["unknown_redemption"]))?;
    let Answer::Moved(moved) = &receipt.answer else {
        return Err(wrong_answer());
    };
    let balance = moved.balance.as_ref().map(BalanceOut::from);
    let (points, operation) = (moved.points, write.operation(&receipt));
    Ok(write.created(
        &receipt,
        RefundMade {
            points,
            balance,
            operation,
        },
    ))
}

/// A redemption of this station.
#[utoipa::path(get, path = "/api/v1/villages/{village}/stations/{station}/redemptions/{redemption}", tag = "stations", responses((status = 200, body = RedemptionView)))]
pub async fn redemption_view(
    State(app): State<App>,
    visit: Visit,
    names: Names,
) -> Result<Json<RedemptionView>, Problem> {
    let (unit, station) = (visit.village()?.no, visit.station()?.no);
    let found = redemptions::one(&app.store, unit, names.id("redemption")?).await?;
    let found = found
        .filter(|item| item.row.station == station)
        .ok_or_else(Problem::not_found)?;
    let lines = found
        .lines
        .into_iter()
        .map(|(row, sku, name_zh, name_en)| RedemptionLine {
            sku,
            name_zh,
            name_en,
            quantity: row.quantity,
            refunded: row.refunded,
            price_points: row.price,
        });
    let redemption = RedemptionRecord {
        id: found.id,
        receipt_no: found.row.receipt_no,
        household: found.household,
        at: rfc3339(found.at),
        points: found.row.points,
        refunded: found.row.refunded,
        lines: lines.collect(),
    };
    Ok(Json(RedemptionView { redemption }))
}
