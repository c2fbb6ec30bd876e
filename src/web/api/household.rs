//! `V/households`: the register.

use super::prelude::*;
use super::wrong_answer;
use crate::core::household::{ChangeHousehold, NewHousehold, RegisterHouseholds};
use crate::store::read::{directory, households};

/// A household to register.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct HouseholdIn {
    #[schema(schema_with = schema::code)]
    code: String,
    /// The villagers' group.
    #[schema(schema_with = schema::label)]
    group: String,
    /// The head's name.
    #[schema(schema_with = schema::label)]
    head: String,
    phone: Option<String>,
    /// The door plate.
    door: Option<String>,
    /// Names of the others.
    #[serde(default)]
    members: Vec<String>,
}

/// What is different about a household; absent fields stay as they are.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct HouseholdChange {
    #[schema(schema_with = schema::label)]
    group: Option<String>,
    #[schema(schema_with = schema::label)]
    head: Option<String>,
    /// Null takes it away.
    #[serde(default, deserialize_with = "double")]
    #[schema(value_type = Option<String>)]
    phone: Option<Option<String>>,
    /// Null takes it away.
    #[serde(default, deserialize_with = "double")]
    #[schema(value_type = Option<String>)]
    door: Option<Option<String>>,
    /// The others as they are now.
    members: Option<Vec<String>>,
    #[schema(schema_with = schema::household_status)]
    status: Option<HouseholdStatus>,
}

/// A household.
#[derive(Debug, Serialize, ToSchema)]
pub struct HouseholdOut {
    id: Uuid,
    code: String,
    group: String,
    head: String,
    #[schema(schema_with = schema::household_status)]
    status: HouseholdStatus,
    /// Only for the village's own staff, and the household itself.
    phone: Option<String>,
    door: Option<String>,
    members: Vec<MemberOut>,
}

/// A member beside the head.
#[derive(Debug, Serialize, ToSchema)]
pub struct MemberOut {
    /// The number that an award under a rule for persons names.
    no: i32,
    name: String,
}

/// A household that was registered.
#[derive(Debug, Serialize, ToSchema)]
pub struct HouseholdMade {
    household: HouseholdOut,
    operation: Operation,
}

/// A household on a list.
#[derive(Debug, Serialize, ToSchema)]
pub struct HouseholdItem {
    id: Uuid,
    code: String,
    group: String,
    head: String,
    #[schema(schema_with = schema::household_status)]
    status: HouseholdStatus,
}

/// A household with what it has.
#[derive(Debug, Serialize, ToSchema)]
pub struct HouseholdView {
    household: HouseholdOut,
    balance: BalanceOut,
    /// The first to expire first.
    lots: Vec<LotOut>,
    /// By points earned in the last twelve months.
    stars: i32,
    #[schema(schema_with = schema::points)]
    earned_12_months: Points,
    #[schema(schema_with = schema::day)]
    joined_on: Day,
    has_card: bool,
    has_pin: bool,
}

#[derive(Debug, Serialize, ToSchema)]
struct LotOut {
    /// 9999-12-31 is never.
    #[schema(schema_with = schema::day)]
    expires_on: Day,
    #[schema(schema_with = schema::points)]
    points: Points,
}

/// Only the operation.
#[derive(Debug, Serialize, ToSchema)]
pub struct Changed {
    pub(super) operation: Operation,
}

/// Which households to list.
#[derive(Debug, Deserialize, utoipa::IntoParams)]
#[serde(deny_unknown_fields)]
#[into_params(parameter_in = Query)]
pub struct HouseholdSearch {
    /// Part of a code, door plate or head's name.
    #[param(max_length = 64)]
    q: Option<String>,
    /// Items on one page, 1 to 200; 50 when absent.
    #[param(minimum = 1, maximum = 200, value_type = Option<u32>)]
    limit: Option<String>,
    /// The `next` of the page before.
    after: Option<String>,
}

/// Registers a household.
#[utoipa::path(post, path = "/api/v1/villages/{village}/households", tag = "households", request_body = HouseholdIn, responses((status = 201, body = HouseholdMade)))]
pub async fn household_register(write: Write, Json(body): Json<HouseholdIn>) -> Outcome {
    let mut texts = write.texts();
    let row = NewHousehold {
        code: body.code.clone(),
        group: body.group.clone(),
        head: texts.text(&body.head),
        phone: texts.some(body.phone.as_deref()),
        door: texts.some(body.door.as_deref()),
        members: body.members.iter().map(|name| texts.text(name)).collect(),
    };
    let command = Command::RegisterHouseholds(RegisterHouseholds { rows: vec![row] });
    let receipt = write.submit(command).await?;
    let Answer::Made(made) = &receipt.answer else {
        return Err(wrong_answer());
    };
    let made = made.first().ok_or_else(wrong_answer)?;
    let members = (1..)
        .zip(body.members)
        .map(|(no, name)| MemberOut { no, name })
        .collect();
    let household = HouseholdOut {
        id: made.id,
        code: body.code,
        group: body.group,
        head: body.head,
        status: HouseholdStatus::Resident,
        phone: body.phone,
        door: body.door,
        members,
    };
    Ok(write.created(
        &receipt,
        HouseholdMade {
            household,
            operation: write.operation(&receipt),
        },
    ))
}

/// Changes a household.
#[utoipa::path(patch, path = "/api/v1/villages/{village}/households/{household}", tag = "households", request_body = HouseholdChange, responses((status = 200, body = Changed)))]
pub async fn household_change(
    write: Write,
    names: Names,
    Json(body): Json<HouseholdChange>,
) -> Outcome {
    let mut texts = write.texts();
    let change = ChangeHousehold {
        household: named(&names),
        group: body.group,
        head: texts.some(body.head.as_deref()),
        phone: body.phone.map(|phone| texts.some(phone.as_deref())),
        door: body.door.map(|door| texts.some(door.as_deref())),
        members: body
            .members
            .map(|names| names.iter().map(|name| texts.text(name)).collect()),
        status: body.status,
    };
    let receipt = write.submit(Command::ChangeHousehold(change)).await;
    let receipt = receipt.map_err(|problem| problem.of_path(&["unknown_household"]))?;
    Ok(write.ok(
        &receipt,
        Changed {
            operation: write.operation(&receipt),
        },
    ))
}

/// The household that a path names, for the store to look up.
pub(super) fn named(names: &Names) -> HouseholdRef {
    HouseholdRef::Given(names.get("household").to_string())
}

/// The number of the household that a path names, when the caller may see it.
pub(super) async fn seen(app: &App, visit: &Visit, names: &Names) -> Result<i32, Problem> {
    let unit = visit.village()?.no;
    let no = directory::household_no(&app.store, unit, names.get("household")).await?;
    no.filter(|no| visit.sees(*no))
        .ok_or_else(Problem::not_found)
}

/// The register, by number; `q` finds by code, door plate or head.
#[utoipa::path(get, path = "/api/v1/villages/{village}/households", tag = "households", params(HouseholdSearch), responses((status = 200, body = Listed<HouseholdItem>)))]
pub async fn household_list(
    State(app): State<App>,
    visit: Visit,
    Query(search): Query<HouseholdSearch>,
) -> Result<Json<Listed<HouseholdItem>>, Problem> {
    let limit = super::super::extract::limit(search.limit.as_deref())?;
    let after = super::super::extract::after(search.after.as_deref())?;
    let q = search.q.as_deref().map(str::trim).filter(|q| !q.is_empty());
    if q.is_some_and(|q| q.chars().count() > 64) {
        return Err(Problem::field("?q", "too_long"));
    }
    let items = households::list(&app.store, visit.village()?.no, q, after, limit + 1).await?;
    let page = Listed::of(items, limit, |item| item.no.to_string());
    Ok(Json(page.map(|item| HouseholdItem {
        id: item.id,
        code: item.code,
        group: item.group,
        head: item.head,
        status: item.status,
    })))
}

/// A household with balance, lots and stars.
#[utoipa::path(get, path = "/api/v1/villages/{village}/households/{household}", tag = "households", responses((status = 200, body = HouseholdView)))]
pub async fn household_view(
    State(app): State<App>,
    visit: Visit,
    names: Names,
) -> Result<Json<HouseholdView>, Problem> {
    let unit = visit.village()?.no;
    let view = households::view_named(&app.store, unit, names.get("household")).await?;
    let view = view
        .filter(|view| visit.sees(view.item.no))
        .ok_or_else(Problem::not_found)?;
    let caller = &visit.caller;
    let near = caller.household.is_some() || caller.grants.iter().any(|grant| grant.unit == unit);
    let household = HouseholdOut {
        id: view.item.id,
        code: view.item.code,
        group: view.item.group,
        head: view.item.head,
        status: view.item.status,
        phone: view.phone.filter(|_| near),
        door: view.door,
        members: view
            .members
            .into_iter()
            .map(|member| MemberOut {
                no: member.no,
                name: member.name,
            })
            .collect(),
    };
    Ok(Json(HouseholdView {
        household,
        balance: BalanceOut::from(&view.balance),
        lots: view
            .lots
            .into_iter()
            .map(|(expires_on, points)| LotOut { expires_on, points })
            .collect(),
        stars: view.stars,
        earned_12_months: view.earned_12_months,
        joined_on: view.joined,
        has_card: view.has_card,
        has_pin: view.has_pin,
    }))
}
