//! Rules rest on a resolution of the villagers, and say so.

use crate::world::{BOTH, rule, today, village};
use serde_json::json;

#[tokio::test(flavor = "multi_thread")]
async fn a_rule_names_its_resolution() {
    for kind in BOTH {
        let (world, server, v) = village(kind).await;
        let day = today(&v).await;
        let mut body = rule("BASE", "award", "2", "instant");
        body["resolution"] = json!("村民会议 第2号");
        v.manager
            .post("/villages/V/rules", body.clone())
            .await
            .is(422);
        body["resolved_on"] = json!("2999-01-01");
        v.manager
            .post("/villages/V/rules", body.clone())
            .await
            .is(422);
        body["resolved_on"] = json!("2026-03-05");
        v.manager.post("/villages/V/rules", body).await.is(201);
        let page = |path: &str| {
            let request = v
                .manager
                .http
                .get(format!("http://{}{path}", server.address))
                .header("Cookie", format!("sid={}; lang=en", v.manager.token));
            async move {
                request
                    .send()
                    .await
                    .expect("an answer")
                    .text()
                    .await
                    .expect("text")
            }
        };
        for path in ["/office/rules", "/office/rules/BASE", "/v/V/rules"] {
            assert!(page(path).await.contains("村民会议 第2号"), "{path}");
        }
        let retire =
            json!({"ends": day, "resolution": "村民会议 第3号", "resolved_on": "2026-03-06"});
        v.manager
            .post("/villages/V/rules/BASE/retire", retire)
            .await
            .is(200);
        let both = page("/office/rules/BASE").await;
        assert!(both.contains("第2号") && both.contains("第3号"), "{both}");
        drop(server);
        world.verify();
    }
}
