//! Public notices and the objections to them.

use super::words::*;
use crate::core::PhotoHash;
use crate::core::day::Day;
use crate::core::points::Points;
use crate::core::row::row;
use crate::core::text::TextHash;
use uuid::Uuid;

row! {
    /// The last number given to one kind of thing.
    CounterRow in "counter" [
        /// What is numbered.
        kind: Numbered,
    ] {
        /// The last number.
        last: i32,
    }
}

row! {
    /// A public notice (公示): the awards whose [`notice`](super::AwardRow) names it are its lines.
    NoticeRow in "notice" [
        /// Its number in the village.
        no: i32,
    ] {
        /// Its public id.
        id: Uuid,
        /// How far it has come.
        state: NoticeState,
        /// How many days it stands.
        days: i32,
        /// Lines when it was put together.
        lines: i32,
        /// Points given by them.
        points: Points,
        /// Points taken by them.
        taken: Points,
        /// Who put it together.
        composer: Uuid,
        /// The day it was put together.
        composed: Day,
        /// The second person.
        confirmer: Option<Uuid>,
        /// First day.
        opens: Option<Day>,
        /// Last day.
        closes: Option<Day>,
        /// Why it was withdrawn.
        reason: Option<TextHash>,
        /// A photo of the board it hangs on.
        proof: Option<PhotoHash>,
        /// The operation that last changed it.
        changed_by: i64,
    }
}

row! {
    /// An objection (异议) to one line of a notice, or to what is missing there.
    ObjectionRow in "objection" [
        /// Its number in the village.
        no: i32,
    ] {
        /// Its public id.
        id: Uuid,
        /// The notice.
        notice: i32,
        /// The operation that recorded the award; none when something is missing.
        award_seq: Option<i64>,
        /// The award's line in it.
        award_line: i32,
        /// Who objects; none when they wish to stay unnamed.
        household: Option<i32>,
        /// How it came.
        channel: Channel,
        /// What is wrong.
        reason: ObjectionReason,
        /// In their own words.
        words: Option<TextHash>,
        /// A photo.
        photo: Option<PhotoHash>,
        /// The day it came.
        raised: Day,
        /// The last day to answer.
        due: Day,
        /// Who keyed it in; nil for a household itself.
        keyed_by: Uuid,
        /// What became of it.
        state: ObjectionState,
        /// Who answered.
        decider: Option<Uuid>,
        /// The day of the answer.
        decided: Option<Day>,
        /// The answer, as the objector reads it.
        answer: Option<TextHash>,
        /// The operation that last changed it.
        changed_by: i64,
    }
}
