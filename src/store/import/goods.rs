//! Lists of goods against the goods of a station.

use super::{Plan, Refusal, Step, Store, Target};
use crate::core::station::{DeclareGoods, GoodSpec};
use crate::core::{Command, Points};
use crate::import::GoodRow;
use crate::store::read::goods as read_goods;
use crate::store::texts::Texts;

fn good_spec(texts: &mut Texts<'_>, row: &GoodRow) -> Option<GoodSpec> {
    Some(GoodSpec {
        sku: row.sku.clone(),
        barcode: row.barcode.clone(),
        name_zh: texts.text(&row.name_zh),
        name_en: texts.text(&row.name_en),
        unit: row.unit.clone(),
        price: Points::parse(&row.price_points).ok()?,
        monthly_limit: row.monthly_limit,
        low_stock: row.low_stock.unwrap_or(0),
        stocked: !row.service,
    })
}

fn pairs(
    spec: &GoodSpec,
    row: &GoodRow,
    item: &read_goods::GoodItem,
) -> Vec<(&'static str, String, String)> {
    let known = &item.row;
    let limit = |limit: Option<i64>| limit.map(|limit| limit.to_string()).unwrap_or_default();
    let some = |text: &Option<String>| text.clone().unwrap_or_default();
    vec![
        ("name_zh", item.name_zh.clone(), row.name_zh.clone()),
        ("name_en", item.name_en.clone(), row.name_en.clone()),
        ("barcode", some(&known.barcode), some(&spec.barcode)),
        ("unit", known.unit.clone(), spec.unit.clone()),
        ("price", known.price.to_string(), spec.price.to_string()),
        (
            "monthly_limit",
            limit(known.monthly_limit),
            limit(spec.monthly_limit),
        ),
        (
            "low_stock",
            known.low_stock.to_string(),
            spec.low_stock.to_string(),
        ),
        (
            "stocked",
            known.stocked.to_string(),
            spec.stocked.to_string(),
        ),
    ]
}

/// What a row would change: new goods and other prices go in one operation.
pub(super) async fn plan(
    store: &Store,
    target: Target,
    station: (i32, &str),
    rows: &[GoodRow],
) -> Result<Plan, Refusal> {
    let known = read_goods::list(store, target.unit, station.0).await?;
    let mut texts = Texts::new(&store.secrets().pepper, target.id);
    let (mut plan, mut specs, mut sent) = (Plan::default(), Vec::new(), Vec::new());
    for row in rows {
        let spec = good_spec(&mut texts, row).ok_or(Refusal::Fault)?;
        let item = known.iter().find(|item| item.row.sku == row.sku);
        let about = (row.row, row.sku.as_str(), row.name_zh.as_str());
        if plan.compare(about, item.map(|item| pairs(&spec, row, item))) {
            specs.push(spec);
            sent.push(row.row);
        }
    }
    if !specs.is_empty() {
        let body = DeclareGoods {
            station: station.1.to_string(),
            goods: specs,
        };
        plan.steps.push(Step {
            id: target.id,
            command: Command::DeclareGoods(body),
            rows: sent,
        });
    }
    Ok(plan)
}
