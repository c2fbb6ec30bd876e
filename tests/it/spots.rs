//! Applications and spots from the first word to the award, on both databases.

use crate::world::{Caller, Kind, PIN, Server, Village, key, rule, today, village};
use serde_json::{Value, json};

async fn home(v: &Village) -> Caller {
    let body = json!({"card": v.card, "pin": PIN});
    let home = v.manager.post("/household-session", body).await.is(201);
    Caller {
        token: home["token"].as_str().expect("a token").to_string(),
        ..v.manager.clone()
    }
}

/// The id of a small picture that was sent in.
async fn photo(caller: &Caller, shade: u8) -> String {
    let picture = image::RgbImage::from_pixel(64, 48, image::Rgb([shade, 160, 90]));
    let mut octets = std::io::Cursor::new(Vec::new());
    picture
        .write_to(&mut octets, image::ImageFormat::Png)
        .expect("a picture");
    let answer = caller
        .http
        .post(format!("{}/villages/V/photos", caller.base))
        .bearer_auth(&caller.token)
        .header("content-type", "application/octet-stream")
        .body(octets.into_inner())
        .send()
        .await
        .expect("an answer");
    assert_eq!(answer.status(), 201);
    let body: Value = answer.json().await.expect("json");
    body["photo"]["id"].as_str().expect("an id").to_string()
}

async fn spot_goes_through(v: &Village) {
    let home = home(v).await;
    let reviewed = |code: &str, points: &str| rule(code, "award", points, "reviewed");
    for (code, points) in [("SNAP", "1"), ("TIDY", "2")] {
        let body = reviewed(code, points);
        v.manager.post("/villages/V/rules", body).await.is(201);
    }
    let (before, after) = (photo(&home, 10).await, photo(&home, 200).await);
    let report = |household: &str| json!({"household": household, "kind": "litter", "group": 1, "place": "桥头", "photos": [before]});
    let none =
        json!({"household": "H1", "kind": "litter", "group": 1, "place": "桥头", "photos": []});
    home.post("/villages/V/spots", none)
        .await
        .refused(422, "invalid_field");
    let path = "/villages/V/spots";
    let once = key();
    let first = home
        .try_call("POST", path, &once, Some(&report("H1")))
        .await;
    let first = first.expect("an answer").is(201);
    let again = home
        .try_call("POST", path, &once, Some(&report("H1")))
        .await;
    let again = again.expect("an answer");
    assert!(again.replayed);
    assert_eq!(again.is(201)["no"], first["no"]);
    home.post(path, report("H2"))
        .await
        .refused(403, "not_allowed");
    // The recorder keys in the same place for another household: the same spot.
    let same = v.recorder.post(path, report("H2")).await.is(201);
    assert_eq!(same["no"], first["no"]);
    let clear = json!({"household": "H2", "photos": [after]});
    let spot = format!("{path}/{}", first["no"]);
    v.recorder
        .post(&format!("{spot}/claim"), json!({"household": "H2"}))
        .await
        .is(204);
    let own = json!({"household": "H1", "photos": [after]});
    home.post(&format!("{spot}/clear"), own)
        .await
        .refused(409, "spot_taken");
    v.recorder
        .post(&format!("{spot}/clear"), clear)
        .await
        .is(204);
    let rules = json!({"report_rule": "SNAP", "clear_rule": "TIDY"});
    let verify = format!("{spot}/verify");
    let recorder = v.recorder.post(&verify, rules.clone()).await;
    recorder.refused(403, "not_allowed");
    let done = v.reviewer.post(&verify, rules.clone()).await.is(200);
    assert_eq!(done["awards"][0]["points"], "1");
    assert_eq!(done["awards"][1]["points"], "2");
    v.reviewer
        .post(&verify, rules)
        .await
        .refused(409, "spot_not_open");
    let listed = home.get(path).await.is(200);
    assert_eq!(listed["items"][0]["state"], "verified");
    assert_eq!(listed["items"][0]["later_reports"], 1);
    assert_eq!(
        listed["items"][0]["cleaner"],
        Value::Null,
        "another household"
    );
}

async fn application_goes_through(v: &Village) {
    let (home, path) = (home(v).await, "/villages/V/applications");
    let body = json!({"household": "H1", "rule": "CAP", "quantity": 1, "occurred_on": today(v).await,
        "words": "院子扫好了", "photos": [photo(&home, 90).await]});
    let first = home.post(path, body.clone()).await.is(201);
    let second = home.post(path, body).await.is(201);
    let (first, second) = (
        format!("{path}/{}", first["no"]),
        format!("{path}/{}", second["no"]),
    );
    let check = |accept: bool| json!({"accept": accept, "quantity": 1, "answer": "看过了"});
    home.post(&format!("{first}/check"), check(true))
        .await
        .refused(403, "not_allowed");
    let checked = v
        .recorder
        .post(&format!("{first}/check"), check(true))
        .await;
    assert_eq!(checked.is(200)["points"], "5");
    let withdraw = home.post(&format!("{second}/withdraw"), Value::Null).await;
    withdraw.is(204);
    v.recorder
        .post(&format!("{second}/check"), check(true))
        .await
        .refused(409, "application_not_open");
    let waiting = v.reviewer.get("/villages/V/awards?state=proposed").await;
    let waiting = waiting.is(200);
    let award = waiting["items"][0]["id"]
        .as_str()
        .expect("an id")
        .to_string();
    let review = format!("/villages/V/awards/{award}/review");
    let approve = json!({"decision": "approve"});
    v.reviewer.post(&review, approve).await.is(200);
    let listed = home.get(path).await.is(200);
    let states: Vec<&Value> = listed["items"]
        .as_array()
        .expect("items")
        .iter()
        .map(|item| &item["state"])
        .collect();
    assert_eq!(states, ["withdrawn", "accepted"]);
}

async fn whole_life(kind: Kind) {
    let (world, server, v): (_, Server, _) = village(kind).await;
    spot_goes_through(&v).await;
    application_goes_through(&v).await;
    drop(server);
    world.verify();
}

#[tokio::test(flavor = "multi_thread")]
async fn the_whole_life_on_sqlite() {
    whole_life(Kind::Sqlite).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn the_whole_life_on_postgres() {
    whole_life(Kind::Postgres).await;
}
