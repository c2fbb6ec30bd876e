//! `/till/goods`: a new good, another price or limit.

use crate::core::station::{DeclareGoods, GoodSpec};
use crate::core::{Command, Points};
use crate::store::read::goods::{self, GoodItem};
use crate::web::page::{Faults, Form, Page, Shown, go};
use crate::web::problem::Problem;
use askama::Template;
use uuid::Uuid;

#[derive(Template)]
#[template(path = "till/goods.html")]
struct Goods<'a> {
    p: &'a Page,
    f: Faults,
    op: Option<Uuid>,
    shelf: Vec<GoodItem>,
    /// Whether the form is about a good that is there.
    is_known: bool,
    typed: Form,
    saved: String,
}

/// The command's fields and the form's.
const FIELDS: [(&str, &str); 8] = [
    ("/sku", "sku"),
    ("/barcode", "barcode"),
    ("/name_zh", "name_zh"),
    ("/name_en", "name_en"),
    ("/unit", "unit"),
    ("/price_points", "price"),
    ("/monthly_limit", "limit"),
    ("/low_stock", "low"),
];

fn filled(item: &GoodItem) -> Form {
    let mut form = Form::default();
    let row = &item.row;
    let limit = row.monthly_limit.map(|limit| limit.to_string());
    for (name, value) in [
        ("sku", row.sku.clone()),
        ("barcode", row.barcode.clone().unwrap_or_default()),
        ("name_zh", item.name_zh.clone()),
        ("name_en", item.name_en.clone()),
        ("unit", row.unit.clone()),
        ("price", row.price.to_string()),
        ("limit", limit.unwrap_or_default()),
        ("low", row.low_stock.to_string()),
    ] {
        form.set(name, &value);
    }
    if !row.stocked {
        form.set("service", "1");
    }
    form
}

async fn page(p: &Page) -> Result<Goods<'_>, Problem> {
    let shelf = goods::list(&p.app.store, p.village()?.no, p.station()?.no).await?;
    Ok(Goods {
        p,
        f: Faults::none(),
        op: None,
        shelf,
        is_known: false,
        typed: Form::default(),
        saved: String::new(),
    })
}

/// The goods with a form: empty, or for the good of the address.
pub async fn show(p: Page) -> Shown {
    let mut page = page(&p).await?;
    let known = |sku: &str, page: &Goods<'_>| {
        let mut shelf = page.shelf.iter();
        shelf.find(|item| item.row.sku == sku).map(filled)
    };
    if let Some(form) = known(p.asked("good"), &page) {
        (page.is_known, page.typed) = (true, form);
    }
    if known(p.asked("saved"), &page).is_some() {
        page.saved = p.asked("saved").to_string();
    }
    p.show(&page)
}

fn whole(p: &Page, form: &Form, name: &str, f: &mut Faults) -> Option<i64> {
    let given = form.some(name)?;
    let n = given.parse::<i64>().ok().filter(|n| *n >= 0);
    if n.is_none() {
        f.add(name, p.t("goods.not_a_number"));
    }
    n
}

fn spec(p: &Page, form: &Form, op: Uuid, f: &mut Faults) -> Result<GoodSpec, Problem> {
    for name in ["sku", "name_zh", "unit"] {
        if form.get(name).is_empty() {
            f.add(name, p.t(&format!("goods.{name}_missing")));
        }
    }
    let price = Points::parse(form.get("price"));
    if price.is_err() {
        f.add("price", p.t("goods.price_wrong"));
    }
    let limit = whole(p, form, "limit", f);
    let low = whole(p, form, "low", f);
    let write = p.write(op)?;
    let mut texts = write.texts();
    let name_en = form.some("name_en").unwrap_or(form.get("name_zh"));
    Ok(GoodSpec {
        sku: form.get("sku").to_string(),
        barcode: form.some("barcode").map(str::to_string),
        name_zh: texts.text(form.get("name_zh")),
        name_en: texts.text(name_en),
        unit: form.get("unit").to_string(),
        price: price.unwrap_or_default(),
        monthly_limit: limit,
        low_stock: low.unwrap_or(0),
        stocked: !form.has("service"),
    })
}

/// Declares a good, or changes one.
pub async fn declare(p: Page, form: Form) -> Shown {
    let op = form.op()?;
    let mut faults = Faults::none();
    let spec = spec(&p, &form, op, &mut faults)?;
    let mut kept = None;
    if faults.is_empty() {
        let to: String = form_urlencoded::byte_serialize(spec.sku.as_bytes()).collect();
        let command = DeclareGoods {
            station: p.station()?.code.clone(),
            goods: vec![spec],
        };
        match p.submit(op, Command::DeclareGoods(command)).await {
            Ok(_) => return Ok(go(&format!("/till/goods?saved={to}"))),
            Err(problem) => faults = Faults::of(p.lang(), problem, &FIELDS)?,
        }
    } else {
        kept = Some(op);
    }
    let mut page = page(&p).await?;
    page.is_known = page
        .shelf
        .iter()
        .any(|item| item.row.sku == form.get("sku"));
    (page.f, page.op, page.typed) = (faults, kept, form);
    p.mend(&page)
}
