//! A rule as fields of a form and as facts in words: the same for what is in force and for what
//! somebody wants, so that the two can be laid side by side.

use super::super::awards::scheme::{path, plain_number};
use crate::core::rows::{Path, RuleKind};
use crate::core::{Command, Day, Period, Points};
use crate::store::read::rules::RuleItem;
use crate::web::api::rule::RuleIn;
use crate::web::extract::Write;
use crate::web::json_fault;
use crate::web::page::{Faults, Form, Page, show};
use crate::web::problem::Problem;
use serde_json::{Map, Value};

/// The fields in the order of the form.
pub const NAMES: [&str; 21] = [
    "code",
    "name_zh",
    "name_en",
    "category",
    "kind",
    "points",
    "unit",
    "cap_points",
    "cap_period",
    "path",
    "evidence",
    "scope",
    "shared_code",
    "shared_points",
    "shared_period",
    "exclusive_code",
    "exclusive_period",
    "starts",
    "ends",
    "resolution",
    "resolved_on",
];

/// Where a refusal of the API speaks of which field; longer pointers first.
pub const POINTERS: [(&str, &str); 23] = [
    ("/shared_cap/code", "shared_code"),
    ("/shared_cap/points", "shared_points"),
    ("/shared_cap/period", "shared_period"),
    ("/shared_cap", "shared_code"),
    ("/exclusive/code", "exclusive_code"),
    ("/exclusive/period", "exclusive_period"),
    ("/exclusive", "exclusive_code"),
    ("/cap_points", "cap_points"),
    ("/cap_period", "cap_period"),
    ("/code", "code"),
    ("/name_zh", "name_zh"),
    ("/name_en", "name_en"),
    ("/category", "category"),
    ("/kind", "kind"),
    ("/points", "points"),
    ("/unit", "unit"),
    ("/path", "path"),
    ("/evidence", "evidence"),
    ("/scope", "scope"),
    ("/starts", "starts"),
    ("/ends", "ends"),
    ("/resolution", "resolution"),
    ("/resolved_on", "resolved_on"),
];

/// A rule as texts.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Fields(Vec<(&'static str, String)>);

/// One fact of a rule: what it is called, how it was, how it is.
pub struct Fact {
    /// What it is called.
    pub label: String,
    /// Before; empty for a new rule.
    pub was: String,
    /// Now.
    pub now: String,
}

impl Fact {
    /// Whether it differs.
    pub fn differs(&self) -> bool {
        self.was != self.now
    }
}

impl Fields {
    /// An empty form: what most rules are.
    pub fn fresh(today: &str) -> Fields {
        let mut fields = Fields(NAMES.iter().map(|name| (*name, String::new())).collect());
        for (name, value) in [
            ("kind", "award"),
            ("cap_period", "month"),
            ("path", "reviewed"),
            ("evidence", "photo"),
            ("scope", "household"),
            ("shared_period", "month"),
            ("exclusive_period", "month"),
            ("starts", today),
        ] {
            fields.set(name, value);
        }
        fields
    }

    /// What a form brings.
    pub fn of_form(form: &Form) -> Fields {
        let value = |name: &'static str| match name {
            "points" | "cap_points" | "shared_points" => plain_number(form.get(name)),
            _ => form.get(name).to_string(),
        };
        Fields(NAMES.iter().map(|name| (*name, value(name))).collect())
    }

    /// A rule as it stands.
    pub fn of_item(item: &RuleItem) -> Fields {
        let row = &item.row;
        let points = |points: Option<Points>| points.map(|p| p.to_string()).unwrap_or_default();
        let shared = item.shared_cap.as_ref();
        let exclusive = item.exclusive.as_ref();
        let period = |period: Option<Period>| period.map_or("month", Period::word).to_string();
        let day = |day: Option<Day>| day.map(|day| day.to_string()).unwrap_or_default();
        let values = [
            row.code.clone(),
            item.name_zh.clone(),
            item.name_en.clone(),
            row.category.clone(),
            row.kind.word().to_string(),
            row.points.to_string(),
            row.unit.clone(),
            points(row.cap_points),
            period(row.cap_points.map(|_| row.cap_period)),
            row.path.word().to_string(),
            row.evidence.clone(),
            row.scope.word().to_string(),
            shared.map(|cap| cap.code.clone()).unwrap_or_default(),
            points(shared.and_then(|cap| cap.points)),
            period(shared.map(|cap| cap.period)),
            exclusive
                .map(|group| group.code.clone())
                .unwrap_or_default(),
            period(exclusive.map(|group| group.period)),
            day(row.starts),
            day(row.ends),
            // A new version rests on a resolution of its own.
            String::new(),
            String::new(),
        ];
        Fields(NAMES.iter().copied().zip(values).collect())
    }

    /// One field.
    pub fn get(&self, name: &str) -> &str {
        let found = self.0.iter().find(|(known, _)| *known == name);
        found.map_or("", |(_, value)| value)
    }

    /// Whether a field has this value.
    pub fn is(&self, name: &str, value: &str) -> bool {
        self.get(name) == value
    }

    /// All fields.
    pub fn all(&self) -> &[(&'static str, String)] {
        &self.0
    }

    /// A version keeps the code of its rule, whatever the form says.
    pub fn rename(&mut self, code: &str) {
        self.set("code", code);
    }

    fn set(&mut self, name: &str, value: &str) {
        if let Some(found) = self.0.iter_mut().find(|(known, _)| *known == name) {
            found.1 = value.to_string();
        }
    }

    fn put(&self, body: &mut Map<String, Value>, name: &str, field: &str) {
        if !self.get(field).is_empty() {
            body.insert(name.to_string(), self.get(field).into());
        }
    }

    /// The command, read as the API reads it.
    pub fn command(&self, write: &Write) -> Result<Command, Problem> {
        let mut body = Map::new();
        for name in [
            "code", "name_zh", "name_en", "category", "kind", "points", "unit", "path", "evidence",
            "scope",
        ] {
            body.insert(name.to_string(), self.get(name).into());
        }
        for name in ["starts", "ends", "resolution", "resolved_on"] {
            self.put(&mut body, name, name);
        }
        if !self.get("cap_points").is_empty() {
            self.put(&mut body, "cap_points", "cap_points");
            self.put(&mut body, "cap_period", "cap_period");
        }
        if !self.get("shared_code").is_empty() || !self.get("shared_points").is_empty() {
            let mut cap = Map::new();
            for (name, field) in [
                ("code", "shared_code"),
                ("points", "shared_points"),
                ("period", "shared_period"),
            ] {
                cap.insert(name.to_string(), self.get(field).into());
            }
            body.insert("shared_cap".to_string(), cap.into());
        }
        if !self.get("exclusive_code").is_empty() {
            let mut group = Map::new();
            self.put(&mut group, "code", "exclusive_code");
            self.put(&mut group, "period", "exclusive_period");
            body.insert("exclusive".to_string(), group.into());
        }
        let rule: RuleIn = json_fault::read(Value::Object(body).to_string().as_bytes())?;
        rule.command(write)
    }

    /// What is missing or no number, in the words of the form.
    pub fn faults(&self, p: &Page) -> Faults {
        let mut faults = Faults::none();
        for name in ["code", "name_zh", "name_en", "unit", "category"] {
            if self.get(name).is_empty() {
                let label = p.t(&["rule.", name].concat());
                faults.add(name, p.t1("rule.missing", "field", label));
            }
        }
        let is_number = |name: &str| Points::parse(self.get(name)).is_ok();
        for name in ["points", "cap_points", "shared_points"] {
            let is_wanted = match name {
                "points" => true,
                "shared_points" => !self.get("shared_code").is_empty(),
                _ => false,
            };
            if !is_number(name) && (is_wanted || !self.get(name).is_empty()) {
                faults.add(name, p.t("fund.bad_points"));
            }
        }
        if self.get("resolution").is_empty() != self.get("resolved_on").is_empty() {
            let name = match self.get("resolution") {
                "" => "resolution",
                _ => "resolved_on",
            };
            faults.add(name, p.t("resolution.both"));
        }
        for name in ["starts", "ends", "resolved_on"] {
            if !self.get(name).is_empty() && Day::parse(self.get(name)).is_none() {
                faults.add(name, p.t("award.bad_date"));
            }
        }
        faults
    }

    fn said(&self, p: &Page, name: &str) -> String {
        let value = self.get(name);
        let with = |prefix: &str| {
            let key = [prefix, value].concat();
            let text = p.t(&key);
            if text == key { value.to_string() } else { text }
        };
        let per = |points: &str, period: &str| {
            let every = p.t(&["award.every_", self.get(period)].concat());
            p.t2("award.cap", "every", every, "points", self.get(points))
        };
        match name {
            _ if value.is_empty() => String::new(),
            "kind" => with("word."),
            "points" => Points::parse(value).map_or(value.to_string(), show::points),
            "category" => with("rule.category_"),
            "evidence" => with("rule.evidence_"),
            "scope" => with("rule.scope_"),
            "path" => {
                let kind = RuleKind::of_word(self.get("kind")).unwrap_or(RuleKind::Award);
                Path::of_word(value).map_or(String::new(), |way| path(p, kind, way))
            }
            "cap_points" => per("cap_points", "cap_period"),
            "shared_code" => {
                let cap = per("shared_points", "shared_period");
                p.t2("rule.shared_said", "code", value, "cap", cap)
            }
            "exclusive_code" => {
                let every = p.t(&["award.every_", self.get("exclusive_period")].concat());
                p.t2("rule.exclusive_said", "code", value, "every", every)
            }
            _ => value.to_string(),
        }
    }

    /// The facts of this rule beside those of another; facts that neither has are left out.
    pub fn facts(&self, p: &Page, before: Option<&Fields>) -> Vec<Fact> {
        let apart = [
            "code",
            "cap_period",
            "shared_points",
            "shared_period",
            "exclusive_period",
        ];
        let names = NAMES.iter().filter(|name| !apart.contains(name));
        let facts = names.map(|name| Fact {
            label: match *name {
                "cap_points" => p.t("rule.limits"),
                "resolution" => p.t("resolution.resolution"),
                "resolved_on" => p.t("resolution.resolved_on"),
                name => p.t(&["rule.", name].concat()),
            },
            was: before.map_or_else(String::new, |before| before.said(p, name)),
            now: self.said(p, name),
        });
        facts
            .filter(|fact| !fact.was.is_empty() || !fact.now.is_empty())
            .collect()
    }
}
