//! `/api/v1/townships` and `/api/v1/villages`: where everything happens.

use super::prelude::*;
use super::wrong_answer;
use crate::core::registry::{FoundTownship, FoundVillage};
use crate::core::rights::{SYSTEM, UnitKind};
use crate::store::read::directory::{self, UnitInfo};
use std::collections::BTreeMap;

/// A township to found.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct TownshipIn {
    #[schema(schema_with = schema::code)]
    code: String,
    #[schema(schema_with = schema::label)]
    name: String,
}

/// A village to found.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct VillageIn {
    #[schema(schema_with = schema::code)]
    code: String,
    #[schema(schema_with = schema::label)]
    name: String,
    /// Its township's code or id.
    #[schema(schema_with = schema::reference)]
    township: Words<64>,
}

/// A township or village.
#[derive(Debug, Serialize, ToSchema)]
pub struct UnitOut {
    id: Uuid,
    code: String,
    name: String,
}

/// A township that was founded.
#[derive(Debug, Serialize, ToSchema)]
pub struct TownshipMade {
    township: UnitOut,
    operation: Operation,
}

/// A village that was founded.
#[derive(Debug, Serialize, ToSchema)]
pub struct VillageMade {
    village: UnitOut,
    operation: Operation,
}

/// A village with its township.
#[derive(Debug, Serialize, ToSchema)]
pub struct VillageOut {
    village: VillageItem,
}

/// A village on a list.
#[derive(Debug, Serialize, ToSchema)]
pub struct VillageItem {
    id: Uuid,
    code: String,
    name: String,
    /// The township's code.
    township: Option<String>,
}

fn made_id(answer: &Answer) -> Result<Uuid, Problem> {
    match answer {
        Answer::Made(made) => made.first().map(|made| made.id).ok_or_else(wrong_answer),
        _ => Err(wrong_answer()),
    }
}

/// Founds a township.
#[utoipa::path(post, path = "/api/v1/townships", tag = "villages", request_body = TownshipIn, responses((status = 201, body = TownshipMade)))]
pub async fn township_found(write: Write, Json(body): Json<TownshipIn>) -> Outcome {
    let command = FoundTownship {
        code: body.code.clone(),
        name: write.text(&body.name),
    };
    let receipt = write.submit(Command::FoundTownship(command)).await?;
    let township = UnitOut {
        id: made_id(&receipt.answer)?,
        code: body.code,
        name: body.name,
    };
    Ok(write.created(
        &receipt,
        TownshipMade {
            township,
            operation: write.operation(&receipt),
        },
    ))
}

/// Founds a village.
#[utoipa::path(post, path = "/api/v1/villages", tag = "villages", request_body = VillageIn, responses((status = 201, body = VillageMade)))]
pub async fn village_found(write: Write, Json(body): Json<VillageIn>) -> Outcome {
    // The core knows townships by code; one that is not there stays as it was given.
    let known = directory::unit(&write.app.store, &body.township).await?;
    let known = known.filter(|unit| unit.kind == UnitKind::Township);
    let known = known.filter(|unit| write.visit.caller.touches(unit.no, unit.parent));
    let Some(township) = known.map(|unit| unit.code) else {
        return Err(Problem::unknown(
            "unknown_township",
            "/township",
            &body.township,
        ));
    };
    let command = FoundVillage {
        code: body.code.clone(),
        name: write.text(&body.name),
        township,
    };
    let receipt = write.submit(Command::FoundVillage(command)).await?;
    let village = UnitOut {
        id: made_id(&receipt.answer)?,
        code: body.code,
        name: body.name,
    };
    Ok(write.created(
        &receipt,
        VillageMade {
            village,
            operation: write.operation(&receipt),
        },
    ))
}

async fn item(app: &App, unit: UnitInfo) -> Result<VillageItem, Problem> {
    let township = directory::unit_by_no(&app.store, unit.parent).await?;
    let UnitInfo { id, code, name, .. } = unit;
    Ok(VillageItem {
        id,
        code,
        name,
        township: township.map(|unit| unit.code),
    })
}

/// The village.
#[utoipa::path(get, path = "/api/v1/villages/{village}", tag = "villages", responses((status = 200, body = VillageOut)))]
pub async fn village_view(
    State(app): State<App>,
    visit: Visit,
) -> Result<Json<VillageOut>, Problem> {
    let village = item(&app, visit.village()?.as_ref().clone()).await?;
    Ok(Json(VillageOut { village }))
}

/// The villages in which the caller has something to do.
#[utoipa::path(get, path = "/api/v1/villages", tag = "villages", params(Page), responses((status = 200, body = Listed<VillageItem>)))]
pub async fn village_list(
    State(app): State<App>,
    visit: Visit,
    Query(page): Query<Page>,
) -> Result<Json<Listed<VillageItem>>, Problem> {
    let (limit, after) = (page.limit()?, page.after::<i32>()?);
    let units = touched(&app, &visit, after, limit + 1).await?;
    let listed = Listed::of(units, limit, |unit| unit.no.to_string());
    let (mut items, next) = (Vec::new(), listed.next);
    for unit in listed.items {
        items.push(item(&app, unit).await?);
    }
    Ok(Json(Listed { items, next }))
}

async fn touched(
    app: &App,
    visit: &Visit,
    after: Option<i32>,
    most: usize,
) -> Result<Vec<UnitInfo>, Problem> {
    let grants = &visit.caller.grants;
    if grants.iter().any(|grant| grant.unit == SYSTEM) {
        return Ok(directory::villages(&app.store, None, after, most).await?);
    }
    let mut units = BTreeMap::new();
    for grant in grants {
        let unit = directory::unit_by_no(&app.store, grant.unit).await?;
        match unit {
            Some(unit) if unit.kind == UnitKind::Township => {
                let villages = directory::villages(&app.store, Some(unit.no), after, most).await?;
                units.extend(villages.into_iter().map(|unit| (unit.no, unit)));
            }
            Some(unit) if after.is_none_or(|after| unit.no > after) => {
                drop(units.insert(unit.no, unit))
            }
            _ => {}
        }
    }
    Ok(units.into_values().take(most).collect())
}
