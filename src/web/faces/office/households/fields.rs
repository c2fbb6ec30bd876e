//! What a household's form says, checked as a register's rows are.

use crate::core::household::MEMBERS_MAX;
use crate::import::{has_id_number, phone};
use crate::web::page::{Faults, Form, Page};

/// The fields of the form, as they were typed.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Fields {
    /// The group's name.
    pub group: String,
    /// The head's name.
    pub head: String,
    /// The telephone, or empty.
    pub phone: String,
    /// The door plate, or empty.
    pub door: String,
    /// The other members, one a line.
    pub members: String,
}

impl Fields {
    /// Reads the form; a new group's name goes before the one picked from the list.
    pub fn of(form: &Form) -> Fields {
        let group = form.some("new_group").unwrap_or(form.get("group"));
        Fields {
            group: group.to_string(),
            head: form.get("head").to_string(),
            phone: form.get("phone").to_string(),
            door: form.get("door").to_string(),
            members: form.get("members").to_string(),
        }
    }

    /// The other members' names.
    pub fn names(&self) -> Vec<String> {
        let names = self.members.lines().map(str::trim);
        names
            .filter(|name| !name.is_empty())
            .map(str::to_string)
            .collect()
    }

    /// What must be mended. A telephone that is right is kept as it is always written.
    pub fn check(&mut self, p: &Page) -> Faults {
        let mut faults = Faults::none();
        if self.group.is_empty() {
            faults.add("group", p.t("household.group_missing"));
        }
        if self.head.is_empty() {
            faults.add("head", p.t("household.head_missing"));
        }
        let long = |text: &str, most| text.chars().count() > most;
        for (field, text, most) in [
            ("group", &self.group, 40),
            ("head", &self.head, 40),
            ("door", &self.door, 60),
        ] {
            if long(text, most) {
                faults.add(field, p.t1("household.too_long", "most", most));
            } else if has_id_number(text) {
                faults.add(field, p.t("household.id_number"));
            }
        }
        if !self.phone.is_empty() {
            match phone(&self.phone) {
                Ok(phone) => self.phone = phone,
                Err(_) => faults.add("phone", p.t("household.phone_wrong")),
            }
        }
        let names = self.names();
        if names.len() > MEMBERS_MAX {
            faults.add(
                "members",
                p.t1("household.members_many", "most", MEMBERS_MAX),
            );
        } else if names.iter().any(|name| long(name, 40)) {
            faults.add("members", p.t1("household.member_long", "most", 40));
        } else if names.iter().any(|name| has_id_number(name)) {
            faults.add("members", p.t("household.id_number"));
        }
        faults
    }
}

/// A field that may be empty.
pub fn some(text: &str) -> Option<&str> {
    Some(text).filter(|text| !text.is_empty())
}
