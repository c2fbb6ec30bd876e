//! The register as a list: sought, filtered, paged, picked for printing.

use super::{address, coded, status_key};
use crate::core::Points;
use crate::core::rows::HouseholdStatus;
use crate::store::read::seek::{self, Found, Seek};
use crate::web::faces::office::desk::committee;
use crate::web::page::{Page, Shown};
use crate::web::problem::Problem;
use askama::Template;

/// Households on one page.
const PAGE: usize = 20;

/// One page of the register, with what was asked.
pub struct Listing {
    /// The households.
    pub found: Vec<Found>,
    /// What was asked.
    pub q: String,
    /// The group asked for.
    pub group: String,
    /// The filter asked for.
    pub show: String,
    /// The village's groups.
    pub groups: Vec<String>,
    /// Whether all of this page are picked.
    pub all_picked: bool,
    count: usize,
    at: usize,
}

impl Listing {
    /// How many fit in all.
    #[must_use]
    pub fn count(&self) -> usize {
        self.count
    }

    /// The number of the first one shown.
    #[must_use]
    pub fn first(&self) -> usize {
        self.at * PAGE + 1
    }

    /// The number of the last one shown.
    #[must_use]
    pub fn last(&self) -> usize {
        self.at * PAGE + self.found.len()
    }

    /// Whether anything was asked.
    #[must_use]
    pub fn is_asked(&self) -> bool {
        !(self.q.is_empty() && self.group.is_empty() && self.show.is_empty())
    }

    fn link(&self, at: usize, pick: bool) -> String {
        let mut query = form_urlencoded::Serializer::new(String::new());
        let parts = [("q", &self.q), ("group", &self.group), ("show", &self.show)];
        for (name, value) in parts.into_iter().filter(|(_, value)| !value.is_empty()) {
            query.append_pair(name, value);
        }
        if at > 0 {
            query.append_pair("page", &(at + 1).to_string());
        }
        if pick {
            query.append_pair("pick", "all");
        }
        let query = query.finish();
        match query.is_empty() {
            true => "/office/households".to_string(),
            false => format!("/office/households?{query}"),
        }
    }

    /// The page before, if there is one.
    #[must_use]
    pub fn before(&self) -> Option<String> {
        self.at.checked_sub(1).map(|at| self.link(at, false))
    }

    /// The next page, if there is one.
    #[must_use]
    pub fn next(&self) -> Option<String> {
        ((self.at + 1) * PAGE < self.count).then(|| self.link(self.at + 1, false))
    }

    /// This page with all of it picked, or none.
    #[must_use]
    pub fn pick(&self, all: bool) -> String {
        self.link(self.at, all)
    }

    /// The address of a household's page.
    #[must_use]
    pub fn href(&self, found: &Found) -> String {
        address(&found.code, "")
    }

    /// Whether a household no longer takes part.
    #[must_use]
    pub fn is_closed(&self, found: &Found) -> bool {
        found.status == HouseholdStatus::Closed
    }

    /// Whether points of a household stand under notice.
    #[must_use]
    pub fn has_pending(&self, found: &Found) -> bool {
        found.pending > Points::ZERO
    }

    /// The key of a household's status.
    #[must_use]
    pub fn status(&self, found: &Found) -> &'static str {
        status_key(found.status)
    }

    /// The filters: their words and keys.
    #[must_use]
    pub fn filters(&self) -> [(&'static str, &'static str); 6] {
        [
            ("", "household.all"),
            ("resident", "household.resident"),
            ("away", "household.away"),
            ("closed", "household.closed"),
            ("no_card", "household.no_card"),
            ("no_pin", "household.no_pin"),
        ]
    }
}

#[derive(Template)]
#[template(path = "office/households.html")]
struct List<'a> {
    p: &'a Page,
    list: Listing,
}

/// The register.
pub async fn list(p: Page) -> Shown {
    committee(&p)?;
    let list = listing(&p).await?;
    // Whoever types a whole card number means that household.
    if let [only] = list.found.as_slice()
        && list.count == 1
        && only.code == list.q
    {
        return Ok(crate::web::page::go(&format!(
            "/office/households/{}",
            coded(&only.code)
        )));
    }
    p.show(&List { p: &p, list })
}

/// The page of the register that the query asks for.
///
/// # Errors
/// What reading may say.
pub async fn listing(p: &Page) -> Result<Listing, Problem> {
    let (store, unit) = (&p.app.store, p.village()?.no);
    let short = |name: &str| p.asked(name).trim().chars().take(64).collect::<String>();
    let (q, group, show) = (short("q"), short("group"), short("show"));
    let at = p.asked("page").parse::<usize>().unwrap_or(1);
    let at = at.clamp(1, 100_000) - 1;
    let status = HouseholdStatus::of_word(&show);
    // What a card or PIN lacks is known only of households already found.
    let lacks = matches!(show.as_str(), "no_card" | "no_pin");
    let seek = Seek {
        q: q.clone(),
        group: group.clone(),
        status,
        skip: if lacks { 0 } else { at * PAGE },
        most: if lacks { usize::MAX } else { PAGE },
    };
    let (mut found, mut count) = seek::seek(store, unit, &seek).await?;
    if lacks {
        found.retain(|found| {
            let lacks = match show.as_str() {
                "no_card" => !found.has_card,
                _ => !found.has_pin,
            };
            lacks && found.status != HouseholdStatus::Closed
        });
        count = found.len();
        found = found.into_iter().skip(at * PAGE).take(PAGE).collect();
    }
    Ok(Listing {
        found,
        count,
        q,
        group,
        show,
        groups: seek::groups(store, unit).await?,
        all_picked: p.asked("pick") == "all",
        at,
    })
}
