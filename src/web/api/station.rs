//! `V/stations` and `S/receipts`: supply stations, and goods coming in.

use super::prelude::*;
use super::wrong_answer;
use crate::core::station::{OpenStation, ReceiptLine, ReceiveStock};
use crate::store::read::directory;

/// A station to open.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct StationIn {
    #[schema(schema_with = schema::code)]
    code: String,
    #[schema(schema_with = schema::label)]
    name: String,
}

/// A station.
#[derive(Debug, Serialize, ToSchema)]
pub struct StationOut {
    id: Uuid,
    code: String,
    name: String,
}

/// A station that was opened.
#[derive(Debug, Serialize, ToSchema)]
pub struct StationMade {
    station: StationOut,
    operation: Operation,
}

/// Goods coming in.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct ReceiptIn {
    #[schema(schema_with = schema::remark)]
    supplier: Option<Words<100>>,
    #[schema(min_items = 1, max_items = 500)]
    lines: Vec<ReceiptLineIn>,
}

#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
struct ReceiptLineIn {
    #[schema(schema_with = schema::reference)]
    sku: Words<64>,
    #[schema(schema_with = schema::pieces)]
    quantity: i64,
    /// Of one piece.
    #[schema(minimum = 0, maximum = 100_000_000)]
    cost_fen: Option<i64>,
}

/// Goods that came in.
#[derive(Debug, Serialize, ToSchema)]
pub struct ReceiptMade {
    receipt: ReceiptOut,
    operation: Operation,
}

#[derive(Debug, Serialize, ToSchema)]
struct ReceiptOut {
    id: Uuid,
    lines: Vec<ReceivedLine>,
}

#[derive(Debug, Serialize, ToSchema)]
struct ReceivedLine {
    sku: String,
    quantity: i64,
}

/// Opens a station.
#[utoipa::path(post, path = "/api/v1/villages/{village}/stations", tag = "stations", request_body = StationIn, responses((status = 201, body = StationMade)))]
pub async fn station_open(write: Write, Json(body): Json<StationIn>) -> Outcome {
    let command = OpenStation {
        code: body.code.clone(),
        name: write.text(&body.name),
    };
    let receipt = write.submit(Command::OpenStation(command)).await?;
    let Answer::Made(made) = &receipt.answer else {
        return Err(wrong_answer());
    };
    let id = made.first().ok_or_else(wrong_answer)?.id;
    let station = StationOut {
        id,
        code: body.code,
        name: body.name,
    };
    Ok(write.created(
        &receipt,
        StationMade {
            station,
            operation: write.operation(&receipt),
        },
    ))
}

/// The village's stations.
#[utoipa::path(get, path = "/api/v1/villages/{village}/stations", tag = "stations", params(Page), responses((status = 200, body = Listed<StationOut>)))]
pub async fn station_list(
    State(app): State<App>,
    visit: Visit,
    Query(page): Query<Page>,
) -> Result<Json<Listed<StationOut>>, Problem> {
    let (limit, after) = (page.limit()?, page.after::<i32>()?);
    let stations = directory::stations(&app.store, visit.village()?.no).await?;
    let rest = stations
        .into_iter()
        .filter(|station| after.is_none_or(|after| station.no > after));
    let listed = Listed::of(rest.take(limit + 1).collect(), limit, |station| {
        station.no.to_string()
    });
    Ok(Json(listed.map(|station| StationOut {
        id: station.id,
        code: station.code,
        name: station.name,
    })))
}

/// Takes goods in.
#[utoipa::path(post, path = "/api/v1/villages/{village}/stations/{station}/receipts", tag = "stations", request_body = ReceiptIn, responses((status = 201, body = ReceiptMade)))]
pub async fn stock_receive(write: Write, Json(body): Json<ReceiptIn>) -> Outcome {
    let lines = body.lines.iter().map(|line| ReceiptLine {
        sku: line.sku.to_string(),
        quantity: line.quantity,
        cost_fen: line.cost_fen,
    });
    let command = ReceiveStock {
        station: write.station()?.code.clone(),
        supplier: write.texts().some(body.supplier.as_deref()),
        lines: lines.collect(),
    };
    let receipt = write.submit(Command::ReceiveStock(command)).await?;
    let lines = body.lines.into_iter().map(|line| ReceivedLine {
        sku: line.sku.into_inner(),
        quantity: line.quantity,
    });
    let made = ReceiptOut {
        id: receipt.id,
        lines: lines.collect(),
    };
    Ok(write.created(
        &receipt,
        ReceiptMade {
            receipt: made,
            operation: write.operation(&receipt),
        },
    ))
}
