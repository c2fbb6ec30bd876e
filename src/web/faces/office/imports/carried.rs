//! What travels from step to step: the table, packed into one hidden field. What comes back is
//! believed no more than a file is.

use crate::core::rights::Act;
use crate::import::{Columns, Table, good_columns, household_columns, rule_columns};
use crate::store::import::Kind;
use crate::store::read::directory;
use crate::web::page::{Form, Markup, Page};
use crate::web::problem::Problem;
use axum::http::StatusCode;
use base64::Engine as _;
use base64::engine::general_purpose::STANDARD_NO_PAD;
use flate2::Compression;
use flate2::read::{ZlibDecoder, ZlibEncoder};
use std::io::Read as _;

/// No table unpacks to more: the reader stops at 8 MB of text in 200,000 cells.
const UNPACKED_MAX: u64 = 24 << 20;

/// A file on its way through the steps.
#[derive(Clone, Debug)]
pub struct Carried {
    /// What it holds.
    pub kind: Kind,
    /// What its sender calls it.
    pub name: String,
    /// Its cells, as far as they were mended.
    pub table: Table,
}

fn broken() -> Problem {
    Problem::new(StatusCode::BAD_REQUEST, "bad_request")
}

/// The kind that a form names, when the visitor may import it here.
///
/// # Errors
/// 403 for what the visitor may not, 404 for a station that is not there.
pub async fn kind(p: &Page, form: &Form) -> Result<Kind, Problem> {
    let (kind, act) = match form.get("kind") {
        "rules" => (Kind::Rules, Act::KeepRules),
        "goods" => {
            let (store, unit) = (&p.app.store, p.village()?.no);
            let station = directory::station(store, unit, form.get("station")).await?;
            let station = station.ok_or_else(Problem::not_found)?;
            (Kind::Goods(station.no, station.code), Act::KeepGoods)
        }
        _ => (Kind::Households, Act::KeepHouseholds),
    };
    match p.may(act) {
        true => Ok(kind),
        false => Err(Problem::not_allowed()),
    }
}

impl Carried {
    /// What a form carries.
    ///
    /// # Errors
    /// 400 when it was tampered with; as [`kind`].
    pub async fn of(p: &Page, form: &Form) -> Result<Carried, Problem> {
        let kind = kind(p, form).await?;
        let packed = STANDARD_NO_PAD.decode(form.get("table"));
        let packed = packed.map_err(|_| broken())?;
        let mut plain = Vec::new();
        let mut unpacked = ZlibDecoder::new(packed.as_slice()).take(UNPACKED_MAX);
        unpacked.read_to_end(&mut plain).map_err(|_| broken())?;
        let table: Table = serde_json::from_slice(&plain).map_err(|_| broken())?;
        if !table.is_sound() {
            return Err(broken());
        }
        Ok(Carried {
            kind,
            name: form.get("name").chars().take(200).collect(),
            table,
        })
    }

    /// The hidden fields that carry it on.
    ///
    /// # Errors
    /// 500 when it cannot be packed.
    pub fn hidden(&self) -> Result<Markup, Problem> {
        let plain = serde_json::to_vec(&self.table).map_err(|_| Problem::internal())?;
        let mut packed = Vec::new();
        let mut pack = ZlibEncoder::new(plain.as_slice(), Compression::fast());
        pack.read_to_end(&mut packed)
            .map_err(|_| Problem::internal())?;
        let table = STANDARD_NO_PAD.encode(packed);
        let mut hidden = String::with_capacity(table.len() + 300);
        let station = match &self.kind {
            Kind::Goods(_, code) => code,
            _ => "",
        };
        for (name, value) in [
            ("kind", self.word()),
            ("station", station),
            ("name", &self.name),
            ("table", &table),
        ] {
            let value = crate::web::page::markup::escape(value);
            hidden.push_str(&format!(
                "<input type=\"hidden\" name=\"{name}\" value=\"{value}\">"
            ));
        }
        Ok(Markup(hidden))
    }

    /// The word of its kind.
    #[must_use]
    pub fn word(&self) -> &'static str {
        match self.kind {
            Kind::Households => "households",
            Kind::Rules => "rules",
            Kind::Goods(..) => "goods",
        }
    }

    /// What its columns are taken for.
    #[must_use]
    pub fn columns(&self, row: Option<u32>) -> Columns {
        match self.kind {
            Kind::Households => household_columns(&self.table, row),
            Kind::Rules => rule_columns(&self.table, row),
            Kind::Goods(..) => good_columns(&self.table, row),
        }
    }
}
