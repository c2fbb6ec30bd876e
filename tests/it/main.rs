//! The one integration-test binary: the built program over real sockets, on SQLite and PostgreSQL.

#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic)]

mod activities;
mod bad_input;
mod command_line;
mod coverage;
mod faces;
mod fairness;
mod faults;
mod notices;
mod openapi;
mod photos;
mod races;
mod resolution;
mod spots;
mod story;
mod tamper;
mod tidy;
mod township;
mod world;
