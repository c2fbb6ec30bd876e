//! What households and stations hold, and what moved it: balances, transfers, awards, stock,
//! redemptions, the journal.

use super::words::*;
use crate::core::day::Day;
use crate::core::points::{Points, Quantity};
use crate::core::rights::Role;
use crate::core::row::row;
use crate::core::text::TextHash;
use uuid::Uuid;

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
        /// The notice it stands or stood in.
        notice: Option<i32>,
        /// Objections not answered yet; while there are any it does not mature.
        objections: i32,
        /// Until when a proposal waits for review, microseconds since 1970 UTC.
        review_by: Option<i64>,
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
