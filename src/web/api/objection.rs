//! `V/objections`: what villagers say against a line of a notice, and the answer.

use super::notice::{Done, number};
use super::prelude::*;
use super::wrong_answer;
use crate::core::objection::{AnswerObjection, RaiseObjection};
use crate::core::rights::Act;
use crate::store::access::SessionKind;
use crate::store::read::objections::{self, ObjectionItem, Search};

/// What is said to be wrong.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct ObjectionIn {
    /// The notice's number.
    notice: i32,
    /// The award's id; absent when a line is missing from the notice.
    #[schema(schema_with = schema::reference)]
    award: Option<Words<64>>,
    /// Who objects, by code or id; a household objects for itself.
    #[schema(schema_with = schema::reference)]
    household: Option<Words<64>>,
    /// How it came; `page` for a household itself.
    #[schema(schema_with = schema::channel)]
    channel: Channel,
    #[schema(schema_with = schema::objection_reason)]
    reason: ObjectionReason,
    /// In the objector's words.
    #[schema(schema_with = schema::remark)]
    words: Option<Words<500>>,
}

/// The answer.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct AnswerIn {
    /// Whether the objection is right: then the points go back to the fund.
    uphold: bool,
    /// What the objector reads.
    #[schema(schema_with = schema::remark)]
    answer: Words<500>,
}

/// An objection that was taken down.
#[derive(Debug, Serialize, ToSchema)]
pub struct ObjectionMade {
    /// Its number in the village.
    no: i32,
    operation: Operation,
}

/// An objection as it stands.
#[derive(Debug, Serialize, ToSchema)]
pub struct ObjectionOut {
    no: i32,
    #[schema(schema_with = schema::objection_state)]
    state: ObjectionState,
    notice: i32,
    /// The household the line is about; absent when a line is missing, or for another household.
    household: Option<String>,
    rule_zh: Option<String>,
    rule_en: Option<String>,
    /// Negative for a deduction.
    #[schema(value_type = Option<String>)]
    points: Option<Points>,
    /// Who objects, when named.
    objector: Option<String>,
    #[schema(schema_with = schema::channel)]
    channel: Channel,
    #[schema(schema_with = schema::objection_reason)]
    reason: ObjectionReason,
    words: Option<String>,
    #[schema(schema_with = schema::day)]
    raised_on: Day,
    /// The last day to answer.
    #[schema(schema_with = schema::day)]
    due_on: Day,
    answer: Option<String>,
    #[schema(value_type = Option<String>)]
    answered_on: Option<Day>,
}

/// Which objections to list.
#[derive(Debug, Deserialize, utoipa::IntoParams)]
#[serde(deny_unknown_fields)]
#[into_params(parameter_in = Query)]
pub struct ObjectionSearch {
    /// Only those in this state, such as `open`.
    #[param(schema_with = schema::objection_state)]
    state: Option<ObjectionState>,
    /// Items on one page, 1 to 200; 50 when absent.
    #[param(minimum = 1, maximum = 200, value_type = Option<u32>)]
    limit: Option<String>,
    /// The `next` of the page before.
    after: Option<String>,
}

/// An objection as it came.
#[derive(Clone, Debug)]
pub struct Said {
    /// The notice.
    pub notice: i32,
    /// The award, by operation and line.
    pub award: Option<(Uuid, i32)>,
    /// Who objects.
    pub household: Option<HouseholdRef>,
    /// How it came.
    pub channel: Channel,
    /// What is wrong.
    pub reason: ObjectionReason,
}

/// The command that takes an objection down, for the API and for pages.
#[must_use]
pub fn raise_command(write: &Write, said: Said, words: Option<&str>) -> Command {
    Command::RaiseObjection(RaiseObjection {
        notice: said.notice,
        award: said.award.map(|(id, line)| OperationRef::new(id, line)),
        household: said.household,
        channel: said.channel,
        reason: said.reason,
        words: write.texts().some(words),
        photo: None,
    })
}

/// The command that answers one, for the API and for pages.
#[must_use]
pub fn answer_command(write: &Write, objection: i32, uphold: bool, answer: &str) -> Command {
    Command::AnswerObjection(AnswerObjection {
        objection,
        uphold,
        answer: write.text(answer),
    })
}

/// Objects to a line of an open notice: a household for itself, or the committee for somebody
/// who came by telephone or on paper.
#[utoipa::path(post, path = "/api/v1/villages/{village}/objections", tag = "notices", request_body = ObjectionIn, responses((status = 201, body = ObjectionMade)))]
pub async fn objection_raise(write: Write, Json(body): Json<ObjectionIn>) -> Outcome {
    let award = body.award.as_deref().map(|given| {
        crate::web::extract::line_of(given).ok_or_else(|| Problem::field("/award", "not_an_id"))
    });
    let given = body.household.map(|given| given.into_inner());
    let household = match (write.visit.caller.household, given) {
        (Some((_, no)), None) => Some(HouseholdRef::No(no)),
        (_, given) => given.map(HouseholdRef::Given),
    };
    let said = Said {
        notice: body.notice,
        award: award.transpose()?,
        household,
        channel: body.channel,
        reason: body.reason,
    };
    let command = raise_command(&write, said, body.words.as_deref());
    let receipt = write.submit(command).await?;
    let Answer::Made(made) = &receipt.answer else {
        return Err(wrong_answer());
    };
    let no = made.first().map(|made| made.no).ok_or_else(wrong_answer)?;
    let operation = write.operation(&receipt);
    Ok(write.created(&receipt, ObjectionMade { no, operation }))
}

/// `own` is the household that reads its own objection: it does not read another's code.
fn out(item: ObjectionItem, own: Option<i32>) -> ObjectionOut {
    let some = |text: String| Some(text).filter(|text| !text.is_empty());
    let line = item.line;
    let of = line.as_ref();
    ObjectionOut {
        no: item.row.no,
        state: item.row.state,
        notice: item.row.notice,
        household: of.filter(|_| own.is_none()).map(|line| line.code.clone()),
        rule_zh: of.map(|line| line.rule_zh.clone()),
        rule_en: of.map(|line| line.rule_en.clone()),
        points: of.map(|line| line.points),
        objector: item.objector.map(|(code, _)| code),
        channel: item.row.channel,
        reason: item.row.reason,
        words: some(item.words),
        raised_on: item.row.raised,
        due_on: item.row.due,
        answer: some(item.answer),
        answered_on: item.row.decided,
    }
}

/// The household whose objections the caller may see; `None` for all of the village.
fn own_only(visit: &Visit) -> Result<Option<i32>, Problem> {
    if visit.caller.kind == SessionKind::Household {
        let own = visit.caller.household.map(|(_, no)| no);
        return own.map(Some).ok_or_else(Problem::not_allowed);
    }
    match visit.caller.may(Act::SeeHouseholds, visit.place()) {
        true => Ok(None),
        false => Err(Problem::not_allowed()),
    }
}

/// Objections by their number; a household sees its own.
#[utoipa::path(get, path = "/api/v1/villages/{village}/objections", tag = "notices", params(ObjectionSearch), responses((status = 200, body = Listed<ObjectionOut>)))]
pub async fn objection_list(
    State(app): State<App>,
    visit: Visit,
    Query(search): Query<ObjectionSearch>,
) -> Result<Json<Listed<ObjectionOut>>, Problem> {
    let limit = crate::web::extract::limit(search.limit.as_deref())?;
    let own = own_only(&visit)?;
    let wanted = Search {
        no: None,
        state: search.state,
        household: own,
        after: crate::web::extract::after(search.after.as_deref())?,
        in_order: true,
    };
    let items = objections::find(&app.store, visit.village()?.no, wanted, limit + 1).await?;
    let listed = Listed::of(items, limit, |item| item.row.no.to_string());
    Ok(Json(listed.map(|item| out(item, own))))
}

/// One objection.
#[utoipa::path(get, path = "/api/v1/villages/{village}/objections/{no}", tag = "notices", responses((status = 200, body = ObjectionOut)))]
pub async fn objection_view(
    State(app): State<App>,
    visit: Visit,
    names: Names,
) -> Result<Json<ObjectionOut>, Problem> {
    let own = own_only(&visit)?;
    let item = objections::one(&app.store, visit.village()?.no, number(&names)?).await?;
    let item = item.filter(|item| own.is_none() || item.row.household == own);
    let item = item.ok_or_else(Problem::not_found)?;
    Ok(Json(out(item, own)))
}

/// Answers an objection; nobody who recorded or reviewed the award, and no kin.
#[utoipa::path(post, path = "/api/v1/villages/{village}/objections/{no}/answer", tag = "notices", request_body = AnswerIn, responses((status = 200, body = Done)))]
pub async fn objection_answer(write: Write, names: Names, Json(body): Json<AnswerIn>) -> Outcome {
    let command = answer_command(&write, number(&names)?, body.uphold, &body.answer);
    let receipt = write.submit(command).await;
    let receipt = receipt.map_err(|problem| problem.of_path(&["unknown_objection"]))?;
    let operation = write.operation(&receipt);
    Ok(write.ok(&receipt, Done { operation }))
}
