//! `V/applications`: households ask for awards, and are answered.

use super::fields::{PhotoIds, QuantityIn};
use super::prelude::*;
use super::wrong_answer;
use crate::core::application::{Apply, CheckApplication, WithdrawApplication, photos_of};
use crate::core::{Awarded, Quantity};
use crate::store::read::applications;
use crate::web::photos::{id, known};

/// An application.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct ApplicationIn {
    /// The household's code or id.
    #[schema(schema_with = schema::reference)]
    household: Words<64>,
    /// The rule's code.
    #[schema(schema_with = schema::reference)]
    rule: Words<64>,
    #[schema(schema_with = schema::quantity)]
    quantity: QuantityIn,
    /// The local day of the deed.
    #[schema(schema_with = schema::day)]
    occurred_on: Day,
    /// The member's number, under a rule that counts persons; 0 is the head.
    member: Option<i32>,
    #[schema(schema_with = schema::remark)]
    words: Option<Words<500>>,
    /// Ids of photos, at most 9.
    #[serde(default)]
    #[schema(value_type = Vec<String>)]
    photos: PhotoIds,
}

/// A check.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct CheckIn {
    /// Whether it was found right.
    accept: bool,
    /// Units as found.
    #[schema(schema_with = schema::quantity)]
    quantity: QuantityIn,
    /// What the household reads; a refusal has one.
    #[schema(schema_with = schema::remark)]
    answer: Option<Words<500>>,
}

/// A numbered thing that was made.
#[derive(Debug, Serialize, ToSchema)]
pub struct NumberMade {
    /// Its number in the village.
    no: i32,
    /// Its id.
    id: Uuid,
    operation: Operation,
}

/// What was done.
#[derive(Debug, Serialize, ToSchema)]
pub struct ApplicationChecked {
    /// Points proposed, which another person reviews; absent when it was refused.
    #[schema(value_type = Option<String>)]
    #[serde(skip_serializing_if = "Option::is_none")]
    points: Option<Points>,
    operation: Operation,
}

/// An application on a list.
#[derive(Debug, Serialize, ToSchema)]
pub struct ApplicationOut {
    no: i32,
    /// The household's code.
    household: String,
    rule: String,
    #[schema(value_type = String)]
    quantity: Quantity,
    #[schema(schema_with = schema::day)]
    occurred_on: Day,
    member: Option<i32>,
    words: Option<String>,
    /// Ids of photos.
    photos: Vec<String>,
    #[schema(schema_with = schema::day)]
    applied_on: Day,
    #[schema(schema_with = schema::application_state)]
    state: ApplicationState,
    /// What the household reads.
    answer: Option<String>,
}

/// The answer of a command that made one numbered thing.
pub(super) fn numbered(write: &Write, receipt: &crate::store::Receipt) -> Outcome {
    let Answer::Made(made) = &receipt.answer else {
        return Err(wrong_answer());
    };
    let made = made.first().ok_or_else(wrong_answer)?;
    let body = NumberMade {
        no: made.no,
        id: made.id,
        operation: write.operation(receipt),
    };
    Ok(write.created(receipt, body))
}

/// The number in a path; what is no number names nothing.
pub(super) fn number(names: &Names, name: &str) -> Result<i32, Problem> {
    names.get(name).parse().map_err(|_| Problem::not_found())
}

/// The household whose own things a caller sees: none for staff, who see all.
pub(super) fn own_only(visit: &Visit) -> Result<Option<i32>, Problem> {
    let unit = visit.village()?.no;
    let own = visit.caller.household;
    Ok(own.filter(|(at, _)| *at == unit).map(|(_, no)| no))
}

/// Asks for an award, as the household itself or for it.
#[utoipa::path(post, path = "/api/v1/villages/{village}/applications", tag = "applications", request_body = ApplicationIn, responses((status = 201, body = NumberMade)))]
pub async fn application_make(write: Write, Json(body): Json<ApplicationIn>) -> Outcome {
    known(&write.app, write.village()?.no, &body.photos.0).await?;
    let command = Command::Apply(Apply {
        household: HouseholdRef::Given(body.household.into_inner()),
        rule: body.rule.into_inner(),
        quantity: body.quantity.0,
        occurred: body.occurred_on,
        member: body.member,
        words: write.texts().some(body.words.as_deref()),
        photos: body.photos.0,
    });
    let receipt = write.submit(command).await?;
    numbered(&write, &receipt)
}

/// Says whether an application is right: then its award is proposed, and another person reviews it.
#[utoipa::path(post, path = "/api/v1/villages/{village}/applications/{application}/check", tag = "applications", request_body = CheckIn, responses((status = 200, body = ApplicationChecked)))]
pub async fn application_check(write: Write, names: Names, Json(body): Json<CheckIn>) -> Outcome {
    let command = Command::CheckApplication(CheckApplication {
        application: number(&names, "application")?,
        accept: body.accept,
        quantity: body.quantity.0,
        answer: write.texts().some(body.answer.as_deref()),
    });
    let receipt = write.submit(command).await;
    let receipt = receipt.map_err(|problem| problem.of_path(&["unknown_application"]))?;
    let points = match &receipt.answer {
        Answer::Award(Awarded { points, .. }) => Some(*points),
        _ => None,
    };
    let operation = write.operation(&receipt);
    Ok(write.ok(&receipt, ApplicationChecked { points, operation }))
}

/// Takes an application back before anyone has checked it.
#[utoipa::path(post, path = "/api/v1/villages/{village}/applications/{application}/withdraw", tag = "applications", responses((status = 204)))]
pub async fn application_withdraw(write: Write, names: Names) -> Outcome {
    let command = Command::WithdrawApplication(WithdrawApplication {
        application: number(&names, "application")?,
    });
    let receipt = write.submit(command).await;
    let receipt = receipt.map_err(|problem| problem.of_path(&["unknown_application"]))?;
    Ok(Write::no_content(&receipt))
}

/// Applications, the newest first; a household sees its own.
#[utoipa::path(get, path = "/api/v1/villages/{village}/applications", tag = "applications", params(Page), responses((status = 200, body = Listed<ApplicationOut>)))]
pub async fn application_list(
    State(app): State<App>,
    visit: Visit,
    Query(page): Query<Page>,
) -> Result<Json<Listed<ApplicationOut>>, Problem> {
    let (limit, unit) = (page.limit()?, visit.village()?.no);
    let own = own_only(&visit)?;
    let items = applications::list(&app.store, unit, own, page.after()?, limit + 1).await?;
    let listed = Listed::of(items, limit, |item| item.row.no.to_string());
    Ok(Json(listed.map(|item| ApplicationOut {
        no: item.row.no,
        household: item.household,
        rule: item.row.rule,
        quantity: item.row.quantity,
        occurred_on: item.row.occurred,
        member: item.row.member,
        words: item.words,
        photos: photos_of(&item.row.photos).iter().map(id).collect(),
        applied_on: item.row.applied,
        state: item.row.state,
        answer: item.answer,
    })))
}
