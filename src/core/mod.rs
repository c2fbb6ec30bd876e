//! The rules. Pure: no I/O, no clock, no random, no database; every input is an argument.
//!
//! [`apply`] decides one command on a [`State`] and says what changes; the same code serves the
//! writer, the tests, `verify` and, later, the rehearsal of a draft scheme.

pub mod activity;
pub mod application;
pub mod award;
pub mod canonical;
pub mod day;
pub mod deduction;
pub mod evidence;
pub mod fund;
pub mod household;
pub mod ledger;
#[cfg(test)]
mod model;
pub mod notice;
pub mod objection;
pub mod points;
pub mod policy;
pub mod reads;
pub mod redemption;
pub mod registry;
pub mod rejection;
pub mod reversal;
pub mod rights;
pub mod row;
pub mod rows;
pub mod rule;
pub mod spot;
pub mod state;
pub mod station;
pub mod text;

pub use day::{Day, Period};
pub use points::{Points, Quantity};
pub use rejection::{Rejection, RowRejection};
pub use state::{State, Unit, UnitEffects};
pub use text::Text;

use canonical::{Canonical, canonical_enum, canonical_struct};
use ledger::Balance;
use rights::{Authority, SYSTEM, UnitNo};
use rows::AwardState;
use sha2::{Digest, Sha256};
use state::Draft;
use std::collections::BTreeMap;
use uuid::Uuid;

/// Who acts.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Actor {
    /// The staff member, or nil for the machine itself.
    pub id: Uuid,
    /// The household, when it acts for itself.
    pub household: Option<i32>,
    /// What they may do.
    pub authority: Authority,
}

/// Everything about a command that is not in it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Context {
    /// The caller's key, which becomes the operation's id.
    pub id: Uuid,
    /// Database time, microseconds since 1970 UTC.
    pub at: i64,
    /// Who acts.
    pub actor: Actor,
    /// Salt of the leaf.
    pub salt: [u8; 16],
}

/// A photo's name: SHA-256 of its stored octets.
pub type PhotoHash = [u8; 32];

/// The hash of a secret, stored beside the journal and never in it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Secret {
    /// A household's PIN.
    Pin {
        /// The household.
        household: i32,
        /// Which setting of the PIN it is.
        version: i32,
        /// PHC string.
        hash: String,
    },
    /// A staff member's password.
    Password {
        /// The staff member.
        staff: Uuid,
        /// PHC string.
        hash: String,
    },
}

/// A hash of a secret on its way through a command; it has no canonical form.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct SecretHash(pub Option<String>);

impl Canonical for SecretHash {
    fn put(&self, _: &mut Vec<u8>) {}
    fn get(_: &mut canonical::Reader<'_>) -> Result<Self, canonical::Malformed> {
        Ok(SecretHash(None))
    }
}

/// A household as a caller names it; a number once the store has looked it up.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum HouseholdRef {
    /// Found.
    No(i32),
    /// A code or id that no household has.
    Given(String),
}

impl Canonical for HouseholdRef {
    fn put(&self, out: &mut Vec<u8>) {
        match self {
            HouseholdRef::No(no) => {
                out.push(0);
                no.put(out);
            }
            HouseholdRef::Given(given) => {
                out.push(1);
                given.put(out);
            }
        }
    }
    fn get(input: &mut canonical::Reader<'_>) -> Result<Self, canonical::Malformed> {
        match u8::get(input)? {
            0 => i32::get(input).map(HouseholdRef::No),
            1 => String::get(input).map(HouseholdRef::Given),
            _ => Err(canonical::Malformed),
        }
    }
}

/// An earlier operation, and a line of it, as a caller names it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct OperationRef {
    /// The operation's id.
    pub id: Uuid,
    /// A line of it; 0 for the only one.
    pub line: i32,
    /// Its number and kind, once the store has looked it up.
    pub found: Option<(i64, i16)>,
}

impl OperationRef {
    /// An operation still to be looked up.
    #[must_use]
    pub fn new(id: Uuid, line: i32) -> OperationRef {
        OperationRef {
            id,
            line,
            found: None,
        }
    }
}

impl Canonical for OperationRef {
    fn put(&self, out: &mut Vec<u8>) {
        self.id.put(out);
        self.line.put(out);
        self.found.map(|f| f.0).put(out);
        self.found.map(|f| f.1).put(out);
    }
    fn get(input: &mut canonical::Reader<'_>) -> Result<Self, canonical::Malformed> {
        let (id, line) = (Uuid::get(input)?, i32::get(input)?);
        let (seq, kind) = (Option::<i64>::get(input)?, Option::<i16>::get(input)?);
        Ok(OperationRef {
            id,
            line,
            found: seq.zip(kind),
        })
    }
}

macro_rules! commands {
    ($($(#[$meta:meta])* $tag:literal $word:literal $variant:ident($body:ty) => $handler:path),* $(,)?) => {
        /// Everything that can be asked of a unit.
        #[derive(Clone, Debug, PartialEq, Eq)]
        pub enum Command { $($(#[$meta])* $variant($body)),* }

        canonical_enum!(Command { $($tag => $variant),* });

        impl Command {
            /// The stored number of its kind.
            #[must_use]
            pub fn kind(&self) -> i16 {
                match self { $(Command::$variant(_) => kind::$variant),* }
            }
        }

        /// The stored number of each kind, by the command's name.
        #[allow(non_upper_case_globals, missing_docs)]
        pub mod kind { $(pub const $variant: i16 = $tag;)* }

        /// The word for a stored kind.
        #[must_use]
        pub fn kind_word(kind: i16) -> &'static str {
            match kind { $($tag => $word,)* _ => "unknown" }
        }

        fn decide(draft: &mut Draft<'_>, command: &Command) -> Result<Answer, Rejection> {
            match command { $(Command::$variant(body) => $handler(draft, body)),* }
        }
    };
}

commands! {
    /// Budget into the fund.
    1 "fund_allotted" AllotFund(fund::AllotFund) => fund::allot,
    /// New households.
    2 "households_registered" RegisterHouseholds(household::RegisterHouseholds) => household::register,
    /// Another head, group, phone, door, status or members.
    3 "household_changed" ChangeHousehold(household::ChangeHousehold) => household::change,
    /// A new card; the old one dies.
    4 "card_issued" IssueCard(household::IssueCard) => household::issue_card,
    /// The card dies.
    5 "card_revoked" RevokeCard(household::RevokeCard) => household::revoke_card,
    /// A new PIN.
    6 "pin_set" SetPin(household::SetPin) => household::set_pin,
    /// New rules or new versions.
    7 "rules_declared" DeclareRules(rule::DeclareRules) => rule::declare,
    /// A rule's last day.
    8 "rule_retired" RetireRule(rule::RetireRule) => rule::retire,
    /// The village's own settings.
    9 "policy_set" SetPolicy(policy::SetPolicy) => policy::set,
    /// A staff member's own and kin households.
    10 "ties_declared" DeclareTies(registry::DeclareTies) => registry::declare_ties,
    /// One award or deduction.
    11 "award" Award(award::RecordAward) => award::record,
    /// Many awards under one rule.
    12 "award_sheet" AwardSheet(award::AwardSheet) => award::record_sheet,
    /// Approval or rejection.
    13 "award_reviewed" ReviewAward(award::ReviewAward) => award::review,
    /// An operation undone.
    14 "reversed" Reverse(reversal::Reverse) => reversal::reverse,
    /// Lots past their day.
    15 "lots_expired" ExpireLots(fund::ExpireLots) => fund::expire,
    /// Notices that closed.
    16 "awards_matured" MatureAwards(award::MatureAwards) => award::mature,
    /// A new station.
    17 "station_opened" OpenStation(station::OpenStation) => station::open,
    /// New goods, prices, limits.
    18 "goods_declared" DeclareGoods(station::DeclareGoods) => station::declare,
    /// Goods in.
    19 "stock_received" ReceiveStock(station::ReceiveStock) => station::receive,
    /// Goods for points.
    20 "redemption" Redeem(redemption::Redeem) => redemption::redeem,
    /// Goods back.
    21 "refund" Refund(redemption::Refund) => redemption::refund,
    /// A new township.
    22 "township_founded" FoundTownship(registry::FoundTownship) => registry::found_township,
    /// A new village.
    23 "village_founded" FoundVillage(registry::FoundVillage) => registry::found_village,
    /// A new staff member.
    24 "staff_added" AddStaff(registry::AddStaff) => registry::add_staff,
    /// Other grants, or none.
    25 "staff_changed" ChangeStaff(registry::ChangeStaff) => registry::change_staff,
    /// Approval or rejection of rows of one operation.
    26 "awards_reviewed" ReviewSheet(award::ReviewSheet) => award::review_sheet,
    /// Proposals that nobody reviewed in time.
    27 "awards_returned" ReturnAwards(award::ReturnAwards) => award::return_awards,
    /// One line out of a notice.
    28 "award_withdrawn" WithdrawAward(award::WithdrawAward) => award::withdraw,
    /// A notice put together.
    30 "notice_composed" ComposeNotice(notice::ComposeNotice) => notice::compose,
    /// A notice confirmed by a second person.
    31 "notice_posted" ConfirmNotice(notice::ConfirmNotice) => notice::confirm,
    /// A notice taken down.
    32 "notice_withdrawn" WithdrawNotice(notice::WithdrawNotice) => notice::withdraw,
    /// The board's photo.
    33 "notice_proved" ProveNotice(notice::ProveNotice) => notice::prove,
    /// An objection.
    34 "objection_raised" RaiseObjection(objection::RaiseObjection) => objection::raise,
    /// Its answer.
    35 "objection_answered" AnswerObjection(objection::AnswerObjection) => objection::answer,
    /// A spot reported.
    60 "spot_reported" ReportSpot(spot::ReportSpot) => spot::report,
    /// A spot taken on by a household.
    61 "spot_claimed" ClaimSpot(spot::ClaimSpot) => spot::claim,
    /// A spot cleared.
    62 "spot_cleared" ClearSpot(spot::ClearSpot) => spot::clear,
    /// A spot verified by a third person.
    63 "spot_verified" VerifySpot(spot::VerifySpot) => spot::verify,
    /// A report that led to nothing.
    64 "spot_dropped" RejectSpot(spot::RejectSpot) => spot::reject,
    /// A spot that the village puts right.
    65 "spot_assigned" AssignSpot(spot::AssignSpot) => spot::assign,
    /// What the village had to do is done.
    66 "spot_fixed" CloseTask(spot::CloseTask) => spot::close,
    /// An application.
    67 "application_made" Apply(application::Apply) => application::apply,
    /// An application checked.
    68 "application_checked" CheckApplication(application::CheckApplication) => application::check,
    /// An application taken back.
    69 "application_withdrawn" WithdrawApplication(application::WithdrawApplication) => application::withdraw,
    /// An activity to come.
    50 "activity_planned" PlanActivity(activity::PlanActivity) => activity::plan,
    /// People who came.
    51 "signed_in" SignIn(activity::SignIn) => activity::sign_in,
    /// One who left.
    52 "signed_out" SignOut(activity::SignOut) => activity::sign_out,
    /// One who did not take part.
    53 "no_show_struck" StrikeNoShow(activity::StrikeNoShow) => activity::strike,
    /// An activity that is over.
    54 "activity_ended" EndActivity(activity::EndActivity) => activity::end,
    /// Its attendance, sent to review.
    55 "activity_sent" SendActivity(activity::SendActivity) => activity::send,
    /// An activity called off.
    56 "activity_cancelled" CancelActivity(activity::CancelActivity) => activity::cancel,
}

/// A thing that was made: its number and public id.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Made {
    /// Its number.
    pub no: i32,
    /// Its public id.
    pub id: Uuid,
}
canonical_struct!(Made { no, id });

/// What became of one award.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Awarded {
    /// The household.
    pub household: i32,
    /// How far it has come.
    pub state: AwardState,
    /// Points given (negative: taken).
    pub points: Points,
    /// What a deduction could not take.
    pub unpaid: Points,
    /// The household's balance afterwards.
    pub balance: Balance,
}
canonical_struct!(Awarded {
    household,
    state,
    points,
    unpaid,
    balance
});

/// One good handed over.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Handed {
    /// The good's code.
    pub sku: String,
    /// Pieces.
    pub quantity: i64,
    /// Points for all of them.
    pub points: Points,
}
canonical_struct!(Handed {
    sku,
    quantity,
    points
});

/// A redemption as the receipt shows it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Redeemed {
    /// The household.
    pub household: i32,
    /// The receipt's number.
    pub receipt_no: String,
    /// What it cost.
    pub points: Points,
    /// The goods.
    pub lines: Vec<Handed>,
    /// Available before.
    pub before: Points,
    /// The balance afterwards.
    pub balance: Balance,
}
canonical_struct!(Redeemed {
    household,
    receipt_no,
    points,
    lines,
    before,
    balance
});

/// Points with the balance they led to.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Moved {
    /// Points moved.
    pub points: Points,
    /// The household's balance afterwards.
    pub balance: Option<Balance>,
}
canonical_struct!(Moved { points, balance });

/// What an accepted command answers; stored, so that a retry hears the same.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Answer {
    /// Done, and nothing more to say.
    Done(bool),
    /// The fund's new balance.
    Fund(Points),
    /// Things made, in the order asked for.
    Made(Vec<Made>),
    /// The version a card, PIN or rule has now, in the order asked for.
    Versions(Vec<i32>),
    /// One award.
    Award(Awarded),
    /// The awards of a sheet.
    Sheet(Vec<Awarded>),
    /// A redemption.
    Redemption(Redeemed),
    /// A refund, reversal or sweep.
    Moved(Moved),
}
canonical_enum!(Answer {
    1 => Done, 2 => Fund, 3 => Made, 4 => Versions, 5 => Award, 6 => Sheet, 7 => Redemption,
    8 => Moved,
});

/// The effects of one command on each unit it concerns; the first is the one asked.
pub type Effects = Vec<UnitEffects>;

/// The other units whose heads a command changes, beside the one it is asked of.
#[must_use]
pub fn other_units(command: &Command) -> Vec<UnitNo> {
    match command {
        Command::AddStaff(body) => body.ties.iter().map(|tie| tie.unit).collect(),
        _ => Vec::new(),
    }
}

/// Townships, villages and staff are numbered in the system alone, households in villages alone:
/// the same command asked elsewhere would number over what is there.
fn belongs(state: &State, unit: UnitNo, command: &Command) -> bool {
    match command {
        Command::FoundTownship(_)
        | Command::FoundVillage(_)
        | Command::AddStaff(_)
        | Command::ChangeStaff(_) => unit == SYSTEM,
        _ => {
            let parent = state.units.get(&unit).map(|unit| unit.head.parent);
            parent.is_some_and(|parent| parent > SYSTEM)
        }
    }
}

/// Decides one command. Nothing changes in `state`; [`absorb`] takes the effects in.
///
/// # Errors
/// The [`Rejection`], when the command is refused: then nothing at all happens.
pub fn apply(
    state: &State,
    ctx: &Context,
    unit: UnitNo,
    command: &Command,
) -> Result<(Answer, Effects), Rejection> {
    let mut payload = Vec::with_capacity(256);
    command.put(&mut payload);
    if !belongs(state, unit, command) {
        return Err(Rejection::UnknownVillage {});
    }
    let (answer, drafts) = if let Command::AddStaff(body) = command {
        registry::add_staff_everywhere(state, ctx, body)?
    } else {
        let base = state.units.get(&unit).ok_or(Rejection::UnknownVillage {})?;
        let mut draft = Draft::new(unit, base, ctx);
        let answer = decide(&mut draft, command)?;
        (answer, vec![draft])
    };
    let answer_bytes = answer.bytes();
    let effects = drafts
        .into_iter()
        .map(|draft| draft.finish(command.kind(), payload.clone(), answer_bytes.clone()))
        .collect();
    Ok((answer, effects))
}

/// Decides again what the journal says one unit once accepted, for replay.
///
/// # Errors
/// The [`Rejection`]: then the journal or the rules were changed.
pub fn replay_one(
    state: &State,
    ctx: &Context,
    unit: UnitNo,
    command: &Command,
    answer: &Answer,
) -> Result<UnitEffects, Rejection> {
    if let Command::AddStaff(body) = command {
        let base = state.units.get(&unit).ok_or(Rejection::UnknownVillage {})?;
        let mut draft = Draft::new(unit, base, ctx);
        let answer = if unit == SYSTEM {
            registry::add_staff(&mut draft, body)?
        } else {
            registry::tie_staff(&mut draft, answer, body)?;
            answer.clone()
        };
        return Ok(draft.finish(command.kind(), command.bytes(), answer.bytes()));
    }
    let (_, mut effects) = apply(state, ctx, unit, command)?;
    effects.pop().ok_or(Rejection::UnknownVillage {})
}

/// Takes effects into the state.
pub fn absorb(state: &mut State, effects: &Effects) {
    for part in effects {
        state.units.entry(part.unit).or_default().absorb(part);
        for row in part.rows.units.values() {
            let unit = state.units.entry(row.no).or_default();
            unit.head = registry::first_head(row);
        }
    }
}

/// A state that holds only the system itself.
#[must_use]
pub fn empty_state() -> State {
    let mut system = Unit::default();
    system.head.numbered = SYSTEM;
    system.head.id = Uuid::from_u128(1);
    State {
        units: BTreeMap::from([(SYSTEM, system)]),
    }
}

/// A UUIDv7 that follows from an operation's id: made again the same by every replay.
#[must_use]
pub fn derived_id(operation: Uuid, at: i64, index: u32) -> Uuid {
    let mut hasher = Sha256::new();
    hasher.update([3]);
    hasher.update(operation.as_bytes());
    hasher.update(index.to_be_bytes());
    let hash: [u8; 32] = hasher.finalize().into();
    let millis = u64::try_from(at.div_euclid(1000))
        .unwrap_or(0)
        .to_be_bytes();
    let mut bytes = [0u8; 16];
    bytes[..6].copy_from_slice(&millis[2..]);
    bytes[6..].copy_from_slice(&hash[..10]);
    bytes[6] = (bytes[6] & 0x0f) | 0x70;
    bytes[8] = (bytes[8] & 0x3f) | 0x80;
    Uuid::from_bytes(bytes)
}

/// What makes two requests under one key the same request: the actor and the canonical command.
#[must_use]
pub fn fingerprint(actor: Uuid, payload: &[u8]) -> [u8; 32] {
    let mut hasher = Sha256::new();
    hasher.update([4]);
    hasher.update(actor.as_bytes());
    hasher.update(payload);
    hasher.finalize().into()
}
