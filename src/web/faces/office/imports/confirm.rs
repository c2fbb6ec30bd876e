//! Step 4: what would change, and doing it.

use super::carried::Carried;
use super::check;
use crate::store::Who;
use crate::store::import::{Change, Imported, Parsed, Part, Plan, Target, plan};
use crate::store::read::journal::{self, OperationItem};
use crate::web::api::import::enter;
use crate::web::faces::office::desk::committee;
use crate::web::page::{Faults, Form, Markup, Page, Shown, Upload, go};
use crate::web::problem::Problem;
use askama::Template;
use uuid::Uuid;

/// Changes and new rows listed on the page; the counts are of all.
const LISTED: usize = 200;

#[derive(Template)]
#[template(path = "office/import_preview.html")]
struct Preview<'a> {
    p: &'a Page,
    hidden: Markup,
    counts: Imported,
    left_out: usize,
    changed: Vec<Change>,
    new: Vec<Change>,
    more: usize,
}

#[derive(Template)]
#[template(path = "office/import_done.html")]
struct Done<'a> {
    p: &'a Page,
    counts: Imported,
    left_out: usize,
    kind: &'static str,
    item: Option<OperationItem>,
}

impl Preview<'_> {
    fn n(&self, n: &usize) -> String {
        self.p.count(*n)
    }

    fn field(&self, part: &Part) -> String {
        self.p.t(&format!("imports.field_{}", part.field))
    }

    /// Words of the scheme in the reader's language, everything else as it is.
    fn value(&self, part: &Part, value: &str) -> String {
        let is_word = matches!(
            part.field,
            "kind" | "cap_period" | "path" | "evidence" | "scope" | "stocked"
        );
        match (value, is_word) {
            ("", _) => self.p.t("household.nothing"),
            (value, true) => {
                let key = format!("imports.value_{value}");
                let said = self.p.lang().say(&key, &Default::default());
                said.unwrap_or_else(|| value.to_string())
            }
            (value, false) => value.to_string(),
        }
    }
}

impl Done<'_> {
    fn seq(&self, seq: &i64) -> String {
        self.p.count(*seq)
    }
}

/// The table with everything that the form changes about it, judged; a page when it may not go on.
async fn ready(p: &Page, form: &Form) -> Result<Result<(Carried, Parsed), Shown>, Problem> {
    let mut carried = Carried::of(p, form).await?;
    check::mend(&mut carried, form);
    let parsed = Parsed::read(&carried.kind, &carried.table);
    if check::is_unread(&parsed) {
        return Ok(Err(check::columns(p, &carried, &parsed, None)));
    }
    let only_good = form.has("only_good");
    let fault = match (parsed.faults.is_empty() || only_good, parsed.good()) {
        (false, _) => Some("imports.still_wrong"),
        (true, 0) => Some("imports.no_rows"),
        (true, _) => None,
    };
    Ok(match fault {
        Some(key) => {
            let faults = Faults::one(p, "", key);
            Err(check::page(p, faults, &carried, parsed, true))
        }
        None => Ok((carried, parsed)),
    })
}

fn target(p: &Page, id: Uuid) -> Result<Target, Problem> {
    Ok(Target {
        unit: p.village()?.no,
        who: Who::Session(p.visit()?.caller.session),
        id,
        dry_run: false,
    })
}

/// Shows what would change.
pub async fn preview(p: Page, upload: Upload) -> Shown {
    committee(&p)?;
    let (carried, parsed) = match ready(&p, &upload.form).await? {
        Ok(ready) => ready,
        Err(page) => return page,
    };
    // What the rules would refuse, such as a code in letters they do not take, is said now.
    let target = target(&p, crate::web::page::csrf::fresh())?;
    let refused = |refusal| Problem::refused(&refusal, "rows");
    let plan = plan(&p.app.store, target, &parsed.rows).await;
    let plan = plan.map_err(refused)?;
    if let Err(refusal) = plan.rehearse(&p.app.store, target).await {
        let faults = Faults::of(p.lang(), refused(refusal), &[])?;
        return check::page(&p, faults, &carried, parsed, true);
    }
    p.show(&shown(&p, &carried, &parsed, &plan)?)
}

fn shown<'a>(
    p: &'a Page,
    carried: &'a Carried,
    parsed: &Parsed,
    plan: &Plan,
) -> Result<Preview<'a>, Problem> {
    let pick = |is_new: bool| {
        let of_kind = plan.changes.iter().filter(|change| change.is_new == is_new);
        of_kind.take(LISTED).cloned().collect::<Vec<_>>()
    };
    let (new, changed) = (pick(true), pick(false));
    Ok(Preview {
        p,
        hidden: carried.hidden()?,
        counts: plan.counts(),
        left_out: parsed.total_rows - parsed.good(),
        more: plan.changes.len() - new.len() - changed.len(),
        changed,
        new,
    })
}

/// Does it.
pub async fn sent(p: Page, upload: Upload) -> Shown {
    committee(&p)?;
    let form = &upload.form;
    let op = form.op()?;
    let (carried, parsed) = match ready(&p, form).await? {
        Ok(ready) => ready,
        Err(page) => return page,
    };
    let left_out = parsed.total_rows - parsed.good();
    let entered = match enter(&p.write(op)?, &parsed.rows, false).await {
        Ok(entered) => entered,
        Err(problem) if problem.code() == "outcome_unknown" => {
            return Err(problem.figure("operation", op.to_string()));
        }
        Err(problem) => {
            let faults = Faults::of(p.lang(), problem, &[])?;
            return check::page(&p, faults, &carried, parsed, true);
        }
    };
    let counts = entered.counts;
    let figures = [counts.new, counts.changed, counts.same, left_out];
    let figures = figures.map(|figure| figure.to_string()).join(".");
    let kind = carried.word();
    let seal = seal(&p, op, kind, &figures);
    Ok(go(&format!(
        "/office/import/done?op={op}&kind={kind}&figures={figures}&seal={seal}"
    )))
}

/// A seal of the figures that the next page shows, so that no link invents an import.
fn seal(p: &Page, op: Uuid, kind: &str, figures: &str) -> String {
    let said = format!("{op} {kind} {figures}");
    let tag = p.app.store.secrets().pepper.tag("import", said.as_bytes());
    hex::encode(&tag[..12])
}

/// What the import did.
pub async fn done(p: Page) -> Shown {
    committee(&p)?;
    let op = Uuid::parse_str(p.asked("op")).map_err(|_| Problem::not_found())?;
    let (kind, figures) = (p.asked("kind"), p.asked("figures"));
    if p.asked("seal") != seal(&p, op, kind, figures) {
        return Err(Problem::not_found());
    }
    let mut each = figures.split('.').map(|figure| figure.parse().unwrap_or(0));
    let mut figure = || each.next().unwrap_or(0);
    let counts = Imported {
        new: figure(),
        changed: figure(),
        same: figure(),
    };
    let item = journal::one(&p.app.store, p.village()?.no, op).await?;
    p.show(&Done {
        p: &p,
        counts,
        left_out: figure(),
        kind: match kind {
            "rules" => "rules",
            "goods" => "goods",
            _ => "households",
        },
        item: item.map(|(item, ..)| item),
    })
}
