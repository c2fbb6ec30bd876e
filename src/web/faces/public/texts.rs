//! Pages of words: help, privacy, how pages look, and where a card's QR leads.

use crate::store::read::village_public::{self, HelpPhone};
use crate::web::page::look::{Size, Theme};
use crate::web::page::{Page, Shown};
use askama::Template;

/// Telephones the help page lists.
const PHONES_MAX: usize = 1_000;

#[derive(Template)]
#[template(path = "public/card.html")]
struct Card<'a> {
    p: &'a Page,
}

/// The card's QR carries its token behind `#`, which no browser sends: this page knows nobody.
pub(super) async fn card(p: Page) -> Shown {
    p.show(&Card { p: &p })
}

#[derive(Template)]
#[template(path = "public/settings.html")]
struct Settings<'a> {
    p: &'a Page,
    sizes: [(Size, &'static str); 3],
    themes: [(Theme, &'static str); 3],
}

pub(super) async fn settings(p: Page) -> Shown {
    p.show(&Settings {
        p: &p,
        sizes: [
            (Size::Normal, "settings.size_normal"),
            (Size::Large, "settings.size_large"),
            (Size::XLarge, "settings.size_xlarge"),
        ],
        themes: [
            (Theme::Auto, "settings.theme_auto"),
            (Theme::Light, "settings.theme_light"),
            (Theme::Dark, "settings.theme_dark"),
        ],
    })
}

/// What people ask, with the keys of question and answer.
const QUESTIONS: [(&str, &str); 7] = [
    ("help.card_lost", "help.card_lost_text"),
    ("help.pin_forgotten", "help.pin_forgotten_text"),
    ("help.wrong_entry", "help.wrong_entry_text"),
    ("help.no_phone", "help.no_phone_text"),
    ("help.phone_lost", "help.phone_lost_text"),
    ("help.not_arrived", "help.not_arrived_text"),
    ("help.unknown", "help.unknown_text"),
];

/// The words of every page and what they mean.
const GLOSSARY: [(&str, &str); 15] = [
    ("help.word_points", "help.word_points_text"),
    ("help.word_rule", "help.word_rule_text"),
    ("help.word_cap", "help.word_cap_text"),
    ("help.word_recorded", "help.word_recorded_text"),
    ("help.word_notice", "help.word_notice_text"),
    ("help.word_booked", "help.word_booked_text"),
    ("help.word_reversed", "help.word_reversed_text"),
    ("help.word_deduct", "help.word_deduct_text"),
    ("help.word_arrears", "help.word_arrears_text"),
    ("help.word_redeem", "help.word_redeem_text"),
    ("help.word_expiry", "help.word_expiry_text"),
    ("help.word_fund", "help.word_fund_text"),
    ("help.word_card", "help.word_card_text"),
    ("help.word_stars", "help.word_stars_text"),
    ("help.word_check", "help.word_check_text"),
];

#[derive(Template)]
#[template(path = "public/help.html")]
struct Help<'a> {
    p: &'a Page,
    /// Of the visitor's own village.
    own: Option<HelpPhone>,
    phones: Vec<HelpPhone>,
    questions: &'static [(&'static str, &'static str)],
    glossary: &'static [(&'static str, &'static str)],
}

impl Help<'_> {
    /// The part of a key that names its word, for links to it.
    fn anchor<'k>(&self, key: &'k str) -> &'k str {
        key.rsplit('.').next().unwrap_or(key)
    }
}

pub(super) async fn help(p: Page) -> Shown {
    let mut phones = village_public::help_phones(&p.app.store, PHONES_MAX).await?;
    let here = p.visit.as_ref().and_then(|visit| visit.unit.as_ref());
    let own = here.and_then(|unit| phones.iter().position(|known| known.unit == unit.no));
    let own = own.map(|at| phones.remove(at));
    p.show(&Help {
        p: &p,
        own,
        phones,
        questions: &QUESTIONS,
        glossary: &GLOSSARY,
    })
}

/// What is kept, who sees it, how long, what is public: headings with the keys of their items.
const PRIVACY: [(&str, &[&str]); 6] = [
    (
        "privacy.kept",
        &[
            "privacy.kept_household",
            "privacy.kept_entries",
            "privacy.kept_secrets",
            "privacy.kept_not",
        ],
    ),
    (
        "privacy.seen",
        &[
            "privacy.seen_own",
            "privacy.seen_village",
            "privacy.seen_clerk",
            "privacy.seen_town",
            "privacy.seen_admin",
        ],
    ),
    (
        "privacy.public",
        &["privacy.public_sums", "privacy.public_never"],
    ),
    (
        "privacy.long",
        &[
            "privacy.long_entries",
            "privacy.long_names",
            "privacy.long_session",
        ],
    ),
    (
        "privacy.device",
        &[
            "privacy.device_cookies",
            "privacy.device_own",
            "privacy.device_card",
        ],
    ),
    (
        "privacy.rights",
        &[
            "privacy.rights_see",
            "privacy.rights_mend",
            "privacy.rights_paper",
        ],
    ),
];

#[derive(Template)]
#[template(path = "public/privacy.html")]
struct Privacy<'a> {
    p: &'a Page,
    parts: &'static [(&'static str, &'static [&'static str])],
}

pub(super) async fn privacy(p: Page) -> Shown {
    p.show(&Privacy {
        p: &p,
        parts: &PRIVACY,
    })
}
