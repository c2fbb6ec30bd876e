//! `/api/v1/staff`: who may do what where.

use super::prelude::*;
use super::wrong_answer;
use crate::core::SecretHash;
use crate::core::registry::{AddStaff, ChangeStaff, TieSpec};
use crate::core::rights::{Act, Grant, Place, Role, SYSTEM, UnitKind, UnitNo};
use crate::signin::password::check_password;
use crate::store::access;
use crate::store::read::directory::{self, UnitInfo};
use crate::store::texts::secret_tag;

/// A staff member to add.
#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct StaffIn {
    /// What they sign in with.
    #[schema(min_length = 2, max_length = 64)]
    username: String,
    #[schema(value_type = String, min_length = 8, max_length = 128)]
    password: Words<1024>,
    #[schema(schema_with = schema::label)]
    name: String,
    grants: Vec<GrantIn>,
    /// Their own household, as `VILLAGE/CODE`: they cannot award it.
    #[schema(value_type = Option<String>)]
    household: Option<Words<128>>,
    /// Households of their kin, as `VILLAGE/CODE`.
    #[serde(default)]
    #[schema(value_type = Vec<String>)]
    kin: Vec<Words<128>>,
}

/// A role with its scope.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct GrantIn {
    #[schema(schema_with = schema::role)]
    role: Role,
    /// `all`, `township:CODE`, `village:CODE` or `station:VILLAGE/CODE`.
    #[schema(schema_with = schema::remark)]
    scope: Words<160>,
}

/// A role with its scope.
#[derive(Clone, Debug, Serialize, ToSchema)]
pub struct GrantOut {
    #[schema(schema_with = schema::role)]
    role: Role,
    /// `all`, `township:CODE`, `village:CODE` or `station:VILLAGE/CODE`.
    scope: String,
}

/// What is different about a staff member.
#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct StaffChange {
    /// Whether they may act at all.
    active: bool,
    /// The grants as they shall be; absent leaves them.
    grants: Option<Vec<GrantIn>>,
    /// A new password.
    #[schema(min_length = 8, max_length = 128, value_type = Option<String>)]
    password: Option<Words<1024>>,
}

/// A staff member that was added.
#[derive(Serialize, ToSchema)]
pub struct StaffMade {
    staff: StaffOut,
    operation: Operation,
}

/// A staff member.
#[derive(Serialize, ToSchema)]
pub struct StaffOut {
    id: Uuid,
    username: String,
    name: String,
    active: bool,
    grants: Vec<GrantOut>,
}

/// The unit of a code, when the caller touches it.
async fn unit(
    app: &App,
    visit: &Visit,
    code: &str,
    kind: UnitKind,
) -> Result<Option<UnitInfo>, Problem> {
    let unit = directory::unit(&app.store, code).await?;
    Ok(unit.filter(|unit| unit.kind == kind && visit.caller.touches(unit.no, unit.parent)))
}

async fn grant(app: &App, visit: &Visit, at: usize, given: &GrantIn) -> Result<Grant, Problem> {
    let pointer = format!("/grants/{at}/scope");
    let scope: &str = &given.scope;
    let unknown = |code| Problem::unknown(code, pointer.clone(), scope);
    let place = |unit, station| Grant {
        role: given.role,
        unit,
        station,
    };
    if scope == "all" {
        return Ok(place(SYSTEM, 0));
    }
    let not_a_scope = || Problem::field(pointer.clone(), "not_a_scope");
    let (kind, code) = scope.split_once(':').ok_or_else(not_a_scope)?;
    match kind {
        "township" => {
            let found = unit(app, visit, code, UnitKind::Township).await?;
            Ok(place(
                found.ok_or_else(|| unknown("unknown_township"))?.no,
                0,
            ))
        }
        "village" => {
            let found = unit(app, visit, code, UnitKind::Village).await?;
            Ok(place(
                found.ok_or_else(|| unknown("unknown_village"))?.no,
                0,
            ))
        }
        "station" => {
            let (village, code) = code.split_once('/').ok_or_else(not_a_scope)?;
            let found = unit(app, visit, village, UnitKind::Village).await?;
            let village = found.ok_or_else(|| unknown("unknown_village"))?;
            let station = directory::station(&app.store, village.no, code).await?;
            Ok(place(
                village.no,
                station.ok_or_else(|| unknown("unknown_station"))?.no,
            ))
        }
        _ => Err(not_a_scope()),
    }
}

async fn grants(app: &App, visit: &Visit, given: &[GrantIn]) -> Result<Vec<Grant>, Problem> {
    if given.len() > 100 {
        return Err(Problem::field("/grants", "too_many"));
    }
    let mut grants = Vec::with_capacity(given.len());
    for (at, given) in given.iter().enumerate() {
        grants.push(grant(app, visit, at, given).await?);
    }
    Ok(grants)
}

async fn tie(
    app: &App,
    visit: &Visit,
    pointer: &str,
    given: &str,
    tie: Tie,
) -> Result<TieSpec, Problem> {
    let (village, code) = given
        .split_once('/')
        .ok_or_else(|| Problem::field(pointer, "not_a_household"))?;
    let found = unit(app, visit, village, UnitKind::Village).await?;
    let unit: UnitNo = found
        .ok_or_else(|| Problem::unknown("unknown_village", pointer, given))?
        .no;
    let known = directory::household_no(&app.store, unit, code).await?;
    let no = known.ok_or_else(|| Problem::unknown("unknown_household", pointer, given))?;
    Ok(TieSpec {
        unit,
        household: HouseholdRef::No(no),
        tie,
    })
}

async fn ties(app: &App, visit: &Visit, body: &StaffIn) -> Result<Vec<TieSpec>, Problem> {
    if body.kin.len() > 200 {
        return Err(Problem::field("/kin", "too_many"));
    }
    let mut ties = Vec::new();
    if let Some(own) = &body.household {
        ties.push(tie(app, visit, "/household", own, Tie::Own).await?);
    }
    for (at, kin) in body.kin.iter().enumerate() {
        ties.push(tie(app, visit, &format!("/kin/{at}"), kin, Tie::Kin).await?);
    }
    Ok(ties)
}

/// Grants with their scopes in words.
pub(super) async fn grants_out(app: &App, grants: &[Grant]) -> Result<Vec<GrantOut>, Problem> {
    let mut out = Vec::with_capacity(grants.len());
    for grant in grants {
        out.push(GrantOut {
            role: grant.role,
            scope: scope(app, grant).await?,
        });
    }
    Ok(out)
}

async fn scope(app: &App, grant: &Grant) -> Result<String, Problem> {
    if grant.unit == SYSTEM {
        return Ok("all".to_string());
    }
    let unit = directory::unit_by_no(&app.store, grant.unit)
        .await?
        .ok_or_else(Problem::internal)?;
    if grant.station == 0 {
        return Ok(format!("{}:{}", unit.kind.word(), unit.code));
    }
    let stations = directory::stations(&app.store, unit.no).await?;
    let station = stations
        .into_iter()
        .find(|station| station.no == grant.station);
    Ok(format!(
        "station:{}/{}",
        unit.code,
        station.map(|station| station.code).unwrap_or_default()
    ))
}

/// A new staff member with a first password.
///
/// # Errors
/// 422 for a weak password.
pub async fn add_command(
    write: &Write,
    (username, name): (&str, &str),
    password: &str,
    grants: Vec<Grant>,
    ties: Vec<TieSpec>,
) -> Result<Command, Problem> {
    check_password(password, username)?;
    let secrets = write.app.store.secrets();
    let hash = secrets.hasher.hash_password(password.to_string()).await?;
    Ok(Command::AddStaff(AddStaff {
        username: username.to_string(),
        name: write.text(name),
        grants,
        ties,
        tag: secret_tag(&secrets.pepper, "password", write.key, password),
        hash: SecretHash(Some(hash)),
    }))
}

/// Other grants, another password, or the end of access.
///
/// # Errors
/// 422 for a weak password.
pub async fn change_command(
    write: &Write,
    staff: Uuid,
    active: bool,
    grants: Option<Vec<Grant>>,
    password: Option<&str>,
) -> Result<Command, Problem> {
    let secrets = write.app.store.secrets();
    let (mut tag, mut hash) = (None, None);
    if let Some(password) = password {
        check_password(password, "")?;
        tag = Some(secret_tag(&secrets.pepper, "password", write.key, password));
        hash = Some(secrets.hasher.hash_password(password.to_string()).await?);
    }
    Ok(Command::ChangeStaff(ChangeStaff {
        staff,
        active,
        grants,
        tag,
        hash: SecretHash(hash),
    }))
}

/// Adds a staff member, with grants only where the caller keeps staff.
#[utoipa::path(post, path = "/api/v1/staff", tag = "staff", request_body = StaffIn, responses((status = 201, body = StaffMade)))]
pub async fn staff_add(write: Write, Json(body): Json<StaffIn>) -> Outcome {
    check_password(&body.password, &body.username)?;
    let grants = grants(&write.app, &write.visit, &body.grants).await?;
    let ties = ties(&write.app, &write.visit, &body).await?;
    let named = (body.username.as_str(), body.name.as_str());
    let command = add_command(&write, named, &body.password, grants, ties).await?;
    let receipt = write.submit(command).await?;
    let Answer::Made(made) = &receipt.answer else {
        return Err(wrong_answer());
    };
    let grants = body.grants.into_iter();
    let staff = StaffOut {
        id: made.first().ok_or_else(wrong_answer)?.id,
        username: body.username,
        name: body.name,
        active: true,
        grants: grants
            .map(|grant| GrantOut {
                role: grant.role,
                scope: grant.scope.into_inner(),
            })
            .collect(),
    };
    Ok(write.created(
        &receipt,
        StaffMade {
            staff,
            operation: write.operation(&receipt),
        },
    ))
}

/// Changes grants, password or standing. Every session of that person ends.
#[utoipa::path(patch, path = "/api/v1/staff/{staff}", tag = "staff", request_body = StaffChange, responses((status = 200, body = super::household::Changed)))]
pub async fn staff_change(write: Write, names: Names, Json(body): Json<StaffChange>) -> Outcome {
    let staff = names.id("staff")?;
    let grants = match &body.grants {
        Some(given) => Some(grants(&write.app, &write.visit, given).await?),
        None => None,
    };
    let password = body.password.as_deref();
    let command = change_command(&write, staff, body.active, grants, password).await?;
    let receipt = write.submit(command).await;
    let receipt = receipt.map_err(|problem| problem.of_path(&["unknown_staff"]))?;
    access::end_sessions(&write.app.store, &write.app.cache, staff).await?;
    Ok(write.ok(
        &receipt,
        super::household::Changed {
            operation: write.operation(&receipt),
        },
    ))
}

/// Staff who hold anything where the caller sees staff.
#[utoipa::path(get, path = "/api/v1/staff", tag = "staff", params(Page), responses((status = 200, body = Listed<StaffOut>)))]
pub async fn staff_list(
    State(app): State<App>,
    visit: Visit,
    Query(page): Query<Page>,
) -> Result<Json<Listed<StaffOut>>, Problem> {
    let (limit, after) = (page.limit()?, page.after::<Uuid>()?);
    let items = access::staff_list(&app.store, after, limit + 1).await?;
    let listed = Listed::of(items, limit, |item| item.id.to_string());
    let (mut items, next) = (Vec::new(), listed.next);
    for item in listed.items {
        if !sees(&app, &visit, &item.grants).await? {
            continue;
        }
        let grants = grants_out(&app, &item.grants).await?;
        items.push(StaffOut {
            id: item.id,
            username: item.username,
            name: item.name,
            active: item.active,
            grants,
        });
    }
    Ok(Json(Listed { items, next }))
}

async fn sees(app: &App, visit: &Visit, grants: &[Grant]) -> Result<bool, Problem> {
    let system = Place {
        unit: SYSTEM,
        parent: SYSTEM,
        station: None,
    };
    if visit.caller.may(Act::SeeStaff, system) {
        return Ok(true);
    }
    for grant in grants.iter().filter(|grant| grant.unit != SYSTEM) {
        let unit = directory::unit_by_no(&app.store, grant.unit).await?;
        let parent = unit.map_or(SYSTEM, |unit| unit.parent);
        if visit.caller.may(
            Act::SeeStaff,
            Place {
                unit: grant.unit,
                parent,
                station: None,
            },
        ) {
            return Ok(true);
        }
    }
    Ok(false)
}
