//! Activities and who came to them.

use super::words::*;
use crate::core::PhotoHash;
use crate::core::canonical::code_enum;
use crate::core::day::Day;
use crate::core::points::Quantity;
use crate::core::row::{code_fields, row};
use crate::core::text::TextHash;
use uuid::Uuid;

code_enum! {
    /// What an activity is.
    ActivityKind {
        /// 集中清洁.
        Cleanup = 1 "cleanup",
        /// 植树.
        Trees = 2 "trees",
        /// 党课.
        PartyClass = 3 "party_class",
        /// 村民会议.
        Assembly = 4 "assembly",
        /// 志愿服务.
        Volunteers = 5 "volunteers",
        /// 其他.
        Other = 6 "other",
    }
}

code_enum! {
    /// How far an activity has come.
    ActivityState {
        /// Announced, or under way.
        Planned = 1 "planned",
        /// Over; who came is being looked through.
        Ended = 2 "ended",
        /// Sent to review.
        Sent = 3 "sent",
        /// Called off.
        Cancelled = 4 "cancelled",
    }
}

code_enum! {
    /// How somebody signed in or out.
    SignInHow {
        /// By their own phone, with the code shown there.
        Phone = 1 "phone",
        /// Their card was scanned.
        Card = 2 "card",
        /// From a paper list.
        List = 3 "list",
    }
}

code_enum! {
    /// What became of an attendance.
    AttendanceState {
        /// It stands.
        Stands = 1 "stands",
        /// Struck off: did not take part.
        Struck = 2 "struck",
        /// Sent to review as an award.
        Sent = 3 "sent",
        /// Kept as a fact, without an award.
        Kept = 4 "kept",
    }
}

code_enum! {
    /// Why an attendance brings no award.
    KeptFor {
        /// The sender's own household.
        Own = 1 "own",
        /// The sender's kin.
        Kin = 2 "kin",
        /// The household no longer takes part.
        Closed = 3 "closed",
        /// Another rule that excludes this one was used.
        Excluded = 4 "excluded",
        /// Less than half an hour.
        NoHours = 5 "no_hours",
        /// The rule's points do not divide so.
        NotExact = 6 "not_exact",
    }
}

code_fields!(
    ActivityKind,
    ActivityState,
    SignInHow,
    AttendanceState,
    KeptFor,
);

row! {
    /// An activity (活动).
    ActivityRow in "activity" [
        /// Its number in the village.
        no: i32,
    ] {
        /// Its public id.
        id: Uuid,
        /// What people call it.
        title: TextHash,
        /// What it is.
        kind: ActivityKind,
        /// The rule it counts under.
        rule: i32,
        /// Whom that rule counted when it was planned.
        scope: RuleScope,
        /// The local day.
        day: Day,
        /// From when people sign in, microseconds since 1970 UTC.
        opens: i64,
        /// When it is over.
        closes: i64,
        /// Where to meet.
        place: Option<TextHash>,
        /// The most hours of one person, when hours count.
        hours: Option<Quantity>,
        /// How far it has come.
        state: ActivityState,
        /// How many signed in and were not struck off.
        signed: i32,
        /// Who planned it.
        planner: Uuid,
        /// When it was ended.
        ended: Option<i64>,
        /// A photo from before the work.
        photo_before: Option<PhotoHash>,
        /// A photo from after it.
        photo_after: Option<PhotoHash>,
        /// The operation that sent it.
        sent: Option<i64>,
        /// Why it was called off.
        reason: Option<TextHash>,
        /// The operation that last changed it.
        changed_by: i64,
    }
}

row! {
    /// That a household or one of its members came (签到).
    AttendanceRow in "attendance" [
        /// The activity.
        activity: i32,
        /// The household.
        household: i32,
        /// The member the rule counts; -1 for the household as a whole.
        person: i32,
    ] {
        /// Which member came, when that was said.
        member: Option<i32>,
        /// How they signed in.
        how: SignInHow,
        /// When, microseconds since 1970 UTC.
        signed_in: i64,
        /// When they signed out.
        signed_out: Option<i64>,
        /// Hours, when they count.
        hours: Option<Quantity>,
        /// Who keyed it in; nil for a household itself.
        keyed_by: Uuid,
        /// What became of it.
        state: AttendanceState,
        /// Why it was struck off.
        reason: Option<TextHash>,
        /// Why it brings no award.
        kept_for: Option<KeptFor>,
        /// The award's line in the operation that sent it.
        line: Option<i32>,
        /// The operation that last changed it.
        changed_by: i64,
    }
}
