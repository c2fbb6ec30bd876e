//! One entry: what it did in plain words, and its proof, verified here and now.

use super::facts::{self, Fact};
use super::{kind_said, role_said};
use crate::core::evidence::path_holds;
use crate::core::rights::{Act, Role};
use crate::core::rows::Account;
use crate::core::{Day, kind_word};
use crate::store::read::entries::{self, Moved};
use crate::store::read::journal::{self, OperationItem, Proof};
use crate::web::extract::Names;
use crate::web::page::{Faults, Page, Shown};
use crate::web::problem::Problem;
use askama::Template;
use uuid::Uuid;

/// Movements listed on the page; the count is of all.
const LISTED: usize = 100;

#[derive(Template)]
#[template(path = "office/journal_entry.html")]
struct One<'a> {
    p: &'a Page,
    f: Faults,
    op: Option<Uuid>,
    reason: String,
    item: OperationItem,
    facts: Vec<Fact>,
    moved: Vec<Moved>,
    lines: i64,
    proof: Option<Proof>,
    undone_by: Option<Uuid>,
}

impl One<'_> {
    fn n(&self, n: &i64) -> String {
        self.p.count(*n)
    }

    fn kind(&self) -> String {
        kind_said(self.p, self.item.kind)
    }

    fn role(&self) -> String {
        role_said(self.p, self.item.role)
    }

    fn actor(&self) -> &str {
        self.item.actor_name.as_deref().unwrap_or("")
    }

    fn is_person(&self) -> bool {
        !matches!(
            self.item.role,
            Role::Household | Role::Clock | Role::Operator
        )
    }

    fn account(&self, account: &Account) -> String {
        self.p.t(&format!("journal.account_{}", account.word()))
    }

    fn purpose(&self, moved: &Moved) -> String {
        self.p
            .t(&format!("journal.purpose_{}", moved.purpose.word()))
    }

    fn head(&self, moved: &Moved) -> String {
        match self.sees() {
            true => moved.head.clone(),
            false => self.p.masked(&moved.head),
        }
    }

    fn sees(&self) -> bool {
        self.p.may(Act::SeeHouseholds)
    }

    fn is_endless(&self, day: &Day) -> bool {
        *day == Day::NEVER
    }

    /// Whether the audit path leads from the leaf to the root that the checkpoint signs.
    fn is_proved(&self) -> bool {
        self.proof.as_ref().is_some_and(|proof| {
            proof.leaf == self.item.leaf
                && path_holds(
                    &proof.leaf,
                    proof.index,
                    proof.size,
                    &proof.path,
                    &proof.root,
                )
        })
    }

    fn leaf(&self) -> String {
        hex::encode(self.item.leaf)
    }

    fn size(&self) -> String {
        self.p
            .count(self.proof.as_ref().map_or(0, |proof| proof.size))
    }

    fn may_undo(&self) -> bool {
        let kinds = [
            "fund_allotted",
            "award",
            "award_sheet",
            "activity_sent",
            "application_checked",
            "spot_verified",
            "stock_received",
        ];
        self.undone_by.is_none()
            && kinds.contains(&kind_word(self.item.kind))
            && self.p.may(Act::Reverse)
    }
}

/// The entry of a path.
pub async fn one(p: Page, names: Names) -> Shown {
    let id = names.id("operation")?;
    show(&p, id, Faults::none(), None, "").await
}

/// The entry, with what must be mended about undoing it.
///
/// # Errors
/// 404 when the village's journal has no such entry.
pub async fn show(p: &Page, id: Uuid, f: Faults, op: Option<Uuid>, reason: &str) -> Shown {
    let (store, unit) = (&p.app.store, p.village()?.no);
    let found = journal::one(store, unit, id).await?;
    let (item, command, _) = found.ok_or_else(Problem::not_found)?;
    let (moved, lines) = entries::moved(store, unit, item.seq, LISTED).await?;
    let one = One {
        p,
        op,
        reason: reason.to_string(),
        facts: facts::of(p, &command).await?,
        moved,
        lines,
        proof: journal::proof(store, unit, id).await?,
        undone_by: entries::undone_by(store, unit, item.seq).await?,
        item,
        f,
    };
    match one.f.is_empty() {
        true => p.show(&one),
        false => p.mend(&one),
    }
}
