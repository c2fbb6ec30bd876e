//! `V/operations` and `V/checkpoint`: the journal, its proofs, and undoing.

use super::prelude::*;
use super::wrong_answer;
use crate::core::canonical::Canonical as _;
use crate::core::evidence::Hash;
use crate::core::kind_word;
use crate::core::reversal::Reverse;
use crate::core::rights::Role;
use crate::store::read::directory::UnitInfo;
use crate::store::read::{households, journal};
use axum::http::header;
use axum::response::IntoResponse as _;
use std::collections::{BTreeSet, HashMap};

/// Why it is undone.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct ReverseIn {
    #[schema(schema_with = schema::remark)]
    reason: Words<500>,
}

/// What undoing did.
#[derive(Debug, Serialize, ToSchema)]
pub struct ReverseMade {
    /// Points undone.
    #[schema(schema_with = schema::points)]
    points: Points,
    /// The household's balance, when only one was concerned.
    #[serde(skip_serializing_if = "Option::is_none")]
    balance: Option<BalanceOut>,
    /// What that household still owes, if anything.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(value_type = Option<String>)]
    arrears: Option<Points>,
    operation: Operation,
}

/// An entry of the journal.
#[derive(Debug, Serialize, ToSchema)]
pub struct JournalItem {
    id: Uuid,
    seq: i64,
    /// Such as `award` or `redemption`.
    kind: String,
    /// The staff member; the nil id is the machine itself.
    actor: Uuid,
    actor_name: Option<String>,
    /// As what they acted.
    #[schema(schema_with = schema::role)]
    role: Role,
    #[schema(format = DateTime)]
    at: String,
    /// Its leaf in the evidence, hex.
    leaf: String,
}

/// An entry with what it moved.
#[derive(Debug, Serialize, ToSchema)]
pub struct JournalEntry {
    operation: JournalItem,
    /// The canonical command, hex: what the leaf covers, without names and other texts.
    payload: String,
    transfers: Vec<TransferOut>,
}

#[derive(Debug, Serialize, ToSchema)]
struct TransferOut {
    line: i32,
    /// The household's code.
    household: Option<String>,
    household_seq: i64,
    /// The account points left.
    from: String,
    /// The account they reached.
    to: String,
    #[schema(schema_with = schema::day)]
    expires_on: Day,
    #[schema(schema_with = schema::points)]
    points: Points,
    #[schema(schema_with = schema::points)]
    balance_after: Points,
    #[schema(schema_with = schema::purpose)]
    kind: Purpose,
}

/// An inclusion proof after RFC 6962; hashes in hex.
#[derive(Debug, Serialize, ToSchema)]
pub struct ProofOut {
    leaf: String,
    /// From 0.
    index: u64,
    size: u64,
    root: String,
    path: Vec<String>,
}

impl From<journal::OperationItem> for JournalItem {
    fn from(item: journal::OperationItem) -> JournalItem {
        JournalItem {
            id: item.id,
            seq: item.seq,
            kind: kind_word(item.kind).to_string(),
            actor: item.actor,
            actor_name: item.actor_name,
            role: item.role,
            at: rfc3339(item.at),
            leaf: hex::encode(item.leaf),
        }
    }
}

/// Undoes an allotment, award, sheet, deduction or receipt of goods, once.
#[utoipa::path(post, path = "/api/v1/villages/{village}/operations/{operation}/reverse", tag = "journal", request_body = ReverseIn, responses((status = 201, body = ReverseMade)))]
pub async fn operation_reverse(write: Write, names: Names, Json(body): Json<ReverseIn>) -> Outcome {
    let operation = OperationRef::new(names.id("operation")?, 0);
    let command = Reverse {
        operation,
        reason: write.text(&body.reason),
    };
    let receipt = write.submit(Command::Reverse(command)).await;
    let receipt = receipt.map_err(|problem| problem.of_path(&["unknown_operation"]))?;
    let Answer::Moved(moved) = &receipt.answer else {
        return Err(wrong_answer());
    };
    let arrears = moved.balance.as_ref().map(|balance| balance.arrears);
    let made = ReverseMade {
        points: moved.points,
        balance: moved.balance.as_ref().map(BalanceOut::from),
        arrears: arrears.filter(|arrears| *arrears > Points::ZERO),
        operation: write.operation(&receipt),
    };
    Ok(write.created(&receipt, made))
}

/// The journal, the newest entry first.
#[utoipa::path(get, path = "/api/v1/villages/{village}/operations", tag = "journal", params(Page), responses((status = 200, body = Listed<JournalItem>)))]
pub async fn operation_list(
    State(app): State<App>,
    visit: Visit,
    Query(page): Query<Page>,
) -> Result<Json<Listed<JournalItem>>, Problem> {
    let (limit, after) = (page.limit()?, page.after()?);
    let items = journal::list(&app.store, visit.village()?.no, after, limit + 1).await?;
    let listed = Listed::of(items, limit, |item| item.seq.to_string());
    Ok(Json(listed.map(JournalItem::from)))
}

/// One entry with its transfers.
#[utoipa::path(get, path = "/api/v1/villages/{village}/operations/{operation}", tag = "journal", responses((status = 200, body = JournalEntry)))]
pub async fn operation_view(
    State(app): State<App>,
    visit: Visit,
    names: Names,
) -> Result<Json<JournalEntry>, Problem> {
    let unit = visit.village()?.no;
    let found = journal::one(&app.store, unit, names.id("operation")?).await?;
    let (item, command, transfers) = found.ok_or_else(Problem::not_found)?;
    let named = transfers
        .iter()
        .map(|row| row.household)
        .filter(|no| *no > 0)
        .collect();
    let codes = codes(&app, unit, named).await?;
    let account = |account: Account, holder: i32| match holder {
        holder if holder < 0 => format!("station:{}:{}", -holder, account.word()),
        _ => account.word().to_string(),
    };
    let transfers = transfers.into_iter().map(|row| TransferOut {
        line: row.line,
        household: codes.get(&row.household).cloned(),
        household_seq: row.household_seq,
        from: account(row.from_account, row.from_holder),
        to: account(row.to_account, row.to_holder),
        expires_on: row.lot,
        points: row.points,
        balance_after: row.balance_after,
        kind: row.purpose,
    });
    let transfers = transfers.collect();
    let payload = hex::encode(command.bytes());
    Ok(Json(JournalEntry {
        operation: item.into(),
        payload,
        transfers,
    }))
}

/// The codes of households by number.
async fn codes(
    app: &App,
    unit: i32,
    mut wanted: BTreeSet<i32>,
) -> Result<HashMap<i32, String>, Problem> {
    const AT_ONCE: usize = 500;
    let mut codes = HashMap::new();
    while let Some(first) = wanted.first().copied() {
        let items = households::list(&app.store, unit, None, Some(first - 1), AT_ONCE).await?;
        let last = items.last().map_or(i32::MAX, |item| item.no);
        codes.extend(
            items
                .into_iter()
                .filter(|item| wanted.contains(&item.no))
                .map(|item| (item.no, item.code)),
        );
        wanted.retain(|no| *no > last);
    }
    Ok(codes)
}

/// The proof that an entry is in the journal.
#[utoipa::path(get, path = "/api/v1/villages/{village}/operations/{operation}/proof", tag = "journal", responses((status = 200, body = ProofOut)))]
pub async fn operation_proof(
    State(app): State<App>,
    visit: Visit,
    names: Names,
) -> Result<Json<ProofOut>, Problem> {
    let proof = journal::proof(&app.store, visit.village()?.no, names.id("operation")?).await?;
    let proof = proof.ok_or_else(Problem::not_found)?;
    Ok(Json(ProofOut {
        leaf: hex::encode(proof.leaf),
        index: proof.index,
        size: proof.size,
        root: hex::encode(proof.root),
        path: proof.path.iter().map(hex::encode).collect(),
    }))
}

/// Size, root and signed checkpoint of a village's evidence as it stands.
///
/// # Errors
/// 503 when the database does not answer.
pub async fn checkpoint(app: &App, unit: &UnitInfo) -> Result<(u64, Hash, String), Problem> {
    let (size, root) = journal::top(&app.store, unit.no).await?;
    let origin = format!("{}/village/{}", app.settings.origin, unit.code);
    let signed = app.store.secrets().signing.checkpoint(&origin, size, &root);
    let signed = signed.map_err(|fault| {
        tracing::error!(?fault, origin, "a checkpoint cannot be signed");
        Problem::internal()
    })?;
    Ok((size, root, signed))
}

/// The journal's signed top, as C2SP tlog-checkpoint.
#[utoipa::path(get, path = "/api/v1/villages/{village}/checkpoint", tag = "journal", responses((status = 200, body = String, content_type = "text/plain; charset=utf-8")))]
pub async fn checkpoint_view(State(app): State<App>, visit: Visit) -> Outcome {
    let (_, _, signed) = checkpoint(&app, visit.village()?).await?;
    Ok((
        [(header::CONTENT_TYPE, "text/plain; charset=utf-8")],
        signed,
    )
        .into_response())
}
