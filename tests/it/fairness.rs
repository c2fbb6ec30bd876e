//! The fairness report: a recorder who favours a household is seen, an even one is not.

use crate::world::{BOTH, Caller, PASSWORD, Village, today, village};
use serde_json::{Value, json};

async fn records(
    v: &Village,
    by: &Caller,
    day: &str,
    household: &str,
    times: usize,
) -> Vec<String> {
    let mut ids = Vec::new();
    for _ in 0..times {
        let award =
            json!({"rule": "OPEN", "household": household, "quantity": 1, "occurred_on": day});
        let made = by.post("/villages/V/awards", award).await.is(201);
        ids.push(made["operation"]["id"].as_str().expect("an id").to_string());
    }
    assert!(!v.card.is_empty());
    ids
}

fn part<'a>(report: &'a Value, list: &str, username: &str) -> &'a Value {
    let parts = report[list].as_array().expect("a list");
    let found = parts.iter().find(|part| part["username"] == username);
    found.unwrap_or_else(|| panic!("{username} in {report}"))
}

fn signs(part: &Value) -> Vec<&str> {
    let flags = part["flags"].as_array().expect("flags").iter();
    flags.filter_map(|flag| flag["sign"].as_str()).collect()
}

/// A village with five households and a second recorder.
async fn people(v: &Village, server: &crate::world::Server) -> Caller {
    for code in ["H3", "H4", "H5"] {
        let body = json!({"code": code, "group": "第一村民小组", "head": "赖涛"});
        v.admin.post("/villages/V/households", body).await.is(201);
    }
    let rule = crate::world::rule("OPEN", "award", "5", "reviewed");
    v.manager.post("/villages/V/rules", rule).await.is(201);
    let body = json!({"username": "even", "password": PASSWORD, "name": "even",
        "grants": [{"role": "recorder", "scope": "village:V"}]});
    v.admin.post("/staff", body).await.is(201);
    Caller::sign_in(server, "even").await
}

#[tokio::test(flavor = "multi_thread")]
async fn a_favouring_recorder_is_made_visible() {
    for kind in BOTH {
        let (world, server, v) = village(kind).await;
        let even = people(&v, &server).await;
        let day = today(&v).await;
        let mut ids = records(&v, &v.recorder, &day, "H1", 9).await;
        for household in ["H3", "H4", "H5"] {
            ids.extend(records(&v, &v.recorder, &day, household, 1).await);
            records(&v, &even, &day, household, 4).await;
        }
        records(&v, &even, &day, "H1", 4).await;
        for id in &ids {
            let path = format!("/villages/V/awards/{id}/review");
            v.reviewer
                .post(&path, json!({"decision": "approve"}))
                .await
                .is(200);
        }
        let report = v.manager.get("/villages/V/fairness").await.is(200);
        let favours = part(&report, "recorders", "recorder");
        assert!(signs(favours).contains(&"one_household"), "{favours}");
        assert_eq!(favours["households"][0]["code"], "H1");
        assert_eq!(favours["households"][0]["percent"], 75);
        assert_eq!(favours["flags"][0]["about"], "H1");
        assert_eq!(favours["records"], 12);
        let fair = part(&report, "recorders", "even");
        assert!(signs(fair).is_empty(), "{fair}");
        assert_eq!(fair["points"], "80");
        let hasty = part(&report, "reviewers", "reviewer");
        assert_eq!(
            (&hasty["decisions"], &hasty["approved"]),
            (&json!(12), &json!(12))
        );
        assert_eq!(report["pairs"][0]["percent"], 100);

        let none = "/villages/V/fairness?from=2020-01-01&to=2020-12-31";
        let none = v.reviewer.get(none).await.is(200);
        assert_eq!(
            (&none["flags"], &none["recorders"]),
            (&json!(0), &json!([]))
        );
        let wrong = "/villages/V/fairness?from=2021-01-01&to=2020-12-31";
        v.manager.get(wrong).await.is(422);
        v.recorder.get("/villages/V/fairness").await.is(403);
        drop(server);
        world.verify();
    }
}
