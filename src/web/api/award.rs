//! `V/awards` and `V/deductions`: deeds, and their review.

use super::fields::QuantityIn;
use super::prelude::*;
use super::wrong_answer;
use crate::core::award::{RecordAward, ReviewAward};
use crate::core::{Awarded, Quantity, Rejection};
use crate::store::read::{awards, rules};

/// One deed of one household.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct AwardIn {
    /// The rule's code.
    #[schema(schema_with = schema::reference)]
    rule: Words<64>,
    /// The household's code or id.
    #[schema(schema_with = schema::reference)]
    household: Words<64>,
    #[schema(schema_with = schema::quantity)]
    quantity: QuantityIn,
    /// The local day of the deed.
    #[schema(schema_with = schema::day)]
    occurred_on: Day,
    /// The member's number, under a rule that counts persons; 0 is the head.
    member: Option<i32>,
    #[schema(schema_with = schema::remark)]
    note: Option<Words<500>>,
}

/// What became of an award.
#[derive(Debug, Serialize, ToSchema)]
pub struct AwardMade {
    award: AwardOut,
    balance: BalanceOut,
    /// What a deduction could not take.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(value_type = Option<String>)]
    arrears: Option<Points>,
    operation: Operation,
}

#[derive(Debug, Serialize, ToSchema)]
struct AwardOut {
    /// The operation's id, with `.LINE` for an award of a sheet.
    id: String,
    #[schema(schema_with = schema::award_state)]
    state: AwardState,
    /// Negative for a deduction.
    #[schema(schema_with = schema::points)]
    points: Points,
}

/// Approval or rejection.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct ReviewIn {
    decision: Decision,
    #[schema(schema_with = schema::remark)]
    reason: Option<Words<500>>,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, Deserialize, ToSchema)]
#[serde(rename_all = "snake_case")]
pub(super) enum Decision {
    /// Yes.
    Approve,
    /// No.
    Reject,
}

/// Which awards to list.
#[derive(Debug, Deserialize, utoipa::IntoParams)]
#[serde(deny_unknown_fields)]
#[into_params(parameter_in = Query)]
pub struct AwardSearch {
    /// Only those in this state, such as `proposed`.
    #[param(schema_with = schema::award_state)]
    state: Option<AwardState>,
    /// Items on one page, 1 to 200; 50 when absent.
    #[param(minimum = 1, maximum = 200, value_type = Option<u32>)]
    limit: Option<String>,
    /// The `next` of the page before.
    after: Option<String>,
}

/// An award on a list.
#[derive(Debug, Serialize, ToSchema)]
pub struct AwardItem {
    id: String,
    #[schema(schema_with = schema::award_state)]
    state: AwardState,
    /// The household's code.
    household: String,
    rule: String,
    rule_version: i32,
    rule_zh: String,
    rule_en: String,
    #[schema(value_type = String)]
    quantity: Quantity,
    /// Negative for a deduction.
    #[schema(schema_with = schema::points)]
    points: Points,
    #[schema(schema_with = schema::day)]
    occurred_on: Day,
    note: Option<String>,
    /// Who recorded it.
    recorder: Option<String>,
    /// When its notice closes.
    #[schema(value_type = Option<String>)]
    notice_until: Option<Day>,
}

fn made(
    write: &Write,
    id: String,
    awarded: &Awarded,
    receipt: &crate::store::Receipt,
) -> AwardMade {
    AwardMade {
        award: AwardOut {
            id,
            state: awarded.state,
            points: awarded.points,
        },
        balance: BalanceOut::from(&awarded.balance),
        arrears: Some(awarded.unpaid).filter(|unpaid| *unpaid > Points::ZERO),
        operation: write.operation(receipt),
    }
}

fn command(write: &Write, body: AwardIn) -> Command {
    deed_command(
        write,
        body.rule.into_inner(),
        body.household.into_inner(),
        body.member,
        body.quantity.0,
        body.occurred_on,
        body.note.as_deref(),
    )
}

/// The command of one deed, for the API and for pages.
pub fn deed_command(
    write: &Write,
    rule: String,
    household: String,
    member: Option<i32>,
    quantity: Quantity,
    occurred: Day,
    note: Option<&str>,
) -> Command {
    Command::Award(RecordAward {
        rule,
        household: HouseholdRef::Given(household),
        member,
        quantity,
        occurred,
        note: write.texts().some(note),
    })
}

/// The command of one decision, for the API and for pages.
pub fn review_command(
    write: &Write,
    award: (Uuid, i32),
    approve: bool,
    reason: Option<&str>,
) -> Command {
    Command::ReviewAward(ReviewAward {
        award: OperationRef::new(award.0, award.1),
        approve,
        reason: write.texts().some(reason),
    })
}

async fn record(write: &Write, command: Command) -> Outcome {
    let receipt = write.submit(command).await?;
    let Answer::Award(awarded) = &receipt.answer else {
        return Err(wrong_answer());
    };
    let made = made(write, receipt.id.to_string(), awarded, &receipt);
    Ok(write.created(&receipt, made))
}

/// Records a deed under a rule; a rule that takes points makes it a deduction.
#[utoipa::path(post, path = "/api/v1/villages/{village}/awards", tag = "awards", request_body = AwardIn, responses((status = 201, body = AwardMade)))]
pub async fn award_record(write: Write, Json(body): Json<AwardIn>) -> Outcome {
    let command = command(&write, body);
    record(&write, command).await
}

/// As awards, and refuses a rule that gives points.
#[utoipa::path(post, path = "/api/v1/villages/{village}/deductions", tag = "awards", request_body = AwardIn, responses((status = 201, body = AwardMade)))]
pub async fn deduction_record(write: Write, Json(body): Json<AwardIn>) -> Outcome {
    let known = rules::list(&write.app.store, write.village()?.no).await?;
    let rule = known
        .into_iter()
        .find(|item| item.row.code == *body.rule)
        .map(|item| item.row);
    let command = command(&write, body);
    match rule.filter(|rule| rule.kind != RuleKind::Deduct) {
        None => record(&write, command).await,
        Some(rule) => {
            let why = Rejection::WrongRuleKind {
                rule: rule.code,
                kind: rule.kind,
            };
            // Remembered, so that a late duplicate cannot come true under another version.
            write
                .app
                .store
                .remember(&write.submission(command), &why)
                .await;
            Err(Problem::rejected(&why, "rows", false))
        }
    }
}

/// Another person's decision on a proposed award.
#[utoipa::path(post, path = "/api/v1/villages/{village}/awards/{award}/review", tag = "awards", request_body = ReviewIn, responses((status = 200, body = AwardMade)))]
pub async fn award_review(write: Write, names: Names, Json(body): Json<ReviewIn>) -> Outcome {
    let (id, line) = names.line("award")?;
    let approve = body.decision == Decision::Approve;
    let command = review_command(&write, (id, line), approve, body.reason.as_deref());
    let receipt = write.submit(command).await;
    let receipt = receipt.map_err(|problem| problem.of_path(&["unknown_award"]))?;
    let Answer::Award(awarded) = &receipt.answer else {
        return Err(wrong_answer());
    };
    let made = made(&write, names.get("award").to_string(), awarded, &receipt);
    Ok(write.ok(&receipt, made))
}

/// Awards, the oldest first; `state=proposed` is the reviewer's list.
#[utoipa::path(get, path = "/api/v1/villages/{village}/awards", tag = "awards", params(AwardSearch), responses((status = 200, body = Listed<AwardItem>)))]
pub async fn award_list(
    State(app): State<App>,
    visit: Visit,
    Query(search): Query<AwardSearch>,
) -> Result<Json<Listed<AwardItem>>, Problem> {
    let limit = super::super::extract::limit(search.limit.as_deref())?;
    let after = search.after.as_deref().map(cursor).transpose()?;
    let items = awards::list(
        &app.store,
        visit.village()?.no,
        search.state,
        after,
        limit + 1,
    )
    .await?;
    let listed = Listed::of(items, limit, |item| {
        format!("{}.{}", item.row.seq, item.row.line)
    });
    Ok(Json(listed.map(|item| {
        let sign = if item.row.kind == RuleKind::Deduct {
            -1
        } else {
            1
        };
        AwardItem {
            id: item.id,
            state: item.row.state,
            household: item.household,
            rule: item.rule,
            rule_version: item.row.rule_version,
            rule_zh: item.rule_zh,
            rule_en: item.rule_en,
            quantity: item.row.quantity,
            points: Points(sign * item.row.points.0),
            occurred_on: item.row.occurred,
            note: item.note,
            recorder: item.recorder,
            notice_until: item.row.notice_until,
        }
    })))
}

fn cursor(text: &str) -> Result<(i64, i32), Problem> {
    let parts = text
        .split_once('.')
        .and_then(|(seq, line)| seq.parse().ok().zip(line.parse().ok()));
    parts.ok_or_else(|| Problem::field("?after", "not_a_cursor"))
}
