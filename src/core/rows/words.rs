//! The words that rows are made of: each a number in the database and a word outside.

use crate::core::canonical::code_enum;
use crate::core::day::Period;
use crate::core::rights::{Role, UnitKind};
use crate::core::row::code_fields;

code_enum! {
    /// Where points can be. Household accounts are kept per lot.
    Account {
        /// Outside the system; the only one that may go below zero.
        Source = 0 "source",
        /// What the village may still award.
        Fund = 1 "fund",
        /// Lots past their day.
        Expired = 2 "expired",
        /// Standing in a public notice.
        Pending = 3 "pending",
        /// A household may spend it.
        Available = 4 "available",
        /// Set aside for a voucher or an order.
        Reserved = 5 "reserved",
        /// What the village owes a station.
        Payable = 6 "payable",
        /// What it has paid.
        Settled = 7 "settled",
    }
}

code_enum! {
    /// Why points moved.
    Purpose {
        /// Budget into the fund.
        Allotment = 1 "allotment",
        /// Points for a deed.
        Award = 2 "award",
        /// Points taken for a fault.
        Deduction = 3 "deduction",
        /// An earlier operation undone.
        Reversal = 4 "reversal",
        /// Arrears collected from an award.
        Recovery = 5 "recovery",
        /// Points spent on goods.
        Redemption = 6 "redemption",
        /// Points back for goods brought back.
        Refund = 7 "refund",
        /// A lot past its day.
        Expiry = 8 "expiry",
        /// A notice that closed.
        Maturity = 9 "maturity",
    }
}

code_enum! {
    /// Whether a rule gives or takes.
    RuleKind {
        /// Gives points.
        Award = 1 "award",
        /// Takes points.
        Deduct = 2 "deduct",
    }
}

code_enum! {
    /// The way from a deed to points (DESIGN section 5).
    Path {
        /// Booked at once.
        Instant = 1 "instant",
        /// Proposed by one, approved by another.
        Reviewed = 2 "reviewed",
        /// After review it stands in a public notice.
        Noticed = 3 "noticed",
    }
}

code_enum! {
    /// Whom a cap counts.
    RuleScope {
        /// The household.
        Household = 1 "household",
        /// One member.
        Person = 2 "person",
        /// The villagers' group.
        Group = 3 "group",
    }
}

code_enum! {
    /// How far an award has come.
    AwardState {
        /// Waiting for another person's review.
        Proposed = 1 "proposed",
        /// Reviewed, standing in public notice.
        Pending = 2 "pending",
        /// In the balance.
        Booked = 3 "booked",
        /// Refused at review.
        Rejected = 4 "rejected",
        /// Undone by a later operation.
        Reversed = 5 "reversed",
        /// Nobody reviewed it in time; back with its sender.
        Returned = 6 "returned",
    }
}

code_enum! {
    /// What a village numbers from 1 upwards.
    Numbered {
        /// 公示.
        Notice = 1 "notice",
        /// 异议.
        Objection = 2 "objection",
        /// 庭院评比的一轮.
        Round = 3 "round",
        /// 活动.
        Activity = 4 "activity",
        /// 随手拍.
        Spot = 5 "spot",
        /// 申报.
        Application = 6 "application",
    }
}

code_enum! {
    /// How far a public notice has come.
    NoticeState {
        /// Put together, waiting for a second person.
        Composed = 1 "composed",
        /// Confirmed: it stands until its last day, and stays readable to the village afterwards.
        Posted = 2 "posted",
        /// Taken down before its time.
        Withdrawn = 3 "withdrawn",
    }
}

code_enum! {
    /// How an objection came.
    Channel {
        /// By the household itself, on its page.
        Page = 1 "page",
        /// By telephone.
        Phone = 2 "phone",
        /// On the slip below the notice.
        Paper = 3 "paper",
    }
}

code_enum! {
    /// What an objection says is wrong (UX T2).
    ObjectionReason {
        /// This was not us.
        NotMine = 1 "not_mine",
        /// The points are wrong.
        WrongPoints = 2 "wrong_points",
        /// It did not happen.
        DidNotHappen = 3 "did_not_happen",
        /// We are missing on the list.
        Missing = 4 "missing",
        /// Something else.
        Other = 5 "other",
    }
}

code_enum! {
    /// What became of an objection.
    ObjectionState {
        /// Not answered yet.
        Open = 1 "open",
        /// It was right: the points went back.
        Upheld = 2 "upheld",
        /// It was not, and why is said.
        Dismissed = 3 "dismissed",
    }
}

code_enum! {
    /// What a use counter counts.
    UseKind {
        /// Points under one rule.
        Rule = 1 "rule",
        /// Points under a cap that rules share.
        Shared = 2 "shared",
        /// Which of several rules that exclude each other was used.
        Exclusive = 3 "exclusive",
        /// Pieces of a good.
        Good = 4 "good",
    }
}

code_enum! {
    /// How rules hang together.
    CapGroupKind {
        /// They share one cap.
        Shared = 1 "shared",
        /// Only one of them in a period.
        Exclusive = 2 "exclusive",
    }
}

code_enum! {
    /// When points end.
    Expiry {
        /// They do not.
        Never = 0 "never",
        /// With the quarter, plus grace days.
        QuarterEnd = 1 "quarter_end",
        /// With the year, plus grace days.
        YearEnd = 2 "year_end",
        /// A number of months after booking.
        Months = 3 "months",
    }
}

code_enum! {
    /// What becomes of arrears.
    ArrearsPolicy {
        /// Shown, not collected.
        Forgiven = 1 "forgiven",
        /// Collected from later awards, at most half of each.
        Recovered = 2 "recovered",
    }
}

code_enum! {
    /// Where a household stands.
    HouseholdStatus {
        /// Lives in the village.
        Resident = 1 "resident",
        /// Away for work; keeps its points.
        Away = 2 "away",
        /// No longer takes part.
        Closed = 3 "closed",
    }
}

code_enum! {
    /// How a staff member belongs to a household.
    Tie {
        /// Lives in it.
        Own = 1 "own",
        /// Declared kin.
        Kin = 2 "kin",
    }
}

code_enum! {
    /// Why stock changed.
    MoveKind {
        /// Goods in.
        Received = 1 "received",
        /// Handed over.
        Redeemed = 2 "redeemed",
        /// Brought back.
        Returned = 3 "returned",
        /// Thrown away.
        Wasted = 4 "wasted",
        /// A receipt undone.
        Unreceived = 5 "unreceived",
    }
}

code_enum! {
    /// What became of an application (申报).
    ApplicationState {
        /// Nobody has checked it yet.
        Waiting = 1 "waiting",
        /// Found right: an award was proposed.
        Accepted = 2 "accepted",
        /// Not found right; the answer says why.
        Refused = 3 "refused",
        /// Taken back by the household.
        Withdrawn = 4 "withdrawn",
    }
}

code_enum! {
    /// What lies there.
    SpotKind {
        /// Litter.
        Litter = 1 "litter",
        /// A ditch that is blocked or dirty.
        Ditch = 2 "ditch",
        /// A heap of rubble, straw or the like.
        Heap = 3 "heap",
        /// Anything else.
        Other = 4 "other",
    }
}

code_enum! {
    /// How far a spot (卫生点) has come.
    SpotState {
        /// Seen, and nobody has taken it on.
        Reported = 1 "reported",
        /// A household has taken it on.
        Claimed = 2 "claimed",
        /// Clean, as a household says.
        Cleared = 3 "cleared",
        /// Clean, as a third person found.
        Verified = 4 "verified",
        /// No spot, or none that anybody should clear.
        Dropped = 5 "dropped",
        /// The village puts it right by a day.
        Assigned = 6 "assigned",
        /// The village has put it right.
        Fixed = 7 "fixed",
    }
}

code_fields!(
    ApplicationState,
    SpotKind,
    SpotState,
    Account,
    Purpose,
    RuleKind,
    Path,
    RuleScope,
    AwardState,
    UseKind,
    CapGroupKind,
    Expiry,
    ArrearsPolicy,
    HouseholdStatus,
    Tie,
    MoveKind,
    Period,
    Role,
    UnitKind,
    Numbered,
    NoticeState,
    Channel,
    ObjectionReason,
    ObjectionState,
);
