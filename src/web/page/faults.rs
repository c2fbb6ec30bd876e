//! What must be mended in a form: each fault above its field, and all of them in the summary.

use super::Page;
use crate::web::lang::Lang;
use crate::web::problem::Problem;
use axum::http::StatusCode;

/// One fault.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Fault {
    /// The field's name and id; empty when it is none of one field.
    pub field: String,
    /// What happened and what to do.
    pub text: String,
}

/// All faults of a form, in the order of its fields.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Faults {
    /// The faults.
    pub list: Vec<Fault>,
}

impl Faults {
    /// Nothing to mend.
    #[must_use]
    pub fn none() -> Faults {
        Faults::default()
    }

    /// One fault, by a key of the catalogue.
    #[must_use]
    pub fn one(page: &Page, field: &str, key: &str) -> Faults {
        let mut faults = Faults::none();
        faults.add(field, page.t(key));
        faults
    }

    /// Another fault.
    pub fn add(&mut self, field: &str, text: impl Into<String>) {
        self.list.push(Fault {
            field: field.to_string(),
            text: text.into(),
        });
    }

    /// Whether there is none.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.list.is_empty()
    }

    /// How many.
    #[must_use]
    pub fn len(&self) -> usize {
        self.list.len()
    }

    /// The first fault of a field; empty for none. Templates: `f.at("pin")`.
    #[must_use]
    pub fn at(&self, field: &str) -> &str {
        let found = self.list.iter().find(|fault| fault.field == field);
        found.map_or("", |fault| &fault.text)
    }

    /// What the person can mend, from a refusal. `names` maps the beginning of a JSON pointer of
    /// the command, or a problem's code, to a field of the form; what fits none is about the form
    /// as a whole.
    ///
    /// # Errors
    /// The problem itself, when no other input would help: a lost session, another's village, a
    /// defect, an unknown outcome.
    pub fn of(lang: Lang, problem: Problem, names: &[(&str, &str)]) -> Result<Faults, Problem> {
        let can_mend = matches!(
            problem.status(),
            StatusCode::UNPROCESSABLE_ENTITY | StatusCode::CONFLICT | StatusCode::TOO_MANY_REQUESTS
        ) || matches!(
            problem.code(),
            "busy" | "second_person_unfit" | "sign_in_failed"
        );
        if !can_mend {
            return Err(problem);
        }
        let field = |given: &str| {
            let found = names.iter().find(|(from, _)| {
                given == *from || given.starts_with(from) && from.starts_with('/')
            });
            found.map_or("", |(_, to)| *to)
        };
        let mut faults = Faults::none();
        for (pointer, text) in problem.errors_said(lang) {
            faults.add(field(&pointer), text);
        }
        if faults.is_empty() {
            faults.add(field(problem.code()), problem.said(lang).1);
        }
        Ok(faults)
    }
}
