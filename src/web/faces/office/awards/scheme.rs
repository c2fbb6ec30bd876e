//! Rules as these pages show them: the list to choose from, what one gives, how much is left.

use crate::core::rejection::Rejection;
use crate::core::rows::{Path, RuleKind, RuleScope, UseKind};
use crate::core::{Day, Period, Points};
use crate::store::read::caps::CapUse;
use crate::store::read::rules::RuleItem;
use crate::web::page::{Page, show};
use crate::web::problem::Problem;

/// Rules of one kind in a list.
pub struct RuleGroup {
    /// Its heading.
    pub label: String,
    /// The rules.
    pub rules: Vec<RuleOption>,
}

/// A rule in a list.
pub struct RuleOption {
    /// Its code.
    pub code: String,
    /// What the list says.
    pub label: String,
    /// Whether it is chosen.
    pub chosen: bool,
}

/// Whether deeds of this day count under a rule.
pub fn is_in_force(item: &RuleItem, day: Day) -> bool {
    item.row.starts.is_none_or(|starts| starts <= day)
        && item.row.ends.is_none_or(|ends| ends >= day)
}

/// The rules in force, those that give before those that take.
pub fn choices(p: &Page, rules: &[RuleItem], kinds: &[RuleKind], chosen: &str) -> Vec<RuleGroup> {
    let today = p.today();
    let group = |kind: &RuleKind| RuleGroup {
        label: p.t(match kind {
            RuleKind::Award => "award.kind_award",
            RuleKind::Deduct => "award.kind_deduct",
        }),
        rules: rules
            .iter()
            .filter(|item| item.row.kind == *kind && is_in_force(item, today))
            .map(|item| option(p, item, chosen))
            .collect(),
    };
    let groups = kinds.iter().map(group);
    groups.filter(|group| !group.rules.is_empty()).collect()
}

fn option(p: &Page, item: &RuleItem, chosen: &str) -> RuleOption {
    let row = &item.row;
    RuleOption {
        label: p.t3(
            "award.rule_option",
            "code",
            &row.code,
            "name",
            p.name(&item.name_zh, &item.name_en),
            "points",
            show::points(row.points),
        ),
        chosen: row.code == chosen,
        code: row.code.clone(),
    }
}

/// A rule in words.
pub struct RuleWords {
    /// Its code.
    pub code: String,
    /// Its name.
    pub name: String,
    /// Points for one unit.
    pub points: Points,
    /// Points for one unit, in words.
    pub rate: String,
    /// Whether it takes points.
    pub is_deduct: bool,
    /// Whether it counts persons.
    pub is_personal: bool,
    /// The way of its awards.
    pub path: String,
    /// The most in a period; empty without.
    pub cap: String,
}

impl RuleWords {
    /// The words of a rule.
    pub fn of(p: &Page, item: &RuleItem) -> RuleWords {
        let row = &item.row;
        RuleWords {
            code: row.code.clone(),
            name: p.name(&item.name_zh, &item.name_en).to_string(),
            points: row.points,
            rate: p.t2(
                "award.rate",
                "unit",
                &row.unit,
                "points",
                show::points(row.points),
            ),
            is_deduct: row.kind == RuleKind::Deduct,
            is_personal: row.scope == RuleScope::Person,
            path: path(p, row.kind, row.path),
            cap: cap(p, row.cap_points, row.cap_period),
        }
    }
}

/// The most in a period, in words; empty without a cap.
pub fn cap(p: &Page, points: Option<Points>, period: Period) -> String {
    points.map_or_else(String::new, |points| {
        let every = p.t(&["award.every_", period.word()].concat());
        let points = show::points(points);
        p.t2("award.cap", "every", every, "points", points)
    })
}

/// What will become of a deed.
pub fn path(p: &Page, kind: RuleKind, path: Path) -> String {
    p.t(match (kind, path) {
        (RuleKind::Award, Path::Instant) => "award.path_instant",
        (RuleKind::Award, Path::Noticed) => "award.path_noticed",
        (RuleKind::Award, Path::Reviewed) => "award.path_reviewed",
        (RuleKind::Deduct, Path::Instant) => "award.taken_instant",
        (RuleKind::Deduct, _) => "award.taken_reviewed",
    })
}

/// The period of a day as people call it: this month, or that month.
pub fn period(p: &Page, span: Period, day: Day) -> String {
    let start = if span.start(day) == span.start(p.today()) {
        "award.this_"
    } else {
        "award.that_"
    };
    p.t(&[start, span.word()].concat())
}

/// One limit with what is used and left of it, in words.
pub fn limit(p: &Page, item: &CapUse, rules: &[RuleItem], kind: RuleKind, day: Day) -> String {
    let period = period(p, item.span, day);
    let (Some(cap), Some(left)) = (item.cap, item.left()) else {
        let other = rules
            .iter()
            .find(|rule| item.other == Some(rule.row.no))
            .map(|rule| rule.row.code.as_str());
        return match other {
            Some(other) => p.t2("award.excluded_by", "period", period, "rule", other),
            None => p.t1("award.exclusive", "period", period),
        };
    };
    let figures = [
        ("used", show::points(item.used)),
        ("cap", show::points(cap)),
        ("left", show::points(left)),
    ];
    let key = match kind {
        RuleKind::Award => "award.limit",
        RuleKind::Deduct => "award.limit_deduct",
    };
    let [used, cap, left] = &figures;
    let figures: [(&str, &dyn std::fmt::Display); 4] = [
        ("period", &period),
        (used.0, &used.1),
        (cap.0, &cap.1),
        (left.0, &left.1),
    ];
    let said = p.lang().with(key, &figures);
    match item.kind {
        UseKind::Shared => p.t2("award.shared", "code", &item.code, "limit", said),
        _ => said,
    }
}

/// Why a row or deed is refused, with the figures that help.
pub fn why(p: &Page, why: &Rejection) -> String {
    match why {
        Rejection::CapExceeded {
            cap,
            used,
            remaining,
            period,
            since,
            ..
        } => {
            let figures: [(&str, &dyn std::fmt::Display); 4] = [
                ("period", &self::period(p, *period, *since)),
                ("cap", &show::points(*cap)),
                ("used", &show::points(*used)),
                ("left", &show::points(*remaining)),
            ];
            p.lang().with("award.over", &figures)
        }
        Rejection::OwnHousehold { .. } => p.t("award.own"),
        Rejection::KinHousehold { .. } => p.t("award.kin"),
        other => {
            let problem = Problem::rejected(other, "rows", false);
            let said = problem.errors_said(p.lang()).into_iter().next();
            said.map_or_else(|| problem.said(p.lang()).1, |(_, text)| text)
        }
    }
}

/// A number as people type it: full-width digits and points of a Chinese keyboard are the same.
pub fn plain_number(text: &str) -> String {
    let plain = |c: char| match c {
        '０'..='９' => char::from_digit(u32::from(c) - u32::from('０'), 10).unwrap_or(c),
        '．' | '。' => '.',
        '－' | '−' => '-',
        other => other,
    };
    text.trim().chars().map(plain).collect()
}

#[cfg(test)]
mod tests {
    use super::plain_number;

    #[test]
    fn numbers_of_a_chinese_keyboard_are_numbers() {
        assert_eq!(plain_number(" １２。５ "), "12.5");
        assert_eq!(plain_number("−3"), "-3");
    }
}
