//! Schemes against the rules of a village.

use super::{Plan, Refusal, Step, Store, Target};
use crate::core::rows::{Path, RuleKind, RuleScope};
use crate::core::rule::{CapGroupSpec, DeclareRules, RuleSpec};
use crate::core::{Command, Period, Points};
use crate::import::RuleRow;
use crate::store::read::rules as read_rules;
use crate::store::texts::Texts;

fn rule_spec(
    texts: &mut Texts<'_>,
    row: &RuleRow,
    known: Option<&read_rules::RuleItem>,
) -> Option<RuleSpec> {
    let cap = |item: &read_rules::CapItem| CapGroupSpec {
        code: item.code.clone(),
        points: item.points,
        period: item.period,
    };
    Some(RuleSpec {
        code: row.code.clone(),
        name_zh: texts.text(&row.name_zh),
        name_en: texts.text(&row.name_en),
        category: row.category.clone(),
        kind: RuleKind::of_word(&row.kind)?,
        points: Points::parse(&row.points).ok()?,
        unit: row.unit.clone(),
        cap_points: row
            .cap_points
            .as_deref()
            .map(Points::parse)
            .transpose()
            .ok()?,
        cap_period: Period::of_word(&row.cap_period)?,
        path: Path::of_word(&row.path)?,
        evidence: row.evidence.clone(),
        scope: RuleScope::of_word(&row.scope)?,
        // What a file cannot say stays as the village settled it.
        shared_cap: known.and_then(|item| item.shared_cap.as_ref()).map(cap),
        exclusive: known.and_then(|item| item.exclusive.as_ref()).map(cap),
        starts: known.and_then(|item| item.row.starts),
        ends: known.and_then(|item| item.row.ends),
    })
}

fn pairs(
    spec: &RuleSpec,
    row: &RuleRow,
    item: &read_rules::RuleItem,
) -> Vec<(&'static str, String, String)> {
    let known = &item.row;
    let cap = |points: Option<Points>| points.map(|points| points.to_string()).unwrap_or_default();
    let word = |word: &str| word.to_string();
    vec![
        ("name_zh", item.name_zh.clone(), row.name_zh.clone()),
        ("name_en", item.name_en.clone(), row.name_en.clone()),
        ("category", known.category.clone(), spec.category.clone()),
        ("kind", word(known.kind.word()), word(spec.kind.word())),
        ("points", known.points.to_string(), spec.points.to_string()),
        ("unit", known.unit.clone(), spec.unit.clone()),
        ("cap_points", cap(known.cap_points), cap(spec.cap_points)),
        (
            "cap_period",
            word(known.cap_period.word()),
            word(spec.cap_period.word()),
        ),
        ("path", word(known.path.word()), word(spec.path.word())),
        ("evidence", known.evidence.clone(), spec.evidence.clone()),
        ("scope", word(known.scope.word()), word(spec.scope.word())),
    ]
}

/// What a row would change: new rules and new versions go in one operation.
pub(super) async fn plan(store: &Store, target: Target, rows: &[RuleRow]) -> Result<Plan, Refusal> {
    let known = read_rules::list(store, target.unit).await?;
    let mut texts = Texts::new(&store.secrets().pepper, target.id);
    let (mut plan, mut specs, mut sent) = (Plan::default(), Vec::new(), Vec::new());
    for row in rows {
        let item = known.iter().find(|item| item.row.code == row.code);
        // The reader lets no row through that has no such form.
        let spec = rule_spec(&mut texts, row, item).ok_or(Refusal::Fault)?;
        let about = (row.row, row.code.as_str(), row.name_zh.as_str());
        if plan.compare(about, item.map(|item| pairs(&spec, row, item))) {
            specs.push(spec);
            sent.push(row.row);
        }
    }
    if !specs.is_empty() {
        plan.steps.push(Step {
            id: target.id,
            command: Command::DeclareRules(DeclareRules {
                rules: specs,
                resolution: None,
            }),
            rows: sent,
        });
    }
    Ok(plan)
}
