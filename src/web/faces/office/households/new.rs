//! Entering one household.

use super::address;
use super::fields::{Fields, some};
use crate::core::Command;
use crate::core::household::{NewHousehold, RegisterHouseholds};
use crate::store::read::{desk, seek};
use crate::web::page::{Faults, Form, Page, Shown, go};
use crate::web::problem::Problem;
use askama::Template;
use uuid::Uuid;

/// Where the core's faults stand in the form.
pub const NAMES: [(&str, &str); 8] = [
    ("/code", "code"),
    ("/group", "group"),
    ("/head", "head"),
    ("/phone", "phone"),
    ("/door", "door"),
    ("/members", "members"),
    ("code_taken", "code"),
    ("/status", "status"),
];

#[derive(Template)]
#[template(path = "office/household_new.html")]
struct New<'a> {
    p: &'a Page,
    f: Faults,
    op: Option<Uuid>,
    code: String,
    fields: Fields,
    groups: Vec<String>,
    new_group: String,
}

/// The next free number, written as the others are: after 0318 comes 0319.
fn next_code(codes: &[String]) -> String {
    let is_number = |code: &&String| code.len() <= 9 && code.bytes().all(|b| b.is_ascii_digit());
    let number = |code: &String| code.parse::<u64>().unwrap_or(0);
    let last = codes
        .iter()
        .filter(is_number)
        .max_by_key(|code| number(code));
    match last {
        Some(last) => format!("{:0width$}", number(last) + 1, width = last.len()),
        None if codes.is_empty() => "0001".to_string(),
        None => String::new(),
    }
}

/// The empty form.
pub async fn form(p: Page) -> Shown {
    super::super::desk::committee(&p)?;
    let (store, unit) = (&p.app.store, p.village()?.no);
    let groups = seek::groups(store, unit).await?;
    p.show(&New {
        p: &p,
        f: Faults::none(),
        op: None,
        code: next_code(&desk::codes(store, unit).await?),
        fields: Fields::default(),
        groups,
        new_group: String::new(),
    })
}

/// Enters the household.
pub async fn sent(p: Page, form: Form) -> Shown {
    super::super::desk::committee(&p)?;
    let (op, code, mut fields) = (form.op()?, form.get("code").to_string(), Fields::of(&form));
    let mut faults = Faults::none();
    if code.is_empty() {
        faults.add("code", p.t("household.code_missing"));
    }
    faults.list.extend(fields.check(&p).list);
    if faults.is_empty() {
        match enter(&p, op, &code, &fields).await {
            Ok(()) => return Ok(go(&address(&code, &format!("?op={op}")))),
            Err(problem) => faults = Faults::of(p.lang(), problem, &NAMES)?,
        }
    }
    p.mend(&New {
        f: faults,
        op: Some(op),
        code,
        groups: seek::groups(&p.app.store, p.village()?.no).await?,
        new_group: form.get("new_group").to_string(),
        fields,
        p: &p,
    })
}

async fn enter(p: &Page, op: Uuid, code: &str, fields: &Fields) -> Result<(), Problem> {
    let write = p.write(op)?;
    let mut texts = write.texts();
    let row = NewHousehold {
        code: code.to_string(),
        group: fields.group.clone(),
        head: texts.text(&fields.head),
        phone: texts.some(some(&fields.phone)),
        door: texts.some(some(&fields.door)),
        members: fields.names().iter().map(|name| texts.text(name)).collect(),
    };
    let command = Command::RegisterHouseholds(RegisterHouseholds { rows: vec![row] });
    p.submit(op, command).await.map(|_| ())
}

#[cfg(test)]
mod tests {
    use super::next_code;

    #[test]
    fn the_next_code_is_written_as_the_others() {
        let codes = |list: &[&str]| list.iter().map(ToString::to_string).collect::<Vec<_>>();
        assert_eq!(next_code(&[]), "0001");
        assert_eq!(next_code(&codes(&["0317", "0009", "A-7"])), "0318");
        assert_eq!(next_code(&codes(&["0999"])), "1000");
        assert_eq!(next_code(&codes(&["9"])), "10");
        assert_eq!(next_code(&codes(&["甲-1"])), "");
    }
}
