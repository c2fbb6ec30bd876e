//! One household's story, told the same on both databases: award, show, redeem, refund, reverse.

use crate::world::{BOTH, PIN, Village, key, today, village};
use serde_json::json;

#[tokio::test(flavor = "multi_thread")]
async fn award_show_redeem_refund_reverse() {
    for kind in BOTH {
        let (world, server, v) = village(kind).await;
        let day = today(&v).await;
        let award = json!({"rule": "CLEAN", "household": "H1", "quantity": 4, "occurred_on": day, "note": "渠边"});
        let same = key();
        let first = v
            .recorder
            .try_call("POST", "/villages/V/awards", &same, Some(&award))
            .await
            .unwrap();
        let again = v
            .recorder
            .try_call("POST", "/villages/V/awards", &same, Some(&award))
            .await
            .unwrap();
        assert!(!first.replayed && again.replayed);
        assert_eq!(first.body, again.body);
        let first = first.is(201);
        assert_eq!(first["award"]["points"], "10");
        assert_eq!(first["balance"]["available"], "10");

        let proposed = json!({"rule": "CAP", "household": "H1", "quantity": 1, "occurred_on": day});
        let proposed = v
            .recorder
            .post("/villages/V/awards", proposed)
            .await
            .is(201);
        assert_eq!(proposed["award"]["state"], "proposed");
        let review = format!(
            "/villages/V/awards/{}/review",
            proposed["award"]["id"].as_str().unwrap()
        );
        let reviewed = v
            .reviewer
            .post(&review, json!({"decision": "approve"}))
            .await
            .is(200);
        assert_eq!(reviewed["balance"]["available"], "15");
        v.reviewer
            .post(&review, json!({"decision": "approve"}))
            .await
            .refused(409, "award_not_open");

        let sheet = json!({"rule": "CAP", "occurred_on": day, "on_cap": "clip", "rows": [{"household": "H1", "quantity": 3}]});
        assert_eq!(
            v.recorder
                .post("/villages/V/award-sheets", sheet)
                .await
                .is(201)["points"],
            "5"
        );

        sell_and_take_back(&v).await;

        let undo = format!(
            "/villages/V/operations/{}/reverse",
            first["operation"]["id"].as_str().unwrap()
        );
        assert_eq!(
            v.manager
                .post(&undo, json!({"reason": "记错"}))
                .await
                .is(201)["balance"]["available"],
            "5"
        );
        v.manager
            .post(&undo, json!({"reason": "记错"}))
            .await
            .refused(409, "already_reversed");
        let dump = json!({"rule": "DUMP", "household": "H1", "quantity": 3, "occurred_on": day});
        let dumped = v.recorder.post("/villages/V/awards", dump).await.is(201);
        assert_eq!(dumped["balance"]["arrears"], "4");

        let lines = v
            .manager
            .get("/villages/V/households/H1/statement")
            .await
            .is(200);
        let lines = lines["items"].as_array().unwrap().clone();
        let seqs: Vec<i64> = lines
            .iter()
            .map(|line| line["household_seq"].as_i64().unwrap())
            .collect();
        assert_eq!(
            seqs,
            (1..=i64::try_from(lines.len()).unwrap())
                .rev()
                .collect::<Vec<_>>()
        );
        let proof = format!(
            "/villages/V/operations/{}/proof",
            first["operation"]["id"].as_str().unwrap()
        );
        prove(&v.manager.get(&proof).await.is(200));
        let fund = v.manager.get("/villages/V/fund").await.is(200);
        assert_eq!(fund["outstanding"], "0");
        drop(server);
        world.verify();
    }
}

/// Two pieces sold, both brought back to waste, a third one refused.
async fn sell_and_take_back(v: &Village) {
    let cart = json!({"card": v.card, "pin": PIN, "lines": [{"sku": "SOAP", "quantity": 2}]});
    let sold = v
        .clerk
        .post("/villages/V/stations/S1/redemptions", cart)
        .await
        .is(201);
    assert_eq!(sold["redemption"]["points"], "6");
    assert_eq!(sold["balance"]["available"], "9");
    let refund = format!(
        "/villages/V/stations/S1/redemptions/{}/refund",
        sold["redemption"]["id"].as_str().unwrap()
    );
    let back = json!({"reason": "破损", "lines": [{"sku": "SOAP", "quantity": 1, "to": "waste"}]});
    assert_eq!(
        v.clerk.post(&refund, back.clone()).await.is(201)["balance"]["available"],
        "12"
    );
    v.clerk.post(&refund, back.clone()).await.is(201);
    v.clerk
        .post(&refund, back)
        .await
        .refused(422, "refund_too_much");
    let goods = v.clerk.get("/villages/V/stations/S1/goods").await.is(200);
    assert_eq!(goods["items"][0]["on_hand"], 8);
}

fn prove(proof: &serde_json::Value) {
    let hash = |value: &serde_json::Value| -> [u8; 32] {
        hex::decode(value.as_str().unwrap())
            .unwrap()
            .try_into()
            .unwrap()
    };
    let path: Vec<[u8; 32]> = proof["path"].as_array().unwrap().iter().map(hash).collect();
    let (index, size) = (
        proof["index"].as_u64().unwrap(),
        proof["size"].as_u64().unwrap(),
    );
    let (leaf, root) = (hash(&proof["leaf"]), hash(&proof["root"]));
    assert!(wenming::core::evidence::path_holds(
        &leaf, index, size, &path, &root
    ));
}

#[tokio::test(flavor = "multi_thread")]
async fn nobody_acts_outside_their_role_or_for_their_own() {
    let (_world, _server, v) = village(crate::world::Kind::Sqlite).await;
    let day = today(&v).await;
    let award = |household: &str| json!({"rule": "CLEAN", "household": household, "quantity": 1, "occurred_on": day});
    v.recorder
        .post("/villages/V/awards", award("H2"))
        .await
        .refused(422, "own_household");
    v.admin
        .post("/villages/V/awards", award("H1"))
        .await
        .refused(403, "not_allowed");
    v.clerk
        .post("/villages/V/awards", award("H1"))
        .await
        .refused(403, "not_allowed");
    // Another village is not there for them, and looks like one that does not exist.
    let other = v.manager.get("/villages/W/fund").await.is(404);
    assert_eq!(other, v.manager.get("/villages/NOWHERE/fund").await.is(404));
    let clash = json!([{"role": "recorder", "scope": "village:V"}, {"role": "clerk", "scope": "station:V/S1"}]);
    let staff = json!({"username": "both", "password": crate::world::PASSWORD, "name": "x", "grants": clash});
    v.admin
        .post("/staff", staff)
        .await
        .refused(422, "roles_clash");
    for left in [4, 3, 2, 1, 0] {
        let cart =
            json!({"card": v.card, "pin": "905172", "lines": [{"sku": "SOAP", "quantity": 1}]});
        let said = v
            .clerk
            .post("/villages/V/stations/S1/redemptions", cart)
            .await
            .refused(422, "pin_wrong");
        assert_eq!(said["left"], left);
    }
    let cart = json!({"card": v.card, "pin": PIN, "lines": [{"sku": "SOAP", "quantity": 1}]});
    v.clerk
        .post("/villages/V/stations/S1/redemptions", cart)
        .await
        .refused(422, "pin_locked");
}
