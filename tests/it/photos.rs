//! Photos over HTTP: taken in once, given back to their village alone, refused when they are none.

use crate::world::{BOTH, Caller, Kind, PIN, Server, Village, World, furnish, text, village};
use axum::Router;
use axum::body::Bytes;
use axum::extract::{Request, State};
use axum::http::StatusCode;
use axum::response::{IntoResponse as _, Response};
use reqwest::header::{ACCEPT_LANGUAGE, CONTENT_TYPE};
use serde_json::{Value, json};
use std::collections::HashMap;
use std::sync::{Arc, Mutex};

/// A picture whose pixels depend on `seed`.
fn picture(seed: u8, side: u32) -> Vec<u8> {
    let picture = image::RgbImage::from_fn(side, side, |x, y| {
        let part = |by: u32| u8::try_from(by % 200).unwrap_or(0);
        image::Rgb([part(x * 3), part(y * 5), seed])
    });
    let mut out = std::io::Cursor::new(Vec::new());
    let written = picture.write_to(&mut out, image::ImageFormat::Png);
    written.expect("a picture");
    out.into_inner()
}

async fn send(caller: &Caller, village: &str, body: Vec<u8>) -> (u16, Value) {
    let answer = caller
        .http
        .post(format!("{}/villages/{village}/photos", caller.base))
        .bearer_auth(&caller.token)
        .header(ACCEPT_LANGUAGE, "en")
        .header(CONTENT_TYPE, "image/png")
        .body(body)
        .send()
        .await
        .expect("an answer");
    let status = answer.status().as_u16();
    let body = answer.bytes().await.expect("a body");
    (status, serde_json::from_slice(&body).unwrap_or(Value::Null))
}

/// As a form in a browser sends it.
fn as_form(bytes: &[u8]) -> Vec<u8> {
    let head = "--xyz\r\nContent-Disposition: form-data; name=\"file\"; filename=\"a.png\"\r\nContent-Type: image/png\r\n\r\n";
    [head.as_bytes(), bytes, b"\r\n--xyz--\r\n"].concat()
}

async fn home(v: &Village) -> Caller {
    let body = json!({"card": v.card, "pin": PIN});
    let home = v.manager.post("/household-session", body).await.is(201);
    Caller {
        token: home["token"].as_str().expect("a token").to_string(),
        ..v.manager.clone()
    }
}

/// A member of staff of village W alone.
async fn stranger(v: &Village, server: &Server) -> Caller {
    let grants = json!([{"role": "manager", "scope": "village:W"}]);
    let body = json!({"username": "east", "password": crate::world::PASSWORD, "name": "east", "grants": grants});
    v.admin.post("/staff", body).await.is(201);
    Caller::sign_in(server, "east").await
}

#[tokio::test(flavor = "multi_thread")]
async fn a_photo_is_taken_once_and_given_back_to_its_village_alone() {
    for kind in BOTH {
        let (world, server, v) = village(kind).await;
        let home = home(&v).await;
        let (status, made) = send(&v.recorder, "V", picture(1, 1500)).await;
        assert_eq!(status, 201, "{made}");
        let photo = &made["photo"];
        let id = photo["id"].as_str().expect("an id").to_string();
        // Noise does not become small by quality alone.
        let side = photo["width"].as_i64().expect("a width");
        assert!((320..=1280).contains(&side), "{made}");
        assert_eq!(photo["width"], photo["height"]);
        assert!(photo["bytes"].as_i64().expect("a size") <= 150_000);
        // Again, by somebody else, and in the way of a form.
        let (_, again) = send(&home, "V", picture(1, 1500)).await;
        assert_eq!(again, made);
        let form = v
            .clerk
            .http
            .post(format!("{}/villages/V/photos", v.clerk.base))
            .bearer_auth(&v.clerk.token)
            .header(CONTENT_TYPE, "multipart/form-data; boundary=xyz")
            .body(as_form(&picture(1, 1500)))
            .send()
            .await
            .expect("an answer");
        assert_eq!(form.json::<Value>().await.expect("json"), made);
        let (_, other) = send(&v.recorder, "V", picture(2, 300)).await;
        assert_ne!(other["photo"]["id"], made["photo"]["id"]);

        for (path, most) in [(id.clone(), 150_000), (format!("{id}/thumb"), 12_000)] {
            for caller in [&v.manager, &v.clerk, &home] {
                let answer = caller
                    .http
                    .get(format!("{}/villages/V/photos/{path}", caller.base))
                    .bearer_auth(&caller.token)
                    .send()
                    .await
                    .expect("an answer");
                assert_eq!(answer.status(), 200, "{path}");
                let headers = answer.headers().clone();
                for (name, wanted) in [
                    ("content-type", "image/jpeg"),
                    ("x-content-type-options", "nosniff"),
                    ("content-disposition", "inline"),
                    ("content-security-policy", "default-src 'none'; sandbox"),
                    ("cross-origin-resource-policy", "same-origin"),
                    ("cache-control", "private, max-age=604800, immutable"),
                ] {
                    assert_eq!(headers[name], wanted, "{path}");
                }
                let bytes = answer.bytes().await.expect("a photo");
                assert!(bytes.len() <= most && bytes.starts_with(&[0xff, 0xd8]));
            }
        }
        elsewhere(&server, &v, &id).await;
        drop(server);
        world.verify();
    }
}

/// Another village, no session, a wrong name: nothing is there.
async fn elsewhere(server: &Server, v: &Village, id: &str) {
    let east = stranger(v, server).await;
    let path = format!("/villages/V/photos/{id}");
    assert_eq!(east.get(&path).await.status, 404);
    assert_eq!(send(&east, "V", picture(3, 40)).await.0, 404);
    // The same octets in another village are that village's own, once it has sent them.
    let theirs = format!("/villages/W/photos/{id}");
    east.get(&theirs).await.refused(404, "not_found");
    let (_, sent) = send(&east, "W", picture(1, 1500)).await;
    assert_eq!(sent["photo"]["id"], id);
    assert_eq!(east.get(&theirs).await.status, 200);
    for wrong in ["0", &id.to_uppercase(), &id[..62], "..%2f..%2fpepper"] {
        let said = v.manager.get(&format!("/villages/V/photos/{wrong}")).await;
        said.refused(404, "not_found");
    }
    let nobody = Caller {
        token: String::new(),
        ..v.manager.clone()
    };
    nobody.get(&path).await.refused(401, "unauthenticated");
    assert_eq!(send(&nobody, "V", picture(1, 40)).await.0, 401);
    // A program's token that may only look sends nothing.
    let body = json!({"name": "报表", "scopes": ["see_village"], "days": 1});
    let token = v.manager.post("/tokens", body).await.is(201);
    let program = Caller {
        token: token["secret"].as_str().expect("a secret").to_string(),
        ..v.manager.clone()
    };
    assert_eq!(program.get(&path).await.status, 200);
    assert_eq!(send(&program, "V", picture(1, 40)).await.0, 403);
    // Pages: without a session to the sign-in, and the token of the API is none.
    let page = format!("http://{}/photo/V/{id}.jpg", server.address);
    let quiet = crate::world::http()
        .redirect(reqwest::redirect::Policy::none())
        .build()
        .expect("a client");
    let answer = quiet.get(&page).send().await.expect("an answer");
    assert_eq!(answer.status(), 303);
    for (token, status) in [(&v.manager.token, 200), (&east.token, 404)] {
        for form in [page.clone(), page.replace(".jpg", "-s.jpg")] {
            let asked = quiet.get(&form).header("cookie", format!("sid={token}"));
            let answer = asked.send().await.expect("an answer");
            assert_eq!(answer.status(), status, "{form}");
        }
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn what_is_no_photo_is_refused_and_the_server_stays_small() {
    for kind in BOTH {
        let (_world, server, v) = village(kind).await;
        for (body, status, code) in [
            (Vec::new(), 422, "photo_empty"),
            (b"<html>hello</html>".to_vec(), 422, "photo_not_image"),
            (b"GIF89a and more".to_vec(), 422, "photo_not_image"),
            (picture(1, 50)[..60].to_vec(), 422, "photo_broken"),
            (huge(), 422, "photo_too_many_pixels"),
            (vec![0xff; 12_582_913], 413, "photo_too_large"),
        ] {
            let (given, said) = send(&v.manager, "V", body).await;
            assert_eq!((given, &said["code"]), (status, &json!(code)), "{said}");
            assert!(!said["detail"].as_str().expect("words").is_empty());
        }
        // Many at once: they wait for each other rather than for memory.
        let (before, many) = (resident_peak(&server), 6);
        let sent = (0..many).map(|no| {
            let caller = v.manager.clone();
            tokio::spawn(async move { send(&caller, "V", picture(no, 2000)).await.0 })
        });
        for one in sent.collect::<Vec<_>>() {
            assert_eq!(one.await.expect("an end"), 201);
        }
        let grown = resident_peak(&server) - before;
        assert!(grown < 600_000, "{grown} kB");
    }
}

/// A PNG that claims 65535 by 65535 pixels.
fn huge() -> Vec<u8> {
    let mut png = picture(1, 20);
    png[16..24].copy_from_slice(&[0, 0, 0xff, 0xff, 0, 0, 0xff, 0xff]);
    let mut crc = flate2::Crc::new();
    crc.update(&png[12..29]);
    png[29..33].copy_from_slice(&crc.sum().to_be_bytes());
    png
}

/// The most memory the server has had, in kB.
fn resident_peak(server: &Server) -> i64 {
    let status = std::fs::read_to_string(format!("/proc/{}/status", server.child.id()));
    let status = status.expect("a process");
    let line = status.lines().find(|line| line.starts_with("VmHWM:"));
    let peak = line.and_then(|line| line.split_whitespace().nth(1));
    peak.and_then(|peak| peak.parse().ok()).expect("a figure")
}

#[tokio::test(flavor = "multi_thread")]
async fn a_village_has_so_much_room_and_hears_how_much() {
    for kind in BOTH {
        let world = World::new(kind);
        world.admin();
        let server = world.serve(&[("WENMING_PHOTOS__VILLAGE_BYTES", "2000")]);
        let v = furnish(&server).await;
        let (status, first) = send(&v.manager, "V", picture(1, 8)).await;
        assert_eq!(status, 201, "{first}");
        let (status, said) = send(&v.manager, "V", picture(2, 900)).await;
        assert_eq!(
            (status, &said["code"]),
            (422, &json!("photo_quota")),
            "{said}"
        );
        assert!(said["megabytes"].is_i64() && said["used_megabytes"].is_i64());
        // What is there already takes no more room, and another village has its own.
        assert_eq!(send(&v.manager, "V", picture(1, 8)).await, (201, first));
        assert_eq!(send(&v.admin, "W", picture(1, 8)).await.0, 201);
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_backup_carries_the_photos() {
    let (world, server, v) = village(Kind::Sqlite).await;
    let (_, made) = send(&v.manager, "V", picture(1, 400)).await;
    let id = made["photo"]["id"].as_str().expect("an id").to_string();
    let copy = world
        .folder
        .path()
        .join("copy.backup")
        .display()
        .to_string();
    let output = world.run(&["backup", &copy]);
    assert!(output.status.success(), "{}", text(&output.stderr));
    drop(server);
    std::fs::remove_dir_all(world.folder.path().join("photos")).expect("removed");
    let other = World {
        url: format!("sqlite:{}", world.folder.path().join("o.sqlite").display()),
        folder: world.folder,
    };
    let restored = other.run(&["restore", &copy]);
    assert!(restored.status.success(), "{}", text(&restored.stderr));
    let server = other.serve(&[]);
    let manager = Caller::sign_in(&server, "manager").await;
    let said = manager.get(&format!("/villages/V/photos/{id}")).await;
    assert_eq!(said.status, 200);
}

/// What the bucket holds; nothing when it is down.
type Kept = Arc<Mutex<Option<HashMap<String, Bytes>>>>;

/// As much of S3 as keeping and fetching need.
async fn bucket(State(kept): State<Kept>, request: Request) -> Response {
    let is_signed = request.headers().contains_key("authorization");
    let (parts, body) = request.into_parts();
    let name = parts.uri.path().to_string();
    if !is_signed {
        return StatusCode::FORBIDDEN.into_response();
    }
    let bytes = axum::body::to_bytes(body, 1 << 20).await.expect("a body");
    let mut kept = kept.lock().expect("the bucket");
    let Some(kept) = kept.as_mut() else {
        return StatusCode::SERVICE_UNAVAILABLE.into_response();
    };
    let tags = [
        ("etag", "\"1\""),
        ("last-modified", "Tue, 24 Nov 2026 00:00:00 GMT"),
    ];
    if parts.method == "PUT" {
        kept.insert(name, bytes);
        return tags.into_response();
    }
    match kept.get(&name) {
        Some(bytes) => (tags, bytes.clone()).into_response(),
        None => StatusCode::NOT_FOUND.into_response(),
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn photos_may_be_kept_in_a_bucket() {
    let kept: Kept = Arc::new(Mutex::new(Some(HashMap::new())));
    let app = Router::new().fallback(bucket).with_state(kept.clone());
    let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await;
    let listener = listener.expect("a port");
    let endpoint = format!("http://{}", listener.local_addr().expect("an address"));
    let deadlines = wenming::web::serve::Deadlines::default();
    let never = std::future::pending();
    tokio::spawn(wenming::web::serve::serve(listener, app, deadlines, never));
    let world = World::new(Kind::Sqlite);
    world.admin();
    let server = world.serve(&[
        ("WENMING_PHOTOS__PLACE", "s3"),
        ("WENMING_PHOTOS__S3__ENDPOINT", &endpoint),
        ("WENMING_PHOTOS__S3__BUCKET", "county"),
        ("WENMING_PHOTOS__S3__REGION", "any"),
        ("WENMING_PHOTOS__S3__ACCESS_KEY", "key"),
        ("WENMING_PHOTOS__S3__SECRET_KEY", "secret"),
    ]);
    let v = furnish(&server).await;
    let (status, made) = send(&v.manager, "V", picture(1, 300)).await;
    assert_eq!(status, 201, "{made}");
    let id = made["photo"]["id"].as_str().expect("an id");
    let held = kept.lock().expect("the bucket").clone();
    let names: Vec<String> = held.unwrap_or_default().into_keys().collect();
    assert_eq!(names.len(), 2, "{names:?}");
    assert!(
        names
            .iter()
            .all(|name| name.starts_with("/county/") && name.contains(id))
    );
    assert!(!world.folder.path().join("photos").exists());
    let path = format!("/villages/V/photos/{id}");
    assert_eq!(v.manager.get(&path).await.status, 200);
    *kept.lock().expect("the bucket") = Some(HashMap::new());
    v.manager.get(&path).await.refused(404, "not_found");
    // A bucket that is gone is said, and nothing is entered.
    *kept.lock().expect("the bucket") = None;
    let (status, said) = send(&v.manager, "V", picture(2, 300)).await;
    assert_eq!((status, &said["code"]), (503, &json!("photo_place_down")));
}
