//! `V/rules`: the scheme.

use super::prelude::*;
use super::wrong_answer;
use crate::core::rule::{CapGroupSpec, DeclareRules, Resolution, RetireRule, RuleSpec};
use crate::store::read::rules::{self, CapItem};
use crate::store::texts::Texts;

/// A rule, or a new version of one.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct RuleIn {
    #[schema(schema_with = schema::code)]
    code: String,
    name_zh: String,
    name_en: String,
    /// A word such as `courtyard`.
    #[schema(schema_with = schema::code)]
    category: String,
    #[schema(schema_with = schema::rule_kind)]
    kind: RuleKind,
    /// For one unit.
    #[schema(schema_with = schema::amount)]
    points: Points,
    /// Such as 次.
    unit: String,
    /// The most per period; without a period for ever.
    #[schema(schema_with = schema::amount)]
    cap_points: Option<Points>,
    #[schema(schema_with = schema::period)]
    cap_period: Option<Period>,
    #[schema(schema_with = schema::path)]
    path: Path,
    /// Such as `none`, `photo`, `before_after`, `sign_in`, `document`.
    #[schema(schema_with = schema::code)]
    evidence: String,
    #[schema(schema_with = schema::rule_scope)]
    scope: RuleScope,
    /// A cap shared with other rules.
    shared_cap: Option<SharedCapIn>,
    /// Rules of which one counts in a period.
    exclusive: Option<ExclusiveIn>,
    /// First day of deeds.
    #[schema(schema_with = schema::day)]
    starts: Option<Day>,
    /// Last day of deeds.
    #[schema(schema_with = schema::day)]
    ends: Option<Day>,
    /// The resolution of the villagers' assembly: its number, and the body that resolved.
    #[schema(schema_with = schema::remark)]
    resolution: Option<Words<200>>,
    /// The day it was resolved; goes with `resolution`.
    #[schema(schema_with = schema::day)]
    resolved_on: Option<Day>,
}

/// A cap that rules with the same code share.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct SharedCapIn {
    #[schema(schema_with = schema::code)]
    code: String,
    #[schema(schema_with = schema::amount)]
    points: Points,
    #[schema(schema_with = schema::period)]
    period: Period,
}

/// Rules with the same code exclude each other.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct ExclusiveIn {
    #[schema(schema_with = schema::code)]
    code: String,
    #[schema(schema_with = schema::period)]
    period: Period,
}

/// The version that is in force now.
#[derive(Debug, Serialize, ToSchema)]
pub struct RuleMade {
    rule: RuleVersion,
    operation: Operation,
}

#[derive(Debug, Serialize, ToSchema)]
struct RuleVersion {
    code: String,
    version: i32,
}

/// A rule in its newest version.
#[derive(Debug, Serialize, ToSchema)]
pub struct RuleOut {
    code: String,
    version: i32,
    name_zh: String,
    name_en: String,
    category: String,
    #[schema(schema_with = schema::rule_kind)]
    kind: RuleKind,
    #[schema(schema_with = schema::points)]
    points: Points,
    unit: String,
    #[schema(value_type = Option<String>)]
    cap_points: Option<Points>,
    #[schema(schema_with = schema::period)]
    cap_period: Period,
    #[schema(schema_with = schema::path)]
    path: Path,
    evidence: String,
    #[schema(schema_with = schema::rule_scope)]
    scope: RuleScope,
    shared_cap: Option<CapOut>,
    exclusive: Option<CapOut>,
    #[schema(value_type = Option<String>)]
    starts: Option<Day>,
    #[schema(value_type = Option<String>)]
    ends: Option<Day>,
}

/// A group of rules.
#[derive(Debug, Serialize, ToSchema)]
pub struct CapOut {
    code: String,
    #[schema(value_type = Option<String>)]
    points: Option<Points>,
    #[schema(schema_with = schema::period)]
    period: Period,
}

impl From<CapItem> for CapOut {
    fn from(item: CapItem) -> CapOut {
        CapOut {
            code: item.code,
            points: item.points,
            period: item.period,
        }
    }
}

/// The last day of a rule.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct RetireIn {
    #[schema(schema_with = schema::day)]
    ends: Day,
    /// The resolution of the villagers' assembly: its number, and the body that resolved.
    #[schema(schema_with = schema::remark)]
    resolution: Option<Words<200>>,
    /// The day it was resolved; goes with `resolution`.
    #[schema(schema_with = schema::day)]
    resolved_on: Option<Day>,
}

/// A resolution has words and a day, or there is none.
fn resolution(
    texts: &mut Texts<'_>,
    words: Option<&str>,
    on: Option<Day>,
) -> Result<Option<Resolution>, Problem> {
    match (words, on) {
        (None, None) => Ok(None),
        (Some(words), Some(on)) => Ok(Some(Resolution {
            text: texts.text(words),
            on,
        })),
        (Some(_), None) => Err(Problem::field("/resolved_on", "missing_field")),
        (None, Some(_)) => Err(Problem::field("/resolution", "missing_field")),
    }
}

impl RetireIn {
    /// The command, for the API and for pages.
    ///
    /// # Errors
    /// 422 for a resolution without its day, or a day without one.
    pub fn command(self, write: &Write, rule: &str) -> Result<Command, Problem> {
        let words = self.resolution.as_deref();
        let resolution = resolution(&mut write.texts(), words, self.resolved_on)?;
        Ok(Command::RetireRule(RetireRule {
            rule: rule.to_string(),
            ends: self.ends,
            resolution,
        }))
    }
}

impl RuleIn {
    /// The command, for the API and for pages.
    ///
    /// # Errors
    /// 422 for a resolution without its day, or a day without one.
    pub fn command(mut self, write: &Write) -> Result<Command, Problem> {
        let mut texts = write.texts();
        let (words, on) = (self.resolution.take(), self.resolved_on);
        let rules = vec![self.spec(&mut texts)];
        let resolution = resolution(&mut texts, words.as_deref(), on)?;
        Ok(Command::DeclareRules(DeclareRules { rules, resolution }))
    }

    fn spec(self, texts: &mut Texts<'_>) -> RuleSpec {
        let shared = self.shared_cap.map(|cap| CapGroupSpec {
            code: cap.code,
            points: Some(cap.points),
            period: cap.period,
        });
        let exclusive = self.exclusive.map(|group| CapGroupSpec {
            code: group.code,
            points: None,
            period: group.period,
        });
        RuleSpec {
            code: self.code,
            name_zh: texts.text(&self.name_zh),
            name_en: texts.text(&self.name_en),
            category: self.category,
            kind: self.kind,
            points: self.points,
            unit: self.unit,
            cap_points: self.cap_points,
            cap_period: self.cap_period.unwrap_or(Period::Lifetime),
            path: self.path,
            evidence: self.evidence,
            scope: self.scope,
            shared_cap: shared,
            exclusive,
            starts: self.starts,
            ends: self.ends,
        }
    }
}

/// Declares a rule, or a new version of it. Awards keep the version they were made under.
#[utoipa::path(post, path = "/api/v1/villages/{village}/rules", tag = "rules", request_body = RuleIn, responses((status = 201, body = RuleMade)))]
pub async fn rule_declare(write: Write, Json(body): Json<RuleIn>) -> Outcome {
    let code = body.code.clone();
    let command = body.command(&write)?;
    let receipt = write.submit(command).await?;
    let rule = RuleVersion {
        code,
        version: version(&receipt.answer)?,
    };
    Ok(write.created(
        &receipt,
        RuleMade {
            rule,
            operation: write.operation(&receipt),
        },
    ))
}

fn version(answer: &Answer) -> Result<i32, Problem> {
    match answer {
        Answer::Versions(versions) => versions.first().copied().ok_or_else(wrong_answer),
        _ => Err(wrong_answer()),
    }
}

/// Gives a rule its last day.
#[utoipa::path(post, path = "/api/v1/villages/{village}/rules/{rule}/retire", tag = "rules", request_body = RetireIn, responses((status = 200, body = RuleMade)))]
pub async fn rule_retire(write: Write, names: Names, Json(body): Json<RetireIn>) -> Outcome {
    let code = names.get("rule").to_string();
    let command = body.command(&write, &code)?;
    let receipt = write.submit(command).await;
    let receipt = receipt.map_err(|problem| problem.of_path(&["unknown_rule"]))?;
    let rule = RuleVersion {
        code,
        version: version(&receipt.answer)?,
    };
    Ok(write.ok(
        &receipt,
        RuleMade {
            rule,
            operation: write.operation(&receipt),
        },
    ))
}

/// All rules in their newest version.
#[utoipa::path(get, path = "/api/v1/villages/{village}/rules", tag = "rules", params(Page), responses((status = 200, body = Listed<RuleOut>)))]
pub async fn rule_list(
    State(app): State<App>,
    visit: Visit,
    Query(page): Query<Page>,
) -> Result<Json<Listed<RuleOut>>, Problem> {
    let (limit, after) = (page.limit()?, page.after::<i32>()?);
    let rules = rules::list(&app.store, visit.village()?.no).await?;
    let rest = rules
        .into_iter()
        .filter(|item| after.is_none_or(|after| item.row.no > after));
    let listed = Listed::of(rest.take(limit + 1).collect(), limit, |item| {
        item.row.no.to_string()
    });
    Ok(Json(listed.map(|item| {
        let row = item.row;
        RuleOut {
            code: row.code,
            version: row.version,
            name_zh: item.name_zh,
            name_en: item.name_en,
            category: row.category,
            kind: row.kind,
            points: row.points,
            unit: row.unit,
            cap_points: row.cap_points,
            cap_period: row.cap_period,
            path: row.path,
            evidence: row.evidence,
            scope: row.scope,
            shared_cap: item.shared_cap.map(CapOut::from),
            exclusive: item.exclusive.map(CapOut::from),
            starts: row.starts,
            ends: row.ends,
        }
    })))
}
