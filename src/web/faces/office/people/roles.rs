//! Roles in a village as a form offers them, and as it brings them back.

use super::role_said;
use crate::core::HouseholdRef;
use crate::core::registry::TieSpec;
use crate::core::rights::{Grant, Role};
use crate::core::rows::Tie;
use crate::store::read::directory::{self, StationInfo};
use crate::web::page::{Faults, Form, Page};
use crate::web::problem::Problem;

/// One role to tick.
pub struct Choice {
    /// The form's value: a role, or `clerk:` with a station's code.
    pub value: String,
    /// Its words.
    pub words: String,
    /// Whether it is ticked.
    pub is_held: bool,
}

/// Every role that a village has.
fn offered(unit: i32, stations: &[StationInfo]) -> Vec<(String, Grant)> {
    let place = |role, station| Grant {
        role,
        unit,
        station,
    };
    let plain = [Role::Manager, Role::Recorder, Role::Reviewer];
    let mut all: Vec<_> = plain
        .into_iter()
        .map(|role| (role.word().to_string(), place(role, 0)))
        .collect();
    let clerks = stations.iter().map(|station| {
        let value = format!("clerk:{}", station.code);
        (value, place(Role::Clerk, station.no))
    });
    all.extend(clerks);
    all
}

/// The roles to tick, with those ticked that are held.
pub fn choices(p: &Page, unit: i32, stations: &[StationInfo], held: &[Grant]) -> Vec<Choice> {
    let all = offered(unit, stations).into_iter();
    all.map(|(value, grant)| Choice {
        value,
        words: role_said(p, stations, &grant),
        is_held: held.contains(&grant),
    })
    .collect()
}

/// The roles that a form ticks.
pub fn ticked(unit: i32, stations: &[StationInfo], form: &Form) -> Vec<Grant> {
    let ticked = form.all("role");
    let all = offered(unit, stations).into_iter();
    all.filter(|(value, _)| ticked.contains(&value.as_str()))
        .map(|(_, grant)| grant)
        .collect()
}

/// The households that a form names: one's own, and those of kin, one card number a line.
///
/// # Errors
/// What reading may say; unknown card numbers become faults.
pub async fn ties(p: &Page, form: &Form, faults: &mut Faults) -> Result<Vec<TieSpec>, Problem> {
    let unit = p.village()?.no;
    let split = |text: &str| -> Vec<String> {
        let marks = |c: char| c.is_whitespace() || matches!(c, '、' | '，' | ',' | ';' | '；');
        let codes = text.split(marks).filter(|code| !code.is_empty());
        codes.map(str::to_string).collect()
    };
    let mut ties = Vec::new();
    for (field, tie) in [("own", Tie::Own), ("kin", Tie::Kin)] {
        let codes = split(form.get(field));
        if codes.len() > 100 {
            faults.add(field, p.t("people.too_many"));
            continue;
        }
        let known = directory::household_nos(&p.app.store, unit, &codes).await?;
        for code in codes {
            match known.get(&code) {
                Some(no) => ties.push(TieSpec {
                    unit,
                    household: HouseholdRef::No(*no),
                    tie,
                }),
                None => faults.add(field, p.t1("people.unknown_household", "code", code)),
            }
        }
    }
    Ok(ties)
}
