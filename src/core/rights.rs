//! Who may do what where: the one table of role × act × scope.

use super::canonical::{canonical_struct, code_enum};

/// The number of a unit: the system, a township or a village.
pub type UnitNo = i32;

/// The unit that holds the journal of units and staff.
pub const SYSTEM: UnitNo = 1;

code_enum! {
    /// What a unit is.
    UnitKind {
        /// The whole installation.
        System = 1 "system",
        /// 乡镇.
        Township = 2 "township",
        /// 村.
        Village = 3 "village",
    }
}

code_enum! {
    /// What a person is somewhere (DESIGN section 6).
    Role {
        /// Villages and staff.
        Admin = 1 "admin",
        /// Township: reads, inspects, publishes.
        Officer = 2 "officer",
        /// Village: rules, fund, households, cards.
        Manager = 3 "manager",
        /// Village: records deeds.
        Recorder = 4 "recorder",
        /// Village: approves what another recorded.
        Reviewer = 5 "reviewer",
        /// Station: hands over goods.
        Clerk = 6 "clerk",
        /// A household looking at itself.
        Household = 7 "household",
        /// Whoever runs the machine, by the command line.
        Operator = 8 "operator",
        /// The nightly job.
        Clock = 9 "clock",
    }
}

code_enum! {
    /// Everything that can be asked for. The router names one for each route.
    Act {
        /// Found a township.
        FoundTownship = 1 "found_township",
        /// Found a village.
        FoundVillage = 2 "found_village",
        /// Add staff, change grants.
        KeepStaff = 3 "keep_staff",
        /// Settle the village's policy.
        SetPolicy = 4 "set_policy",
        /// Put budget into the fund.
        AllotFund = 5 "allot_fund",
        /// Register, change and import households.
        KeepHouseholds = 6 "keep_households",
        /// Issue and revoke cards, set PINs.
        KeepCards = 7 "keep_cards",
        /// Declare and retire rules.
        KeepRules = 8 "keep_rules",
        /// Record an award or deduction.
        RecordAward = 9 "record_award",
        /// Approve or reject what another recorded.
        ReviewAward = 10 "review_award",
        /// Undo an operation.
        Reverse = 11 "reverse",
        /// Sweep expired lots, close notices.
        SweepDays = 12 "sweep_days",
        /// Open stations, declare goods and prices.
        KeepGoods = 13 "keep_goods",
        /// Take goods in.
        ReceiveStock = 14 "receive_stock",
        /// Hand over goods for points.
        Redeem = 15 "redeem",
        /// Take goods back.
        Refund = 16 "refund",
        /// See the village: rules, fund, goods, totals.
        SeeVillage = 17 "see_village",
        /// See households with their names.
        SeeHouseholds = 18 "see_households",
        /// See the journal and its proofs.
        SeeJournal = 19 "see_journal",
        /// See one's own household.
        SeeOwnHousehold = 20 "see_own_household",
        /// See staff and grants.
        SeeStaff = 21 "see_staff",
        /// Put notices together, confirm them, take them down.
        KeepNotices = 22 "keep_notices",
        /// Key in an objection that came by phone or on paper.
        KeyObjection = 23 "key_objection",
        /// Answer objections.
        AnswerObjection = 24 "answer_objection",
        /// Key in, claim and clear spots for households, drop or assign them.
        TriageSpots = 50 "triage_spots",
        /// Verify that a spot is clean.
        VerifySpot = 51 "verify_spot",
        /// Check applications, or key them in.
        CheckApplication = 52 "check_application",
        /// See who recorded how much for whom, and how fast it was reviewed.
        SeeFairness = 70 "see_fairness",
        /// Plan activities, sign people in, end and send them.
        KeepActivities = 40 "keep_activities",
    }
}

/// Whether a role carries an act. This is the table; nothing else decides.
///
/// Admins set a village up but move no household's points; the township's officer reads.
#[must_use]
pub const fn carries(role: Role, act: Act) -> bool {
    use Act::*;
    match role {
        Role::Admin => matches!(
            act,
            FoundTownship
                | FoundVillage
                | KeepStaff
                | SetPolicy
                | AllotFund
                | KeepHouseholds
                | KeepRules
                | KeepGoods
                | SeeVillage
                | SeeHouseholds
                | SeeJournal
                | SeeStaff
        ),
        Role::Officer => matches!(act, SeeVillage | SeeJournal | SeeStaff | SeeFairness),
        Role::Manager => !matches!(
            act,
            FoundTownship | FoundVillage | KeepStaff | Redeem | Refund | SeeOwnHousehold
        ),
        Role::Recorder => matches!(
            act,
            KeepHouseholds
                | KeepCards
                | RecordAward
                | KeepNotices
                | KeyObjection
                | TriageSpots
                | CheckApplication
                | KeepActivities
                | SeeVillage
                | SeeHouseholds
                | SeeJournal
        ),
        Role::Reviewer => matches!(
            act,
            ReviewAward
                | Reverse
                | KeepNotices
                | KeyObjection
                | AnswerObjection
                | TriageSpots
                | VerifySpot
                | SeeVillage
                | SeeHouseholds
                | SeeJournal
                | SeeFairness
        ),
        Role::Clerk => matches!(
            act,
            ReceiveStock | Redeem | Refund | SeeVillage | SeeHouseholds
        ),
        Role::Household => matches!(act, SeeVillage | SeeOwnHousehold),
        Role::Operator => !matches!(
            act,
            RecordAward
                | ReviewAward
                | Reverse
                | Redeem
                | Refund
                | SeeOwnHousehold
                | KeepNotices
                | KeyObjection
                | AnswerObjection
                | TriageSpots
                | VerifySpot
                | CheckApplication
                | KeepActivities
        ),
        Role::Clock => matches!(act, SweepDays),
    }
}

/// The act that a command is.
#[must_use]
pub const fn act_of(command: &super::Command) -> Act {
    use super::Command::*;
    match command {
        AllotFund(_) => Act::AllotFund,
        RegisterHouseholds(_) | ChangeHousehold(_) => Act::KeepHouseholds,
        IssueCard(_) | RevokeCard(_) | SetPin(_) => Act::KeepCards,
        DeclareRules(_) | RetireRule(_) => Act::KeepRules,
        SetPolicy(_) => Act::SetPolicy,
        DeclareTies(_) | AddStaff(_) | ChangeStaff(_) => Act::KeepStaff,
        Award(_) | AwardSheet(_) => Act::RecordAward,
        ReviewAward(_) | ReviewSheet(_) => Act::ReviewAward,
        Reverse(_) | WithdrawAward(_) => Act::Reverse,
        ExpireLots(_) | MatureAwards(_) | ReturnAwards(_) => Act::SweepDays,
        ComposeNotice(_) | ConfirmNotice(_) | WithdrawNotice(_) | ProveNotice(_) => {
            Act::KeepNotices
        }
        RaiseObjection(_) => Act::KeyObjection,
        Apply(_) | CheckApplication(_) | WithdrawApplication(_) => Act::CheckApplication,
        ReportSpot(_) | ClaimSpot(_) | ClearSpot(_) | RejectSpot(_) | AssignSpot(_)
        | CloseTask(_) => Act::TriageSpots,
        VerifySpot(_) => Act::VerifySpot,
        AnswerObjection(_) => Act::AnswerObjection,
        PlanActivity(_) | SignIn(_) | SignOut(_) | StrikeNoShow(_) | EndActivity(_)
        | SendActivity(_) | CancelActivity(_) => Act::KeepActivities,
        OpenStation(_) | DeclareGoods(_) => Act::KeepGoods,
        ReceiveStock(_) => Act::ReceiveStock,
        Redeem(_) => Act::Redeem,
        Refund(_) => Act::Refund,
        FoundTownship(_) => Act::FoundTownship,
        FoundVillage(_) => Act::FoundVillage,
    }
}

/// Whether a role is held at this kind of unit.
#[must_use]
pub const fn fits(role: Role, kind: UnitKind) -> bool {
    match role {
        Role::Admin => matches!(kind, UnitKind::System | UnitKind::Township),
        Role::Officer => matches!(kind, UnitKind::System | UnitKind::Township),
        Role::Manager | Role::Recorder | Role::Reviewer | Role::Clerk => {
            matches!(kind, UnitKind::Village)
        }
        Role::Household | Role::Operator | Role::Clock => false,
    }
}

/// A role with the place it holds in.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Grant {
    /// As what.
    pub role: Role,
    /// In which unit; [`SYSTEM`] covers all.
    pub unit: UnitNo,
    /// At which station; 0 for none.
    pub station: i32,
}
canonical_struct!(Grant {
    role,
    unit,
    station
});

/// What an actor may do, as far as it is known.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Authority {
    /// The grants read in the same transaction.
    Granted(Vec<Grant>),
    /// The role the journal says the act was allowed under.
    Recorded(Role),
}

/// Where an act takes place.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Place {
    /// The unit itself.
    pub unit: UnitNo,
    /// Its township, or the system.
    pub parent: UnitNo,
    /// The station, when the act is at one.
    pub station: Option<i32>,
}

impl Grant {
    /// Whether the place lies within the grant's scope.
    #[must_use]
    pub fn covers(&self, place: Place) -> bool {
        let in_unit = self.unit == SYSTEM || self.unit == place.unit || self.unit == place.parent;
        // A clerk reads the whole village, but acts at the one station.
        in_unit && (self.station == 0 || place.station.is_none_or(|s| s == self.station))
    }
}

/// The role under which these grants allow the act, if any.
#[must_use]
pub fn role_for(grants: &[Grant], act: Act, place: Place) -> Option<Role> {
    grants
        .iter()
        .find(|grant| carries(grant.role, act) && grant.covers(place))
        .map(|grant| grant.role)
}

/// Whether two grants may not be held by one person: whoever records or reviews does not sell.
#[must_use]
pub fn clash(a: &Grant, b: &Grant) -> bool {
    let books = |role| matches!(role, Role::Recorder | Role::Reviewer);
    a.unit == b.unit
        && ((books(a.role) && b.role == Role::Clerk) || (a.role == Role::Clerk && books(b.role)))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn scopes() {
        let place = |unit, parent, station| Place {
            unit,
            parent,
            station,
        };
        let clerk = Grant {
            role: Role::Clerk,
            unit: 7,
            station: 2,
        };
        assert!(clerk.covers(place(7, 3, Some(2))));
        assert!(clerk.covers(place(7, 3, None)));
        assert!(!clerk.covers(place(7, 3, Some(1))));
        assert!(!clerk.covers(place(8, 3, Some(2))));
        let officer = Grant {
            role: Role::Officer,
            unit: 3,
            station: 0,
        };
        assert!(officer.covers(place(7, 3, None)));
        assert!(!officer.covers(place(9, 4, None)));
        let admin = Grant {
            role: Role::Admin,
            unit: SYSTEM,
            station: 0,
        };
        assert!(admin.covers(place(9, 4, None)));
    }

    #[test]
    fn nobody_who_sees_all_moves_points() {
        for act in [
            Act::RecordAward,
            Act::ReviewAward,
            Act::Reverse,
            Act::Redeem,
            Act::Refund,
            Act::KeepNotices,
            Act::AnswerObjection,
            Act::VerifySpot,
            Act::CheckApplication,
            Act::KeepActivities,
        ] {
            for role in [
                Role::Admin,
                Role::Officer,
                Role::Household,
                Role::Operator,
                Role::Clock,
            ] {
                assert!(!carries(role, act), "{role:?} {act:?}");
            }
        }
    }
}
