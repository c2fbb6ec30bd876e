//! A village as everybody may see it: sums, rules, goods; nobody's name.

use super::{notices, village_named};
use crate::core::Day;
use crate::core::rows::{PolicyRow, RuleKind};
use crate::store::read::directory::{self, UnitInfo};
use crate::store::read::goods::{self, GoodItem};
use crate::store::read::notices::NoticeItem;
use crate::store::read::policy;
use crate::store::read::rule_versions::{self, Resolved};
use crate::store::read::rules::{self, CapItem, RuleItem};
use crate::store::read::village_public::{self, Totals};
use crate::web::extract::Names;
use crate::web::page::{Page, Shown};
use crate::web::problem::Problem;
use askama::Template;
use std::collections::HashMap;

/// Rules and goods the village's first page shows of each.
const SOME: usize = 5;
/// Categories and kinds of evidence that have words; others are shown as the village wrote them.
const CATEGORIES: [&str; 12] = [
    "courtyard",
    "tidy",
    "waste",
    "toilet",
    "ruins",
    "volunteer",
    "neighbour",
    "family",
    "meeting",
    "publicity",
    "honour",
    "group",
];
const EVIDENCE: [&str; 5] = ["photo", "document", "sign_in", "before_after", "none"];

/// Whether a good can be had now.
fn is_there(good: &GoodItem) -> bool {
    !good.row.stocked || good.on_hand > 0
}

/// The shelf of one station.
struct Shelf {
    name: String,
    goods: Vec<GoodItem>,
}

async fn shelves(p: &Page, unit: &UnitInfo) -> Result<Vec<Shelf>, Problem> {
    let mut shelves = Vec::new();
    for station in directory::stations(&p.app.store, unit.no).await? {
        let mut goods = goods::list(&p.app.store, unit.no, station.no).await?;
        // What can be had today comes first.
        goods.sort_by_key(|good| (!is_there(good), good.row.price, good.row.no));
        shelves.push(Shelf {
            name: station.name,
            goods,
        });
    }
    Ok(shelves)
}

/// A rule's text for everybody.
struct Rule {
    item: RuleItem,
    name: String,
    cap: String,
    shared: String,
    evidence: String,
    since: String,
    /// What the villagers resolved.
    resolution: Option<Resolved>,
}

/// Rules of one category.
struct Group {
    name: String,
    rules: Vec<Rule>,
}

fn period(p: &Page, word: &str) -> String {
    p.t(&["public.period_", word].concat())
}

fn shared(p: &Page, item: &RuleItem) -> String {
    let mut said = Vec::new();
    if let Some(CapItem {
        points: Some(points),
        period: of,
        ..
    }) = &item.shared_cap
    {
        said.push(p.t2(
            "public.rule_shared",
            "period",
            period(p, of.word()),
            "points",
            p.points(points),
        ));
    }
    if let Some(group) = &item.exclusive {
        said.push(p.t1(
            "public.rule_exclusive",
            "period",
            period(p, group.period.word()),
        ));
    }
    said.join(p.lang().pick("；", "; "))
}

fn rule(p: &Page, item: RuleItem, resolved: &HashMap<String, Resolved>) -> Rule {
    let row = &item.row;
    let cap = row.cap_points.map(|most| {
        p.t2(
            "public.rule_cap",
            "period",
            period(p, row.cap_period.word()),
            "points",
            p.points(&most),
        )
    });
    let evidence = match EVIDENCE.contains(&row.evidence.as_str()) {
        true => p.t(&["public.evidence_", &row.evidence].concat()),
        false => row.evidence.clone(),
    };
    let since = match (row.starts, row.ends) {
        (Some(from), Some(to)) => p.t2(
            "public.rule_from_to",
            "from",
            p.day(&from),
            "to",
            p.day(&to),
        ),
        (Some(from), None) => p.t1("public.rule_from", "from", p.day(&from)),
        (None, Some(to)) => p.t1("public.rule_to", "to", p.day(&to)),
        (None, None) => p.t1("public.rule_version", "n", row.version),
    };
    Rule {
        name: p.name(&item.name_zh, &item.name_en).to_string(),
        cap: cap.unwrap_or_default(),
        shared: shared(p, &item),
        evidence,
        since,
        resolution: resolved.get(&item.row.code).cloned(),
        item,
    }
}

/// The rules that count deeds of today.
async fn in_force(p: &Page, unit: &UnitInfo, today: Day) -> Result<Vec<RuleItem>, Problem> {
    let mut list = rules::list(&p.app.store, unit.no).await?;
    list.retain(|rule| {
        rule.row.starts.is_none_or(|day| day <= today)
            && rule.row.ends.is_none_or(|day| day >= today)
    });
    Ok(list)
}

fn grouped(p: &Page, list: Vec<RuleItem>, resolved: &HashMap<String, Resolved>) -> Vec<Group> {
    let mut groups: Vec<(String, Vec<Rule>)> = Vec::new();
    for item in list {
        let category = item.row.category.clone();
        let rule = rule(p, item, resolved);
        match groups.iter_mut().find(|(known, _)| *known == category) {
            Some((_, rules)) => rules.push(rule),
            None => groups.push((category, vec![rule])),
        }
    }
    let name = |category: &str| match CATEGORIES.contains(&category) {
        true => p.t(&["public.category_", category].concat()),
        false => p.t("public.category_other"),
    };
    let named = groups.into_iter().map(|(category, rules)| Group {
        name: name(&category),
        rules,
    });
    named.collect()
}

/// Today where the village is, whoever looks.
fn today(p: &Page, policy: &PolicyRow) -> Day {
    Day::of_instant(p.now, policy.utc_offset)
}

#[derive(Template)]
#[template(path = "public/village.html")]
struct Village<'a> {
    p: &'a Page,
    unit: UnitInfo,
    totals: Totals,
    rules: Vec<RuleItem>,
    rule_count: usize,
    goods: Vec<(String, GoodItem)>,
    good_count: usize,
    policy: PolicyRow,
    open: Vec<(NoticeItem, i32)>,
}

pub(super) async fn village(p: Page, names: Names) -> Shown {
    let unit = village_named(&p, names.get("village")).await?;
    let policy = policy::policy(&p.app.store, unit.no).await?;
    let mut rules = in_force(&p, &unit, today(&p, &policy)).await?;
    rules.retain(|rule| rule.row.kind == RuleKind::Award);
    let rule_count = rules.len();
    rules.truncate(SOME);
    let mut goods = Vec::new();
    for shelf in shelves(&p, &unit).await? {
        let kept = shelf.goods.into_iter().filter(is_there);
        goods.extend(kept.map(|good| (shelf.name.clone(), good)));
    }
    goods.sort_by_key(|(_, good)| good.row.price);
    let good_count = goods.len();
    goods.truncate(SOME);
    p.show(&Village {
        p: &p,
        open: notices::open(&p, &unit).await?,
        totals: village_public::totals(&p.app.store, unit.no).await?,
        unit,
        rules,
        rule_count,
        goods,
        good_count,
        policy,
    })
}

#[derive(Template)]
#[template(path = "public/rules.html")]
struct Rules<'a> {
    p: &'a Page,
    unit: UnitInfo,
    awards: Vec<Group>,
    deductions: Vec<Rule>,
    count: usize,
}

pub(super) async fn rules(p: Page, names: Names) -> Shown {
    let unit = village_named(&p, names.get("village")).await?;
    let policy = policy::policy(&p.app.store, unit.no).await?;
    let list = in_force(&p, &unit, today(&p, &policy)).await?;
    let resolved = rule_versions::resolutions(&p.app.store, unit.no).await?;
    let count = list.len();
    let (awards, deductions): (Vec<_>, Vec<_>) = list
        .into_iter()
        .partition(|rule| rule.row.kind == RuleKind::Award);
    p.show(&Rules {
        p: &p,
        unit,
        awards: grouped(&p, awards, &resolved),
        deductions: deductions
            .into_iter()
            .map(|item| rule(&p, item, &resolved))
            .collect(),
        count,
    })
}

#[derive(Template)]
#[template(path = "public/goods.html")]
struct Goods<'a> {
    p: &'a Page,
    unit: UnitInfo,
    shelves: Vec<Shelf>,
    is_empty: bool,
}

pub(super) async fn goods(p: Page, names: Names) -> Shown {
    let unit = village_named(&p, names.get("village")).await?;
    let mut shelves = shelves(&p, &unit).await?;
    shelves.retain(|shelf| !shelf.goods.is_empty());
    p.show(&Goods {
        p: &p,
        unit,
        is_empty: shelves.is_empty(),
        shelves,
    })
}

/// Where the back link of a village's pages leads: a household goes home.
fn back_of(p: &Page, code: &str) -> String {
    match p.is_household() {
        true => "/home".to_string(),
        false => ["/v/", code].concat(),
    }
}

impl Rules<'_> {
    fn back(&self) -> String {
        back_of(self.p, &self.unit.code)
    }
}

impl Goods<'_> {
    fn back(&self) -> String {
        back_of(self.p, &self.unit.code)
    }
}
