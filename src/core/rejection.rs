//! Why a command was refused: data with figures, worded only at the edge.

use super::day::{Day, Period};
use super::points::Points;
use super::rows::{
    ActivityState, ApplicationState, AwardState, NoticeState, ObjectionState, RuleKind, SpotState,
};
use serde::{Deserialize, Serialize};

/// One row of a sheet or file that was refused.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct RowRejection {
    /// Counted from 0 in the order given.
    pub row: usize,
    /// Why.
    pub why: Rejection,
}

/// A refusal. The variant's name in snake case is the stable `code` of the API.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "code", rename_all = "snake_case")]
#[allow(missing_docs)] // the fields are figures named after what they count
pub enum Rejection {
    /// No role of the actor carries this here.
    NotAllowed {},
    /// The unit does not exist.
    UnknownVillage {},
    UnknownTownship {
        given: String,
    },
    UnknownHousehold {
        given: String,
    },
    UnknownRule {
        given: String,
    },
    UnknownStation {
        given: String,
    },
    UnknownGood {
        given: String,
    },
    UnknownAward {
        given: String,
    },
    UnknownOperation {
        given: String,
    },
    UnknownRedemption {
        given: String,
    },
    UnknownStaff {
        given: String,
    },
    UnknownMember {
        given: i32,
    },
    /// The code is in use.
    CodeTaken {
        given: String,
    },
    /// The sign-in name is in use.
    UsernameTaken {
        given: String,
    },
    /// A value that a field cannot take; `why` is a stable word.
    BadField {
        field: String,
        why: String,
    },
    /// Points must be above zero and at most one million.
    AmountOutOfRange {
        field: String,
        given: Points,
    },
    /// Rate times quantity is no whole number of hundredths.
    NotExact {
        points: Points,
    },
    HouseholdClosed {
        household: String,
    },
    RuleRetired {
        rule: String,
        ended: Day,
    },
    RuleNotYet {
        rule: String,
        starts: Day,
    },
    WrongRuleKind {
        rule: String,
        kind: RuleKind,
    },
    DateInFuture {
        given: Day,
        today: Day,
    },
    DateTooOld {
        given: Day,
        earliest: Day,
    },
    /// The actor's own household.
    OwnHousehold {
        household: String,
    },
    /// A household declared as the actor's kin.
    KinHousehold {
        household: String,
    },
    /// Whoever recorded does not review.
    OwnRecord {},
    AwardNotOpen {
        state: AwardState,
    },
    CapExceeded {
        rule: String,
        /// The shared cap, when it is not the rule's own.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        shared: Option<String>,
        cap: Points,
        used: Points,
        asked: Points,
        remaining: Points,
        period: Period,
        since: Day,
    },
    /// Another rule that excludes this one was used in the period.
    RuleExcluded {
        rule: String,
        by: String,
        since: Day,
    },
    FundExhausted {
        fund: Points,
        asked: Points,
    },
    InsufficientPoints {
        available: Points,
        asked: Points,
    },
    OutOfStock {
        sku: String,
        on_hand: i64,
        asked: i64,
    },
    MonthlyLimit {
        sku: String,
        limit: i64,
        used: i64,
        asked: i64,
    },
    /// The card is not the household's card in force.
    CardRevoked {},
    UnknownCard {},
    PinNotSet {},
    /// A new PIN in place of an old one, with nobody else standing by.
    SecondPersonNeeded {},
    PinWrong {
        left: i32,
    },
    PinLocked {},
    AlreadyReversed {
        by: i64,
    },
    NotReversible {
        why: String,
    },
    /// More than was handed over, or has come back already.
    RefundTooMuch {
        sku: String,
        left: i64,
        asked: i64,
    },
    /// Several rows are wrong; nothing was done.
    Rows {
        rows: Vec<RowRejection>,
    },
    /// One person may not hold both roles in a village.
    RolesClash {
        scope: String,
    },
    /// The role is not held at such a place.
    RoleDoesNotFit {
        role: String,
        scope: String,
    },
    /// The key was used for another request.
    OperationIdReused {},
    /// What is decided on is no longer what was shown.
    ContentChanged {},
    UnknownNotice {
        given: String,
    },
    /// The notice is not in the state that this asks for.
    NoticeNotOpen {
        state: NoticeState,
    },
    /// Its time is over.
    NoticeClosed {
        closed: Day,
    },
    /// No approved award waits for a notice.
    NothingToPost {},
    UnknownObjection {
        given: String,
    },
    ObjectionAnswered {
        state: ObjectionState,
    },
    /// This household has objected to this line already.
    AlreadyObjected {
        no: i32,
    },
    /// Whoever recorded or reviewed the award does not answer the objection to it.
    Involved {},
    UnknownApplication {
        given: String,
    },
    /// It has been checked or withdrawn.
    ApplicationNotOpen {
        state: ApplicationState,
    },
    UnknownSpot {
        given: String,
    },
    /// The spot is not in the state that this asks for.
    SpotNotOpen {
        state: SpotState,
    },
    /// Another household has taken the spot on.
    SpotTaken {},
    UnknownActivity {
        given: String,
    },
    /// The activity is not in the state that this asks for.
    ActivityNotOpen {
        state: ActivityState,
    },
    ActivityNotStarted {
        day: Day,
        opens: String,
    },
    ActivityOver {
        closed: String,
    },
    /// As many have signed in as one operation may send.
    ActivityFull {
        most: i32,
    },
    /// The household, or the member under a rule that counts persons.
    AlreadySignedIn {
        household: String,
        member: Option<i32>,
        at: String,
    },
    NotSignedIn {
        household: String,
    },
    AlreadySignedOut {
        at: String,
    },
    /// Being there counts, not how long.
    HoursNotKept {},
    /// Nobody's attendance can become an award.
    NothingToSend {},
}

impl Rejection {
    /// Nothing wrong when no row was refused.
    ///
    /// # Errors
    /// [`Rejection::Rows`] with those that were.
    pub fn of_rows(refused: Vec<RowRejection>) -> Result<(), Rejection> {
        if refused.is_empty() {
            Ok(())
        } else {
            Err(Rejection::Rows { rows: refused })
        }
    }

    /// As [`Rejection::of_rows`], for a list of `asked` rows: the only row of a list speaks for itself.
    ///
    /// # Errors
    /// The row's own refusal, or [`Rejection::Rows`].
    pub fn of_list(mut refused: Vec<RowRejection>, asked: usize) -> Result<(), Rejection> {
        match (refused.pop(), asked) {
            (Some(only), 1) => Err(only.why),
            (last, _) => {
                refused.extend(last);
                Rejection::of_rows(refused)
            }
        }
    }

    /// A field that cannot take the value given.
    #[must_use]
    pub fn field(field: &str, why: &str) -> Rejection {
        Rejection::BadField {
            field: field.to_string(),
            why: why.to_string(),
        }
    }
}

impl std::fmt::Display for Rejection {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "{self:?}")
    }
}

impl std::error::Error for Rejection {}
