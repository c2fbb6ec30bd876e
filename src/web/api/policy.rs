//! `V/policy`: what a village settles for itself.

use super::prelude::*;
use crate::core::policy::SetPolicy;
use crate::store::read::policy;

/// The policy in full.
#[derive(Clone, Debug, Deserialize, Serialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct PolicyBody {
    /// Minutes ahead of UTC; China is 480.
    #[schema(minimum = -720, maximum = 840)]
    utc_offset_minutes: i32,
    /// When points end.
    #[schema(schema_with = schema::expiry)]
    expiry: Expiry,
    /// For `months`.
    #[serde(default)]
    #[schema(minimum = 0, maximum = 120)]
    expiry_months: i32,
    /// Days after the quarter or year.
    #[serde(default)]
    #[schema(minimum = 0, maximum = 366)]
    grace_days: i32,
    #[schema(schema_with = schema::arrears_policy)]
    arrears: ArrearsPolicy,
    /// Days a notice stands.
    #[schema(minimum = 3, maximum = 7)]
    notice_days: i32,
    /// What a point is worth, in fen.
    #[schema(minimum = 1, maximum = 1000)]
    point_value_fen: i32,
    /// How many days back a deed may lie.
    #[schema(minimum = 0, maximum = 366)]
    backdate_days: i32,
    /// The telephone that helps, shown on every page; empty for none.
    #[serde(default)]
    #[schema(max_length = 20, pattern = "^[0-9+ -]*$")]
    help_phone: String,
    /// Days in which an objection is answered, 1 to 30; 5 when absent.
    #[serde(default = "answer_days")]
    #[schema(minimum = 1, maximum = 30)]
    answer_days: i32,
}

fn answer_days() -> i32 {
    crate::core::policy::initial().answer_days
}

/// The policy as settled.
#[derive(Debug, Serialize, ToSchema)]
pub struct PolicySet {
    policy: PolicyBody,
    operation: Operation,
}

/// The policy now.
#[derive(Debug, Serialize, ToSchema)]
pub struct PolicyOut {
    policy: PolicyBody,
}

impl From<PolicyRow> for PolicyBody {
    fn from(row: PolicyRow) -> PolicyBody {
        PolicyBody {
            utc_offset_minutes: row.utc_offset,
            expiry: row.expiry,
            expiry_months: row.expiry_months,
            grace_days: row.grace_days,
            arrears: row.arrears,
            notice_days: row.notice_days,
            point_value_fen: row.point_value_fen,
            backdate_days: row.backdate_days,
            help_phone: row.help_phone,
            answer_days: row.answer_days,
        }
    }
}

impl From<PolicyBody> for PolicyRow {
    fn from(body: PolicyBody) -> PolicyRow {
        PolicyRow {
            no: 0,
            utc_offset: body.utc_offset_minutes,
            expiry: body.expiry,
            expiry_months: body.expiry_months,
            grace_days: body.grace_days,
            arrears: body.arrears,
            notice_days: body.notice_days,
            point_value_fen: body.point_value_fen,
            backdate_days: body.backdate_days,
            help_phone: body.help_phone,
            answer_days: body.answer_days,
        }
    }
}

impl PolicyBody {
    /// The command, for the API and for pages.
    pub fn command(self) -> Command {
        Command::SetPolicy(SetPolicy {
            policy: self.into(),
        })
    }
}

/// The village's policy.
#[utoipa::path(get, path = "/api/v1/villages/{village}/policy", tag = "villages", responses((status = 200, body = PolicyOut)))]
pub async fn policy_view(State(app): State<App>, visit: Visit) -> Result<Json<PolicyOut>, Problem> {
    let policy = policy::policy(&app.store, visit.village()?.no)
        .await?
        .into();
    Ok(Json(PolicyOut { policy }))
}

/// Settles the policy anew, in full. Points already booked keep their lots.
#[utoipa::path(put, path = "/api/v1/villages/{village}/policy", tag = "villages", request_body = PolicyBody, responses((status = 200, body = PolicySet)))]
pub async fn policy_set(write: Write, Json(body): Json<PolicyBody>) -> Outcome {
    let receipt = write.submit(body.clone().command()).await?;
    Ok(write.ok(
        &receipt,
        PolicySet {
            policy: body,
            operation: write.operation(&receipt),
        },
    ))
}
