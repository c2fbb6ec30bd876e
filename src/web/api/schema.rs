//! How single values look in the API's description.

use crate::core::Period;
use crate::core::award::OnCap;
use crate::core::redemption::ReturnTo;
use crate::core::rights::{Act, Role};
use crate::core::rows::*;
use utoipa::openapi::schema::{Object, OneOfBuilder, Schema, SchemaType, Type};
use utoipa::openapi::{KnownFormat, ObjectBuilder, RefOr, SchemaFormat};

fn text() -> ObjectBuilder {
    ObjectBuilder::new().schema_type(SchemaType::new(Type::String))
}

fn decimal(pattern: &str, description: &str) -> Object {
    text()
        .pattern(Some(pattern))
        .description(Some(description))
        .examples([serde_json::json!("2.5")])
        .build()
}

/// Points that may be of either sign.
#[must_use]
pub fn points() -> Object {
    decimal(
        r"^-?[0-9]+(\.[0-9]{1,2})?$",
        "Points: a decimal with at most two places",
    )
}

/// Points to give: above zero, at most a million.
#[must_use]
pub fn amount() -> Object {
    decimal(
        r"^[0-9]{1,7}(\.[0-9]{1,2})?$",
        "Points: a decimal above zero, at most 1000000, with at most two places",
    )
}

/// Units of a rule.
#[must_use]
pub fn quantity() -> Schema {
    let whole = ObjectBuilder::new()
        .schema_type(SchemaType::new(Type::Integer))
        .minimum(Some(1))
        .maximum(Some(10_000))
        .build();
    let part = text().pattern(Some(r"^[0-9]{1,5}(\.[0-9]{1,2})?$")).build();
    Schema::OneOf(
        OneOfBuilder::new()
            .item(whole)
            .item(part)
            .description(Some(
                "Units of the rule: a whole number, or a decimal text with at most two places",
            ))
            .build(),
    )
}

/// Pieces of a good.
#[must_use]
pub fn pieces() -> Object {
    ObjectBuilder::new()
        .schema_type(SchemaType::new(Type::Integer))
        .minimum(Some(1))
        .maximum(Some(1_000_000))
        .build()
}

/// A calendar day.
#[must_use]
pub fn day() -> Object {
    text()
        .format(Some(SchemaFormat::KnownFormat(KnownFormat::Date)))
        .build()
}

/// A code: letters, digits, `-` and `_`.
#[must_use]
pub fn code() -> Object {
    text().pattern(Some("^[A-Za-z0-9_-]{1,32}$")).build()
}

/// Something by its code or id.
#[must_use]
pub fn reference() -> Object {
    text().min_length(Some(1)).max_length(Some(64)).build()
}

/// A time of day, such as `08:30`.
#[must_use]
pub fn clock() -> Object {
    text()
        .pattern(Some("^([01][0-9]|2[0-3]):[0-5][0-9]$"))
        .build()
}

/// A name on one line.
#[must_use]
pub fn label() -> Object {
    text().min_length(Some(1)).max_length(Some(40)).build()
}

/// A remark.
#[must_use]
pub fn remark() -> Object {
    text().min_length(Some(1)).max_length(Some(500)).build()
}

/// Six digits.
#[must_use]
pub fn pin() -> Object {
    text().pattern(Some("^[0-9]{6}$")).build()
}

/// 32 octets.
#[must_use]
pub fn hash() -> Object {
    text().pattern(Some("^[0-9a-f]{64}$")).build()
}

macro_rules! words {
    ($($(#[$meta:meta])* $name:ident of $type:ty;)*) => {
        $($(#[$meta])* #[must_use] pub fn $name() -> RefOr<Schema> {
            let words = <$type>::ALL.iter().map(|value| value.word());
            RefOr::T(text().enum_values(Some(words)).build().into())
        })*
    };
}

words! {
    /// Gives or takes.
    rule_kind of RuleKind;
    /// The way of an award.
    path of Path;
    /// Whom a cap counts.
    rule_scope of RuleScope;
    /// A cap's period.
    period of Period;
    /// What to do beyond a cap.
    on_cap of OnCap;
    /// How far an award has come.
    award_state of AwardState;
    /// What became of an application.
    application_state of ApplicationState;
    /// What lies there.
    spot_kind of SpotKind;
    /// How far a spot has come.
    spot_state of SpotState;
    /// How far a notice has come.
    notice_state of NoticeState;
    /// How an objection came.
    channel of Channel;
    /// What an objection says is wrong.
    objection_reason of ObjectionReason;
    /// What became of an objection.
    objection_state of ObjectionState;
    /// Where a household stands.
    household_status of HouseholdStatus;
    /// Where returned goods go.
    return_to of ReturnTo;
    /// A role.
    role of Role;
    /// Why points moved.
    purpose of Purpose;
    /// When points end.
    expiry of Expiry;
    /// What becomes of arrears.
    arrears_policy of ArrearsPolicy;
    /// What an activity is.
    activity_kind of ActivityKind;
    /// How far an activity has come.
    activity_state of ActivityState;
    /// How somebody signed in.
    sign_in_how of SignInHow;
    /// What became of an attendance.
    attendance_state of AttendanceState;
    /// Why an attendance brings no award.
    kept_for of KeptFor;
    /// What a token is for.
    act of Act;
}

/// What a token is for, several.
#[must_use]
pub fn acts() -> Schema {
    let items = utoipa::openapi::ArrayBuilder::new().items(act());
    Schema::Array(items.build())
}
