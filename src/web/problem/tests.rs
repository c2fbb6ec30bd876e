//! Every refusal has its status, its words in both languages, and its figures.

use super::*;
use crate::core::rows::AwardState;
use crate::core::{Day, Period, Points, RowRejection};
use futures_util::FutureExt as _;

fn shown(problem: Problem, lang: Lang) -> Value {
    let response = problem.render(lang, "r-1");
    let body = axum::body::to_bytes(response.into_body(), 1 << 20).now_or_never();
    serde_json::from_slice(&body.expect("ready").expect("a body")).expect("JSON")
}

fn cap() -> Rejection {
    Rejection::CapExceeded {
        rule: "CY01".into(),
        shared: None,
        cap: Points(500),
        used: Points(300),
        asked: Points(250),
        remaining: Points(200),
        period: Period::Month,
        since: Day(0),
    }
}

#[test]
fn a_refusal_shows_its_figures_and_the_cure() {
    let body = shown(Problem::rejected(&cap(), "rows", false), Lang::En);
    assert_eq!(
        (&body["status"], &body["code"]),
        (&json!(422), &json!("cap_exceeded"))
    );
    assert_eq!(
        (&body["remaining"], &body["cap"]),
        (&json!("2"), &json!("5"))
    );
    let detail = body["detail"].as_str().unwrap_or("");
    assert!(
        detail.contains("2 are left") && detail.contains("(month, since 1970-01-01)"),
        "{detail}"
    );
    assert_eq!(body["errors"][0]["pointer"], "/quantity");
    let body = shown(Problem::rejected(&cap(), "rows", false), Lang::Zh);
    assert!(
        body["detail"].as_str().unwrap_or("").contains("还剩 2 分"),
        "{body}"
    );
}

#[test]
fn rows_point_at_their_fields() {
    let rows = vec![
        RowRejection {
            row: 3,
            why: Rejection::UnknownGood { given: "X".into() },
        },
        RowRejection {
            row: 5,
            why: Rejection::field("/quantity", "out_of_range"),
        },
    ];
    let body = shown(
        Problem::rejected(&Rejection::Rows { rows }, "lines", false),
        Lang::En,
    );
    assert_eq!((&body["code"], &body["count"]), (&json!("rows"), &json!(2)));
    assert_eq!(body["errors"][0]["pointer"], "/lines/3/sku");
    assert_eq!(body["errors"][0]["given"], "X");
    assert_eq!(body["errors"][1]["pointer"], "/lines/5/quantity");
    assert_eq!(body["errors"][1]["code"], "out_of_range");
}

#[test]
fn statuses_and_paths() {
    let status = |why: &Rejection| Problem::rejected(why, "rows", false).status().as_u16();
    assert_eq!(status(&Rejection::NotAllowed {}), 403);
    assert_eq!(status(&Rejection::UnknownVillage {}), 404);
    assert_eq!(
        status(&Rejection::AwardNotOpen {
            state: AwardState::Booked
        }),
        409
    );
    assert_eq!(status(&Rejection::OperationIdReused {}), 422);
    let unknown = Rejection::UnknownHousehold { given: "x".into() };
    let problem = Problem::rejected(&unknown, "rows", false).of_path(&["unknown_household"]);
    let (absent, here) = (
        shown(Problem::not_found(), Lang::En),
        shown(problem, Lang::En),
    );
    assert_eq!(
        absent, here,
        "a path says nothing about what it did not find"
    );
    let bare = Problem::of_status(StatusCode::from_u16(418).expect("a status"));
    assert_eq!((bare.status().as_u16(), bare.code()), (418, "bad_request"));
}

#[test]
fn headers_say_when_and_how_to_come_back() {
    let busy = Problem::refused(&Refusal::Busy { retry_after: 7 }, "rows").render(Lang::Zh, "");
    assert_eq!(busy.headers()["retry-after"], "7");
    let unknown = Problem::refused(&Refusal::OutcomeUnknown, "rows").render(Lang::Zh, "");
    assert!(unknown.headers().contains_key("retry-after") && unknown.status() == 503);
    let nobody = Problem::unauthenticated().render(Lang::En, "");
    assert_eq!(nobody.headers()["www-authenticate"], "Bearer");
    assert_eq!(nobody.headers()["content-language"], "en");
    let again = Problem::refused(
        &Refusal::Rejected {
            why: cap(),
            replayed: true,
        },
        "rows",
    )
    .render(Lang::En, "");
    assert_eq!(again.headers()[REPLAYED], "true");
    let broken = shown(Problem::internal(), Lang::En);
    assert_eq!(broken["request_id"], "r-1");
}

/// The variants' names, from the type's own serial form, so that a new one cannot be forgotten.
#[test]
fn every_rejection_has_words() {
    let fault = serde_json::from_str::<Rejection>(r#"{"code":"no_such"}"#)
        .expect_err("no such")
        .to_string();
    let codes: Vec<&str> = fault.split('`').skip(3).step_by(2).collect();
    assert!(codes.len() > 40, "{fault}");
    for code in codes {
        if ["bad_field", "not_allowed", "unknown_village"].contains(&code) {
            continue;
        }
        for lang in [Lang::Zh, Lang::En] {
            for part in ["title", "detail"] {
                let key = format!("problem.{code}.{part}");
                assert!(lang.say(&key, &Figures::new()).is_some(), "{key}");
            }
        }
    }
}
