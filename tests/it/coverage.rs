//! Every route against every kind of caller: nobody, somebody of another village, each role. The
//! expectation is the core's own table of rights; the routes are the router's own table.

use crate::world::{Caller, Kind, PASSWORD, PIN, Said, Server, Village, key, village};
use serde_json::{Value, json};
use wenming::core::rights::{Act, Role, carries};
use wenming::web::guard::Guard;
use wenming::web::router::{RouteGuard, route_guards};

/// The routes below `/api/v1` that ask for a session.
fn guarded() -> Vec<RouteGuard> {
    let all = route_guards().into_iter();
    let routes: Vec<RouteGuard> = all.filter(|route| route.guard != Guard::Open).collect();
    assert!(routes.len() > 40, "{}", routes.len());
    routes
}

/// The path with names filled in: things of village V that exist, or ids that name nothing.
fn path(route: &RouteGuard, village: &str) -> String {
    let mut path = route.path.trim_start_matches("/api/v1").to_string();
    for (name, value) in [
        ("village", village),
        ("household", "H1"),
        ("station", "S1"),
        ("rule", "CLEAN"),
        ("photo", &"0".repeat(64)),
    ] {
        path = path.replace(&format!("{{{name}}}"), value);
    }
    while let Some((before, rest)) = path.split_once('{') {
        let after = rest.split_once('}').map_or("", |(_, after)| after);
        path = format!("{before}{}{after}", key());
    }
    path
}

async fn ask(caller: &Caller, route: &RouteGuard, village: &str) -> Said {
    let path = path(route, village);
    let said = caller.try_call(route.method, &path, "", None).await;
    said.expect("an answer")
}

async fn staff(v: &Village, server: &Server, username: &str, role: &str, scope: &str) -> Caller {
    let grants = json!([{"role": role, "scope": scope}]);
    let body =
        json!({"username": username, "password": PASSWORD, "name": username, "grants": grants});
    v.admin.post("/staff", body).await.is(201);
    Caller::sign_in(server, username).await
}

#[tokio::test(flavor = "multi_thread")]
async fn nobody_gets_in() {
    let (_world, _server, v) = village(Kind::Sqlite).await;
    for token in ["", "not-a-token", "' or 1=1 --"] {
        let nobody = Caller {
            token: token.to_string(),
            ..v.manager.clone()
        };
        for route in guarded() {
            let said = ask(&nobody, &route, "V").await;
            assert_eq!(
                said.body["code"], "unauthenticated",
                "{} {}: {}",
                route.method, route.path, said.body
            );
            assert_eq!(said.status, 401);
        }
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn another_village_is_as_if_it_were_not_there() {
    let (_world, server, v) = village(Kind::Sqlite).await;
    let other = staff(&v, &server, "other", "manager", "village:W").await;
    for route in guarded()
        .iter()
        .filter(|route| route.path.contains("{village}"))
    {
        let (theirs, nowhere) = (
            ask(&other, route, "V").await,
            ask(&other, route, "NOSUCH").await,
        );
        assert_eq!(
            theirs.status, 404,
            "{} {}: {}",
            route.method, route.path, theirs.body
        );
        assert_eq!(theirs.body, nowhere.body, "{}", route.path);
    }
    // A household of V is not found below W either.
    let said = other.get("/villages/W/households/H1").await;
    let unknown = other.get("/villages/W/households/NOSUCH").await;
    assert_eq!((said.status, said.body), (404, unknown.body));
}

/// Whether a role's table allows the route, to somebody who holds it in village V, station S1.
fn allowed(role: Role, guard: Guard) -> bool {
    match guard {
        Guard::Open | Guard::Session => true,
        Guard::At(act) | Guard::Anywhere(act) => carries(role, act),
        Guard::OwnOr(act) => carries(role, act) || carries(role, Act::SeeOwnHousehold),
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn each_role_gets_just_what_the_table_says() {
    let (_world, server, v) = village(Kind::Sqlite).await;
    v.admin
        .post(
            "/villages/V/stations",
            json!({"code": "S2", "name": "二站"}),
        )
        .await
        .is(201);
    let body = json!({"card": v.card, "pin": PIN});
    let home = v.manager.post("/household-session", body).await.is(201);
    let home = Caller {
        token: home["token"].as_str().expect("a token").to_string(),
        ..v.manager.clone()
    };
    let callers = [
        (Role::Admin, v.admin.clone()),
        (
            Role::Admin,
            staff(&v, &server, "admin2", "admin", "township:T").await,
        ),
        (
            Role::Officer,
            staff(&v, &server, "officer", "officer", "township:T").await,
        ),
        (Role::Manager, v.manager.clone()),
        (Role::Recorder, v.recorder.clone()),
        (Role::Reviewer, v.reviewer.clone()),
        (Role::Clerk, v.clerk.clone()),
        (Role::Household, home.clone()),
    ];
    let mut cells = 0;
    // Ending the own session would end the test.
    let is_end = |route: &RouteGuard| route.method == "DELETE" && route.path == "/api/v1/session";
    for (role, caller) in &callers {
        for route in guarded()
            .iter()
            .filter(|route| !is_end(route) && route.guard != Guard::Session)
        {
            let said = ask(caller, route, "V").await;
            let is_refused = said.status == 403;
            let cell = format!("{role:?} {} {}: {}", route.method, route.path, said.body);
            assert_eq!(is_refused, !allowed(*role, route.guard), "{cell}");
            assert!(said.status != 401 && said.status < 500, "{cell}");
            cells += 1;
        }
    }
    assert!(cells > 250, "{cells}");
    let elsewhere = staff(&v, &server, "clerk2", "clerk", "station:V/S2").await;
    for route in guarded()
        .iter()
        .filter(|route| route.path.contains("{station}"))
    {
        let said = ask(&elsewhere, route, "V").await;
        let acts = matches!(
            route.guard,
            Guard::At(Act::Redeem | Act::Refund | Act::ReceiveStock | Act::KeepGoods)
        );
        if acts {
            assert_eq!(said.status, 403, "{} {}", route.method, route.path);
        }
    }
    // A household sees itself, and no other.
    home.get("/villages/V/households/H1").await.is(200);
    let other = home.get("/villages/V/households/H2").await;
    let unknown = home.get("/villages/V/households/NOSUCH").await;
    assert_eq!((other.status, other.body), (404, unknown.body));
}

#[tokio::test(flavor = "multi_thread")]
async fn every_write_asks_for_its_key_before_anything_else() {
    let (_world, _server, v) = village(Kind::Sqlite).await;
    let people = [&v.admin, &v.manager, &v.recorder, &v.reviewer, &v.clerk];
    let own = ["/session", "/household-session", "/tokens"];
    for route in guarded() {
        let path = route.path.trim_start_matches("/api/v1");
        // A photo is its own key.
        let is_photo = path.ends_with("/photos");
        if route.method == "GET" || is_photo || own.iter().any(|own| path.starts_with(own)) {
            continue;
        }
        let mut codes = Vec::new();
        for caller in people {
            codes.push(ask(caller, &route, "V").await.body["code"].clone());
        }
        let asked = codes
            .iter()
            .filter(|code| **code == "idempotency_key_required")
            .count();
        assert!(asked >= 1, "{} {path}: {codes:?}", route.method);
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_token_does_only_what_it_was_made_for() {
    let (_world, _server, v) = village(Kind::Sqlite).await;
    let body = json!({"name": "报表", "scopes": ["see_village"], "days": 1});
    let made = v.manager.post("/tokens", body).await.is(201);
    let token = made["secret"].as_str().expect("a secret").to_string();
    let program = Caller {
        token,
        ..v.manager.clone()
    };
    program.get("/villages/V/fund").await.is(200);
    for route in guarded() {
        let Guard::At(act) = route.guard else {
            continue;
        };
        if act != Act::SeeVillage {
            assert_eq!(
                ask(&program, &route, "V").await.status,
                403,
                "{}",
                route.path
            );
        }
    }
    let more = program.post("/tokens", json!({"name": "更多"})).await;
    more.refused(403, "not_allowed");
    let id = made["token"]["id"].as_str().expect("an id");
    let ended = v
        .manager
        .try_call("DELETE", &format!("/tokens/{id}"), "", None)
        .await;
    assert_eq!(ended.expect("an answer").status, 204);
    assert_eq!(program.get("/villages/V/fund").await.status, 401);
}

#[tokio::test(flavor = "multi_thread")]
async fn every_answer_carries_the_security_headers() {
    let (_world, server, v) = village(Kind::Sqlite).await;
    let base = format!("http://{}", server.address);
    for path in [
        "/",
        "/setup",
        "/api/docs/",
        "/api/openapi.json",
        "/nope",
        "/api/v1/me",
        "/healthz",
        "/assets/app.css",
    ] {
        let answer = v
            .admin
            .http
            .get(format!("{base}{path}"))
            .send()
            .await
            .expect("an answer");
        let headers = answer.headers();
        for (name, wanted) in [
            ("x-content-type-options", "nosniff"),
            ("referrer-policy", "same-origin"),
            ("cross-origin-opener-policy", "same-origin"),
            ("cross-origin-resource-policy", "same-origin"),
            (
                "strict-transport-security",
                "max-age=31536000; includeSubDomains",
            ),
        ] {
            assert_eq!(headers[name], wanted, "{path}");
        }
        let policy = headers["content-security-policy"].to_str().expect("text");
        assert!(
            policy.starts_with("default-src 'none'; script-src 'self';"),
            "{path}: {policy}"
        );
        assert!(policy.contains("frame-ancestors 'none'"), "{path}");
        assert!(
            !headers.contains_key("server") && headers.contains_key("x-request-id"),
            "{path}"
        );
        if !path.starts_with("/assets") {
            assert_eq!(headers["cache-control"], "no-store", "{path}");
        }
    }
    let answer = v
        .admin
        .http
        .delete(format!("{base}/api/v1/me"))
        .send()
        .await
        .expect("an answer");
    assert_eq!(
        (
            answer.status().as_u16(),
            answer.headers()["allow"].to_str().expect("text")
        ),
        (405, "GET,HEAD")
    );
    let body: Value = answer.json().await.expect("a problem");
    assert_eq!(body["code"], "method_not_allowed");
}
