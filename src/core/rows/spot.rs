//! What households bring themselves: applications for an award, and spots they report and clear.

use super::words::*;
use crate::core::day::Day;
use crate::core::points::Quantity;
use crate::core::row::row;
use crate::core::text::TextHash;
use uuid::Uuid;

row! {
    /// An application for an award (申报).
    ApplicationRow in "application" [
        /// Its number in the village.
        no: i32,
    ] {
        /// Its public id.
        id: Uuid,
        /// The household that asks.
        household: i32,
        /// The rule's code.
        rule: String,
        /// Units of the rule: as asked, then as found.
        quantity: Quantity,
        /// The local day of the deed.
        occurred: Day,
        /// The member, when the rule counts persons.
        member: Option<i32>,
        /// In their own words.
        words: Option<TextHash>,
        /// Photos, 32 octets each.
        photos: Vec<u8>,
        /// The day it came.
        applied: Day,
        /// Who keyed it in; nil for the household itself.
        keyed_by: Uuid,
        /// What became of it.
        state: ApplicationState,
        /// Who checked it.
        checker: Option<Uuid>,
        /// What the household reads.
        answer: Option<TextHash>,
        /// The operation that proposed its award.
        award_seq: Option<i64>,
        /// The operation that last changed it.
        changed_by: i64,
    }
}

row! {
    /// A spot that somebody reported (随手拍) and somebody clears (随手清).
    SpotRow in "spot" [
        /// Its number in the village.
        no: i32,
    ] {
        /// Its public id.
        id: Uuid,
        /// What lies there.
        kind: SpotKind,
        /// The group it lies in.
        group_no: i32,
        /// Where exactly, in words.
        place: TextHash,
        /// The household that saw it first.
        reporter: i32,
        /// The day it was reported.
        reported: Day,
        /// Photos as found, 32 octets each.
        before: Vec<u8>,
        /// Who keyed the report in; nil for the household itself.
        reported_by: Uuid,
        /// How far it has come.
        state: SpotState,
        /// The household that took it on or cleared it.
        cleaner: Option<i32>,
        /// Who keyed the clearing in; nil for the household itself.
        cleared_by: Option<Uuid>,
        /// Photos as left, 32 octets each.
        after: Vec<u8>,
        /// Who verified or dropped it.
        decider: Option<Uuid>,
        /// What the households read.
        answer: Option<TextHash>,
        /// Who puts it right for the village.
        person: Option<TextHash>,
        /// By when.
        due: Option<Day>,
        /// The operation that last changed it.
        changed_by: i64,
    }
}

row! {
    /// A household that reported a spot after another had.
    SpotReportRow in "spot_report" [
        /// The spot.
        spot: i32,
        /// The household.
        household: i32,
    ] {
        /// The day.
        reported: Day,
        /// Its photos, 32 octets each.
        photos: Vec<u8>,
        /// The operation.
        seq: i64,
    }
}
