//! The commands about activities, as the journal keeps them.

use crate::core::canonical::canonical_struct;
use crate::core::day::Day;
use crate::core::points::Quantity;
use crate::core::rows::{ActivityKind, SignInHow};
use crate::core::text::Text;
use crate::core::{HouseholdRef, PhotoHash};

/// An activity to come.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct PlanActivity {
    /// What people call it.
    pub title: Text,
    /// What it is.
    pub kind: ActivityKind,
    /// The code of the rule that its attendance counts under.
    pub rule: String,
    /// The local day.
    pub day: Day,
    /// Minutes after local midnight from when people sign in.
    pub opens: i32,
    /// Minutes after local midnight when it is over.
    pub closes: i32,
    /// Where to meet.
    pub place: Option<Text>,
    /// The most hours of one person, when hours count; none when being there counts.
    pub hours: Option<Quantity>,
}
canonical_struct!(PlanActivity {
    title,
    kind,
    rule,
    day,
    opens,
    closes,
    place,
    hours
});

/// One who came.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Attendee {
    /// The household.
    pub household: HouseholdRef,
    /// The member; 0 is the head. Needed under a rule that counts persons.
    pub member: Option<i32>,
    /// Hours as the paper list says them.
    pub hours: Option<Quantity>,
}
canonical_struct!(Attendee {
    household,
    member,
    hours
});

/// Signs people in: one by phone or card, or a whole paper list, all or none.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct SignIn {
    /// The activity's number.
    pub activity: i32,
    /// How they signed.
    pub how: SignInHow,
    /// Who.
    pub rows: Vec<Attendee>,
    /// When, microseconds since 1970 UTC, for cards scanned without network; else now.
    pub at: Option<i64>,
}
canonical_struct!(SignIn {
    activity,
    how,
    rows,
    at
});

/// Signs one out, when hours count.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct SignOut {
    /// The activity's number.
    pub activity: i32,
    /// How they signed.
    pub how: SignInHow,
    /// The household.
    pub household: HouseholdRef,
    /// The member, as signed in.
    pub member: Option<i32>,
}
canonical_struct!(SignOut {
    activity,
    how,
    household,
    member
});

/// Takes one off the list who did not take part.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct StrikeNoShow {
    /// The activity's number.
    pub activity: i32,
    /// The household.
    pub household: HouseholdRef,
    /// The member, as signed in.
    pub member: Option<i32>,
    /// Why.
    pub reason: Text,
}
canonical_struct!(StrikeNoShow {
    activity,
    household,
    member,
    reason
});

/// Ends an activity; whoever did not sign out leaves now.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct EndActivity {
    /// The activity's number.
    pub activity: i32,
    /// A photo from before the work.
    pub before: Option<PhotoHash>,
    /// A photo from after it.
    pub after: Option<PhotoHash>,
}
canonical_struct!(EndActivity {
    activity,
    before,
    after
});

/// Sends every attendance that stands to review, in one operation.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct SendActivity {
    /// The activity's number.
    pub activity: i32,
}
canonical_struct!(SendActivity { activity });

/// Calls an activity off.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct CancelActivity {
    /// The activity's number.
    pub activity: i32,
    /// Why, as villagers read it.
    pub reason: Text,
}
canonical_struct!(CancelActivity { activity, reason });
