//! What a village settles for itself: expiry, arrears, notice days, a point's worth, help.

use super::super::awards::scheme::plain_number;
use crate::core::rows::PolicyRow;
use crate::core::{Points, rows::Expiry};
use crate::web::api::policy::PolicyBody;
use crate::web::json_fault;
use crate::web::page::{Faults, Form, Page, Shown, csrf, go};
use crate::web::problem::Problem;
use askama::Template;
use serde_json::{Map, Value};
use uuid::Uuid;

#[derive(Template)]
#[template(path = "office/fund_settings.html")]
struct Settings<'a> {
    p: &'a Page,
    f: Faults,
    fields: Fields,
    saved: bool,
    op: Uuid,
}

/// The fields of the form as texts; a point's worth in yuan.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
struct Fields(Vec<(&'static str, String)>);

/// Whole numbers, with the bounds that the form tells.
const NUMBERS: [(&str, i64, i64); 6] = [
    ("expiry_months", 0, 120),
    ("grace_days", 0, 366),
    ("notice_days", 3, 7),
    ("backdate_days", 0, 366),
    ("answer_days", 1, 30),
    ("utc_offset_minutes", -720, 840),
];

impl Fields {
    fn of_policy(policy: &PolicyRow) -> Fields {
        let number = |n: i32| n.to_string();
        Fields(vec![
            ("expiry", policy.expiry.word().to_string()),
            ("expiry_months", number(policy.expiry_months)),
            ("grace_days", number(policy.grace_days)),
            ("arrears", policy.arrears.word().to_string()),
            ("notice_days", number(policy.notice_days)),
            (
                "point_value",
                Points(policy.point_value_fen.into()).to_string(),
            ),
            ("backdate_days", number(policy.backdate_days)),
            ("answer_days", number(policy.answer_days)),
            ("help_phone", policy.help_phone.clone()),
            ("utc_offset_minutes", number(policy.utc_offset)),
        ])
    }

    /// What a form brings over what is settled.
    fn take(&mut self, form: &Form) {
        for (name, value) in &mut self.0 {
            if form.has(name) {
                *value = match *name {
                    "help_phone" | "expiry" | "arrears" => form.get(name).to_string(),
                    _ => plain_number(form.get(name)),
                };
            }
        }
    }

    fn get(&self, name: &str) -> &str {
        let found = self.0.iter().find(|(known, _)| *known == name);
        found.map_or("", |(_, value)| value)
    }

    fn is(&self, name: &str, value: &str) -> bool {
        self.get(name) == value
    }

    /// The policy, read as the API reads it.
    fn body(&self, p: &Page, faults: &mut Faults) -> Option<Value> {
        let mut body = Map::new();
        for name in ["expiry", "arrears", "help_phone"] {
            body.insert(name.to_string(), self.get(name).into());
        }
        for (name, low, high) in NUMBERS {
            let number = self.get(name).parse::<i64>().ok();
            match number.filter(|number| (low..=high).contains(number)) {
                Some(number) => drop(body.insert(name.to_string(), number.into())),
                None => faults.add(name, p.t2("fund.bad_number", "low", low, "high", high)),
            }
        }
        let by_months = self.is("expiry", Expiry::Months.word());
        if by_months && self.is("expiry_months", "0") {
            faults.add("expiry_months", p.t("fund.months_missing"));
        }
        // Hundredths of a yuan are fen.
        let fen = Points::parse(self.get("point_value"))
            .ok()
            .map(|yuan| yuan.0);
        match fen.filter(|fen| (1..=1000).contains(fen)) {
            Some(fen) => drop(body.insert("point_value_fen".to_string(), fen.into())),
            None => faults.add("point_value", p.t("fund.bad_value")),
        }
        Some(body.into()).filter(|_| faults.is_empty())
    }
}

/// Where a refusal of the API speaks of which field.
const POINTERS: [(&str, &str); 9] = [
    ("/expiry_months", "expiry_months"),
    ("/expiry", "expiry"),
    ("/grace_days", "grace_days"),
    ("/arrears", "arrears"),
    ("/notice_days", "notice_days"),
    ("/point_value_fen", "point_value"),
    ("/backdate_days", "backdate_days"),
    ("/answer_days", "answer_days"),
    ("/help_phone", "help_phone"),
];

fn settings<'a>(p: &'a Page, f: Faults, fields: Fields, op: Uuid) -> Settings<'a> {
    Settings {
        saved: f.is_empty() && p.asked("saved") == "1",
        p,
        f,
        fields,
        op,
    }
}

pub(super) async fn view(p: Page) -> Shown {
    let fields = Fields::of_policy(&p.policy);
    p.show(&settings(&p, Faults::none(), fields, csrf::fresh()))
}

pub(super) async fn sent(p: Page, form: Form) -> Shown {
    let op = form.op()?;
    let mut fields = Fields::of_policy(&p.policy);
    fields.take(&form);
    let mut faults = Faults::none();
    let Some(body) = fields.body(&p, &mut faults) else {
        return p.mend(&settings(&p, faults, fields, op));
    };
    let fate: Result<(), Problem> =
        match json_fault::read::<PolicyBody>(body.to_string().as_bytes()) {
            Ok(body) => p.submit(op, body.command()).await.map(|_| ()),
            Err(problem) => Err(problem),
        };
    match fate {
        Ok(()) => Ok(go("/office/fund/settings?saved=1")),
        Err(problem) => {
            let faults = Faults::of(p.lang(), problem, &POINTERS)?;
            p.mend(&settings(&p, faults, fields, csrf::fresh()))
        }
    }
}
