//! Activities over HTTP: who came, by phone, card and list; what is sent; what review then shows.

use crate::world::{BOTH, Caller, PIN, Said, Village, key, village};
use serde_json::{Value, json};

/// The village's local day, eight hours east, by the server's own time.
async fn local_day(v: &Village) -> String {
    let newest = v
        .manager
        .get("/villages/V/operations?limit=1")
        .await
        .is(200);
    let at = newest["items"][0]["at"].as_str().expect("a time");
    let at = chrono::DateTime::parse_from_rfc3339(at).expect("a time");
    let local = at + chrono::Duration::hours(8);
    local.format("%Y-%m-%d").to_string()
}

async fn plan(v: &Village, rule: &str, extra: Value) -> Value {
    let day = local_day(v).await;
    let mut plan = json!({"title": "清河大扫除", "kind": "cleanup", "rule": rule, "day": day,
        "opens": "00:00", "closes": "23:59", "place": "文化广场"});
    if let (Some(plan), Some(extra)) = (plan.as_object_mut(), extra.as_object()) {
        plan.extend(extra.clone());
    }
    plan
}

fn list(households: &[&str]) -> Value {
    let rows: Vec<Value> = households
        .iter()
        .map(|code| json!({"household": code}))
        .collect();
    json!({"how": "list", "rows": rows})
}

async fn planned(v: &Village, rule: &str, extra: Value) -> String {
    let plan = plan(v, rule, extra).await;
    let made = v.recorder.post("/villages/V/activities", plan);
    let made = made.await.is(201);
    format!("/villages/V/activities/{}", made["no"])
}

async fn send(v: &Village, at: &str, key: &str) -> Said {
    let path = format!("{at}/send");
    let sent = v.recorder.try_call("POST", &path, key, None);
    sent.await.expect("an answer")
}

#[tokio::test(flavor = "multi_thread")]
async fn who_came_is_sent_in_one_operation() {
    for kind in BOTH {
        let (world, server, v) = village(kind).await;
        let at = planned(&v, "CLEAN", json!({})).await;
        let card = json!({"how": "card", "card": v.card});
        let sign_ins = format!("{at}/sign-ins");
        let once = key();
        for replayed in [false, true] {
            let said = v.recorder.try_call("POST", &sign_ins, &once, Some(&card));
            let said = said.await.expect("an answer");
            assert_eq!(
                (said.status, said.replayed),
                (200, replayed),
                "{}",
                said.body
            );
        }
        let again = v.recorder.post(&sign_ins, card).await;
        again.refused(409, "already_signed_in");
        // The recorder signs their own household in: the list is of fact.
        v.recorder.post(&sign_ins, list(&["H2"])).await.is(200);
        let unknown = json!({"how": "card", "card": "AAAAAAAAAAAAAAAAAAAAAA"});
        v.recorder
            .post(&sign_ins, unknown)
            .await
            .refused(422, "unknown_card");
        let early = v.recorder.post(&format!("{at}/send"), json!(null)).await;
        early.refused(409, "activity_not_open");
        v.recorder
            .post(&format!("{at}/end"), json!({}))
            .await
            .is(200);
        let sent = send(&v, &at, &once).await;
        sent.refused(422, "operation_id_reused");
        let same = key();
        let mut answers = Vec::new();
        for _ in 0..2 {
            answers.push(send(&v, &at, &same).await.is(200));
        }
        assert_eq!(answers[0], answers[1]);
        let sent = &answers[0];
        assert_eq!(sent["awards"].as_array().map(Vec::len), Some(1), "{sent}");
        assert_eq!(sent["awards"][0]["state"], "proposed");
        assert_eq!(sent["awards"][0]["points"], "2.5");
        assert_eq!(sent["kept"][0]["household"], "H2");
        assert_eq!(sent["kept"][0]["kept_for"], "own");
        // Another person reviews it like any sheet.
        let review = format!(
            "/villages/V/awards/{}/review",
            sent["awards"][0]["id"].as_str().expect("an id")
        );
        let approve = json!({"decision": "approve"});
        let own = v.recorder.post(&review, approve.clone()).await;
        assert_eq!(own.status, 403);
        let made = v.reviewer.post(&review, approve).await.is(200);
        assert_eq!(made["award"]["state"], "booked");
        let whole = v.manager.get(&at).await.is(200);
        assert_eq!(whole["state"], "sent");
        assert_eq!(whole["attendance"].as_array().map(Vec::len), Some(2));
        drop(server);
        world.verify();
    }
}

async fn household(v: &Village) -> Caller {
    let body = json!({"card": v.card, "pin": PIN});
    let made = v.manager.post("/household-session", body).await.is(201);
    Caller {
        token: made["token"].as_str().expect("a token").to_string(),
        ..v.manager.clone()
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_phone_needs_the_code_and_a_strike_a_reason() {
    for kind in BOTH {
        let (world, server, v) = village(kind).await;
        let at = planned(&v, "CAP", json!({"hours_most": 2})).await;
        let home = household(&v).await;
        let sign_ins = format!("{at}/sign-ins");
        let phone =
            |code: &str| json!({"how": "phone", "code": code, "rows": [{"household": "H1"}]});
        let refused = home.post(&sign_ins, phone("AAAA")).await;
        refused.refused(422, "checkin_code_wrong");
        let card = json!({"how": "card", "rows": [{"household": "H1"}]});
        home.post(&sign_ins, card.clone())
            .await
            .refused(403, "not_allowed");
        v.recorder.post(&sign_ins, card).await.is(200);
        let strike = json!({"household": "H1", "reason": "没有到场"});
        let strikes = format!("{at}/strikes");
        v.recorder.post(&strikes, strike.clone()).await.is(200);
        v.recorder
            .post(&strikes, strike)
            .await
            .refused(422, "not_signed_in");
        let hours = json!({"how": "list", "rows": [{"household": "H1", "hours": "1.5"}]});
        v.recorder.post(&sign_ins, hours).await.is(200);
        v.recorder
            .post(&format!("{at}/end"), json!({}))
            .await
            .is(200);
        let sent = send(&v, &at, &key()).await.is(200);
        assert_eq!(sent["awards"][0]["points"], "7.5", "{sent}");
        // The cap of ten a month leaves 2.5, then nothing.
        for left in ["2.5", "0"] {
            let at = planned(&v, "CAP", json!({})).await;
            let sign_ins = format!("{at}/sign-ins");
            v.recorder.post(&sign_ins, list(&["H1"])).await.is(200);
            v.recorder
                .post(&format!("{at}/end"), json!({}))
                .await
                .is(200);
            let sent = send(&v, &at, &key()).await.is(200);
            assert_eq!(sent["awards"][0]["points"], left, "{sent}");
        }
        drop(server);
        world.verify();
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn plans_are_checked_and_can_be_called_off() {
    for kind in BOTH {
        let (world, server, v) = village(kind).await;
        let activities = "/villages/V/activities";
        for (extra, code) in [
            (json!({"closes": "00:00"}), "invalid_field"),
            (json!({"opens": "8:00"}), "invalid_field"),
            (json!({"rule": "NONE"}), "unknown_rule"),
            (json!({"rule": "DUMP"}), "wrong_rule_kind"),
            (json!({"day": "2020-01-01"}), "invalid_field"),
        ] {
            let refused = v
                .recorder
                .post(activities, plan(&v, "CLEAN", extra).await)
                .await;
            refused.refused(422, code);
        }
        let refused = v
            .reviewer
            .post(activities, plan(&v, "CLEAN", json!({})).await)
            .await;
        refused.refused(403, "not_allowed");
        let at = planned(&v, "CLEAN", json!({})).await;
        let cancel = json!({"reason": "下雨"});
        v.manager
            .post(&format!("{at}/cancel"), cancel)
            .await
            .is(200);
        let late = v
            .recorder
            .post(&format!("{at}/sign-ins"), list(&["H1"]))
            .await;
        late.refused(409, "activity_not_open");
        v.recorder
            .post("/villages/V/activities/77/sign-ins", list(&["H1"]))
            .await
            .refused(404, "not_found");
        let all = v.manager.get(activities).await.is(200);
        assert_eq!(all["items"][0]["state"], "cancelled");
        assert_eq!(all["items"][0]["reason"], "下雨");
        drop(server);
        world.verify();
    }
}
