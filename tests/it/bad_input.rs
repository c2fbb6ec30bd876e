//! Every bad input gets a problem document that names the field, and nothing happens.

use crate::world::{Kind, key, today, village};
use serde_json::{Value, json};
use std::io::{Read, Write};

#[tokio::test(flavor = "multi_thread")]
async fn bad_bodies_are_named() {
    let (world, server, v) = village(Kind::Sqlite).await;
    let day = today(&v).await;
    let good = json!({"rule": "CLEAN", "household": "H1", "quantity": 1, "occurred_on": day});
    let cases: Vec<(&str, Value, &str)> = vec![
        ("unknown", json!(1), "/unknown"),
        ("quantity", json!(-1), "/quantity"),
        ("quantity", json!(0), "/quantity"),
        ("quantity", json!("1.234"), "/quantity"),
        ("quantity", json!(i64::MAX), "/quantity"),
        ("quantity", json!([1]), "/quantity"),
        ("occurred_on", json!("2999-01-01"), "/occurred_on"),
        ("occurred_on", json!("yesterday"), "/occurred_on"),
        ("rule", json!("NOPE"), "/rule"),
        ("rule", json!(5), "/rule"),
        ("household", json!("NOPE"), "/household"),
        ("note", json!("x".repeat(5000)), "/note"),
    ];
    for (field, value, pointer) in cases {
        let mut body = good.clone();
        body[field] = value.clone();
        let said = v.recorder.post("/villages/V/awards", body).await;
        assert_eq!(said.status, 422, "{field} = {value}: {}", said.body);
        assert_eq!(said.body["errors"][0]["pointer"], pointer, "{}", said.body);
    }
    let funds = |points: Value| json!({"points": points, "reference": "x"});
    for points in [
        json!("0"),
        json!("-5"),
        json!("1.001"),
        json!(5),
        json!("99999999999999999999"),
        json!("1000000.01"),
    ] {
        let said = v
            .manager
            .post("/villages/V/funds", funds(points.clone()))
            .await;
        assert_eq!(said.status, 422, "{points}: {}", said.body);
    }
    v.recorder
        .try_call("POST", "/villages/V/awards", "", Some(&good))
        .await
        .unwrap()
        .refused(400, "idempotency_key_required");
    v.recorder
        .try_call("POST", "/villages/V/awards", "x", Some(&good))
        .await
        .unwrap()
        .refused(400, "idempotency_key_invalid");
    let same = key();
    v.recorder
        .try_call("POST", "/villages/V/awards", &same, Some(&good))
        .await
        .unwrap()
        .is(201);
    let mut other = good.clone();
    other["quantity"] = json!(2);
    v.recorder
        .try_call("POST", "/villages/V/awards", &same, Some(&other))
        .await
        .unwrap()
        .refused(422, "operation_id_reused");
    v.manager
        .post(
            "/villages/V/rules/CLEAN/retire",
            json!({"ends": "2020-01-01"}),
        )
        .await;
    let said = v.recorder.post("/villages/V/awards", good.clone()).await;
    assert_eq!(said.status, 422, "{}", said.body);
    let mut nobody = v.recorder.clone();
    nobody.token = "not-a-token".to_string();
    assert_eq!(nobody.get("/villages/V/fund").await.status, 401);
    v.recorder
        .try_call("DELETE", "/session", &key(), None)
        .await
        .unwrap();
    assert_eq!(v.recorder.get("/villages/V/fund").await.status, 401);
    hostile(&server.address, &v.manager.token);
    drop(server);
    world.verify();
}

/// Depth and size that no honest program sends.
fn hostile(address: &str, token: &str) {
    let deep = "[".repeat(100_000);
    let said = raw(address, token, deep.len(), deep.as_bytes());
    assert!(said.starts_with("HTTP/1.1 4"), "{said}");
    let said = raw(address, token, 1_073_741_824, b"{");
    assert!(said.starts_with("HTTP/1.1 413"), "{said}");
}

fn raw(address: &str, token: &str, length: usize, body: &[u8]) -> String {
    let mut stream = std::net::TcpStream::connect(address).unwrap();
    let head = format!(
        "POST /api/v1/villages/V/funds HTTP/1.1\r\nHost: x\r\nAuthorization: Bearer {token}\r\nIdempotency-Key: {}\r\n\
         Content-Type: application/json\r\nContent-Length: {length}\r\nConnection: close\r\n\r\n",
        key()
    );
    stream.write_all(head.as_bytes()).unwrap();
    stream.write_all(body).unwrap();
    let mut said = [0; 64];
    let read = stream.read(&mut said).unwrap();
    String::from_utf8_lossy(&said[..read]).to_string()
}
