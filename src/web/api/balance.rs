//! A household's balance as every answer shows it.

use super::schema;
use crate::core::Points;
use crate::core::ledger::Balance;
use serde::Serialize;
use utoipa::ToSchema;

/// What a household has.
#[derive(Clone, Debug, Serialize, ToSchema)]
pub struct BalanceOut {
    /// May be spent today.
    #[schema(schema_with = schema::points)]
    pub available: Points,
    /// Stands in a public notice.
    #[schema(schema_with = schema::points)]
    pub pending: Points,
    /// Set aside for vouchers and orders.
    #[schema(schema_with = schema::points)]
    pub reserved: Points,
    /// What deductions and reversals could not take.
    #[schema(schema_with = schema::points)]
    pub arrears: Points,
}

impl From<&Balance> for BalanceOut {
    fn from(balance: &Balance) -> BalanceOut {
        let Balance {
            available,
            pending,
            reserved,
            arrears,
        } = balance.clone();
        BalanceOut {
            available,
            pending,
            reserved,
            arrears,
        }
    }
}
