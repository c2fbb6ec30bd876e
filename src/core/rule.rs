//! Rules (积分细则): versions, caps, shared caps, exclusives.

use super::Answer;
use super::canonical::canonical_struct;
use super::day::{Day, Period};
use super::household::{is_code, is_label};
use super::points::Points;
use super::rejection::{Rejection, RowRejection};
use super::rights::Act;
use super::rows::*;
use super::state::Draft;
use super::text::Text;

/// The most rules one declaration may carry.
pub const RULES_MAX: usize = 500;

/// A cap that several rules share, or a group of rules of which only one counts in a period.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct CapGroupSpec {
    /// The village's code for it.
    pub code: String,
    /// The shared cap; absent for rules that exclude each other.
    pub points: Option<Points>,
    /// The period.
    pub period: Period,
}
canonical_struct!(CapGroupSpec {
    code,
    points,
    period
});

/// A rule as it shall be.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct RuleSpec {
    /// The village's code for it.
    pub code: String,
    /// Chinese name.
    pub name_zh: Text,
    /// English name.
    pub name_en: Text,
    /// A word such as `courtyard`.
    pub category: String,
    /// Gives or takes.
    pub kind: RuleKind,
    /// Points for one unit.
    pub points: Points,
    /// The unit.
    pub unit: String,
    /// The most per period.
    pub cap_points: Option<Points>,
    /// The cap's period.
    pub cap_period: Period,
    /// The path of its awards.
    pub path: Path,
    /// The evidence wanted.
    pub evidence: String,
    /// Whom the cap counts.
    pub scope: RuleScope,
    /// A cap shared with other rules.
    pub shared_cap: Option<CapGroupSpec>,
    /// Rules that exclude each other.
    pub exclusive: Option<CapGroupSpec>,
    /// First day of deeds.
    pub starts: Option<Day>,
    /// Last day of deeds.
    pub ends: Option<Day>,
}
canonical_struct!(RuleSpec {
    code,
    name_zh,
    name_en,
    category,
    kind,
    points,
    unit,
    cap_points,
    cap_period,
    path,
    evidence,
    scope,
    shared_cap,
    exclusive,
    starts,
    ends,
});

/// What the villagers' assembly resolved (村民会议决议), on which rules rest.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Resolution {
    /// Its number or title, and the body that resolved.
    pub text: Text,
    /// The day it was resolved.
    pub on: Day,
}
canonical_struct!(Resolution { text, on });

/// The longest reference to a resolution, in characters.
pub const RESOLUTION_MAX: usize = 200;

/// New rules, or new versions of known ones; all or none.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct DeclareRules {
    /// The rules.
    pub rules: Vec<RuleSpec>,
    /// The resolution they rest on.
    pub resolution: Option<Resolution>,
}
canonical_struct!(DeclareRules { rules, resolution });

/// The last day on which deeds count under a rule.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct RetireRule {
    /// The rule's code.
    pub rule: String,
    /// The last day.
    pub ends: Day,
    /// The resolution it rests on.
    pub resolution: Option<Resolution>,
}
canonical_struct!(RetireRule {
    rule,
    ends,
    resolution
});

/// Keeps the words of a resolution; nobody rests on one that is still to come.
fn rest_on(draft: &mut Draft<'_>, resolution: Option<&Resolution>) -> Result<(), Rejection> {
    let Some(resolution) = resolution else {
        return Ok(());
    };
    let words = resolution.text.words();
    if words.is_some_and(|(_, body)| !is_label(body, RESOLUTION_MAX)) {
        return Err(Rejection::field("/resolution", "not_a_label"));
    }
    if resolution.on > draft.today() {
        return Err(Rejection::field("/resolved_on", "out_of_range"));
    }
    draft.keep(&resolution.text);
    Ok(())
}

fn check(spec: &RuleSpec) -> Result<(), Rejection> {
    let word = |text: &str| is_code(text);
    let name = |text: &Text| text.words().is_none_or(|(_, body)| is_label(body, 120));
    let bad = |field: &str, why: &str| Err(Rejection::field(field, why));
    match spec {
        s if !is_code(&s.code) => bad("/code", "not_a_code"),
        s if !name(&s.name_zh) => bad("/name_zh", "not_a_label"),
        s if !name(&s.name_en) => bad("/name_en", "not_a_label"),
        s if !word(&s.category) => bad("/category", "not_a_word"),
        s if !word(&s.evidence) => bad("/evidence", "not_a_word"),
        s if !is_label(&s.unit, 16) => bad("/unit", "not_a_label"),
        s if !s.points.is_amount() => Err(Rejection::AmountOutOfRange {
            field: "/points".to_string(),
            given: s.points,
        }),
        s if s.cap_points.is_some_and(|cap| !cap.is_amount()) => {
            let given = s.cap_points.unwrap_or_default();
            Err(Rejection::AmountOutOfRange {
                field: "/cap_points".to_string(),
                given,
            })
        }
        s if s.cap_points.is_none() && s.cap_period != Period::Lifetime => {
            bad("/cap_points", "required_with_cap_period")
        }
        s if s.starts.zip(s.ends).is_some_and(|(from, to)| from > to) => {
            bad("/ends", "before_starts")
        }
        s if s
            .shared_cap
            .as_ref()
            .is_some_and(|cap| cap.points.is_none_or(|p| !p.is_amount())) =>
        {
            bad("/shared_cap/points", "out_of_range")
        }
        s if s.shared_cap.as_ref().is_some_and(|cap| !is_code(&cap.code)) => {
            bad("/shared_cap/code", "not_a_code")
        }
        s if s
            .exclusive
            .as_ref()
            .is_some_and(|group| !is_code(&group.code)) =>
        {
            bad("/exclusive/code", "not_a_code")
        }
        _ => Ok(()),
    }
}

fn cap_group(
    draft: &mut Draft<'_>,
    kind: CapGroupKind,
    spec: &CapGroupSpec,
) -> Result<i32, Rejection> {
    let known = draft.range::<CapGroupRow>(..);
    let same = known
        .iter()
        .find(|group| group.kind == kind && group.code == spec.code);
    let no = match same {
        // What was counted by one period cannot be taken back by another.
        Some(group) if group.period != spec.period => {
            let field = match kind {
                CapGroupKind::Shared => "/shared_cap/period",
                CapGroupKind::Exclusive => "/exclusive/period",
            };
            return Err(Rejection::field(field, "differs_from_group"));
        }
        Some(group) => group.no,
        None => known.last().map_or(1, |group| group.no + 1),
    };
    let row = CapGroupRow {
        no,
        code: spec.code.clone(),
        kind,
        points: spec.points,
        period: spec.period,
    };
    if same != Some(&row) {
        draft.put(row);
    }
    Ok(no)
}

pub(super) fn declare(draft: &mut Draft<'_>, command: &DeclareRules) -> Result<Answer, Rejection> {
    draft.allow(Act::KeepRules, None)?;
    if command.rules.is_empty() || command.rules.len() > RULES_MAX {
        return Err(Rejection::field("/rules", "wrong_count"));
    }
    rest_on(draft, command.resolution.as_ref())?;
    let (mut versions, mut refused) = (Vec::with_capacity(command.rules.len()), Vec::new());
    for (row, spec) in command.rules.iter().enumerate() {
        match check(spec).and_then(|()| enter(draft, spec)) {
            Ok(version) => versions.push(version),
            Err(why) => refused.push(RowRejection { row, why }),
        }
    }
    Rejection::of_list(refused, command.rules.len())?;
    Ok(Answer::Versions(versions))
}

/// Refuses a rule that takes points, where only deeds that earn some are entered.
///
/// # Errors
/// [`Rejection::WrongRuleKind`].
pub fn check_gives(rule: &RuleRow) -> Result<(), Rejection> {
    match rule.kind {
        RuleKind::Award => Ok(()),
        kind => Err(Rejection::WrongRuleKind {
            rule: rule.code.clone(),
            kind,
        }),
    }
}

fn newest(draft: &Draft<'_>, code: &str) -> Option<RuleRow> {
    // A rule may occur twice in one declaration, so the draft is asked, not the look-up.
    draft
        .range::<RuleRow>(..)
        .into_iter()
        .rfind(|rule| rule.code == code)
}

fn enter(draft: &mut Draft<'_>, spec: &RuleSpec) -> Result<i32, Rejection> {
    let (no, version) = match newest(draft, &spec.code) {
        Some(rule) => (rule.no, rule.version + 1),
        None => (
            draft
                .range::<RuleRow>(..)
                .last()
                .map_or(1, |rule| rule.no + 1),
            1,
        ),
    };
    let mut group = |kind, spec: &Option<CapGroupSpec>| match spec {
        Some(spec) => cap_group(draft, kind, spec).map(Some),
        None => Ok(None),
    };
    let shared_cap = group(CapGroupKind::Shared, &spec.shared_cap)?;
    let exclusive = group(CapGroupKind::Exclusive, &spec.exclusive)?;
    let row = RuleRow {
        no,
        version,
        code: spec.code.clone(),
        name_zh: draft.keep(&spec.name_zh),
        name_en: draft.keep(&spec.name_en),
        category: spec.category.clone(),
        kind: spec.kind,
        points: spec.points,
        unit: spec.unit.clone(),
        cap_points: spec.cap_points,
        cap_period: spec.cap_period,
        path: spec.path,
        evidence: spec.evidence.clone(),
        scope: spec.scope,
        shared_cap,
        exclusive,
        starts: spec.starts,
        ends: spec.ends,
    };
    draft.put(row);
    Ok(version)
}

pub(super) fn retire(draft: &mut Draft<'_>, command: &RetireRule) -> Result<Answer, Rejection> {
    draft.allow(Act::KeepRules, None)?;
    rest_on(draft, command.resolution.as_ref())?;
    let rule = newest(draft, &command.rule).ok_or_else(|| Rejection::UnknownRule {
        given: command.rule.clone(),
    })?;
    let version = rule.version + 1;
    draft.put(RuleRow {
        version,
        ends: Some(command.ends),
        ..rule
    });
    Ok(Answer::Versions(vec![version]))
}

/// One counter that an award under a rule would add to.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Counter {
    /// What it counts.
    pub kind: UseKind,
    /// Rule or cap group.
    pub no: i64,
    /// Who is counted.
    pub holder: i64,
    /// First day of its period.
    pub period: Day,
    /// Its limit; `None` for exclusives.
    pub cap: Option<Points>,
    /// The length of its period.
    pub span: Period,
}

/// The counters of a deed: the rule's own cap, a shared cap, an exclusive group.
#[must_use]
pub fn counters(
    config: &super::state::Config,
    rule: &RuleRow,
    household: i32,
    group_no: i32,
    member: Option<i32>,
    occurred: Day,
) -> Vec<Counter> {
    let own = i64::from(household);
    let holder = match rule.scope {
        RuleScope::Household => own,
        RuleScope::Person => own * 1_000_000 + i64::from(member.unwrap_or(0)),
        RuleScope::Group => i64::from(group_no),
    };
    let mut list = Vec::with_capacity(1);
    if let Some(cap) = rule.cap_points {
        list.push(Counter {
            kind: UseKind::Rule,
            // Versions that count by another scope or period must not meet in one counter.
            no: i64::from(rule.no) * 100 + rule.scope.code() * 10 + rule.cap_period.code(),
            holder,
            period: rule.cap_period.start(occurred),
            cap: Some(cap),
            span: rule.cap_period,
        });
    }
    let groups = [
        (UseKind::Shared, rule.shared_cap),
        (UseKind::Exclusive, rule.exclusive),
    ];
    for (kind, no) in groups {
        let group = no.and_then(|no| config.tables().cap_groups.get(&(no,)));
        if let Some(group) = group {
            list.push(Counter {
                kind,
                no: i64::from(group.no),
                holder: own,
                period: group.period.start(occurred),
                cap: group.points.filter(|_| kind == UseKind::Shared),
                span: group.period,
            });
        }
    }
    list
}
