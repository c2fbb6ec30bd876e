//! The commands about awards, as the journal keeps them.

use crate::core::canonical::{canonical_struct, code_enum};
use crate::core::day::Day;
use crate::core::points::Quantity;
use crate::core::text::Text;
use crate::core::{HouseholdRef, OperationRef};

/// One deed of one household under one rule.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct RecordAward {
    /// The rule's code.
    pub rule: String,
    /// The household.
    pub household: HouseholdRef,
    /// The member, when the rule counts persons.
    pub member: Option<i32>,
    /// Units of the rule.
    pub quantity: Quantity,
    /// The local day of the deed.
    pub occurred: Day,
    /// A remark.
    pub note: Option<Text>,
}
canonical_struct!(RecordAward {
    rule,
    household,
    member,
    quantity,
    occurred,
    note
});

code_enum! {
    /// What a sheet does with a row beyond the cap.
    OnCap {
        /// Refuses the sheet.
        Reject = 1 "reject",
        /// Gives what is left.
        Clip = 2 "clip",
    }
}

/// One row of a sheet.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct SheetRow {
    /// The household.
    pub household: HouseholdRef,
    /// Units of the rule.
    pub quantity: Quantity,
}
canonical_struct!(SheetRow {
    household,
    quantity
});

/// Many households under one rule: one operation, all or none.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct AwardSheet {
    /// The rule's code.
    pub rule: String,
    /// The local day of the deeds.
    pub occurred: Day,
    /// What to do beyond the cap.
    pub on_cap: OnCap,
    /// The rows.
    pub rows: Vec<SheetRow>,
}
canonical_struct!(AwardSheet {
    rule,
    occurred,
    on_cap,
    rows
});

/// Another person's decision on a proposed award.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ReviewAward {
    /// The award.
    pub award: OperationRef,
    /// Approved, or rejected.
    pub approve: bool,
    /// Why.
    pub reason: Option<Text>,
}
canonical_struct!(ReviewAward {
    award,
    approve,
    reason
});

/// Another person's decision on rows of one operation.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ReviewSheet {
    /// The operation that recorded the rows.
    pub operation: OperationRef,
    /// [`seal`](super::seal) of the rows as the reviewer saw them.
    pub seal: [u8; 32],
    /// The lines decided on.
    pub lines: Vec<i32>,
    /// Approved, or rejected.
    pub approve: bool,
    /// Why.
    pub reason: Option<Text>,
}
canonical_struct!(ReviewSheet {
    operation,
    seal,
    lines,
    approve,
    reason
});

/// Gives proposals that nobody reviewed in time back to their senders.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ReturnAwards {
    /// Operation and line of each.
    pub awards: Vec<AwardKey>,
}
canonical_struct!(ReturnAwards { awards });

/// Takes one line out of the notice it stands in: its points go back to the fund.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct WithdrawAward {
    /// The award.
    pub award: OperationRef,
    /// Why.
    pub reason: Text,
}
canonical_struct!(WithdrawAward { award, reason });

/// Lets awards whose notice has closed become available.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct MatureAwards {
    /// Operation and line of each.
    pub awards: Vec<AwardKey>,
}
canonical_struct!(MatureAwards { awards });

/// Operation and line of an award.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct AwardKey {
    /// The operation.
    pub seq: i64,
    /// The line.
    pub line: i32,
}
canonical_struct!(AwardKey { seq, line });
