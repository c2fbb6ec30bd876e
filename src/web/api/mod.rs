//! One file per noun of `/api/v1`. A handler parses, submits or reads, and renders; rules live in
//! the core.

pub mod activity;
pub mod application;
pub mod attendance;
pub mod award;
pub mod award_sheet;
pub mod balance;
pub mod fairness;
pub mod fields;
pub mod fund;
pub mod good;
pub mod household;
pub mod household_card;
pub mod import;
pub mod notice;
pub mod objection;
pub mod operation;
pub mod photo;
pub mod policy;
pub mod redemption;
pub mod rule;
pub mod schema;
pub mod session;
pub mod spot;
pub mod staff;
pub mod standing;
pub mod statement;
pub mod station;
pub mod token;
pub mod unit;

/// What most handlers need.
mod prelude {
    pub use super::super::App;
    pub use super::super::extract::{Json, Listed, Names, Operation, Page, Query, Write, rfc3339};
    pub use super::super::guard::Visit;
    pub use super::super::lang::Lang;
    pub use super::super::problem::Problem;
    pub use super::balance::BalanceOut;
    pub use super::fields::{Words, double};
    pub use super::schema;
    pub use crate::core::rows::*;
    pub use crate::core::{Answer, Command, Day, HouseholdRef, OperationRef, Period, Points};
    pub use axum::extract::State;
    pub use axum::response::Response;
    pub use serde::{Deserialize, Serialize};
    pub use utoipa::ToSchema;
    pub use uuid::Uuid;

    /// A handler's outcome.
    pub type Outcome = Result<Response, Problem>;
}

use super::problem::Problem;

/// A stored answer of another kind than its command gives: a defect.
fn wrong_answer() -> Problem {
    tracing::error!("an answer does not fit its command");
    Problem::internal()
}
