//! A new activity, from the template of its kind.

use super::KINDS;
use crate::core::activity::HOURS_MOST;
use crate::core::rows::{ActivityKind, RuleKind};
use crate::core::{Answer, Day, Quantity};
use crate::store::read::rules::{self, RuleItem};
use crate::web::api::activity::{Plan, minutes, plan_command};
use crate::web::faces::office::awards::scheme::{self, RuleGroup, plain_number};
use crate::web::page::{Faults, Form, Page, Shown, csrf, go};
use askama::Template;
use uuid::Uuid;

const MICROS_PER_MINUTE: i64 = 60_000_000;
/// How long an activity lasts when nothing else is said.
const LASTS: i32 = 120;

/// What was typed.
#[derive(Default)]
struct Asked {
    kind: String,
    title: String,
    rule: String,
    day: String,
    opens: String,
    closes: String,
    place: String,
    counts_hours: bool,
    hours: String,
}

#[derive(Template)]
#[template(path = "office/activity_new.html")]
struct New<'a> {
    p: &'a Page,
    f: Faults,
    asked: Asked,
    choices: Vec<RuleGroup>,
    op: Uuid,
}

impl New<'_> {
    fn kinds(&self) -> [(&'static str, &'static str); 6] {
        KINDS
    }

    fn is_kind(&self, kind: &str) -> bool {
        self.asked.kind == kind
    }
}

/// A word in the names of rules that suit a kind.
fn hints(kind: &str) -> &'static [&'static str] {
    match kind {
        "cleanup" => &["清洁", "clean"],
        "trees" => &["植树", "tree"],
        "party_class" => &["党课", "Party"],
        "assembly" => &["村民会议", "assembly"],
        "volunteers" => &["义务维护", "upkeep", "志愿"],
        _ => &[],
    }
}

/// The rule that most likely fits a kind of activity: one that is signed in for.
fn likely(rules: &[RuleItem], kind: &str, today: Day) -> String {
    let gives = |item: &&RuleItem| {
        item.row.kind == RuleKind::Award
            && item.row.evidence == "sign_in"
            && scheme::is_in_force(item, today)
    };
    let named = |hint: &&str| {
        let fits = |item: &&RuleItem| item.name_zh.contains(*hint) || item.name_en.contains(*hint);
        rules.iter().filter(gives).find(fits)
    };
    let best = hints(kind).iter().find_map(named);
    best.map(|item| item.row.code.clone()).unwrap_or_default()
}

fn clock(minute: i32) -> String {
    let minute = minute.clamp(0, 1_439);
    format!("{:02}:{:02}", minute / 60, minute % 60)
}

/// From the last full half hour on.
fn prefilled(p: &Page, rules: &[RuleItem], kind: &str) -> Asked {
    let local = p.now.div_euclid(MICROS_PER_MINUTE) + i64::from(p.policy.utc_offset);
    let minute = i32::try_from(local.rem_euclid(1_440)).unwrap_or(0) / 30 * 30;
    let kind = KINDS.iter().find(|known| known.0 == kind);
    let kind = kind.map_or("cleanup", |known| known.0);
    Asked {
        kind: kind.to_string(),
        title: p.t(&["activity.kind_", kind].concat()),
        rule: likely(rules, kind, p.today()),
        day: p.today().to_string(),
        opens: clock(minute),
        closes: clock(minute + LASTS),
        place: String::new(),
        counts_hours: false,
        hours: HOURS_MOST.to_string(),
    }
}

fn page<'a>(p: &'a Page, rules: &[RuleItem], asked: Asked, f: Faults, op: Uuid) -> New<'a> {
    New {
        choices: scheme::choices(p, rules, &[RuleKind::Award], &asked.rule),
        p,
        f,
        asked,
        op,
    }
}

pub(super) async fn form(p: Page) -> Shown {
    let rules = rules::list(&p.app.store, p.village()?.no).await?;
    let asked = prefilled(&p, &rules, p.asked("kind"));
    p.show(&page(&p, &rules, asked, Faults::none(), csrf::fresh()))
}

impl Asked {
    fn of(form: &Form) -> Asked {
        let get = |name: &str| form.get(name).to_string();
        Asked {
            kind: get("kind"),
            title: get("title"),
            rule: get("rule"),
            day: get("day"),
            opens: get("opens"),
            closes: get("closes"),
            place: get("place"),
            counts_hours: form.has("counts_hours"),
            hours: plain_number(form.get("hours")),
        }
    }

    fn plan(&self, p: &Page, f: &mut Faults) -> Option<Plan<'_>> {
        if self.title.is_empty() {
            f.add("title", p.t("activity.title_missing"));
        }
        if self.rule.is_empty() {
            f.add("rule", p.t("award.rule_missing"));
        }
        let day = Day::parse(&self.day);
        if day.is_none() {
            f.add("day", p.t("award.bad_date"));
        }
        let (opens, closes) = (minutes(&self.opens), minutes(&self.closes));
        if opens.is_none() {
            f.add("opens", p.t("activity.bad_time"));
        }
        match (opens, closes) {
            (_, None) => f.add("closes", p.t("activity.bad_time")),
            (Some(opens), Some(closes)) if closes <= opens => {
                f.add("closes", p.t("activity.closes_first"));
            }
            _ => {}
        }
        let hours = Quantity::parse(&self.hours).ok();
        let hours = hours.filter(|hours| (50..=2_400).contains(&hours.0));
        if self.counts_hours && hours.is_none() {
            f.add("hours", p.t("activity.bad_hours"));
        }
        let kind = ActivityKind::ALL
            .iter()
            .find(|kind| kind.word() == self.kind);
        if !f.is_empty() {
            return None;
        }
        Some(Plan {
            title: &self.title,
            kind: kind.copied().unwrap_or(ActivityKind::Other),
            rule: &self.rule,
            day: day?,
            opens: opens?,
            closes: closes?,
            place: Some(self.place.as_str()).filter(|place| !place.is_empty()),
            hours: hours.filter(|_| self.counts_hours),
        })
    }
}

pub(super) async fn sent(p: Page, form: Form) -> Shown {
    let op = form.op()?;
    let rules = rules::list(&p.app.store, p.village()?.no).await?;
    let (asked, mut faults) = (Asked::of(&form), Faults::none());
    let Some(plan) = asked.plan(&p, &mut faults) else {
        return p.mend(&page(&p, &rules, asked, faults, op));
    };
    let command = plan_command(&p.write(op)?, &plan);
    match p.submit(op, command).await {
        Ok(receipt) => {
            let no = match &receipt.answer {
                Answer::Made(made) => made.first().map(|made| made.no),
                _ => None,
            };
            let no = no.map_or_else(String::new, |no| format!("/{no}"));
            Ok(go(&format!("/office/activities{no}")))
        }
        Err(problem) => {
            let names = [
                ("/title", "title"),
                ("/place", "place"),
                ("/rule", "rule"),
                ("/day", "day"),
                ("/opens", "opens"),
                ("/closes", "closes"),
                ("/hours", "hours"),
            ];
            let faults = Faults::of(p.lang(), problem, &names)?;
            p.mend(&page(&p, &rules, asked, faults, csrf::fresh()))
        }
    }
}
