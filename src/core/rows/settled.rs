//! What is settled and seldom changes: units, staff, policy, groups, rules, ties, goods and prices.

use super::words::*;
use crate::core::day::{Day, Period};
use crate::core::points::Points;
use crate::core::rights::{Role, UnitKind};
use crate::core::row::row;
use crate::core::text::TextHash;
use uuid::Uuid;

row! {
    /// A township or village as the system's journal knows it.
    UnitRow in "unit" [
        /// The unit's number; 1 is the system itself.
        no: i32,
    ] {
        /// Its public id.
        id: Uuid,
        /// What it is.
        kind: UnitKind,
        /// Its code, unique in the system.
        code: String,
        /// Its name.
        name: TextHash,
        /// The unit above it.
        parent: i32,
    }
}

row! {
    /// A staff member. The password is not here: it is no fact of the journal.
    StaffRow in "staff" [
        /// The public id.
        id: Uuid,
    ] {
        /// What they sign in with.
        username: String,
        /// Their name.
        name: TextHash,
        /// Whether they may act.
        active: bool,
    }
}

row! {
    /// A role that a staff member holds somewhere.
    GrantRow in "grant_of" [
        /// Who.
        staff: Uuid,
        /// As what.
        role: Role,
        /// In which unit; 1 is everywhere.
        unit_no: i32,
        /// At which station of it; 0 is none.
        station: i32,
    ] {
        /// Whether it stands.
        active: bool,
    }
}

row! {
    /// What a village has settled for itself (DESIGN section 5). One row, number 0.
    PolicyRow in "policy" [
        /// Always 0.
        no: i32,
    ] {
        /// Minutes ahead of UTC; China is 480.
        utc_offset: i32,
        /// When points end.
        expiry: Expiry,
        /// Months for [`Expiry::Months`].
        expiry_months: i32,
        /// Days after the quarter or year.
        grace_days: i32,
        /// What becomes of arrears.
        arrears: ArrearsPolicy,
        /// Days a notice stands (3 to 7).
        notice_days: i32,
        /// What a point is worth, in fen.
        point_value_fen: i32,
        /// How many days back a deed may lie.
        backdate_days: i32,
        /// The telephone that helps, as printed on every page; empty for none.
        help_phone: String,
        /// Days in which an objection is answered.
        answer_days: i32,
    }
}

row! {
    /// A villagers' group (村民小组).
    GroupRow in "village_group" [
        /// Its number.
        no: i32,
    ] {
        /// Its name, as the village writes it.
        name: String,
    }
}

row! {
    /// One version of one rule (积分细则). The newest version is in force.
    RuleRow in "rule" [
        /// The rule's number.
        no: i32,
        /// From 1 upwards.
        version: i32,
    ] {
        /// The village's code for it.
        code: String,
        /// Chinese name.
        name_zh: TextHash,
        /// English name.
        name_en: TextHash,
        /// A word such as `courtyard`.
        category: String,
        /// Gives or takes.
        kind: RuleKind,
        /// Points for one unit.
        points: Points,
        /// The unit, such as 次.
        unit: String,
        /// The most per period.
        cap_points: Option<Points>,
        /// The cap's period.
        cap_period: Period,
        /// The path of its awards.
        path: Path,
        /// The evidence wanted, such as `photo`.
        evidence: String,
        /// Whom the cap counts.
        scope: RuleScope,
        /// A cap shared with other rules.
        shared_cap: Option<i32>,
        /// Rules that exclude each other.
        exclusive: Option<i32>,
        /// First day of deeds.
        starts: Option<Day>,
        /// Last day of deeds.
        ends: Option<Day>,
    }
}

row! {
    /// Rules that share a cap or exclude each other.
    CapGroupRow in "cap_group" [
        /// Its number.
        no: i32,
    ] {
        /// The village's code for it.
        code: String,
        /// Which of the two.
        kind: CapGroupKind,
        /// The shared cap.
        points: Option<Points>,
        /// The period.
        period: Period,
    }
}

row! {
    /// A declared tie between staff and household.
    TieRow in "tie" [
        /// The staff member.
        staff: Uuid,
        /// The household.
        household: i32,
    ] {
        /// Own or kin.
        tie: Tie,
    }
}

row! {
    /// A supply station (供应站).
    StationRow in "station" [
        /// Its number.
        no: i32,
    ] {
        /// Its public id.
        id: Uuid,
        /// Its code.
        code: String,
        /// Its name.
        name: TextHash,
    }
}

row! {
    /// A good on a station's shelf.
    GoodRow in "good" [
        /// The station.
        station: i32,
        /// The good's number there.
        no: i32,
    ] {
        /// Its public id.
        id: Uuid,
        /// The village's code for it.
        sku: String,
        /// What a scanner reads.
        barcode: Option<String>,
        /// Chinese name.
        name_zh: TextHash,
        /// English name.
        name_en: TextHash,
        /// The unit, such as 块.
        unit: String,
        /// Points for one piece.
        price: Points,
        /// From 1 upwards; each price is kept.
        price_version: i32,
        /// Pieces a household may take in a month.
        monthly_limit: Option<i64>,
        /// When to reorder.
        low_stock: i64,
        /// False for a service such as a haircut.
        stocked: bool,
    }
}

row! {
    /// A price a good has had.
    PriceRow in "price" [
        /// The station.
        station: i32,
        /// The good.
        good: i32,
        /// From 1 upwards.
        version: i32,
    ] {
        /// Points for one piece.
        price: Points,
        /// Since when.
        since: Day,
    }
}
