//! Signing in and out: households by card or card number and PIN, staff by name and password.

use super::{Entry, page};
use crate::core::rights::{Act, Role, UnitKind, carries};
use crate::store::access::{self, SignInFault, SignedIn};
use crate::store::read::directory::{self, UnitInfo};
use crate::web::guard::{Visit, within};
use crate::web::page::admit::{Guard, set_session};
use crate::web::page::{Faults, Form, Page, Shown, back_to, go};
use crate::web::problem::Problem;
use askama::Template;
use axum::Extension;
use axum::extract::ConnectInfo;
use axum::http::{HeaderValue, header};
use axum::response::{IntoResponse as _, Response};
use axum::routing::{get, post};
use std::net::SocketAddr;
use std::sync::Arc;

/// Days a household's telephone stays signed in (RELIABILITY 7.2).
const HOUSEHOLD_DAYS: u32 = 180;
/// A working day, as cookies count; the session itself ends earlier when nobody uses it.
const STAFF_DAYS: u32 = 1;
/// Villages one list offers.
const VILLAGES_MAX: usize = 2_000;
/// What is never kept for later.
const SECRET_FIELDS: [&str; 7] = [
    "csrf",
    "pin",
    "old_pin",
    "new_pin",
    "again",
    "password",
    "second_password",
];

/// The pages of signing in and out.
#[must_use]
pub fn pages() -> Vec<Entry> {
    vec![
        page("/signin", Guard::Open, get(household).post(household_sent)),
        page("/signin/staff", Guard::Open, get(staff).post(staff_sent)),
        page("/signout", Guard::Signed, post(sign_out)),
        page("/me", Guard::Signed, get(me)),
    ]
}

#[derive(Template)]
#[template(path = "signin.html")]
struct HouseholdSignIn<'a> {
    p: &'a Page,
    f: Faults,
    villages: Vec<UnitInfo>,
    village: String,
    number: String,
    card: String,
    back: String,
    kept: String,
}

#[derive(Template)]
#[template(path = "signin_staff.html")]
struct StaffSignIn<'a> {
    p: &'a Page,
    f: Faults,
    username: String,
    back: String,
    kept: String,
}

#[derive(Template)]
#[template(path = "signin_again.html")]
struct SignedInAgain<'a> {
    p: &'a Page,
    back: String,
    fields: Vec<(String, String)>,
}

type Peer = Option<Extension<ConnectInfo<SocketAddr>>>;

async fn household_form<'a>(
    p: &'a Page,
    f: Faults,
    form: &Form,
) -> Result<HouseholdSignIn<'a>, Problem> {
    Ok(HouseholdSignIn {
        p,
        f,
        villages: directory::villages(&p.app.store, None, None, VILLAGES_MAX).await?,
        village: form.get("village").to_string(),
        number: form.get("number").to_string(),
        card: form.get("card").to_string(),
        back: form.get("back").to_string(),
        kept: form.get("kept").to_string(),
    })
}

fn of_query(p: &Page) -> Form {
    let mut form = Form::default();
    for name in ["village", "back"] {
        form.set(name, p.asked(name));
    }
    form
}

async fn household(p: Page) -> Shown {
    p.show(&household_form(&p, Faults::none(), &of_query(&p)).await?)
}

async fn household_sent(p: Page, peer: Peer, form: Form) -> Shown {
    let mut faults = Faults::none();
    let by_card = form.some("card").is_some();
    if !by_card && form.get("number").is_empty() {
        faults.add("number", p.t("signin.number_missing"));
    }
    if form.get("pin").is_empty() {
        faults.add("pin", p.t("signin.pin_missing"));
    }
    if faults.is_empty() {
        let name = if by_card {
            form.get("card")
        } else {
            form.get("number")
        };
        may_try(&p, &peer, name).await?;
        match open_household(&p, &form).await {
            Ok(signed) => return arrived(&p, signed, HOUSEHOLD_DAYS, &form, "/home"),
            Err(fault) => fault_of(&p, fault, "pin", &mut faults)?,
        }
    }
    p.mend(&household_form(&p, faults, &form).await?)
}

async fn open_household(p: &Page, form: &Form) -> Result<SignedIn, SignInFault> {
    let (store, pin) = (&p.app.store, form.get("pin").to_string());
    if let Some(card) = form.some("card") {
        return access::sign_in_household(store, card, pin).await;
    }
    let unit = directory::unit(store, form.get("village")).await?;
    let unit = unit.filter(|unit| unit.kind == UnitKind::Village);
    let no = match &unit {
        Some(unit) => directory::household_no(store, unit.no, form.get("number")).await?,
        None => None,
    };
    access::sign_in_numbered(store, unit.map(|unit| unit.no).zip(no), pin).await
}

async fn staff(p: Page) -> Shown {
    p.show(&staff_form(&p, Faults::none(), &of_query(&p)))
}

fn staff_form<'a>(p: &'a Page, f: Faults, form: &Form) -> StaffSignIn<'a> {
    StaffSignIn {
        p,
        f,
        username: form.get("username").to_string(),
        back: form.get("back").to_string(),
        kept: form.get("kept").to_string(),
    }
}

async fn staff_sent(p: Page, peer: Peer, form: Form) -> Shown {
    let mut faults = Faults::none();
    if form.get("username").is_empty() {
        faults.add("username", p.t("signin.username_missing"));
    }
    if form.get("password").is_empty() {
        faults.add("password", p.t("signin.password_missing"));
    }
    if faults.is_empty() {
        may_try(&p, &peer, form.get("username")).await?;
        let password = form.get("password").to_string();
        match access::sign_in(&p.app.store, form.get("username"), password).await {
            Ok(signed) => return arrived(&p, signed, STAFF_DAYS, &form, "/me"),
            Err(fault) => fault_of(&p, fault, "password", &mut faults)?,
        }
    }
    p.mend(&staff_form(&p, faults, &form))
}

async fn may_try(p: &Page, peer: &Peer, name: &str) -> Result<(), Problem> {
    let from = peer
        .as_ref()
        .map(|peer| peer.0.0.ip().to_string())
        .unwrap_or_default();
    let limit = p.app.settings.limits.sign_in_per_minute;
    within(&p.app, "sign_in", limit, &format!("{from} {name}")).await
}

fn fault_of(p: &Page, fault: SignInFault, field: &str, faults: &mut Faults) -> Result<(), Problem> {
    let key = match (fault, field) {
        (SignInFault::Wrong, "pin") => "signin.wrong",
        (SignInFault::Wrong, _) => "signin.wrong_staff",
        (SignInFault::Locked { seconds: 0 }, _) => "signin.locked",
        (SignInFault::Locked { seconds }, _) => {
            faults.add(field, p.t1("signin.wait", "seconds", seconds));
            return Ok(());
        }
        (other, _) => return Err(other.into()),
    };
    faults.add(field, p.t(key));
    Ok(())
}

/// The way in: on to the page that was asked for, or on with the form that was kept.
fn arrived(p: &Page, signed: SignedIn, days: u32, form: &Form, fallback: &str) -> Shown {
    let back = back_to(form.get("back"), fallback).to_string();
    let cookie = set_session(&p.app, &signed.token, days);
    let mut response = match form.some("kept") {
        None => go(&back),
        Some(kept) => {
            let mut again = p.clone();
            again.visit = Some(Visit {
                caller: Arc::new(signed.caller),
                unit: None,
                station: None,
            });
            let fields = Form::of(kept.as_bytes());
            let fields = fields
                .fields()
                .map(|(name, value)| (name.to_string(), value.to_string()));
            let fields = fields.collect();
            again.show(&SignedInAgain {
                p: &again,
                back,
                fields,
            })?
        }
    };
    let cookie = HeaderValue::from_str(&cookie).map_err(|_| Problem::internal())?;
    response.headers_mut().append(header::SET_COOKIE, cookie);
    Ok(response)
}

fn without_secrets(body: &[u8]) -> String {
    let form = Form::of(body);
    let mut kept = form_urlencoded::Serializer::new(String::new());
    for (name, value) in form
        .fields()
        .filter(|(name, _)| !SECRET_FIELDS.contains(name))
    {
        kept.append_pair(name, value);
    }
    kept.finish()
}

/// A form came in, but its session had ended: the same form, to be sent on after signing in.
pub async fn ended(p: &Page, is_staff: bool, body: &[u8]) -> Response {
    let (kept, back) = (without_secrets(body), p.here.clone());
    let status = axum::http::StatusCode::UNAUTHORIZED;
    if is_staff {
        let username = String::new();
        return p.with(
            status,
            &StaffSignIn {
                p,
                f: Faults::none(),
                username,
                back,
                kept,
            },
        );
    }
    let mut form = Form::default();
    form.set("back", &back);
    form.set("kept", &kept);
    match household_form(p, Faults::none(), &form).await {
        Ok(form) => p.with(status, &form),
        Err(problem) => problem.into_response(),
    }
}

async fn sign_out(p: Page, _: Form) -> Shown {
    access::sign_out(&p.app.store, &p.app.cache, p.visit()?.caller.session).await?;
    let to = if p.is_household() {
        "/"
    } else {
        "/signin/staff"
    };
    let cookie =
        HeaderValue::from_str(&set_session(&p.app, "", 0)).map_err(|_| Problem::internal())?;
    let mut response = go(to);
    response.headers_mut().append(header::SET_COOKIE, cookie);
    Ok(response)
}

/// A place where a staff member works.
struct Door {
    href: String,
    icon: &'static str,
    name: String,
    role: String,
}

#[derive(Template)]
#[template(path = "me.html")]
struct Me<'a> {
    p: &'a Page,
    doors: Vec<Door>,
}

async fn me(p: Page) -> Shown {
    if p.is_household() {
        return Ok(go("/home"));
    }
    let mut doors = Vec::new();
    for grant in &p.visit()?.caller.grants {
        let Some(unit) = directory::unit_by_no(&p.app.store, grant.unit).await? else {
            continue;
        };
        doors.extend(doors_of(&p, grant.role, grant.station, &unit).await?);
    }
    // Whoever works in one place goes straight there.
    if let [door] = doors.as_slice()
        && p.asked("stay").is_empty()
        && p.here == "/me"
    {
        return Ok(go(&door.href).into_response());
    }
    p.show(&Me { p: &p, doors })
}

async fn doors_of(
    p: &Page,
    role: Role,
    station: i32,
    unit: &UnitInfo,
) -> Result<Vec<Door>, Problem> {
    let place = |face: &str, station: &str| {
        let code = &unit.code;
        format!("/place?village={code}&station={station}&to={face}")
    };
    let role_name = p.t(&format!("word.{}", role.word()));
    let mut doors = Vec::new();
    if unit.kind != UnitKind::Village {
        doors.push(Door {
            href: place("/town", ""),
            icon: "chart",
            name: if unit.name.is_empty() {
                p.t("me.county")
            } else {
                unit.name.clone()
            },
            role: role_name.clone(),
        });
    }
    if role == Role::Clerk {
        for known in directory::stations(&p.app.store, unit.no).await? {
            if station == 0 || station == known.no {
                doors.push(Door {
                    href: place("/till", &known.code),
                    icon: "basket",
                    name: known.name,
                    role: role_name.clone(),
                });
            }
        }
    } else if unit.kind == UnitKind::Village && carries(role, Act::SeeHouseholds) {
        doors.push(Door {
            href: place("/office", ""),
            icon: "home",
            name: unit.name.clone(),
            role: role_name,
        });
    }
    Ok(doors)
}
