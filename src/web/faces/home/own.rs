//! The first page, the card for the station, and who belongs to the household.

use super::entry::{Entry, entries};
use crate::core::Day;
use crate::store::read::households::{self, HouseholdView};
use crate::store::read::own_entries::{self, OnTheWay};
use crate::store::read::statement;
use crate::store::texts::{card_token, token_hash};
use crate::web::page::{Markup, Page, Shown};
use crate::web::problem::Problem;
use askama::Template;

/// Entries the first page shows.
const LAST: usize = 3;
/// Movements that surely hold so many entries: one redemption may take from several lots.
const LAST_LINES: usize = 12;
/// How many days before their end points are pointed out: a quarter, well above the 30 of
/// DESIGN section 5.
const WARN_DAYS: i32 = 90;

/// The household that looks at itself.
///
/// # Errors
/// 404 when it is gone.
pub(super) async fn view(p: &Page) -> Result<HouseholdView, Problem> {
    let found = households::view(&p.app.store, p.village()?.no, p.household()?).await?;
    found.ok_or_else(Problem::not_found)
}

/// A star of the row of five.
const STARS: [i32; 5] = [1, 2, 3, 4, 5];

#[derive(Template)]
#[template(path = "home/home.html")]
struct Home<'a> {
    p: &'a Page,
    view: &'a HouseholdView,
    help_phone: String,
    /// The notice that closes next.
    matures: Option<Day>,
    /// The notice that it stands in.
    in_notice: Option<i32>,
    /// The points that end next, when that is near.
    ending: Option<(Day, crate::core::Points)>,
    last: Vec<Entry>,
    next_star: Option<Star>,
    read: String,
}

/// The star that comes next.
struct Star {
    name: String,
    missing: crate::core::Points,
    /// How far towards it, of 100.
    percent: i64,
}

impl Home<'_> {
    fn stars(&self) -> [i32; 5] {
        STARS
    }

    fn star_class(&self, star: &i32) -> &'static str {
        if *star <= self.view.stars {
            "icon on"
        } else {
            "icon"
        }
    }
}

pub(super) async fn home(p: Page) -> Shown {
    let (store, unit, no) = (&p.app.store, p.village()?.no, p.household()?);
    let view = view(&p).await?;
    let lines = statement::statement(store, unit, no, None, LAST_LINES).await?;
    let mut last = entries(&p, lines);
    last.truncate(LAST);
    let (matures, in_notice) = if view.balance.pending.0 > 0 {
        let open = own_entries::on_the_way(store, unit, no).await?;
        let first = open.into_iter().find(|award| award.notice_until.is_some());
        first.map_or((None, None), |award| (award.notice_until, award.notice))
    } else {
        (None, None)
    };
    let near = p.today().plus(WARN_DAYS);
    let ending = view.lots.first().copied().filter(|(day, _)| *day <= near);
    let read = spoken(&p, &view, matures, ending, &last);
    p.show(&Home {
        p: &p,
        view: &view,
        help_phone: p.policy.help_phone.clone(),
        matures,
        in_notice,
        ending,
        last,
        next_star: star(&p, &view),
        read,
    })
}

fn star(p: &Page, view: &HouseholdView) -> Option<Star> {
    let earned = view.earned_12_months;
    let (next, least) = households::next_star(earned)?;
    let percent = (earned.0.saturating_mul(100))
        .checked_div(least.0)
        .unwrap_or(0);
    Some(Star {
        name: p.t(&["home.star_", &next.to_string()].concat()),
        missing: least.minus(earned).unwrap_or(least),
        percent: percent.clamp(0, 100),
    })
}

/// The page in whole sentences, to be read aloud.
fn spoken(
    p: &Page,
    view: &HouseholdView,
    matures: Option<Day>,
    ending: Option<(Day, crate::core::Points)>,
    last: &[Entry],
) -> String {
    let balance = &view.balance;
    let mut said = vec![p.t2(
        "home.say_balance",
        "name",
        &view.item.head,
        "points",
        p.points(&balance.available),
    )];
    if balance.pending.0 > 0 {
        said.push(match matures {
            Some(day) => p.t2(
                "home.say_pending_until",
                "points",
                p.points(&balance.pending),
                "day",
                p.day(&day),
            ),
            None => p.t1("home.say_pending", "points", p.points(&balance.pending)),
        });
    }
    if let Some((day, points)) = ending {
        said.push(p.t2(
            "home.say_ending",
            "points",
            p.points(&points),
            "day",
            p.day(&day),
        ));
    }
    for entry in last {
        let key = match (entry.is_pending, entry.points.0 < 0) {
            (true, _) => "home.say_entry_pending",
            (false, true) => "home.say_entry_minus",
            (false, false) => "home.say_entry_plus",
        };
        let points = crate::core::Points(entry.points.0.saturating_abs());
        said.push(p.t3(
            key,
            "day",
            p.day(&entry.day),
            "what",
            &entry.title,
            "points",
            p.points(&points),
        ));
    }
    said.join(p.lang().pick("", " "))
}

#[derive(Template)]
#[template(path = "home/code.html")]
struct Code<'a> {
    p: &'a Page,
    view: &'a HouseholdView,
    qr: Option<Markup>,
    help_phone: String,
}

pub(super) async fn code(p: Page) -> Shown {
    let view = view(&p).await?;
    let qr = own_card(&p).await?.and_then(|token| {
        let base = p.app.settings.public_url.trim_end_matches('/');
        let label = p.t1("home.code_qr", "code", &view.item.code);
        crate::web::page::qr::svg(&[base, "/c#", &token].concat(), &label)
    });
    p.show(&Code {
        p: &p,
        view: &view,
        qr,
        help_phone: p.policy.help_phone.clone(),
    })
}

/// The token of the card in force. It is stored nowhere, but the operation that issued the card
/// gives it again; under another pepper it would be another one, which opens nothing.
async fn own_card(p: &Page) -> Result<Option<String>, Problem> {
    let (store, unit, no) = (&p.app.store, p.village()?.no, p.household()?);
    let Some((issued, hash)) = own_entries::card(store, unit, no).await? else {
        return Ok(None);
    };
    let token = card_token(&store.secrets().pepper, issued);
    Ok(Some(token).filter(|token| token_hash(token) == hash))
}

#[derive(Template)]
#[template(path = "home/members.html")]
struct Members<'a> {
    p: &'a Page,
    view: &'a HouseholdView,
    phone: String,
    help_phone: String,
}

pub(super) async fn members(p: Page) -> Shown {
    let view = view(&p).await?;
    let phone = view
        .phone
        .as_deref()
        .map(crate::web::page::show::masked_phone);
    p.show(&Members {
        p: &p,
        view: &view,
        phone: phone.unwrap_or_default(),
        help_phone: p.policy.help_phone.clone(),
    })
}

/// Awards that are not in the balance yet.
///
/// # Errors
/// When they cannot be read.
pub(super) async fn on_the_way(p: &Page) -> Result<Vec<OnTheWay>, Problem> {
    Ok(own_entries::on_the_way(&p.app.store, p.village()?.no, p.household()?).await?)
}
