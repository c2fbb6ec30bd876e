//! Awards and deductions (奖分、扣分): recording, sheets, review, maturity.

use crate::core::day::Day;
use crate::core::deduction::{self, collect_arrears};
use crate::core::household::{any_household, open_household};
use crate::core::ledger::{End, Movement, balance, move_points};
use crate::core::points::{Points, Quantity};
use crate::core::policy::lot_of;
use crate::core::rejection::{Rejection, RowRejection};
use crate::core::reversal::reverse_award;
use crate::core::rights::Act;
use crate::core::row::Row as _;
use crate::core::rows::*;
use crate::core::rule::{Counter, check_gives, counters};
use crate::core::state::Draft;
use crate::core::text::Text;
use crate::core::{Answer, Awarded, HouseholdRef, Moved, OperationRef};

use uuid::Uuid;

mod caps;
mod commands;
mod review;

pub use caps::release_caps;
use caps::{count, within_caps};
pub use commands::*;
pub use review::{REVIEW_HOURS, seal};
pub(in crate::core) use review::{mature, return_awards, review, review_sheet, withdraw};

/// The most rows one sheet may carry (issue: up to 2,000).
pub const SHEET_MAX: usize = 2_000;

const MICROS_PER_HOUR: i64 = 3_600_000_000;

struct Deed<'a> {
    rule: &'a RuleRow,
    member: Option<i32>,
    quantity: Quantity,
    occurred: Day,
    on_cap: OnCap,
}

/// The rule in force under a code, for a deed of this day.
///
/// # Errors
/// [`Rejection::UnknownRule`], or a day that the rule or the village's policy does not admit.
pub fn rule_for<'a>(
    draft: &Draft<'a>,
    code: &str,
    occurred: Day,
) -> Result<&'a RuleRow, Rejection> {
    let unknown = || Rejection::UnknownRule {
        given: code.to_string(),
    };
    let rule = draft.config().rule(code).ok_or_else(unknown)?;
    let (today, policy) = (draft.today(), draft.policy());
    let earliest = today.plus(-policy.backdate_days);
    if occurred > today {
        return Err(Rejection::DateInFuture {
            given: occurred,
            today,
        });
    }
    if occurred < earliest {
        return Err(Rejection::DateTooOld {
            given: occurred,
            earliest,
        });
    }
    if let Some(starts) = rule.starts.filter(|starts| occurred < *starts) {
        return Err(Rejection::RuleNotYet {
            rule: code.to_string(),
            starts,
        });
    }
    if let Some(ended) = rule.ends.filter(|ends| occurred > *ends) {
        return Err(Rejection::RuleRetired {
            rule: code.to_string(),
            ended,
        });
    }
    Ok(rule)
}

/// Refuses an actor's own household and declared kin.
///
/// # Errors
/// [`Rejection::OwnHousehold`] or [`Rejection::KinHousehold`].
pub fn check_favour(draft: &Draft<'_>, household: &HouseholdRow) -> Result<(), Rejection> {
    let tie = draft
        .get::<TieRow>(&(draft.ctx.actor.id, household.no))
        .map(|row| row.tie);
    let household = household.code.clone();
    match tie {
        None => Ok(()),
        Some(Tie::Own) => Err(Rejection::OwnHousehold { household }),
        Some(Tie::Kin) => Err(Rejection::KinHousehold { household }),
    }
}

fn enter(
    draft: &mut Draft<'_>,
    line: i32,
    household: &HouseholdRow,
    deed: &Deed<'_>,
    note: Option<&Text>,
) -> Result<Awarded, Rejection> {
    let award = propose(draft, line, household, deed, note)?;
    if deed.rule.path == Path::Instant {
        return book(draft, award, End::available(household.no));
    }
    let shown = answer(draft, &award);
    draft.put(award);
    Ok(shown)
}

/// A deed as it waits, within its caps, which it uses from now on.
fn propose(
    draft: &mut Draft<'_>,
    line: i32,
    household: &HouseholdRow,
    deed: &Deed<'_>,
    note: Option<&Text>,
) -> Result<AwardRow, Rejection> {
    check_favour(draft, household)?;
    if !deed.quantity.is_valid() {
        return Err(Rejection::field("/quantity", "out_of_range"));
    }
    let rule = deed.rule;
    let asked = rule
        .points
        .times(deed.quantity)
        .ok_or(Rejection::NotExact {
            points: rule.points,
        })?;
    if !asked.is_amount() {
        return Err(Rejection::AmountOutOfRange {
            field: "/quantity".to_string(),
            given: asked,
        });
    }
    let list = counters(
        draft.config(),
        rule,
        household.no,
        household.group_no,
        deed.member,
        deed.occurred,
    );
    let points = within_caps(draft, deed, &list, asked)?;
    count(draft, rule.no, &list, points);
    Ok(AwardRow {
        seq: draft.seq(),
        line,
        rule: rule.no,
        rule_version: rule.version,
        kind: rule.kind,
        household: household.no,
        group_no: household.group_no,
        member: deed.member,
        quantity: deed.quantity,
        points,
        occurred: deed.occurred,
        state: AwardState::Proposed,
        recorder: draft.ctx.actor.id,
        note: draft.keep_some(note),
        reviewer: None,
        reason: None,
        changed_by: draft.seq(),
        lot: None,
        notice_until: None,
        unpaid: Points::ZERO,
        notice: None,
        objections: 0,
        review_by: Some(draft.at.saturating_add(REVIEW_HOURS * MICROS_PER_HOUR)),
    })
}

/// A deed that another command brings, such as an activity that ended.
#[derive(Clone, Copy, Debug)]
pub struct Proposal<'a> {
    /// The rule's code.
    pub rule: &'a str,
    /// The household.
    pub household: i32,
    /// The member, when the rule counts persons.
    pub member: Option<i32>,
    /// Units of the rule.
    pub quantity: Quantity,
    /// The local day of the deed.
    pub occurred: Day,
}

fn waiting(draft: &mut Draft<'_>, line: i32, asked: &Proposal<'_>) -> Result<AwardRow, Rejection> {
    let rule = rule_for(draft, asked.rule, asked.occurred)?;
    let household = open_household(draft, &HouseholdRef::No(asked.household))?;
    let deed = Deed {
        rule,
        member: asked.member,
        quantity: asked.quantity,
        occurred: asked.occurred,
        // Beyond the cap a deed is counted and gives nothing.
        on_cap: OnCap::Clip,
    };
    propose(draft, line, &household, &deed, None)
}

/// Proposes an award by whatever path its rule takes: another person reviews it.
///
/// # Errors
/// As a single award; beyond the cap it carries fewer points, or none.
pub fn propose_deed(
    draft: &mut Draft<'_>,
    line: i32,
    asked: &Proposal<'_>,
) -> Result<Awarded, Rejection> {
    let award = waiting(draft, line, asked)?;
    let shown = answer(draft, &award);
    draft.put(award);
    Ok(shown)
}

/// Awards a deed that `recorder` saw and the actor has just verified, as after a review.
///
/// # Errors
/// As [`propose_deed`] and a review.
pub fn grant_deed(
    draft: &mut Draft<'_>,
    line: i32,
    asked: &Proposal<'_>,
    recorder: Uuid,
) -> Result<Awarded, Rejection> {
    let award = AwardRow {
        recorder,
        ..waiting(draft, line, asked)?
    };
    review::decide(draft, award, true, None)
}

fn answer(draft: &Draft<'_>, award: &AwardRow) -> Awarded {
    let household = draft.get::<HouseholdRow>(&(award.household,));
    Awarded {
        household: award.household,
        state: award.state,
        points: if award.kind == RuleKind::Deduct {
            Points(-award.points.0)
        } else {
            award.points
        },
        unpaid: award.unpaid,
        balance: household.map(|row| balance(draft, row)).unwrap_or_default(),
    }
}

/// Books an award or deduction: moves its points and stores how far it has come.
fn book(draft: &mut Draft<'_>, mut award: AwardRow, to: End) -> Result<Awarded, Rejection> {
    award.changed_by = draft.seq();
    award.review_by = None;
    if award.kind == RuleKind::Deduct {
        award.unpaid = deduction::take(
            draft,
            award.household,
            award.points,
            Purpose::Deduction,
            (award.seq, award.line),
        )?;
        award.state = AwardState::Booked;
    } else {
        let lot = lot_of(&draft.policy(), draft.today());
        award.lot = Some(lot);
        award.state = match to.account {
            Account::Pending => AwardState::Pending,
            _ => AwardState::Booked,
        };
        if award.points > Points::ZERO {
            let (points, about) = (award.points, (award.seq, award.line));
            let purpose = Purpose::Award;
            move_points(
                draft,
                Movement {
                    from: End::FUND,
                    to,
                    lot,
                    points,
                    purpose,
                    about,
                },
            )?;
        }
        if award.state == AwardState::Booked {
            collect_arrears(draft, &award, lot)?;
        }
    }
    let shown = answer(draft, &award);
    draft.put(award);
    Ok(shown)
}

/// Refuses a member that the household does not have; 0 is its head.
///
/// # Errors
/// [`Rejection::UnknownMember`].
pub fn check_member(
    draft: &Draft<'_>,
    household: i32,
    member: Option<i32>,
) -> Result<(), Rejection> {
    let Some(member) = member.filter(|member| *member != 0) else {
        return Ok(());
    };
    let known = draft.get::<MemberRow>(&(household, member));
    match known.is_some_and(|row| row.active) {
        true => Ok(()),
        false => Err(Rejection::UnknownMember { given: member }),
    }
}

pub(in crate::core) fn record(
    draft: &mut Draft<'_>,
    command: &RecordAward,
) -> Result<Answer, Rejection> {
    draft.allow(Act::RecordAward, None)?;
    let rule = rule_for(draft, &command.rule, command.occurred)?;
    let household = open_household(draft, &command.household)?;
    check_member(draft, household.no, command.member)?;
    let deed = Deed {
        rule,
        member: command.member,
        quantity: command.quantity,
        occurred: command.occurred,
        on_cap: OnCap::Reject,
    };
    enter(draft, 0, &household, &deed, command.note.as_ref()).map(Answer::Award)
}

pub(in crate::core) fn record_sheet(
    draft: &mut Draft<'_>,
    command: &AwardSheet,
) -> Result<Answer, Rejection> {
    draft.allow(Act::RecordAward, None)?;
    if command.rows.is_empty() || command.rows.len() > SHEET_MAX {
        return Err(Rejection::field("/rows", "wrong_count"));
    }
    let rule = rule_for(draft, &command.rule, command.occurred)?;
    check_gives(rule)?;
    let (mut awards, mut refused) = (Vec::with_capacity(command.rows.len()), Vec::new());
    for (row, sheet_row) in command.rows.iter().enumerate() {
        let deed = Deed {
            rule,
            member: None,
            quantity: sheet_row.quantity,
            occurred: command.occurred,
            on_cap: command.on_cap,
        };
        let line = i32::try_from(row).unwrap_or(i32::MAX);
        let entered = open_household(draft, &sheet_row.household)
            .and_then(|household| enter(draft, line, &household, &deed, None));
        match entered {
            Ok(award) => awards.push(award),
            // An empty fund is no fault of a row.
            Err(why @ Rejection::FundExhausted { .. }) => return Err(why),
            Err(why) => refused.push(RowRejection { row, why }),
        }
    }
    Rejection::of_rows(refused)?;
    Ok(Answer::Sheet(awards))
}

/// The award that a reference found.
///
/// # Errors
/// [`Rejection::UnknownAward`].
pub fn found_award(draft: &Draft<'_>, given: &OperationRef) -> Result<AwardRow, Rejection> {
    let unknown = || Rejection::UnknownAward {
        given: given.id.to_string(),
    };
    let (seq, _) = given.found.ok_or_else(unknown)?;
    draft
        .get::<AwardRow>(&(seq, given.line))
        .cloned()
        .ok_or_else(unknown)
}
