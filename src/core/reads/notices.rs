//! What the commands about notices and objections read.

use super::*;

/// A notice; with the awards that stand in it when they are wanted too.
fn notice(wants: &mut Wants, no: i32, with_lines: bool) {
    want(wants, "notice", &["no"], vec![no.cell()]);
    if with_lines {
        want(wants, "award", &["notice"], vec![no.cell()]);
    }
}

pub(super) fn on_notices(wants: &mut Wants, unit: &Unit, command: &Command) {
    match command {
        Command::ComposeNotice(body) => {
            counter(wants, Numbered::Notice);
            for key in &body.awards {
                let key = vec![key.seq.cell(), key.line.cell()];
                want(wants, "award", &["seq", "line"], key);
            }
        }
        Command::ConfirmNotice(body) => notice(wants, body.notice, true),
        Command::WithdrawNotice(body) => notice(wants, body.notice, true),
        Command::ProveNotice(body) => notice(wants, body.notice, false),
        Command::RaiseObjection(body) => {
            counter(wants, Numbered::Objection);
            notice(wants, body.notice, false);
            if let Some(household) = &body.household {
                of_household(wants, household);
            }
            if let Some((seq, award)) = body.award.as_ref().and_then(|a| Some((found(a)?, a))) {
                award_line(wants, unit, seq, award.line);
                let key = vec![seq.cell(), award.line.cell()];
                want(wants, "objection", &["award_seq", "award_line"], key);
            }
        }
        Command::AnswerObjection(body) => {
            want(wants, "objection", &["no"], vec![body.objection.cell()]);
            let Some(row) = unit.rows.objections.get(&(body.objection,)) else {
                return;
            };
            if let Some(seq) = row.award_seq {
                award_line(wants, unit, seq, row.award_line);
            }
            if let Some(no) = row.household {
                household(wants, no);
            }
        }
        _ => {}
    }
}
