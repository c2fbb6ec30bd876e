//! The household's PIN and the devices on which it is signed in.

use super::own;
use crate::core::household::SetPin;
use crate::core::{Command, HouseholdRef, SecretHash};
use crate::signin::password::check_pin;
use crate::store::access;
use crate::store::household_sessions::{self, Device};
use crate::store::read::households::HouseholdView;
use crate::store::read::journal;
use crate::store::texts::secret_tag;
use crate::web::page::{Faults, Form, Page, Shown, go};
use crate::web::problem::Problem;
use askama::Template;
use uuid::Uuid;

const HERE: &str = "/home/account";

#[derive(Template)]
#[template(path = "home/account.html")]
struct Account<'a> {
    p: &'a Page,
    f: Faults,
    /// The key of a form that came back.
    op: Option<Uuid>,
    /// Whether the other devices are to be signed out with the change.
    others_too: bool,
    view: HouseholdView,
    devices: Vec<Device>,
    help_phone: String,
    /// What was just done.
    done: &'static str,
}

impl Account<'_> {
    fn other_devices(&self) -> bool {
        self.devices.iter().any(|device| !device.is_this)
    }
}

async fn account<'a>(p: &'a Page, f: Faults, form: Option<&Form>) -> Result<Account<'a>, Problem> {
    let place = (p.village()?.no, p.household()?);
    let this = p.visit()?.caller.session;
    let done = match p.asked("done") {
        "pin" => "home.done_pin",
        "pin_others" => "home.done_pin_others",
        "device" => "home.done_device",
        "others" => "home.done_others",
        _ => "",
    };
    Ok(Account {
        p,
        f,
        op: form.and_then(|form| form.op().ok()),
        others_too: form.is_none_or(|form| form.has("others")),
        view: own::view(p).await?,
        devices: household_sessions::devices(&p.app.store, place, this).await?,
        help_phone: p.policy.help_phone.clone(),
        done,
    })
}

pub(super) async fn show(p: Page) -> Shown {
    p.show(&account(&p, Faults::none(), None).await?)
}

/// The form's own address, opened by hand or after signing in again.
pub(super) async fn again(_: Page) -> Shown {
    Ok(go(HERE))
}

/// A household changes its own PIN; it shows that it knows the old one.
pub(super) async fn change_pin(p: Page, form: Form) -> Shown {
    let view = own::view(&p).await?;
    let faults = faults_of(&p, &form, view.phone.as_deref());
    if !faults.is_empty() {
        return p.mend(&account(&p, faults, Some(&form)).await?);
    }
    let changed = match change(&p, &form).await {
        // The same form sent twice: the first one has made the old PIN wrong.
        Err(problem) if is_done(&p, form.op()?).await? => {
            tracing::debug!(
                code = problem.code(),
                "a PIN was changed by the first of two sendings"
            );
            Ok(())
        }
        changed => changed,
    };
    if let Err(problem) = changed {
        let names = [
            ("pin_wrong", "old_pin"),
            ("pin_locked", "old_pin"),
            ("pin_not_set", "old_pin"),
            ("/pin", "old_pin"),
        ];
        let faults = Faults::of(p.lang(), problem, &names)?;
        return p.mend(&account(&p, faults, Some(&form)).await?);
    }
    if !form.has("others") {
        return Ok(go(&[HERE, "?done=pin"].concat()));
    }
    end_others(&p).await?;
    Ok(go(&[HERE, "?done=pin_others"].concat()))
}

/// What can be said without trying the old PIN, so that no try is lost on a slip.
fn faults_of(p: &Page, form: &Form, phone: Option<&str>) -> Faults {
    let mut faults = Faults::none();
    let (old, new, again) = (form.get("old_pin"), form.get("new_pin"), form.get("again"));
    if old.is_empty() {
        faults.add("old_pin", p.t("home.old_pin_missing"));
    }
    match check_pin(new, phone) {
        _ if new.is_empty() => faults.add("new_pin", p.t("home.new_pin_missing")),
        Err(weak) => faults.add("new_pin", p.t(&["field.", weak.code()].concat())),
        Ok(()) if new == old => faults.add("new_pin", p.t("home.new_pin_same")),
        Ok(()) => {}
    }
    if new != again {
        faults.add("again", p.t("home.again_differs"));
    }
    faults
}

async fn change(p: &Page, form: &Form) -> Result<(), Problem> {
    let (store, unit, no) = (&p.app.store, p.village()?.no, p.household()?);
    let op = form.op()?;
    access::check_pin(store, unit, no, form.get("old_pin").to_string()).await?;
    let secrets = store.secrets();
    let new = form.get("new_pin");
    let hash = secrets.hasher.hash_pin(new.to_string()).await?;
    let command = SetPin {
        household: HouseholdRef::No(no),
        second: None,
        tag: secret_tag(&secrets.pepper, "pin", op, new),
        hash: SecretHash(Some(hash)),
    };
    p.submit(op, Command::SetPin(command)).await?;
    Ok(())
}

/// Whether the journal holds this very change of this household's PIN.
async fn is_done(p: &Page, op: Uuid) -> Result<bool, Problem> {
    let no = p.household()?;
    let found = journal::one(&p.app.store, p.village()?.no, op).await?;
    Ok(found.is_some_and(|(_, command, _)| {
        matches!(command, Command::SetPin(SetPin { household: HouseholdRef::No(of), .. }) if of == no)
    }))
}

async fn end_others(p: &Page) -> Result<(), Problem> {
    let place = (p.village()?.no, p.household()?);
    let this = p.visit()?.caller.session;
    household_sessions::end_other_devices(&p.app.store, &p.app.cache, place, this).await?;
    Ok(())
}

/// Ends one device, or all but this one.
pub(super) async fn end_devices(p: Page, form: Form) -> Shown {
    if form.has("others") {
        end_others(&p).await?;
        return Ok(go(&[HERE, "?done=others"].concat()));
    }
    let id = Uuid::parse_str(form.get("device")).map_err(|_| Problem::not_found())?;
    let place = (p.village()?.no, p.household()?);
    // One that is gone already is gone: the list shows it.
    household_sessions::end_device(&p.app.store, &p.app.cache, place, id).await?;
    Ok(go(&[HERE, "?done=device"].concat()))
}
