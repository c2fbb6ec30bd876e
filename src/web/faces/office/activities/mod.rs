//! Activities (活动): the list, a new one, and the page of one with who came.

mod act;
mod new;
mod paper;
mod signing;

use crate::core::Points;
use crate::core::rights::Act;
use crate::core::rows::{ActivityState, AttendanceState, KeptFor, SignInHow};
use crate::store::read::activities::{self, ActivityItem, Came};
use crate::store::read::caps::{self, Deed};
use crate::store::read::{roster, rules};
use crate::web::api::activity::number;
use crate::web::extract::Names;
use crate::web::faces::{Entry, page};
use crate::web::page::admit::Guard;
use crate::web::page::{Faults, Page, Shown, csrf};
use crate::web::problem::Problem;
use askama::Template;
use axum::routing::{get, post};
use uuid::Uuid;

pub use signing::why_closed;

/// Activities one page lists.
const LISTED: usize = 50;
/// The kinds that a plan starts from, with the icon of each.
pub(super) const KINDS: [(&str, &str); 6] = [
    ("cleanup", "broom"),
    ("trees", "tree"),
    ("party_class", "book"),
    ("assembly", "users"),
    ("volunteers", "clock"),
    ("other", "star"),
];

/// The pages of this part.
#[must_use]
pub fn pages() -> Vec<Entry> {
    let guard = Guard::Office(Act::KeepActivities);
    vec![
        page("/office/activities", guard, get(list)),
        page(
            "/office/activities/new",
            guard,
            get(new::form).post(new::sent),
        ),
        page("/office/activities/{activity}", guard, get(one)),
        page(
            "/office/activities/{activity}/code",
            guard,
            get(signing::code),
        ),
        page(
            "/office/activities/{activity}/scan",
            guard,
            get(signing::scan).post(signing::scanned),
        ),
        page(
            "/office/activities/{activity}/list",
            guard,
            get(paper::form).post(paper::sent),
        ),
        page(
            "/office/activities/{activity}/strike",
            guard,
            get(act::strike).post(act::struck),
        ),
        page(
            "/office/activities/{activity}/end",
            guard,
            get(act::end).post(act::ended),
        ),
        page("/office/activities/{activity}/send", guard, post(act::sent)),
        page(
            "/office/activities/{activity}/cancel",
            guard,
            get(act::cancel).post(act::cancelled),
        ),
    ]
}

/// The activity of the path.
pub(super) async fn found(p: &Page, names: &Names) -> Result<ActivityItem, Problem> {
    let item = activities::one(&p.app.store, p.village()?.no, number(names)?).await?;
    item.ok_or_else(Problem::not_found)
}

/// The class of a state's pill, its icon, its word.
pub fn state_pill(state: ActivityState) -> (&'static str, &'static str, &'static str) {
    match state {
        ActivityState::Planned => ("pill-info", "megaphone", "activity.state_planned"),
        ActivityState::Ended => ("pill-wait", "clock", "activity.state_ended"),
        ActivityState::Sent => ("pill-ok", "check", "activity.state_sent"),
        ActivityState::Cancelled => ("pill-bad", "undo", "activity.state_cancelled"),
    }
}

/// The word for why an attendance brings no award.
pub fn kept_word(why: KeptFor) -> &'static str {
    match why {
        KeptFor::Own => "activity.kept_own",
        KeptFor::Kin => "activity.kept_kin",
        KeptFor::Closed => "activity.kept_closed",
        KeptFor::Excluded => "activity.kept_excluded",
        KeptFor::NoHours => "activity.kept_no_hours",
        KeptFor::NotExact => "activity.kept_not_exact",
    }
}

/// Day and times in one line.
pub fn when(p: &Page, item: &ActivityItem) -> String {
    let row = &item.row;
    let (opens, closes) = (p.clock(&row.opens), p.clock(&row.closes));
    p.t3(
        "activity.when",
        "day",
        p.day_long(&row.day),
        "opens",
        opens,
        "closes",
        closes,
    )
}

/// Whether nothing more can be given in the period: the sign-in counts, without points.
pub async fn is_full(
    p: &Page,
    item: &ActivityItem,
    household: i32,
    person: i32,
) -> Result<bool, Problem> {
    let (store, unit) = (&p.app.store, p.village()?.no);
    let all = rules::list(store, unit).await?;
    let Some(rule) = all.into_iter().find(|rule| rule.row.no == item.row.rule) else {
        return Ok(false);
    };
    let limits = caps::limits(store, unit, &rule.row).await?;
    let deed = Deed {
        household,
        group_no: roster::group_no(store, unit, household).await?,
        member: Some(person).filter(|person| *person >= 0),
        day: item.row.day,
    };
    let used = caps::used(store, unit, &limits, deed).await?;
    let of = limits.of(&used, deed);
    Ok(of.iter().any(|cap| cap.left() == Some(Points::ZERO)))
}

#[derive(Template)]
#[template(path = "office/activities.html")]
struct List<'a> {
    p: &'a Page,
    items: Vec<ActivityItem>,
    next: Option<i32>,
}

impl List<'_> {
    fn kinds(&self) -> [(&'static str, &'static str); 6] {
        KINDS
    }

    fn pill(&self, state: &ActivityState) -> (&'static str, &'static str, &'static str) {
        state_pill(*state)
    }

    fn when(&self, item: &ActivityItem) -> String {
        when(self.p, item)
    }

    fn icon(&self, item: &ActivityItem) -> &'static str {
        let known = KINDS.iter().find(|kind| kind.0 == item.row.kind.word());
        known.map_or("star", |kind| kind.1)
    }
}

async fn list(p: Page) -> Shown {
    let after = p.asked("after").parse().ok();
    let unit = p.village()?.no;
    let mut items = activities::list(&p.app.store, unit, after, LISTED + 1).await?;
    let more = items.len() > LISTED;
    items.truncate(LISTED);
    let next = items.last().map(|item| item.row.no).filter(|_| more);
    p.show(&List { p: &p, items, next })
}

#[derive(Template)]
#[template(path = "office/activity.html")]
pub(super) struct One<'a> {
    p: &'a Page,
    f: Faults,
    item: ActivityItem,
    people: Vec<Came>,
    /// Who came, without those struck off.
    came: usize,
    stands: usize,
    kept: usize,
    op: Uuid,
}

impl One<'_> {
    fn pill(&self) -> (&'static str, &'static str, &'static str) {
        state_pill(self.item.row.state)
    }

    fn kind(&self) -> String {
        let word = self.item.row.kind.word();
        self.p.t(&["activity.kind_", word].concat())
    }

    fn when(&self) -> String {
        when(self.p, &self.item)
    }

    fn is_planned(&self) -> bool {
        self.item.row.state == ActivityState::Planned
    }

    fn is_ended(&self) -> bool {
        self.item.row.state == ActivityState::Ended
    }

    fn is_open(&self) -> bool {
        self.is_planned() || self.is_ended()
    }

    fn stands(&self, came: &Came) -> bool {
        came.row.state == AttendanceState::Stands
    }

    fn how(&self, came: &Came) -> &'static str {
        how_word(came.row.how)
    }

    /// What became of an attendance, in words.
    fn outcome(&self, came: &Came) -> String {
        let p = self.p;
        match (came.row.state, came.award, came.row.kept_for) {
            (AttendanceState::Struck, ..) => p.t1("activity.struck", "reason", &came.reason),
            (AttendanceState::Sent, Some((Points::ZERO, _)), _) => p.t("activity.no_points"),
            (AttendanceState::Sent, Some((points, _)), _) => p.signed(&points),
            (AttendanceState::Kept, _, Some(why)) => p.t(kept_word(why)),
            _ if came.tie.is_some() => p.t("activity.tied"),
            _ => p.t("activity.stands"),
        }
    }
}

/// The word for how somebody signed in.
pub fn how_word(how: SignInHow) -> &'static str {
    match how {
        SignInHow::Phone => "activity.how_phone",
        SignInHow::Card => "activity.how_card",
        SignInHow::List => "activity.how_list",
    }
}

pub(super) async fn one_page<'a>(
    p: &'a Page,
    item: ActivityItem,
    f: Faults,
) -> Result<One<'a>, Problem> {
    let (store, unit) = (&p.app.store, p.village()?.no);
    let reader = p.visit()?.caller.staff;
    let people = activities::people(store, unit, item.row.no, reader).await?;
    let in_state = |state| {
        let of = people.iter().filter(|came| came.row.state == state);
        of.count()
    };
    Ok(One {
        came: people.len() - in_state(AttendanceState::Struck),
        stands: in_state(AttendanceState::Stands),
        kept: in_state(AttendanceState::Kept),
        op: csrf::fresh(),
        p,
        f,
        item,
        people,
    })
}

async fn one(p: Page, names: Names) -> Shown {
    let item = found(&p, &names).await?;
    p.show(&one_page(&p, item, Faults::none()).await?)
}
