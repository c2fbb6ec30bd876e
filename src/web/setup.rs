//! The one-time set-up: the first administrator.

use super::page::{Faults, Form, Page, Shown};
use crate::store::access::{self, SetupFault};
use askama::Template;
use axum::http::StatusCode;

#[derive(Template)]
#[template(path = "setup.html")]
struct Setup<'a> {
    p: &'a Page,
    f: Faults,
    token: &'a str,
    username: &'a str,
    name: &'a str,
}

#[derive(Template)]
#[template(path = "setup_done.html")]
struct SetupDone<'a> {
    p: &'a Page,
    username: &'a str,
}

/// The form for the first admin. The token comes in the fragment, which no server ever sees.
pub async fn form(p: Page) -> Shown {
    p.show(&Setup {
        p: &p,
        f: Faults::none(),
        token: "",
        username: "",
        name: "",
    })
}

/// Makes the first admin. No session is involved: whoever has the token may.
pub async fn finish(p: Page, form: Form) -> Shown {
    let app = &p.app;
    let [token, username, password, name] =
        ["token", "username", "password", "name"].map(|field| form.get(field));
    let limit = app.settings.limits.sign_in_per_minute;
    super::guard::within(app, "sign_in", limit, "setup").await?;
    let (field, key) = match access::setup_finish(&app.store, token, username, password, name).await
    {
        Ok(()) => return Ok(p.with(StatusCode::CREATED, &SetupDone { p: &p, username })),
        Err(SetupFault::Wrong) => ("token", "setup.wrong_token".to_string()),
        Err(SetupFault::Password(fault)) => ("password", format!("field.{}", fault.code())),
        Err(SetupFault::Username) => ("username", "field.not_a_username".to_string()),
        Err(SetupFault::Name) => ("name", "field.not_a_label".to_string()),
        Err(fault) => return Err(fault.into()),
    };
    let f = Faults::one(&p, field, &key);
    p.mend(&Setup {
        p: &p,
        f,
        token,
        username,
        name,
    })
}
