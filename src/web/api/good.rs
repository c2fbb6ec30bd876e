//! `S/goods`: what stands on a station's shelf.

use super::prelude::*;
use super::wrong_answer;
use crate::core::station::{DeclareGoods, GoodSpec};
use crate::store::read::goods;

/// A good, or a known one with another price or limit.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct GoodIn {
    #[schema(schema_with = schema::code)]
    sku: String,
    /// What a scanner reads.
    #[schema(schema_with = schema::code)]
    barcode: Option<String>,
    name_zh: String,
    name_en: String,
    /// Such as 块.
    unit: String,
    /// For one piece.
    #[schema(schema_with = schema::amount)]
    price_points: Points,
    /// Pieces a household may take in a month.
    #[schema(schema_with = schema::pieces)]
    monthly_limit: Option<i64>,
    /// When to reorder.
    #[schema(minimum = 0, maximum = 1_000_000)]
    low_stock: Option<i64>,
    /// False for a service such as a haircut; true when absent.
    stocked: Option<bool>,
}

/// A good as declared.
#[derive(Debug, Serialize, ToSchema)]
pub struct GoodMade {
    good: GoodOut,
    operation: Operation,
}

#[derive(Debug, Serialize, ToSchema)]
struct GoodOut {
    id: Uuid,
    sku: String,
    barcode: Option<String>,
    name_zh: String,
    name_en: String,
    unit: String,
    #[schema(schema_with = schema::points)]
    price_points: Points,
    monthly_limit: Option<i64>,
    low_stock: i64,
    stocked: bool,
}

/// A good with what is there of it.
#[derive(Debug, Serialize, ToSchema)]
pub struct GoodItem {
    #[serde(flatten)]
    good: GoodOut,
    /// On the shelf now.
    on_hand: i64,
}

/// Declares a good, or gives a known one another price, name or limit.
#[utoipa::path(post, path = "/api/v1/villages/{village}/stations/{station}/goods", tag = "stations", request_body = GoodIn, responses((status = 201, body = GoodMade)))]
pub async fn good_declare(write: Write, Json(body): Json<GoodIn>) -> Outcome {
    let mut texts = write.texts();
    let spec = GoodSpec {
        sku: body.sku.clone(),
        barcode: body.barcode.clone(),
        name_zh: texts.text(&body.name_zh),
        name_en: texts.text(&body.name_en),
        unit: body.unit.clone(),
        price: body.price_points,
        monthly_limit: body.monthly_limit,
        low_stock: body.low_stock.unwrap_or(0),
        stocked: body.stocked.unwrap_or(true),
    };
    let (low_stock, stocked) = (spec.low_stock, spec.stocked);
    let station = write.station()?.code.clone();
    let receipt = write
        .submit(Command::DeclareGoods(DeclareGoods {
            station,
            goods: vec![spec],
        }))
        .await?;
    let Answer::Made(made) = &receipt.answer else {
        return Err(wrong_answer());
    };
    let good = GoodOut {
        id: made.first().ok_or_else(wrong_answer)?.id,
        sku: body.sku,
        barcode: body.barcode,
        name_zh: body.name_zh,
        name_en: body.name_en,
        unit: body.unit,
        price_points: body.price_points,
        monthly_limit: body.monthly_limit,
        low_stock,
        stocked,
    };
    Ok(write.created(
        &receipt,
        GoodMade {
            good,
            operation: write.operation(&receipt),
        },
    ))
}

/// The shelf.
#[utoipa::path(get, path = "/api/v1/villages/{village}/stations/{station}/goods", tag = "stations", params(Page), responses((status = 200, body = Listed<GoodItem>)))]
pub async fn good_list(
    State(app): State<App>,
    visit: Visit,
    Query(page): Query<Page>,
) -> Result<Json<Listed<GoodItem>>, Problem> {
    let (limit, after) = (page.limit()?, page.after::<i32>()?);
    let shelf = goods::list(&app.store, visit.village()?.no, visit.station()?.no).await?;
    let rest = shelf
        .into_iter()
        .filter(|item| after.is_none_or(|after| item.row.no > after));
    let listed = Listed::of(rest.take(limit + 1).collect(), limit, |item| {
        item.row.no.to_string()
    });
    Ok(Json(listed.map(|item| {
        let row = item.row;
        let good = GoodOut {
            id: row.id,
            sku: row.sku,
            barcode: row.barcode,
            name_zh: item.name_zh,
            name_en: item.name_en,
            unit: row.unit,
            price_points: row.price,
            monthly_limit: row.monthly_limit,
            low_stock: row.low_stock,
            stocked: row.stocked,
        };
        GoodItem {
            good,
            on_hand: item.on_hand,
        }
    })))
}
