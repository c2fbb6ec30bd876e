//! The fields of the page for one award.

use super::Step;
use super::scheme::{is_in_force, plain_number};
use crate::core::rows::RuleScope;
use crate::core::{Command, Day, Quantity};
use crate::store::read::households::HouseholdView;
use crate::store::read::rules::RuleItem;
use crate::web::api::award;
use crate::web::extract::Write;
use crate::web::page::{Faults, Form, Page};

/// The longest remark, as the API allows it.
const NOTE_MAX: usize = 500;

/// What was typed.
#[derive(Clone, Debug, Default)]
pub struct Asked {
    /// The household's code.
    pub household: String,
    /// The rule's code.
    pub rule: String,
    /// Units of the rule.
    pub quantity: String,
    /// The day of the deed.
    pub date: String,
    /// The member's number.
    pub member: String,
    /// A remark.
    pub note: String,
}

/// What was typed, read.
pub struct Deed {
    /// Units of the rule.
    pub quantity: Quantity,
    /// The day of the deed.
    pub occurred: Day,
    /// The member, under a rule that counts persons.
    pub member: Option<i32>,
}

impl Asked {
    /// What a link already says.
    pub fn of_query(p: &Page) -> Asked {
        Asked {
            household: p.asked("household").to_string(),
            rule: p.asked("rule").to_string(),
            quantity: "1".to_string(),
            date: p.today().to_string(),
            ..Asked::default()
        }
    }

    /// What a form brings.
    pub fn of_form(p: &Page, form: &Form) -> Asked {
        let date = form.some("date").map(str::to_string);
        Asked {
            household: form.get("household").to_string(),
            rule: form.get("rule").to_string(),
            quantity: plain_number(form.get("quantity")),
            date: date.unwrap_or_else(|| p.today().to_string()),
            member: form.get("member").to_string(),
            note: form.get("note").replace('\t', " "),
        }
    }

    /// Whether this member is chosen; 0 is the head.
    pub fn is_member(&self, no: &i32) -> bool {
        self.member == no.to_string()
    }

    /// Reads the fields against the rule and the household.
    pub fn checked(
        &self,
        p: &Page,
        rule: Option<&RuleItem>,
        view: &HouseholdView,
        faults: &mut Faults,
    ) -> Option<Deed> {
        if self.rule.is_empty() {
            faults.add("rule", p.t("award.rule_missing"));
        } else if rule.is_none_or(|rule| !is_in_force(rule, p.today())) {
            faults.add("rule", p.t("award.rule_unknown"));
        }
        let quantity = Quantity::parse(&self.quantity).ok();
        let quantity = quantity.filter(|quantity| quantity.is_valid());
        if quantity.is_none() {
            faults.add("quantity", p.t("award.bad_quantity"));
        }
        let occurred = Day::parse(&self.date);
        if occurred.is_none() {
            faults.add("date", p.t("award.bad_date"));
        }
        if self.note.chars().count() > NOTE_MAX {
            faults.add("note", p.t1("award.note_long", "n", NOTE_MAX));
        }
        let member = self.member.parse().unwrap_or(0);
        if member != 0 && !view.members.iter().any(|known| known.no == member) {
            faults.add("member", p.t("award.bad_member"));
        }
        let is_personal = rule?.row.scope == RuleScope::Person;
        Some(Deed {
            quantity: quantity?,
            occurred: occurred?,
            member: Some(member).filter(|_| is_personal),
        })
    }
}

/// The command of a deed.
pub fn command(write: &Write, step: &Step<'_>) -> Command {
    award::deed_command(
        write,
        step.rule.row.code.clone(),
        step.view.item.code.clone(),
        step.deed.member,
        step.deed.quantity,
        step.deed.occurred,
        Some(step.asked.note.as_str()).filter(|note| !note.is_empty()),
    )
}
