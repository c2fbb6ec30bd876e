//! A household at activities: what is coming, signing in with the code on the screen, what came of it.

use super::own::view;
use crate::core::Command;
use crate::core::activity::{Attendee, SignIn, SignOut, WHOLE};
use crate::core::rows::{ActivityState, AttendanceState, RuleScope, SignInHow};
use crate::core::{HouseholdRef, Points};
use crate::store::read::activities::{self, ActivityItem, Came};
use crate::web::checkin::{self, Checkin, CodeFault};
use crate::web::faces::office::activities as office;
use crate::web::page::{Form, Page, Shown, go};
use crate::web::problem::Problem;
use askama::Template;
use axum::http::StatusCode;

/// Activities a household sees.
const LISTED: usize = 30;

/// An activity with what the household did there.
struct Own {
    item: ActivityItem,
    when: String,
    /// A line for each who came.
    came: Vec<String>,
}

#[derive(Template)]
#[template(path = "home/activities.html")]
struct List<'a> {
    p: &'a Page,
    coming: Vec<Own>,
    past: Vec<Own>,
}

/// Who came and what it gave, in words.
fn said(p: &Page, came: &Came) -> String {
    let who = if came.member.is_empty() {
        &came.head
    } else {
        &came.member
    };
    let who = p.masked(who);
    let at = p.clock(&came.row.signed_in);
    let outcome = match (came.row.state, came.award, came.row.kept_for) {
        (AttendanceState::Struck, ..) => p.t1("activity.struck", "reason", &came.reason),
        (AttendanceState::Sent, Some((Points::ZERO, _)), _) => p.t("activity.no_points"),
        (AttendanceState::Sent, Some((points, _)), _) => p.signed(&points),
        (AttendanceState::Kept, _, Some(why)) => p.t(office::kept_word(why)),
        _ => p.t("activity.signed"),
    };
    p.t3("activity.said", "who", who, "at", at, "outcome", outcome)
}

pub(super) async fn list(p: Page) -> Shown {
    let (store, unit, no) = (&p.app.store, p.village()?.no, p.household()?);
    let own = activities::of_household(store, unit, no).await?;
    let all = activities::list(store, unit, None, LISTED).await?;
    let today = p.today();
    let all = all.into_iter().map(|item| Own {
        when: office::when(&p, &item),
        came: own
            .iter()
            .filter(|came| came.row.activity == item.row.no)
            .map(|came| said(&p, came))
            .collect(),
        item,
    });
    let is_coming =
        |own: &Own| own.item.row.state == ActivityState::Planned && own.item.row.day >= today;
    let (mut coming, past): (Vec<Own>, Vec<Own>) = all.partition(is_coming);
    coming.sort_by_key(|own| own.item.row.opens);
    let past = past.into_iter().take(LISTED).collect();
    p.show(&List {
        p: &p,
        coming,
        past,
    })
}

/// One of the household who may sign in.
struct Person {
    /// The member's number; -1 for the household as a whole.
    no: i32,
    name: String,
    came: Option<Came>,
    /// Nothing more can be given in this period.
    is_full: bool,
}

impl Person {
    fn can_leave(&self) -> bool {
        self.came
            .as_ref()
            .is_some_and(|came| came.row.signed_out.is_none())
    }
}

#[derive(Template)]
#[template(path = "home/checkin.html")]
struct Checked<'a> {
    p: &'a Page,
    /// Why the code or the sign-in is refused.
    fault: String,
    item: Option<ActivityItem>,
    when: String,
    people: Vec<Person>,
    /// What lets this household sign in for the next minutes.
    ticket: String,
}

fn refused<'a>(p: &'a Page, key: &str) -> Checked<'a> {
    Checked {
        p,
        fault: p.t(key),
        item: None,
        when: String::new(),
        people: Vec::new(),
        ticket: String::new(),
    }
}

fn read(p: &Page, code: &str) -> Result<Checkin, &'static str> {
    match checkin::read(&p.app.store.secrets().pepper, code, p.now) {
        Ok((what, _)) => Ok(what),
        Err(CodeFault::Old) => Err("activity.code_old"),
        Err(CodeFault::Wrong) => Err("activity.code_wrong"),
    }
}

async fn people(p: &Page, item: &ActivityItem) -> Result<Vec<Person>, Problem> {
    let (store, unit, no) = (&p.app.store, p.village()?.no, p.household()?);
    let view = view(p).await?;
    let own = activities::of_household(store, unit, no).await?;
    let mut names = vec![(WHOLE, view.item.head.clone())];
    if item.row.scope == RuleScope::Person {
        let others = view.members.into_iter().filter(|member| member.no > 0);
        names = vec![(0, view.item.head)];
        names.extend(others.map(|member| (member.no, member.name)));
    }
    let mut people = Vec::new();
    for (person, name) in names {
        let same = |came: &&Came| (came.row.activity, came.row.person) == (item.row.no, person);
        people.push(Person {
            no: person,
            name,
            came: own.iter().find(same).cloned(),
            is_full: office::is_full(p, item, no, person).await?,
        });
    }
    Ok(people)
}

async fn page_of<'a>(p: &'a Page, what: Checkin, fault: String) -> Result<Checked<'a>, Problem> {
    let unit = p.village()?.no;
    if what.unit != unit {
        return Ok(refused(p, "activity.code_elsewhere"));
    }
    let item = activities::one(&p.app.store, unit, what.activity).await?;
    let item = item.ok_or_else(Problem::not_found)?;
    let closed = office::why_closed(p, &item);
    let fault = if fault.is_empty() { closed } else { fault };
    Ok(Checked {
        fault,
        when: office::when(p, &item),
        people: people(p, &item).await?,
        ticket: checkin::ticket(&p.app.store.secrets().pepper, what, p.now),
        item: Some(item),
        p,
    })
}

pub(super) async fn show(p: Page) -> Shown {
    let code = p.asked("c");
    if code.is_empty() {
        return Ok(go("/home/activities"));
    }
    let what = match read(&p, code) {
        Ok(what) => what,
        Err(key) => return Ok(p.with(StatusCode::UNPROCESSABLE_ENTITY, &refused(&p, key))),
    };
    if p.visit.is_none() {
        // Typing a card number and PIN takes longer than a code lives.
        let ticket = checkin::ticket(&p.app.store.secrets().pepper, what, p.now);
        return Ok(go(&["/signin?back=/home/checkin%3Fc%3D", &ticket].concat()));
    }
    if !p.is_household() {
        let page = refused(&p, "activity.code_staff");
        return Ok(p.with(StatusCode::FORBIDDEN, &page));
    }
    p.show(&page_of(&p, what, String::new()).await?)
}

pub(super) async fn sent(p: Page, form: Form) -> Shown {
    let (op, no) = (form.op()?, p.household()?);
    let ticket = form.get("c");
    let person: i32 = form
        .some("leave")
        .unwrap_or(form.get("person"))
        .parse()
        .map_err(|_| Problem::not_found())?;
    let member = Some(person).filter(|person| *person >= 0);
    let household = HouseholdRef::No(no);
    let how = SignInHow::Phone;
    let what = match read(&p, ticket) {
        Ok(what) if what.unit == p.village()?.no => what,
        Ok(_) => return p.mend(&refused(&p, "activity.code_elsewhere")),
        Err(key) => return p.mend(&refused(&p, key)),
    };
    let activity = what.activity;
    let command = match form.has("leave") {
        true => Command::SignOut(SignOut {
            activity,
            how,
            household,
            member,
        }),
        false => Command::SignIn(SignIn {
            activity,
            how,
            rows: vec![Attendee {
                household,
                member,
                hours: None,
            }],
            at: None,
        }),
    };
    match p.submit(op, command).await {
        Ok(_) => Ok(go(&["/home/checkin?c=", ticket].concat())),
        Err(problem) if matches!(problem.status().as_u16(), 409 | 422) => {
            let fault = match problem.code() {
                "already_signed_in" => already(&p, activity, person).await?,
                _ => problem.said(p.lang()).1,
            };
            p.mend(&page_of(&p, what, fault).await?)
        }
        Err(problem) => Err(problem),
    }
}

/// Who signed in before.
async fn already(p: &Page, activity: i32, person: i32) -> Result<String, Problem> {
    let own = activities::of_household(&p.app.store, p.village()?.no, p.household()?).await?;
    let same = |came: &&Came| (came.row.activity, came.row.person) == (activity, person);
    let came = own.iter().find(same);
    Ok(came.map_or_else(String::new, |came| {
        let name = if came.member.is_empty() {
            &came.head
        } else {
            &came.member
        };
        let at = p.clock(&came.row.signed_in);
        p.t2("activity.already", "name", p.masked(name), "at", at)
    }))
}
