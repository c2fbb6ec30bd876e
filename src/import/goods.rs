//! A station's goods (商品) as a table, one good a row.

use std::collections::HashMap;

use serde::Serialize;

use super::columns::{Columns, Field, Header, columns, start};
use super::fields::{barcode, decimal, hundredths, whole, wrong_check_digit};
use super::line::Line;
use super::report::{Report, Warning, WarningCode};
use super::table::Table;

/// One good as the table states it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct GoodRow {
    /// 1-based row of the sheet.
    pub row: u32,
    /// Stock number, unique in the file.
    pub sku: String,
    /// 8 to 14 digits; loose goods and services have none.
    pub barcode: Option<String>,
    /// Name in Chinese.
    pub name_zh: String,
    /// Name in English; the Chinese one where the table has none.
    pub name_en: String,
    /// Category, such as `cleaning`; may be empty.
    pub category: String,
    /// What is handed out, such as 袋.
    pub unit: String,
    /// Price in points: a decimal above zero with at most two places.
    pub price_points: String,
    /// What the station paid, in fen.
    pub cost_fen: Option<i64>,
    /// How many a household may take in a month.
    pub monthly_limit: Option<i64>,
    /// Stock at which to order again; none for a service.
    pub low_stock: Option<i64>,
    /// A service is not stocked; the table says so with a low stock level of 0.
    pub service: bool,
}

const SKU: usize = 0;
const BARCODE: usize = 1;
const NAME_ZH: usize = 2;
const NAME_EN: usize = 3;
const CATEGORY: usize = 4;
const UNIT: usize = 5;
const PRICE: usize = 6;
const COST_FEN: usize = 7;
const COST_YUAN: usize = 8;
const LIMIT: usize = 9;
const LOW_STOCK: usize = 10;

const FIELDS: [Field; 12] = [
    Field::required(&["sku", "商品编号", "货号", "编号", "编码"]),
    Field::optional(&["barcode", "条码", "条形码", "商品条码"]),
    Field::required(&["name_zh", "商品名称", "品名", "名称", "商品", "name"]),
    Field::optional(&["name_en", "英文名称", "英文名"]),
    Field::optional(&["category", "类别", "分类"]),
    Field::required(&["unit_zh", "unit", "单位"]),
    Field::required(&[
        "price_points",
        "兑换积分",
        "所需积分",
        "积分",
        "积分价",
        "分值",
        "price",
    ]),
    Field::optional(&["cost_fen", "进价分", "成本分"]),
    Field::optional(&["进价元", "成本元", "进价", "成本", "成本价", "cost_yuan"]),
    Field::optional(&[
        "monthly_limit_per_household",
        "monthly_limit",
        "每户每月限兑",
        "每月限兑",
        "限兑",
        "每月限量",
        "限量",
    ]),
    Field::optional(&[
        "low_stock_level",
        "low_stock",
        "预警库存",
        "最低库存",
        "库存预警",
        "补货线",
    ]),
    Field::dropped(&["note_zh", "note", "备注", "说明"]),
];

/// What the columns of a list of goods are taken for; `row` says where the headings are, when a person
/// knows better than the search for them.
#[must_use]
pub fn good_columns(table: &Table, row: Option<u32>) -> Columns {
    columns(table, &FIELDS, row)
}

/// Reads a table with the headings of `goods.csv` or their Chinese names.
pub fn read_goods(table: &Table) -> Report<GoodRow> {
    let (header, mut report) = match start(table, &FIELDS) {
        Ok(found) => found,
        Err(report) => return report,
    };
    let mut seen = Seen::default();
    for row in table.rows().iter().filter(|row| row.number > header.row) {
        let line = Line::new(table, &header, row.number);
        if [SKU, NAME_ZH, PRICE]
            .iter()
            .any(|field| !line.cell(*field).is_blank())
        {
            read_row(table, &header, row.number, &mut seen, &mut report);
        }
    }
    report
}

/// The rows in which a stock number or barcode came first.
#[derive(Default)]
struct Seen {
    skus: HashMap<String, u32>,
    barcodes: HashMap<String, u32>,
}

fn unique(
    line: &mut Line<'_>,
    field: usize,
    value: Option<&String>,
    seen: &mut HashMap<String, u32>,
) {
    let Some(value) = value else { return };
    match seen.get(&value.to_lowercase()) {
        Some(first) => line.duplicate(field, *first),
        None => {
            seen.insert(value.to_lowercase(), line.row);
        }
    }
}

fn read_row(
    table: &Table,
    header: &Header,
    row: u32,
    seen: &mut Seen,
    report: &mut Report<GoodRow>,
) {
    let mut line = Line::new(table, header, row);
    let sku = line.code(SKU);
    unique(&mut line, SKU, sku.as_ref(), &mut seen.skus);
    let sku = line.require(SKU, sku);
    let barcode = line.checked(BARCODE, barcode);
    unique(&mut line, BARCODE, barcode.as_ref(), &mut seen.barcodes);
    let name_zh = line.text(NAME_ZH, 60);
    let name_zh = line.require(NAME_ZH, name_zh);
    let name_en = line.text(NAME_EN, 120).unwrap_or_else(|| name_zh.clone());
    let category = line.text(CATEGORY, 20).unwrap_or_default();
    let unit = line.text(UNIT, 20);
    let unit = line.require(UNIT, unit);
    let price = line.checked(PRICE, decimal);
    let price_points = line.require(PRICE, price);
    let in_fen = line.checked(COST_FEN, |text| whole(text, 0, 100_000_000));
    let in_yuan = line.checked(COST_YUAN, hundredths);
    let monthly_limit = line.checked(LIMIT, |text| whole(text, 1, 100_000));
    let level = line.checked(LOW_STOCK, |text| whole(text, 0, 1_000_000));
    if let Some(barcode) = barcode.as_deref().filter(|_| line.faults.is_empty())
        && let Some(digit) = wrong_check_digit(barcode)
    {
        report.warnings.push(Warning {
            row,
            code: WarningCode::BarcodeCheck,
            stated: barcode.to_owned(),
            found: digit.to_string(),
        });
    }
    let good = GoodRow {
        row,
        sku,
        barcode,
        name_zh,
        name_en,
        category,
        unit,
        price_points,
        cost_fen: in_fen.or(in_yuan),
        monthly_limit,
        low_stock: level.filter(|level| *level > 0),
        service: level == Some(0),
    };
    report.add(good, line.faults);
}
