//! The journal: every operation, who did it, what it moved, and the proof that it stands in the
//! evidence; undoing one.

mod entry;
mod facts;
mod reverse;

use crate::core::evidence::root_of;
use crate::core::kind_word;
use crate::core::rights::{Act, Role};
use crate::store::read::entries::{self, Entry};
use crate::web::api::operation::checkpoint;
use crate::web::faces::{Entry as PageEntry, page};
use crate::web::page::admit::Guard;
use crate::web::page::{Page, Shown};
use askama::Template;
use axum::routing::{get, post};

const SEES: Guard = Guard::Office(Act::SeeJournal);
/// Entries on one page.
const PAGE: usize = 50;
/// The kinds that a village's journal has: adding staff is there too, when they have kin in it.
const KINDS: [i16; 31] = [
    1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14, 15, 16, 17, 18, 19, 20, 21, 24, 26, 27, 28, 30,
    31, 32, 33, 34, 35,
];

/// The pages of this part.
#[must_use]
pub fn pages() -> Vec<PageEntry> {
    vec![
        page("/office/journal", SEES, get(list)),
        page("/office/journal/{operation}", SEES, get(entry::one)),
        page(
            "/office/journal/{operation}/reverse",
            Guard::Office(Act::Reverse),
            post(reverse::sent),
        ),
    ]
}

/// The signed top of the evidence, and whether the leaves below it lead to it.
struct Top {
    size: u64,
    root: [u8; 32],
    note: String,
    is_whole: bool,
}

#[derive(Template)]
#[template(path = "office/journal.html")]
struct List<'a> {
    p: &'a Page,
    top: Top,
    entries: Vec<Entry>,
    kind: i16,
    next: Option<i64>,
}

impl List<'_> {
    fn seq(&self, seq: &i64) -> String {
        self.p.count(*seq)
    }

    fn size(&self) -> String {
        self.p.count(self.top.size)
    }

    fn kind_of(&self, entry: &Entry) -> String {
        kind_said(self.p, entry.kind)
    }

    fn role(&self, entry: &Entry) -> String {
        role_said(self.p, entry.role)
    }

    fn kinds(&self) -> Vec<(i16, String)> {
        KINDS.map(|kind| (kind, kind_said(self.p, kind))).into()
    }

    fn is(&self, kind: &i16) -> bool {
        *kind == self.kind
    }
}

/// The words of a kind.
fn kind_said(p: &Page, kind: i16) -> String {
    p.t(&format!("journal.kind_{}", kind_word(kind)))
}

/// The words of a role.
fn role_said(p: &Page, role: Role) -> String {
    p.t(&format!("word.{}", role.word()))
}

async fn list(p: Page) -> Shown {
    let (store, unit) = (&p.app.store, p.village()?);
    let kind = p.asked("kind").parse::<i16>().unwrap_or(0);
    let kind = if KINDS.contains(&kind) { kind } else { 0 };
    let before = p.asked("before").parse::<i64>().unwrap_or(i64::MAX);
    let (size, root, note) = checkpoint(&p.app, unit).await?;
    let leaves = entries::leaves(store, unit.no, size).await?;
    let is_whole = leaves.len() as u64 == size && root_of(&leaves) == root;
    let mut entries = entries::list(store, unit.no, kind, before, PAGE + 1).await?;
    let more = entries.len() > PAGE;
    entries.truncate(PAGE);
    p.show(&List {
        next: entries.last().filter(|_| more).map(|entry| entry.seq),
        top: Top {
            size,
            root,
            note,
            is_whole,
        },
        p: &p,
        entries,
        kind,
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::web::lang::Lang;

    #[test]
    fn every_kind_has_words_in_both_languages() {
        let words = (1..i16::MAX)
            .map(kind_word)
            .filter(|word| *word != "unknown");
        for key in words.map(|word| format!("journal.kind_{word}")) {
            for lang in [Lang::Zh, Lang::En] {
                assert_ne!(lang.text(&key), key);
            }
        }
        for kind in KINDS {
            assert_ne!(kind_word(kind), "unknown");
        }
    }
}
