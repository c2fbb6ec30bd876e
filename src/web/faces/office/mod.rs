//! The committee's face: what waits, households, awards, reviews, rules, fund, people, journal.

pub mod activities;
mod awards;
mod desk;
mod fairness;
mod fund;
mod households;
mod imports;
mod journal;
mod notices;
mod objections;
mod people;
mod reviews;
mod rules;
mod sheets;

use super::Entry;

/// The pages of this face.
#[must_use]
pub fn pages() -> Vec<Entry> {
    let mut pages = desk::pages();
    pages.extend(households::pages());
    pages.extend(imports::pages());
    pages.extend(activities::pages());
    pages.extend(awards::pages());
    pages.extend(sheets::pages());
    pages.extend(reviews::pages());
    pages.extend(notices::pages());
    pages.extend(objections::pages());
    pages.extend(rules::pages());
    pages.extend(fund::pages());
    pages.extend(fairness::pages());
    pages.extend(people::pages());
    pages.extend(journal::pages());
    pages
}
