//! The floor of an HTTP answer: axum alone, with JSON of the size of a household's balance.
//!
//! `hello --listen 127.0.0.1:PORT` answers every path and method.
#![allow(
    clippy::disallowed_methods,
    reason = "an anchor is what axum gives as it comes, axum::serve included"
)]

use axum::{Json, Router};
use clap::Parser;
use serde::Serialize;

#[derive(Parser)]
struct Arguments {
    #[arg(long, default_value = "127.0.0.1:8099")]
    listen: String,
    /// Passed by `cargo bench`.
    #[arg(long, hide = true)]
    bench: bool,
}

#[derive(Serialize)]
struct Household {
    id: &'static str,
    code: &'static str,
    group: &'static str,
    head: &'static str,
}

#[derive(Serialize)]
struct Balance {
    available: &'static str,
    pending: &'static str,
    reserved: &'static str,
    arrears: &'static str,
}

#[derive(Serialize)]
struct Lot {
    expires_on: &'static str,
    points: &'static str,
}

#[derive(Serialize)]
struct Answer {
    household: Household,
    balance: Balance,
    lots: [Lot; 1],
    stars: u8,
}

async fn hello() -> Json<Answer> {
    Json(Answer {
        household: Household {
            id: "01939d5c-7f3a-7b0e-8a52-6d1c3f0b9a41",
            code: "0042",
            group: "第三村民小组",
            head: "张丰收",
        },
        balance: Balance {
            available: "1284.5",
            pending: "12",
            reserved: "0",
            arrears: "0",
        },
        lots: [Lot {
            expires_on: "9999-12-31",
            points: "1284.5",
        }],
        stars: 3,
    })
}

#[tokio::main]
async fn main() -> Result<(), std::io::Error> {
    let arguments = Arguments::parse();
    if arguments.bench {
        println!("hello is started by benches/run.sh");
        return Ok(());
    }
    let listener = tokio::net::TcpListener::bind(&arguments.listen).await?;
    axum::serve(listener, Router::new().fallback(hello)).await
}
