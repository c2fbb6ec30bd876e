//! `V/notices`: awards in public notice, before they become available.

use super::prelude::*;
use super::wrong_answer;
use crate::core::Awarded;
use crate::core::award::{AwardKey, WithdrawAward};
use crate::core::notice::{ComposeNotice, ConfirmNotice, ProveNotice, WithdrawNotice};
use crate::store::Receipt;
use crate::store::read::journal;
use crate::store::read::notices::{self, NoticeItem, NoticeLine};
use std::collections::HashSet;

/// Awards to put together.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct NoticeIn {
    /// How long it stands; at least the policy's `notice_days`.
    #[schema(minimum = 3, maximum = 7)]
    days: i32,
    /// Ids of awards that wait for a notice, at most 2,000; all of them when absent.
    #[schema(value_type = Option<Vec<String>>, min_items = 1, max_items = 2000)]
    awards: Option<Vec<Words<64>>>,
}

/// What the second person confirms.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct ConfirmIn {
    /// The `seal` of the notice as it was read.
    #[schema(schema_with = schema::hash)]
    seal: Words<64>,
}

/// Why something is taken down.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct ReasonIn {
    #[schema(schema_with = schema::remark)]
    reason: Words<500>,
}

/// A photo of the board.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct ProofIn {
    /// The photo's id.
    #[schema(schema_with = schema::hash)]
    photo: Words<64>,
}

/// A notice as it stands.
#[derive(Debug, Serialize, ToSchema)]
pub struct NoticeOut {
    no: i32,
    #[schema(schema_with = schema::notice_state)]
    state: NoticeState,
    days: i32,
    /// Lines when it was put together.
    lines: i32,
    /// Points given by them.
    #[schema(schema_with = schema::points)]
    points: Points,
    /// Points taken by them.
    #[schema(schema_with = schema::points)]
    taken: Points,
    composer: String,
    #[schema(schema_with = schema::day)]
    composed_on: Day,
    confirmer: Option<String>,
    /// First day.
    #[schema(value_type = Option<String>)]
    opens: Option<Day>,
    /// Last day.
    #[schema(value_type = Option<String>)]
    closes: Option<Day>,
    /// Why it was withdrawn.
    reason: Option<String>,
    /// The photo that proves it hung.
    proof: Option<String>,
    /// Lines that wait for its end.
    standing: i64,
    /// Lines among them that an open objection holds back.
    frozen: i64,
}

#[derive(Debug, Serialize, ToSchema)]
struct NoticeLineOut {
    /// The award's id.
    award: String,
    #[schema(schema_with = schema::award_state)]
    state: AwardState,
    /// The household's code.
    household: String,
    group: String,
    rule_zh: String,
    rule_en: String,
    /// Negative for a deduction.
    #[schema(schema_with = schema::points)]
    points: Points,
    #[schema(schema_with = schema::day)]
    occurred_on: Day,
    /// Open objections.
    objections: i32,
}

/// A notice with its lines.
#[derive(Debug, Serialize, ToSchema)]
pub struct NoticeView {
    notice: NoticeOut,
    lines: Vec<NoticeLineOut>,
    /// Another one when a line has changed; confirming takes it.
    #[schema(schema_with = schema::hash)]
    seal: String,
}

/// A notice that was put together.
#[derive(Debug, Serialize, ToSchema)]
pub struct NoticeMade {
    /// Its number in the village.
    no: i32,
    operation: Operation,
}

/// Something done to a notice.
#[derive(Debug, Serialize, ToSchema)]
pub struct Done {
    pub(super) operation: Operation,
}

/// An award that was taken out of its notice.
#[derive(Debug, Serialize, ToSchema)]
pub struct WithdrawnAward {
    #[schema(schema_with = schema::award_state)]
    state: AwardState,
    /// What went back.
    #[schema(schema_with = schema::points)]
    points: Points,
    balance: BalanceOut,
    operation: Operation,
}

/// 32 octets in hexadecimal.
pub(super) fn hash_of(given: &str, pointer: &str) -> Result<[u8; 32], Problem> {
    let bytes = hex::decode(given).ok();
    let hash = bytes.and_then(|bytes| bytes.try_into().ok());
    hash.ok_or_else(|| Problem::field(pointer, "not_a_hash"))
}

/// The number in a path; what is none names nothing.
pub(super) fn number(names: &Names) -> Result<i32, Problem> {
    let no = names.get("no").parse::<i32>().ok().filter(|no| *no > 0);
    no.ok_or_else(Problem::not_found)
}

/// The command that puts lines together, for the API and for pages.
#[must_use]
pub fn compose_command<'a>(days: i32, lines: impl Iterator<Item = &'a NoticeLine>) -> Command {
    let key = |line: &NoticeLine| AwardKey {
        seq: line.award.seq,
        line: line.award.line,
    };
    Command::ComposeNotice(ComposeNotice {
        days,
        awards: lines.map(key).collect(),
    })
}

/// The command of the second person, for the API and for pages.
#[must_use]
pub fn confirm_command(notice: i32, seal: [u8; 32]) -> Command {
    Command::ConfirmNotice(ConfirmNotice { notice, seal })
}

/// The command that takes a notice down, for the API and for pages.
#[must_use]
pub fn withdraw_command(write: &Write, notice: i32, reason: &str) -> Command {
    let reason = write.text(reason);
    Command::WithdrawNotice(WithdrawNotice { notice, reason })
}

/// The command that takes one line out, for the API and for pages.
#[must_use]
pub fn withdraw_line_command(write: &Write, award: (Uuid, i32), reason: &str) -> Command {
    Command::WithdrawAward(WithdrawAward {
        award: OperationRef::new(award.0, award.1),
        reason: write.text(reason),
    })
}

fn out(item: NoticeItem) -> NoticeOut {
    let some = |text: String| Some(text).filter(|text| !text.is_empty());
    NoticeOut {
        no: item.row.no,
        state: item.row.state,
        days: item.row.days,
        lines: item.row.lines,
        points: item.row.points,
        taken: item.row.taken,
        composer: item.composer,
        composed_on: item.row.composed,
        confirmer: some(item.confirmer),
        opens: item.row.opens,
        closes: item.row.closes,
        reason: some(item.reason),
        proof: item.row.proof.map(hex::encode),
        standing: item.standing,
        frozen: item.frozen,
    }
}

fn line_out(line: NoticeLine) -> NoticeLineOut {
    NoticeLineOut {
        points: line.signed(),
        award: line.id,
        state: line.award.state,
        household: line.code,
        group: line.group,
        rule_zh: line.rule_zh,
        rule_en: line.rule_en,
        occurred_on: line.award.occurred,
        objections: line.award.objections,
    }
}

/// What this key has put together already: the lines it took wait no longer.
///
/// # Errors
/// When the journal cannot be read.
pub async fn composed(
    write: &Write,
    days: i32,
    many: Option<usize>,
) -> Result<Option<Command>, Problem> {
    let found = journal::one(&write.app.store, write.village()?.no, write.key).await?;
    Ok(found.and_then(|(_, command, _)| match &command {
        Command::ComposeNotice(made)
            if made.days == days && many.is_none_or(|many| many == made.awards.len()) =>
        {
            Some(command)
        }
        _ => None,
    }))
}

/// Puts approved awards together into the next notice; another person confirms it.
#[utoipa::path(post, path = "/api/v1/villages/{village}/notices", tag = "notices", request_body = NoticeIn, responses((status = 201, body = NoticeMade)))]
pub async fn notice_compose(write: Write, Json(body): Json<NoticeIn>) -> Outcome {
    let waiting = notices::waiting(&write.app.store, write.village()?.no).await?;
    let many = body.awards.as_ref().map(Vec::len);
    let earlier = composed(&write, body.days, many).await?;
    let command = match (earlier, body.awards) {
        (Some(earlier), _) => earlier,
        (None, None) => compose_command(body.days, waiting.iter()),
        (None, Some(wanted)) => {
            let known: HashSet<&str> = waiting.iter().map(|line| line.id.as_str()).collect();
            let strange = wanted.iter().position(|id| !known.contains(&**id));
            if let Some(index) = strange {
                return Err(Problem::field(format!("/awards/{index}"), "not_waiting"));
            }
            let wanted: HashSet<&str> = wanted.iter().map(|id| &**id).collect();
            let chosen = waiting.iter();
            let chosen = chosen.filter(|line| wanted.contains(line.id.as_str()));
            compose_command(body.days, chosen)
        }
    };
    let receipt = write.submit(command).await?;
    let Answer::Made(made) = &receipt.answer else {
        return Err(wrong_answer());
    };
    let no = made.first().map(|made| made.no).ok_or_else(wrong_answer)?;
    let operation = write.operation(&receipt);
    Ok(write.created(&receipt, NoticeMade { no, operation }))
}

/// Notices, the newest first.
#[utoipa::path(get, path = "/api/v1/villages/{village}/notices", tag = "notices", params(Page), responses((status = 200, body = Listed<NoticeOut>)))]
pub async fn notice_list(
    State(app): State<App>,
    visit: Visit,
    Query(page): Query<Page>,
) -> Result<Json<Listed<NoticeOut>>, Problem> {
    let limit = page.limit()?;
    let unit = visit.village()?.no;
    let items = notices::list(&app.store, unit, page.after()?, limit + 1).await?;
    let listed = Listed::of(items, limit, |item| item.row.no.to_string());
    Ok(Json(listed.map(out)))
}

/// A notice with its lines.
#[utoipa::path(get, path = "/api/v1/villages/{village}/notices/{no}", tag = "notices", responses((status = 200, body = NoticeView)))]
pub async fn notice_view(
    State(app): State<App>,
    visit: Visit,
    names: Names,
) -> Result<Json<NoticeView>, Problem> {
    let (unit, no) = (visit.village()?.no, number(&names)?);
    let item = notices::one(&app.store, unit, no).await?;
    let item = item.ok_or_else(Problem::not_found)?;
    let lines = notices::lines(&app.store, unit, no).await?;
    Ok(Json(NoticeView {
        notice: out(item),
        seal: hex::encode(notices::seal_of(&lines)),
        lines: lines.into_iter().map(line_out).collect(),
    }))
}

async fn done(write: &Write, command: Command) -> Outcome {
    let receipt: Receipt = write.submit(command).await.map_err(|problem| {
        problem.of_path(&["unknown_notice", "unknown_objection", "unknown_award"])
    })?;
    let operation = write.operation(&receipt);
    Ok(write.ok(&receipt, Done { operation }))
}

/// Posts a notice as it was read: its days begin. Not by whoever put it together.
#[utoipa::path(post, path = "/api/v1/villages/{village}/notices/{no}/confirm", tag = "notices", request_body = ConfirmIn, responses((status = 200, body = Done)))]
pub async fn notice_confirm(write: Write, names: Names, Json(body): Json<ConfirmIn>) -> Outcome {
    let seal = hash_of(&body.seal, "/seal")?;
    done(&write, confirm_command(number(&names)?, seal)).await
}

/// Takes a notice down before its time; its lines wait for another one.
#[utoipa::path(post, path = "/api/v1/villages/{village}/notices/{no}/withdraw", tag = "notices", request_body = ReasonIn, responses((status = 200, body = Done)))]
pub async fn notice_withdraw(write: Write, names: Names, Json(body): Json<ReasonIn>) -> Outcome {
    let command = withdraw_command(&write, number(&names)?, &body.reason);
    done(&write, command).await
}

/// Keeps a photo that proves the notice hung on the board.
#[utoipa::path(post, path = "/api/v1/villages/{village}/notices/{no}/proof", tag = "notices", request_body = ProofIn, responses((status = 200, body = Done)))]
pub async fn notice_prove(write: Write, names: Names, Json(body): Json<ProofIn>) -> Outcome {
    let (notice, photo) = (number(&names)?, hash_of(&body.photo, "/photo")?);
    crate::web::photos::known(&write.app, write.village()?.no, &[photo]).await?;
    let command = Command::ProveNotice(ProveNotice { notice, photo });
    done(&write, command).await
}

/// Takes one award out of its notice: its points go back to the fund.
#[utoipa::path(post, path = "/api/v1/villages/{village}/awards/{award}/withdraw", tag = "notices", request_body = ReasonIn, responses((status = 200, body = WithdrawnAward)))]
pub async fn award_withdraw(write: Write, names: Names, Json(body): Json<ReasonIn>) -> Outcome {
    let command = withdraw_line_command(&write, names.line("award")?, &body.reason);
    let receipt = write.submit(command).await;
    let receipt = receipt.map_err(|problem| problem.of_path(&["unknown_award"]))?;
    let Answer::Award(Awarded {
        state,
        points,
        balance,
        ..
    }) = &receipt.answer
    else {
        return Err(wrong_answer());
    };
    let body = WithdrawnAward {
        state: *state,
        points: *points,
        balance: BalanceOut::from(balance),
        operation: write.operation(&receipt),
    };
    Ok(write.ok(&receipt, body))
}
