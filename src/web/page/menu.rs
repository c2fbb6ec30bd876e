//! The menus of the wide faces: only what the visitor may open, and only what there is.

use super::Page;
use crate::core::rights::Act;

type Item = (&'static str, &'static str);

impl Page {
    fn allowed(&self, items: &[(Act, Item)]) -> Vec<Item> {
        let may = items.iter().filter(|(act, _)| self.may(*act));
        may.map(|(_, item)| *item).collect()
    }

    /// The committee's menu: addresses and keys of words.
    #[must_use]
    pub fn office_menu(&self) -> Vec<Item> {
        self.allowed(&[
            (Act::SeeHouseholds, ("/office", "nav.office")),
            (Act::SeeHouseholds, ("/office/households", "nav.households")),
            (Act::RecordAward, ("/office/sheets/new", "nav.awards")),
            (
                Act::KeepActivities,
                ("/office/activities", "activity.title"),
            ),
            (Act::SeeHouseholds, ("/office/reviews", "nav.reviews")),
            (Act::SeeHouseholds, ("/office/notices", "nav.notices")),
            (Act::SeeHouseholds, ("/office/objections", "nav.objections")),
            (Act::SeeVillage, ("/office/rules", "nav.rules")),
            (Act::SeeVillage, ("/office/fund", "nav.fund")),
            (Act::SeeStaff, ("/office/staff", "nav.staff")),
            (Act::SeeJournal, ("/office/journal", "nav.journal")),
            (Act::SeeFairness, ("/office/fairness", "fairness.nav")),
        ])
    }

    /// The station's menu.
    #[must_use]
    pub fn till_menu(&self) -> Vec<Item> {
        self.allowed(&[
            (Act::Redeem, ("/till", "nav.till")),
            (Act::Refund, ("/till/refunds", "nav.refunds")),
            (Act::ReceiveStock, ("/till/stock", "nav.stock")),
        ])
    }

    /// The township's menu.
    #[must_use]
    pub fn town_menu(&self) -> Vec<Item> {
        vec![("/town", "nav.town")]
    }

    /// Whether a menu's address is the one that leads to this page.
    #[must_use]
    pub fn is_here(&self, href: &str) -> bool {
        let here = self.here.split('?').next().unwrap_or("");
        match href {
            "/office" | "/till" | "/town" => {
                here == href || (href == "/town" && self.is_under(href))
            }
            "/office/sheets/new" => {
                self.is_under("/office/sheets") || self.is_under("/office/awards")
            }
            _ => self.is_under(href),
        }
    }

    /// Whether the reader reads Chinese.
    #[must_use]
    pub fn is_zh(&self) -> bool {
        self.lang().pick(true, false)
    }

    /// Whether text is large.
    #[must_use]
    pub fn is_big(&self) -> bool {
        self.look.size != super::look::Size::Normal
    }

    /// Whether a theme was chosen.
    #[must_use]
    pub fn has_theme(&self) -> bool {
        self.look.theme != super::look::Theme::Auto
    }

    /// Whether changes of the village may be listened to here.
    #[must_use]
    pub fn is_live(&self) -> bool {
        let unit = self.visit.as_ref().and_then(|visit| visit.unit.as_ref());
        unit.is_some_and(|unit| unit.kind == crate::core::rights::UnitKind::Village)
    }
}
