//! Every row a unit has: what the core changes, the store keeps and `verify` compares.

use super::canonical::code_enum;
use super::day::{Day, Period};
use super::points::{Points, Quantity};
use super::rights::{Role, UnitKind};
use super::row::{code_fields, row};
use super::text::TextHash;
use uuid::Uuid;

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

code_fields!(
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
);

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

row! {
    /// A household (农户).
    HouseholdRow in "household" [
        /// Its number in the village.
        no: i32,
    ] {
        /// Its public id.
        id: Uuid,
        /// The village's code for it.
        code: String,
        /// Its group.
        group_no: i32,
        /// The head's name.
        head: TextHash,
        /// A telephone.
        phone: Option<TextHash>,
        /// The door plate.
        door: Option<TextHash>,
        /// Where it stands.
        status: HouseholdStatus,
        /// When it joined.
        joined: Day,
        /// How many members have been entered.
        members: i32,
        /// The card in force; 0 for none.
        card_version: i32,
        /// How often the PIN was set.
        pin_version: i32,
        /// What deductions and reversals could not take.
        arrears: Points,
    }
}

row! {
    /// A member of a household other than its head.
    MemberRow in "member" [
        /// The household.
        household: i32,
        /// The member's number in it.
        no: i32,
    ] {
        /// The name.
        name: TextHash,
        /// False once no longer part of it.
        active: bool,
    }
}

row! {
    /// A card that was issued (积分卡).
    CardRow in "card" [
        /// The household.
        household: i32,
        /// From 1 upwards; the newest may be in force.
        version: i32,
    ] {
        /// SHA-256 of the token in its QR.
        token: [u8; 32],
        /// Whether it still opens the household.
        active: bool,
        /// The operation that issued it.
        issued: i64,
    }
}

row! {
    /// Points of one holder in one account and lot. Stations are negative holders.
    BalanceRow in "balance" [
        /// Household number, or minus the station number.
        holder: i32,
        /// The account.
        account: Account,
        /// The day the points expire.
        lot: Day,
    ] {
        /// How many hundredths.
        points: Points,
        /// The household's last entry that touched it.
        household_seq: i64,
    }
}

row! {
    /// A movement of points (划转).
    TransferRow in "transfer" [
        /// The operation.
        seq: i64,
        /// The line in it.
        line: i32,
    ] {
        /// The household concerned; 0 for none.
        household: i32,
        /// That household's own dense count.
        household_seq: i64,
        /// Holder it left; 0 is the village.
        from_holder: i32,
        /// Account it left.
        from_account: Account,
        /// Holder it reached.
        to_holder: i32,
        /// Account it reached.
        to_account: Account,
        /// The household lot.
        lot: Day,
        /// How much; always above zero.
        points: Points,
        /// The household's available points afterwards.
        balance_after: Points,
        /// Why.
        purpose: Purpose,
        /// Line of the award it belongs to, in the operation that recorded it.
        award_line: i32,
        /// The operation it is about: the award, the redemption that goods come back from, or its own.
        about: i64,
    }
}

row! {
    /// An award or deduction and how far it has come.
    AwardRow in "award" [
        /// The operation that recorded it.
        seq: i64,
        /// The line in it.
        line: i32,
    ] {
        /// The rule.
        rule: i32,
        /// The version it was made under.
        rule_version: i32,
        /// Gives or takes.
        kind: RuleKind,
        /// The household.
        household: i32,
        /// Its group on the day it was recorded, whose cap it used.
        group_no: i32,
        /// The member, when the rule counts persons.
        member: Option<i32>,
        /// Units of the rule.
        quantity: Quantity,
        /// Points, never negative.
        points: Points,
        /// The local day of the deed.
        occurred: Day,
        /// How far it has come.
        state: AwardState,
        /// Who recorded it.
        recorder: Uuid,
        /// A remark.
        note: Option<TextHash>,
        /// Who reviewed it.
        reviewer: Option<Uuid>,
        /// The reviewer's reason.
        reason: Option<TextHash>,
        /// The operation that last changed it.
        changed_by: i64,
        /// The lot its points went to.
        lot: Option<Day>,
        /// When its notice closes.
        notice_until: Option<Day>,
        /// What a deduction could not take.
        unpaid: Points,
    }
}

row! {
    /// How much of a cap is used.
    UseRow in "use_count" [
        /// What is counted.
        kind: UseKind,
        /// Rule × 100 + scope × 10 + period; cap group; good (station × 1000000 + number).
        no: i64,
        /// Household; member as household × 1000000 + number; group.
        holder: i64,
        /// First day of the period.
        period: Day,
    ] {
        /// Hundredths, or pieces for goods.
        used: i64,
        /// For exclusives the rule that was used; else 0.
        rule: i32,
    }
}

row! {
    /// What a station has of a good.
    StockRow in "stock" [
        /// The station.
        station: i32,
        /// The good.
        good: i32,
    ] {
        /// On the shelf now.
        on_hand: i64,
        /// Ever received.
        received: i64,
        /// Ever brought back.
        returned: i64,
        /// Ever handed over.
        redeemed: i64,
        /// Ever thrown away.
        wasted: i64,
    }
}

row! {
    /// One line of a good's movement card.
    StockMoveRow in "stock_move" [
        /// The operation.
        seq: i64,
        /// The line in it.
        line: i32,
    ] {
        /// The station.
        station: i32,
        /// The good.
        good: i32,
        /// Why.
        kind: MoveKind,
        /// Pieces; always above zero.
        quantity: i64,
        /// On the shelf afterwards.
        on_hand: i64,
        /// Cost of one piece in fen, when goods came in.
        cost_fen: Option<i64>,
    }
}

row! {
    /// A redemption (兑换).
    RedemptionRow in "redemption" [
        /// The operation.
        seq: i64,
    ] {
        /// The station.
        station: i32,
        /// The household.
        household: i32,
        /// What it cost.
        points: Points,
        /// What has come back.
        refunded: Points,
        /// The number on the receipt.
        receipt_no: String,
        /// Who handed over.
        clerk: Uuid,
        /// The local day.
        day: Day,
    }
}

row! {
    /// One good of a redemption.
    RedemptionLineRow in "redemption_line" [
        /// The redemption.
        seq: i64,
        /// The line in it.
        line: i32,
    ] {
        /// The good.
        good: i32,
        /// Pieces.
        quantity: i64,
        /// Points for one piece.
        price: Points,
        /// Pieces brought back.
        refunded: i64,
    }
}

row! {
    /// From which lot a redemption's points came.
    RedemptionLotRow in "redemption_lot" [
        /// The redemption.
        seq: i64,
        /// The lot.
        lot: Day,
    ] {
        /// Taken from it.
        taken: Points,
        /// Given back to it.
        returned: Points,
    }
}

row! {
    /// That an operation has been undone; an operation is undone at most once.
    ReversalRow in "reversal" [
        /// The operation undone.
        seq: i64,
    ] {
        /// The operation that undid it.
        by: i64,
    }
}

row! {
    /// One accepted command of a unit (业务): the journal.
    OperationRow in "operation" [
        /// Dense from 1.
        seq: i64,
    ] {
        /// The caller's key; unique in the unit for ever.
        id: Uuid,
        /// The command's tag.
        kind: i16,
        /// Who did it.
        actor: Uuid,
        /// As what.
        role: Role,
        /// Database time, microseconds since 1970 UTC.
        at: i64,
        /// Canonical command.
        payload: Vec<u8>,
        /// Canonical answer.
        answer: Vec<u8>,
        /// Salt of the leaf.
        salt: [u8; 16],
        /// Hash of it all.
        leaf: [u8; 32],
    }
}
