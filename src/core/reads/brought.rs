//! What the commands read that households bring themselves: applications and spots.

use super::*;

pub(super) fn on_applications(wants: &mut Wants, unit: &Unit, command: &Command) {
    match command {
        Command::Apply(body) => {
            counter(wants, Numbered::Application);
            if let Some(no) = of_household(wants, &body.household)
                && body.member.is_some()
            {
                want(wants, "member", &["household"], vec![no.cell()]);
            }
        }
        Command::CheckApplication(body) => {
            application(wants, body.application);
            let Some(row) = unit.rows.applications.get(&(body.application,)) else {
                return;
            };
            granted(
                wants,
                unit,
                (row.household, row.occurred),
                row.member,
                &row.rule,
            );
        }
        Command::WithdrawApplication(body) => application(wants, body.application),
        _ => {}
    }
}

fn application(wants: &mut Wants, no: i32) {
    want(wants, "application", &["no"], vec![no.cell()]);
}

/// What an award that another command brings reads.
fn granted(
    wants: &mut Wants,
    unit: &Unit,
    (no, occurred): (i32, Day),
    member: Option<i32>,
    rule: &str,
) {
    household(wants, no);
    holder(wants, no);
    let who = (no, group_of(unit, no));
    uses(wants, unit, unit.config.rule(rule), who, member, occurred);
}

fn spot(wants: &mut Wants, no: i32) {
    want(wants, "spot", &["no"], vec![no.cell()]);
}

pub(super) fn on_spots(wants: &mut Wants, unit: &Unit, today: Day, command: &Command) {
    match command {
        Command::ReportSpot(body) => {
            counter(wants, Numbered::Spot);
            let key = vec![body.group.cell(), body.kind.cell(), today.cell()];
            want(wants, "spot", &["group_no", "kind", "reported"], key);
            if let Some(no) = body.same_as {
                spot(wants, no);
            }
            let Some(no) = of_household(wants, &body.household) else {
                return;
            };
            let spots: Vec<i32> = unit.rows.spots.keys().map(|key| key.0).collect();
            for key in spots {
                let key = vec![key.cell(), no.cell()];
                want(wants, "spot_report", &["spot", "household"], key);
            }
        }
        Command::ClaimSpot(body) => {
            spot(wants, body.spot);
            of_household(wants, &body.household);
        }
        Command::ClearSpot(body) => {
            spot(wants, body.spot);
            of_household(wants, &body.household);
        }
        Command::VerifySpot(body) => {
            spot(wants, body.spot);
            let Some(row) = unit.rows.spots.get(&(body.spot,)) else {
                return;
            };
            let parts = [
                (Some(row.reporter), &body.report_rule),
                (row.cleaner, &body.clear_rule),
            ];
            for (no, rule) in parts {
                let Some(no) = no else { continue };
                let rule = rule.as_deref().unwrap_or_default();
                granted(wants, unit, (no, row.reported), None, rule);
            }
        }
        Command::RejectSpot(body) => {
            spot(wants, body.spot);
            let Some(row) = unit.rows.spots.get(&(body.spot,)) else {
                return;
            };
            household(wants, row.reporter);
            if let Some(no) = row.cleaner {
                household(wants, no);
            }
        }
        Command::AssignSpot(body) => spot(wants, body.spot),
        Command::CloseTask(body) => spot(wants, body.spot),
        _ => {}
    }
}
