//! Wenming Points (文明积分): a village ledger nobody has to take on trust.
//!
//! Dependencies point one way: `cli` → `web` → `signin` → `store` → `core`.

rust_i18n::i18n!("locales", fallback = "zh");

pub mod cache;
pub mod cli;
pub mod config;
pub mod core;
pub mod import;
pub mod photo;
pub mod signin;
pub mod store;
pub mod telemetry;
pub mod web;
