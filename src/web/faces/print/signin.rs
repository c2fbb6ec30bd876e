//! `/print/signin`: a poster for an activity, and the list on which people sign by hand.

use crate::core::rows::RuleScope;
use crate::store::read::activities::{self, ActivityItem};
use crate::store::read::roster;
use crate::web::api::activity::number;
use crate::web::extract::Names;
use crate::web::faces::office::activities::when;
use crate::web::page::{Markup, Page, Shown, qr};
use crate::web::problem::Problem;
use askama::Template;
use std::collections::HashMap;

/// Rows of 8.4 mm that one A4 sheet holds beneath its head.
const ROWS: usize = 26;

/// One who may sign.
struct Row {
    code: String,
    name: String,
}

/// A sheet of paper: people of one group.
struct Sheet {
    number: usize,
    group: String,
    rows: Vec<Row>,
}

#[derive(Template)]
#[template(path = "print/signin.html")]
struct Paper<'a> {
    p: &'a Page,
    item: ActivityItem,
    when: String,
    kind: String,
    qr: Option<Markup>,
    sheets: Vec<Sheet>,
    pages: usize,
}

pub(super) async fn show(p: Page, names: Names) -> Shown {
    let (store, unit) = (&p.app.store, p.village()?.no);
    let item = activities::one(store, unit, number(&names)?).await?;
    let item = item.ok_or_else(Problem::not_found)?;
    let mut members: HashMap<i32, Vec<String>> = HashMap::new();
    if item.row.scope == RuleScope::Person {
        for (household, _, name) in activities::members(store, unit).await? {
            members.entry(household).or_default().push(name);
        }
    }
    let mut sheets: Vec<Sheet> = Vec::new();
    for house in roster::roster(store, unit, p.visit()?.caller.staff).await? {
        let mut names = vec![house.head];
        names.extend(members.remove(&house.no).unwrap_or_default());
        for name in names {
            let row = Row {
                code: house.code.clone(),
                name,
            };
            let fits = |sheet: &&mut Sheet| sheet.group == house.group && sheet.rows.len() < ROWS;
            match sheets.last_mut().filter(fits) {
                Some(sheet) => sheet.rows.push(row),
                None => sheets.push(Sheet {
                    // The poster is the first page.
                    number: sheets.len() + 2,
                    group: house.group.clone(),
                    rows: vec![row],
                }),
            }
        }
    }
    let base = p.app.settings.public_url.trim_end_matches('/');
    let label = p.t("activity.poster_qr");
    let page = Paper {
        qr: qr::svg(&[base, "/home/activities"].concat(), &label),
        when: when(&p, &item),
        kind: p.t(&["activity.kind_", item.row.kind.word()].concat()),
        pages: sheets.len() + 1,
        p: &p,
        item,
        sheets,
    };
    p.show(&page)
}
