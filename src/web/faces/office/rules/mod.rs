//! The scheme (积分细则): rules in force, every version of one, new versions, the last day.

mod edit;
mod fields;

use super::awards::scheme::RuleWords;
use crate::core::Day;
use crate::core::rights::Act;
use crate::core::rows::RuleKind;
use crate::store::read::rule_versions::{self, Resolved};
use crate::store::read::rules::{self, RuleItem};
use crate::web::extract::Names;
use crate::web::faces::{Entry, page};
use crate::web::page::admit::Guard;
use crate::web::page::{Page, Shown};
use crate::web::problem::Problem;
use askama::Template;
use axum::routing::get;
use fields::{Fact, Fields};

/// The pages of this part.
#[must_use]
pub fn pages() -> Vec<Entry> {
    let (see, keep) = (Act::SeeJournal, Act::KeepRules);
    vec![
        page("/office/rules", Guard::Office(see), get(list)),
        page(
            "/office/rules/new",
            Guard::Office(keep),
            get(edit::new).post(edit::sent),
        ),
        page("/office/rules/{rule}", Guard::Office(see), get(one)),
        page(
            "/office/rules/{rule}/retire",
            Guard::Office(keep),
            get(edit::retire).post(edit::retire_sent),
        ),
    ]
}

#[derive(Template)]
#[template(path = "office/rules.html")]
struct Rules<'a> {
    p: &'a Page,
    parts: Vec<Part>,
    count: usize,
    may_keep: bool,
}

/// Rules of one kind.
struct Part {
    title: String,
    rules: Vec<ListedRule>,
}

struct ListedRule {
    words: RuleWords,
    version: i32,
    /// When it begins or has ended; empty for one in force without an end.
    when: String,
    resolution: Option<Resolved>,
}

fn when(p: &Page, item: &RuleItem, today: Day) -> String {
    match (item.row.starts, item.row.ends) {
        (Some(starts), _) if starts > today => p.t1("rule.from", "day", p.day(&starts)),
        (_, Some(ends)) if ends < today => p.t1("rule.ended", "day", p.day(&ends)),
        (_, Some(ends)) => p.t1("rule.until", "day", p.day(&ends)),
        _ => String::new(),
    }
}

async fn list(p: Page) -> Shown {
    let all = rules::list(&p.app.store, p.village()?.no).await?;
    let resolved = rule_versions::resolutions(&p.app.store, p.village()?.no).await?;
    let today = p.today();
    let is_over = |item: &RuleItem| item.row.ends.is_some_and(|ends| ends < today);
    let part = |title: String, wanted: &dyn Fn(&RuleItem) -> bool| Part {
        title,
        rules: all
            .iter()
            .filter(|item| wanted(item))
            .map(|item| ListedRule {
                words: RuleWords::of(&p, item),
                version: item.row.version,
                when: when(&p, item, today),
                resolution: resolved.get(&item.row.code).cloned(),
            })
            .collect(),
    };
    let live = |kind| move |item: &RuleItem| item.row.kind == kind && !is_over(item);
    let parts = vec![
        part(p.t("rule.part_award"), &live(RuleKind::Award)),
        part(p.t("rule.part_deduct"), &live(RuleKind::Deduct)),
        part(p.t("rule.part_over"), &is_over),
    ];
    let parts = parts.into_iter().filter(|part| !part.rules.is_empty());
    p.show(&Rules {
        p: &p,
        parts: parts.collect(),
        count: all.iter().filter(|item| !is_over(item)).count(),
        may_keep: p.may(Act::KeepRules),
    })
}

#[derive(Template)]
#[template(path = "office/rule.html")]
struct Rule<'a> {
    p: &'a Page,
    words: RuleWords,
    when: String,
    is_over: bool,
    versions: Vec<Version>,
    may_keep: bool,
    may_record: bool,
}

/// One version, beside the one before it.
struct Version {
    no: i32,
    is_newest: bool,
    is_first: bool,
    by: String,
    at: Option<i64>,
    resolution: Option<Resolved>,
    facts: Vec<Fact>,
}

async fn one(p: Page, names: Names) -> Shown {
    let code = names.get("rule");
    let all = rule_versions::versions(&p.app.store, p.village()?.no, code).await?;
    let Some(newest) = all.first() else {
        return Err(Problem::not_found());
    };
    let fields: Vec<Fields> = all.iter().map(|v| Fields::of_item(&v.item)).collect();
    let versions = all.iter().enumerate().map(|(index, version)| Version {
        no: version.item.row.version,
        is_newest: index == 0,
        is_first: index + 1 == all.len(),
        by: version.by.clone(),
        at: version.at,
        resolution: version.resolution.clone(),
        facts: fields[index].facts(&p, fields.get(index + 1)),
    });
    let today = p.today();
    let page = Rule {
        words: RuleWords::of(&p, &newest.item),
        when: when(&p, &newest.item, today),
        is_over: newest.item.row.ends.is_some_and(|ends| ends < today),
        versions: versions.collect(),
        may_keep: p.may(Act::KeepRules),
        may_record: p.may(Act::RecordAward),
        p: &p,
    };
    p.show(&page)
}
