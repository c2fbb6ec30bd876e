//! Public notices and objections over the wire, on both databases: two persons post a notice, an
//! objection freezes its line, and nothing of a person can be read by everybody.

use crate::world::{BOTH, Kind, Village, key, rule, today, village};
use serde_json::{Value, json};

/// A rule whose name hides numbers of people, under the noticed path.
async fn noticed_rule(v: &Village) {
    let mut body = rule("YARD", "award", "5", "noticed");
    body["name_zh"] = json!("最美庭院 13812345678 110105194912310021");
    body["name_en"] = json!("Best yard 138-1234-5678");
    body["cap_points"] = json!("10");
    body["cap_period"] = json!("month");
    v.manager.post("/villages/V/rules", body).await.is(201);
}

/// Awards approved by a second person; their ids.
async fn approved(v: &Village, households: &[&str]) -> Vec<String> {
    let day = today(v).await;
    let mut ids = Vec::new();
    for household in households {
        let award = json!({"rule": "YARD", "household": household, "quantity": 1, "occurred_on": day, "note": "门口13800001111"});
        let made = v.manager.post("/villages/V/awards", award).await.is(201);
        let id = made["award"]["id"].as_str().unwrap().to_string();
        let review = format!("/villages/V/awards/{id}/review");
        let body = json!({"decision": "approve"});
        let done = v.reviewer.post(&review, body).await.is(200);
        assert_eq!(done["award"]["state"], "pending");
        ids.push(id);
    }
    ids
}

async fn view(v: &Village, no: i64) -> Value {
    let path = format!("/villages/V/notices/{no}");
    v.manager.get(&path).await.is(200)
}

/// Composes by the recorder, confirms by the reviewer.
async fn posted(v: &Village, lines: usize) -> i64 {
    let same = key();
    let body = json!({"days": 3});
    let call = || {
        v.recorder
            .try_call("POST", "/villages/V/notices", &same, Some(&body))
    };
    let (first, again) = (call().await.unwrap(), call().await.unwrap());
    assert!(!first.replayed && again.replayed);
    assert_eq!(first.body, again.body);
    let no = first.is(201)["no"].as_i64().unwrap();
    let seen = view(v, no).await;
    assert_eq!(seen["lines"].as_array().unwrap().len(), lines);
    let confirm = format!("/villages/V/notices/{no}/confirm");
    let seal = json!({"seal": seen["seal"]});
    v.recorder
        .post(&confirm, seal.clone())
        .await
        .refused(422, "own_record");
    let wrong = json!({"seal": "0".repeat(64)});
    v.reviewer
        .post(&confirm, wrong)
        .await
        .refused(409, "content_changed");
    v.reviewer.post(&confirm, seal).await.is(200);
    no
}

#[tokio::test(flavor = "multi_thread")]
async fn two_people_post_a_notice_and_objections_are_answered_by_a_third() {
    for kind in BOTH {
        let (world, server, v) = village(kind).await;
        noticed_rule(&v).await;
        let ids = approved(&v, &["H1", "H2"]).await;
        v.recorder
            .post("/villages/V/notices", json!({"days": 2}))
            .await
            .is(422);
        let no = posted(&v, 2).await;

        let raise = json!({"notice": no, "award": ids[0], "channel": "phone", "reason": "wrong_points", "words": "只去了半天"});
        let raised = v
            .recorder
            .post("/villages/V/objections", raise)
            .await
            .is(201);
        let answer = format!(
            "/villages/V/objections/{}/answer",
            raised["no"].as_i64().unwrap()
        );
        let body = json!({"uphold": true, "answer": "核实后更正"});
        // Both who may answer had a part in this award.
        v.manager
            .post(&answer, body.clone())
            .await
            .refused(422, "involved");
        v.reviewer
            .post(&answer, body)
            .await
            .refused(422, "involved");
        let open = v
            .manager
            .get("/villages/V/objections?state=open")
            .await
            .is(200);
        assert_eq!(open["items"].as_array().unwrap().len(), 1);
        assert_eq!(view(&v, no).await["lines"][0]["objections"], 1);

        let out = format!("/villages/V/awards/{}/withdraw", ids[1]);
        let gone = v
            .manager
            .post(&out, json!({"reason": "重复"}))
            .await
            .is(200);
        assert_eq!(gone["state"], "reversed");
        let down = format!("/villages/V/notices/{no}/withdraw");
        v.manager
            .post(&down, json!({"reason": "名单有误"}))
            .await
            .is(200);
        v.manager
            .post(&down, json!({"reason": "名单有误"}))
            .await
            .refused(409, "notice_not_open");
        drop(server);
        world.verify();
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_public_notice_names_nobody() {
    let (_world, server, v) = village(Kind::Sqlite).await;
    noticed_rule(&v).await;
    approved(&v, &["H1"]).await;
    let no = posted(&v, 1).await;
    for lang in ["zh", "en"] {
        for path in ["", "/notices", &format!("/notices/{no}")] {
            let url = format!("http://{}/v/V{path}", server.address);
            let request = v
                .manager
                .http
                .get(url)
                .header("cookie", format!("lang={lang}"));
            let text = request.send().await.unwrap().text().await.unwrap();
            for hidden in [
                "赖涛",
                "13812345678",
                "138-1234-5678",
                "110105194912310021",
                "13800001111",
            ] {
                // The village's list of rules is its own text; a notice covers such numbers.
                let is_rule_list = path.is_empty() && hidden != "赖涛" && hidden != "13800001111";
                assert!(is_rule_list || !text.contains(hidden), "{path} {hidden}");
            }
            if path.ends_with(&no.to_string()) {
                assert!(text.contains("赖*") && text.contains("···"), "{text}");
            }
        }
    }
}
