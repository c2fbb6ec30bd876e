//! Declaring a rule or a new version of it, and giving one its last day.

use super::super::awards::scheme::RuleWords;
use super::fields::{Fact, Fields, POINTERS};
use crate::core::{Command, Day};
use crate::store::read::rules::{self, RuleItem};
use crate::web::api::rule::RetireIn;
use crate::web::extract::Names;
use crate::web::json_fault;
use crate::web::page::{Faults, Form, Page, Shown, csrf, go};
use crate::web::problem::Problem;
use askama::Template;
use serde_json::{Map, Value};
use std::collections::BTreeSet;
use uuid::Uuid;

#[derive(Template)]
#[template(path = "office/rule_new.html")]
struct Edit<'a> {
    p: &'a Page,
    f: Faults,
    fields: Fields,
    /// The code of the rule that gets a new version; empty for a new rule.
    of: String,
    /// Words in use, to pick from.
    categories: Vec<String>,
    evidences: Vec<String>,
    op: Uuid,
}

impl Edit<'_> {
    fn word(&self, prefix: &str, value: &str) -> String {
        let key = [prefix, value].concat();
        let text = self.p.t(&key);
        if text == key { value.to_string() } else { text }
    }
}

#[derive(Template)]
#[template(path = "office/rule_preview.html")]
struct Previewed<'a> {
    p: &'a Page,
    f: Faults,
    fields: Fields,
    of: String,
    facts: Vec<Fact>,
    changes: usize,
    op: Uuid,
}

async fn all(p: &Page) -> Result<Vec<RuleItem>, Problem> {
    Ok(rules::list(&p.app.store, p.village()?.no).await?)
}

fn find<'a>(all: &'a [RuleItem], code: &str) -> Option<&'a RuleItem> {
    all.iter().find(|item| item.row.code == code)
}

fn form_page<'a>(
    p: &'a Page,
    all: &[RuleItem],
    fields: Fields,
    of: &str,
    f: Faults,
    op: Uuid,
) -> Edit<'a> {
    let words = |word: &dyn Fn(&RuleItem) -> String| {
        let words: BTreeSet<String> = all.iter().map(word).collect();
        words.into_iter().collect()
    };
    Edit {
        p,
        f,
        fields,
        of: of.to_string(),
        categories: words(&|item| item.row.category.clone()),
        evidences: words(&|item| item.row.evidence.clone()),
        op,
    }
}

pub(super) async fn new(p: Page) -> Shown {
    let all = all(&p).await?;
    let of = p.asked("rule");
    let fields = match find(&all, of) {
        Some(item) => Fields::of_item(item),
        None if of.is_empty() => Fields::fresh(&p.today().to_string()),
        None => return Err(Problem::not_found()),
    };
    p.show(&form_page(
        &p,
        &all,
        fields,
        of,
        Faults::none(),
        csrf::fresh(),
    ))
}

pub(super) async fn sent(p: Page, form: Form) -> Shown {
    let (op, all) = (form.op()?, all(&p).await?);
    let of = form.get("of").to_string();
    let mut fields = Fields::of_form(&form);
    if !of.is_empty() {
        fields.rename(&of);
    }
    if form.get("step") == "edit" {
        return p.show(&form_page(&p, &all, fields, &of, Faults::none(), op));
    }
    let mut faults = fields.faults(&p);
    if of.is_empty() && find(&all, fields.get("code")).is_some() {
        faults.add("code", p.t("rule.code_known"));
    }
    let write = p.write(op)?;
    let command = match fields.command(&write) {
        Ok(command) => Some(command),
        Err(problem) => {
            // Said already, in the words of the form.
            let read = Faults::of(p.lang(), problem, &POINTERS)?;
            let said = |field: &str| !faults.at(field).is_empty();
            let new: Vec<_> = read.list.into_iter().filter(|f| !said(&f.field)).collect();
            faults.list.extend(new);
            None
        }
    };
    let step_book = form.get("step") == "book";
    // A form sent twice is answered by its first result: the code is known by then.
    if step_book
        && let Some(command) = &command
        && let Ok(Some(_)) = write.earlier(&write.submission(command.clone())).await
    {
        return Ok(go(&format!("/office/rules/{}", fields.get("code"))));
    }
    let (Some(command), true) = (command, faults.is_empty()) else {
        return p.mend(&form_page(&p, &all, fields, &of, faults, op));
    };
    let fate = if step_book {
        p.submit(op, command).await.map(|_| ())
    } else {
        let rehearsed = p.app.store.rehearse(write.submission(command)).await;
        let rehearsed = rehearsed.map(|_| ());
        rehearsed.map_err(|refusal| Problem::refused(&refusal, "rules"))
    };
    match fate {
        Err(problem) => {
            let faults = Faults::of(p.lang(), problem, &POINTERS)?;
            p.mend(&form_page(&p, &all, fields, &of, faults, csrf::fresh()))
        }
        Ok(()) if step_book => Ok(go(&format!("/office/rules/{}", fields.get("code")))),
        Ok(()) => {
            let before = find(&all, &of).map(Fields::of_item);
            let facts = fields.facts(&p, before.as_ref());
            p.show(&Previewed {
                p: &p,
                f: Faults::none(),
                changes: facts.iter().filter(|fact| fact.differs()).count(),
                facts,
                fields,
                of,
                op,
            })
        }
    }
}

#[derive(Template)]
#[template(path = "office/rule_retire.html")]
struct Retire<'a> {
    p: &'a Page,
    f: Faults,
    words: RuleWords,
    ends: String,
    resolution: String,
    resolved_on: String,
    op: Uuid,
}

async fn retire_page<'a>(
    p: &'a Page,
    code: &str,
    form: &Form,
    f: Faults,
    op: Uuid,
) -> Result<Retire<'a>, Problem> {
    let all = all(p).await?;
    let item = find(&all, code).ok_or_else(Problem::not_found)?;
    Ok(Retire {
        p,
        f,
        words: RuleWords::of(p, item),
        ends: form.get("ends").to_string(),
        resolution: form.get("resolution").to_string(),
        resolved_on: form.get("resolved_on").to_string(),
        op,
    })
}

pub(super) async fn retire(p: Page, names: Names) -> Shown {
    let (code, none) = (names.get("rule"), Faults::none());
    let mut page = retire_page(&p, code, &Form::default(), none, csrf::fresh()).await?;
    page.ends = p.today().to_string();
    p.show(&page)
}

/// The command as the API reads it.
fn retire_command(p: &Page, op: Uuid, code: &str, form: &Form) -> Result<Command, Problem> {
    let mut body = Map::new();
    for name in ["ends", "resolution", "resolved_on"] {
        if form.has(name) && !form.get(name).is_empty() {
            body.insert(name.to_string(), form.get(name).into());
        }
    }
    let body: RetireIn = json_fault::read(Value::Object(body).to_string().as_bytes())?;
    body.command(&p.write(op)?, code)
}

pub(super) async fn retire_sent(p: Page, names: Names, form: Form) -> Shown {
    let (op, code) = (form.op()?, names.get("rule"));
    let mut faults = Faults::none();
    if Day::parse(form.get("ends")).is_none() {
        faults.add("ends", p.t("award.bad_date"));
    }
    if form.get("resolution").is_empty() != form.get("resolved_on").is_empty() {
        let name = match form.get("resolution") {
            "" => "resolution",
            _ => "resolved_on",
        };
        faults.add(name, p.t("resolution.both"));
    }
    if !faults.is_empty() {
        return p.mend(&retire_page(&p, code, &form, faults, op).await?);
    }
    let fate = match retire_command(&p, op, code, &form) {
        Ok(command) => p.submit(op, command).await.map(|_| ()),
        Err(problem) => Err(problem),
    };
    match fate {
        Ok(()) => Ok(go(&format!("/office/rules/{code}"))),
        Err(problem) => {
            let problem = problem.of_path(&["unknown_rule"]);
            let faults = Faults::of(p.lang(), problem, &POINTERS)?;
            p.mend(&retire_page(&p, code, &form, faults, csrf::fresh()).await?)
        }
    }
}
