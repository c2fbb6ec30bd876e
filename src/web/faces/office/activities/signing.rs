//! Signing in at the table: the code on the screen, and cards scanned by the recorder.

use super::{found, is_full};
use crate::core::activity::{Attendee, SignIn, SignOut};
use crate::core::rows::{AttendanceState, HouseholdStatus, RuleScope, SignInHow};
use crate::core::{Command, HouseholdRef};
use crate::store::access;
use crate::store::read::activities::{self, ActivityItem, Came};
use crate::store::read::directory;
use crate::store::read::households::{self, HouseholdView};
use crate::store::read::seek::{self, Found, Seek};
use crate::web::checkin::{self, Checkin};
use crate::web::extract::Names;
use crate::web::faces::till::scan::{is_token, token_of};
use crate::web::page::{Faults, Form, Markup, Page, Shown, csrf, go, qr};
use crate::web::problem::Problem;
use askama::Template;
use uuid::Uuid;

const HITS_MAX: usize = 12;
const SCAN_MAX: usize = 300;

#[derive(Template)]
#[template(path = "office/activity_code.html")]
struct Code<'a> {
    p: &'a Page,
    item: ActivityItem,
    qr: Option<Markup>,
    seconds: i64,
    /// Not begun, or over already: empty when people may sign in.
    closed: String,
}

pub(super) async fn code(p: Page, names: Names) -> Shown {
    let item = found(&p, &names).await?;
    let closed = why_closed(&p, &item);
    let what = Checkin {
        unit: p.village()?.no,
        activity: item.row.no,
    };
    let code = checkin::code(&p.app.store.secrets().pepper, what, p.now);
    let base = p.app.settings.public_url.trim_end_matches('/');
    let address = [base, "/home/checkin?c=", &code].concat();
    let label = p.t1("activity.qr_label", "n", item.row.no);
    let page = Code {
        qr: qr::svg(&address, &label).filter(|_| closed.is_empty()),
        seconds: checkin::seconds_left(p.now),
        p: &p,
        item,
        closed,
    };
    p.show(&page)
}

/// Why nobody can sign in now; empty when they can.
pub fn why_closed(p: &Page, item: &ActivityItem) -> String {
    use crate::core::rows::ActivityState::*;
    let row = &item.row;
    match row.state {
        Cancelled => p.t1("activity.closed_cancelled", "reason", &item.reason),
        Ended | Sent => p.t("activity.closed_over"),
        Planned if p.now < row.opens => {
            let (day, opens) = (p.day_long(&row.day), p.clock(&row.opens));
            p.t2("activity.closed_early", "day", day, "opens", opens)
        }
        Planned if p.now > row.closes => p.t("activity.closed_over"),
        Planned => String::new(),
    }
}

#[derive(Template)]
#[template(path = "office/activity_scan.html")]
struct Scan<'a> {
    p: &'a Page,
    f: Faults,
    item: ActivityItem,
    closed: String,
    /// Who was signed in last.
    last: Option<Came>,
    is_full: bool,
    hits: Vec<Found>,
    /// A household of several, of whom one came.
    choose: Option<HouseholdView>,
    op: Uuid,
}

async fn page<'a>(p: &'a Page, item: ActivityItem, f: Faults) -> Result<Scan<'a>, Problem> {
    Ok(Scan {
        closed: why_closed(p, &item),
        p,
        f,
        item,
        last: None,
        is_full: false,
        hits: Vec::new(),
        choose: None,
        op: csrf::fresh(),
    })
}

async fn attendance(
    p: &Page,
    item: &ActivityItem,
    household: i32,
    person: i32,
) -> Result<Option<Came>, Problem> {
    let reader = p.visit()?.caller.staff;
    let people = activities::people(&p.app.store, p.village()?.no, item.row.no, reader).await?;
    let same = |came: &Came| (came.row.household, came.row.person) == (household, person);
    Ok(people.into_iter().find(same))
}

pub(super) async fn scan(p: Page, names: Names) -> Shown {
    let mut page = page(&p, found(&p, &names).await?, Faults::none()).await?;
    let last = p.asked("last").split_once('.');
    let last = last.and_then(|(a, b)| Some((a.parse().ok()?, b.parse().ok()?)));
    if let Some((household, person)) = last {
        page.last = attendance(&p, &page.item, household, person).await?;
        if page.last.is_some() {
            page.is_full = is_full(&p, &page.item, household, person).await?;
        }
    }
    p.show(&page)
}

/// The household a scan means, by card, number, or what fits.
async fn meant(p: &Page, text: &str) -> Result<Result<i32, Vec<Found>>, Problem> {
    let (store, unit) = (&p.app.store, p.village()?.no);
    let token = token_of(text).or_else(|| Some(text).filter(|text| is_token(text)));
    if let Some(token) = token {
        let owner = access::card_owner(store, token).await?;
        let owner = owner.filter(|owner| owner.unit == unit && owner.active);
        return Ok(owner.map(|owner| owner.household).ok_or_else(Vec::new));
    }
    if let Some(no) = directory::household_no(store, unit, text).await? {
        return Ok(Ok(no));
    }
    let asked = Seek {
        q: text.to_string(),
        most: HITS_MAX,
        ..Seek::default()
    };
    let (mut hits, _) = seek::seek(store, unit, &asked).await?;
    hits.retain(|hit| hit.status != HouseholdStatus::Closed);
    Ok(Err(hits))
}

pub(super) async fn scanned(p: Page, names: Names, form: Form) -> Shown {
    let item = found(&p, &names).await?;
    let text = form.some("pick").unwrap_or(form.get("scan"));
    let refuse = |key: &str| Faults::one(&p, "scan", key);
    if text.is_empty() || text.len() > SCAN_MAX {
        return p.mend(&page(&p, item, refuse("activity.scan_empty")).await?);
    }
    let no = match meant(&p, text).await? {
        Ok(no) => no,
        Err(hits) if hits.is_empty() => {
            return p.mend(&page(&p, item, refuse("activity.scan_unknown")).await?);
        }
        Err(hits) => {
            let mut page = page(&p, item, Faults::none()).await?;
            page.hits = hits;
            return p.show(&page);
        }
    };
    let view = households::view(&p.app.store, p.village()?.no, no).await?;
    let view = view.ok_or_else(Problem::not_found)?;
    let member = match form.some("member").map(str::parse::<i32>) {
        Some(member) => Some(member.map_err(|_| Problem::not_found())?),
        None if item.row.scope != RuleScope::Person => None,
        None if view.members.iter().all(|member| member.no == 0) => Some(0),
        None => {
            let mut page = page(&p, item, Faults::none()).await?;
            page.choose = Some(view);
            return p.show(&page);
        }
    };
    sign(&p, form.op()?, item, no, member).await
}

/// Signs in; whoever is in already signs out, when hours count.
async fn sign(p: &Page, op: Uuid, item: ActivityItem, no: i32, member: Option<i32>) -> Shown {
    let person = member.filter(|_| item.row.scope == RuleScope::Person);
    let person = person.unwrap_or(crate::core::activity::WHOLE);
    let earlier = attendance(p, &item, no, person).await?;
    let stands = earlier.filter(|came| came.row.state == AttendanceState::Stands);
    let stays = |came: Came| item.row.hours.is_some() && came.row.signed_out.is_none();
    let leaves = stands.is_some_and(stays);
    let (activity, how) = (item.row.no, SignInHow::Card);
    let household = HouseholdRef::No(no);
    let enter = Command::SignIn(SignIn {
        activity,
        how,
        rows: vec![Attendee {
            household: household.clone(),
            member,
            hours: None,
        }],
        at: None,
    });
    let write = p.write(op)?;
    // The same form sent twice is one sign-in, and no sign-out.
    let is_again = matches!(
        write.earlier(&write.submission(enter.clone())).await,
        Ok(Some(_))
    );
    let command = match leaves && !is_again {
        true => Command::SignOut(SignOut {
            activity,
            how,
            household,
            member,
        }),
        false => enter,
    };
    match p.submit(op, command).await {
        Ok(_) => Ok(go(&format!(
            "/office/activities/{activity}/scan?last={no}.{person}"
        ))),
        Err(problem) => {
            let names = [("/household", "scan"), ("", "scan")];
            let faults = Faults::of(p.lang(), problem, &names)?;
            p.mend(&page(p, item, faults).await?)
        }
    }
}
