//! Wenming Points (文明积分): a village ledger nobody has to take on trust.
//!
//! Dependencies point one way: `cli` → `web` → `signin` → `store` → `core`.

pub mod cache;
pub mod core;
pub mod import;
pub mod signin;
pub mod store;
pub mod telemetry;
