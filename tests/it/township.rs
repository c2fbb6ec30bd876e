//! What a township reads of its villages, on both databases and from every process.

use crate::world::{BOTH, Caller, Kind, PIN, Server, today, village};
use serde_json::json;

/// The table of this month as rows of cells; the last row is the total.
async fn table(server: &Server, caller: &Caller) -> Vec<Vec<String>> {
    let answer = caller
        .http
        .get(format!("http://{}/town/table.csv", server.address))
        .header("Cookie", format!("sid={}; lang=en", caller.token))
        .send()
        .await
        .expect("an answer");
    assert_eq!(answer.status().as_u16(), 200);
    let text = answer.text().await.expect("text");
    let text = text.trim_start_matches('\u{feff}');
    let rows = text
        .lines()
        .skip(1)
        .map(|line| line.split(',').map(str::to_string).collect());
    rows.collect()
}

/// Issued, redeemed, held, left in the fund: of village `V`.
async fn figures(server: &Server, caller: &Caller) -> [String; 4] {
    let rows = table(server, caller).await;
    assert_eq!(rows.len(), 3, "two villages and their total");
    let row = rows.iter().find(|row| row[0] == "V").expect("the village");
    assert_eq!((row[2].as_str(), row[3].as_str()), ("2", "under 5"));
    let total = rows.last().expect("a total");
    assert_eq!(
        total[3], "at least 0",
        "the total does not give away what is hidden"
    );
    assert_eq!(total[5..8], row[5..8]);
    [
        row[5].clone(),
        row[6].clone(),
        row[7].clone(),
        row[8].clone(),
    ]
}

#[tokio::test(flavor = "multi_thread")]
async fn the_table_is_net_of_reversals_and_refunds() {
    for kind in BOTH {
        let (world, server, v) = village(kind).await;
        assert_eq!(figures(&server, &v.admin).await, ["0", "0", "0", "100000"]);
        let day = today(&v).await;
        let award = json!({"rule": "CLEAN", "household": "H1", "quantity": 4, "occurred_on": day});
        let first = v
            .recorder
            .post("/villages/V/awards", award.clone())
            .await
            .is(201);
        v.recorder.post("/villages/V/awards", award).await.is(201);
        assert_eq!(figures(&server, &v.admin).await, ["20", "0", "20", "99980"]);

        let cart = json!({"card": v.card, "pin": PIN, "lines": [{"sku": "SOAP", "quantity": 2}]});
        let sold = v
            .clerk
            .post("/villages/V/stations/S1/redemptions", cart)
            .await
            .is(201);
        assert_eq!(figures(&server, &v.admin).await, ["20", "6", "14", "99980"]);
        let id = sold["redemption"]["id"].as_str().expect("an id");
        let back =
            json!({"reason": "破损", "lines": [{"sku": "SOAP", "quantity": 1, "to": "waste"}]});
        let refund = format!("/villages/V/stations/S1/redemptions/{id}/refund");
        v.clerk.post(&refund, back).await.is(201);
        assert_eq!(figures(&server, &v.admin).await, ["20", "3", "17", "99980"]);

        let dump = json!({"rule": "DUMP", "household": "H1", "quantity": 1, "occurred_on": day});
        v.recorder.post("/villages/V/awards", dump).await.is(201);
        let id = first["operation"]["id"].as_str().expect("an id");
        let undo = format!("/villages/V/operations/{id}/reverse");
        v.manager
            .post(&undo, json!({"reason": "记错"}))
            .await
            .is(201);
        let now = ["10", "3", "4", "99993"];
        assert_eq!(figures(&server, &v.admin).await, now);

        if kind == Kind::Postgres {
            // Another process has read nothing yet; then the first writes, and both know.
            let other = world.serve(&[]);
            assert_eq!(figures(&other, &v.admin).await, now);
            let award =
                json!({"rule": "CLEAN", "household": "H1", "quantity": 2, "occurred_on": day});
            v.recorder.post("/villages/V/awards", award).await.is(201);
            let now = ["15", "3", "9", "99988"];
            assert_eq!(figures(&other, &v.admin).await, now);
            assert_eq!(figures(&server, &v.admin).await, now);
        }
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn whoever_sees_several_townships_chooses_one() {
    let (_world, server, v) = village(Kind::Sqlite).await;
    let page = async |cookies: &str| {
        let asked = v.admin.http.get(format!("http://{}/town", server.address));
        let cookies = format!("sid={}; lang=en{cookies}", v.admin.token);
        let answer = asked
            .header("Cookie", cookies)
            .send()
            .await
            .expect("an answer");
        answer.text().await.expect("text")
    };
    assert!(!page("").await.contains("/place?"));
    let other = json!({"code": "T2", "name": "南平镇"});
    v.admin.post("/townships", other).await.is(201);
    let first = page("").await;
    assert!(first.contains("/place?village=T2&amp;to=/town") && first.contains("2 villages"));
    assert!(
        page("; place=T2")
            .await
            .contains("This township has no village yet")
    );
}

#[tokio::test(flavor = "multi_thread")]
async fn a_village_does_not_see_the_township() {
    let (_world, server, v) = village(Kind::Sqlite).await;
    for path in ["/town", "/town/table.csv", "/town/villages/V"] {
        for (caller, status) in [(&v.manager, 403), (&v.clerk, 403), (&v.admin, 200)] {
            let asked = caller.http.get(format!("http://{}{path}", server.address));
            let asked = asked.header("Cookie", format!("sid={}", caller.token));
            let answer = asked.send().await.expect("an answer");
            assert_eq!(answer.status().as_u16(), status, "{path}");
        }
    }
}
