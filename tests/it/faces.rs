//! The pages' doors: session cookies, forms of other sites, and every page against every role.

use crate::world::{Kind, PASSWORD, PIN, Server, Village, World, village};
use reqwest::redirect::Policy;
use reqwest::{Client, Response};
use wenming::core::rights::{Role, carries};
use wenming::web::faces;
use wenming::web::page::admit::Guard;

/// A browser with one session.
struct Browser {
    http: Client,
    base: String,
    cookie: String,
}

impl Browser {
    fn new(server: &Server) -> Browser {
        let http = crate::world::http()
            .redirect(Policy::none())
            .build()
            .expect("a client");
        Browser {
            http,
            base: format!("http://{}", server.address),
            cookie: String::new(),
        }
    }

    async fn sign_in(server: &Server, path: &str, fields: &[(&str, &str)]) -> Browser {
        let mut browser = Browser::new(server);
        let answer = browser.send(path, fields, &[]).await;
        assert_eq!(answer.status(), 303, "{path}");
        let set = answer.headers()["set-cookie"]
            .to_str()
            .expect("text")
            .to_string();
        assert!(
            set.contains("HttpOnly") && set.contains("SameSite=Lax"),
            "{set}"
        );
        browser.cookie = set.split(';').next().expect("a pair").to_string();
        browser
    }

    async fn staff(server: &Server, username: &str) -> Browser {
        let fields = [("username", username), ("password", PASSWORD)];
        Browser::sign_in(server, "/signin/staff", &fields).await
    }

    async fn get(&self, path: &str) -> Response {
        let request = self.http.get(format!("{}{path}", self.base));
        request
            .header("cookie", &self.cookie)
            .send()
            .await
            .expect("an answer")
    }

    async fn text(&self, path: &str) -> String {
        self.get(path).await.text().await.expect("text")
    }

    async fn send(
        &self,
        path: &str,
        fields: &[(&str, &str)],
        headers: &[(&str, &str)],
    ) -> Response {
        let body: Vec<String> = fields
            .iter()
            .map(|(name, value)| {
                format!(
                    "{name}={}",
                    value
                        .replace('%', "%25")
                        .replace('&', "%26")
                        .replace('+', "%2B")
                )
            })
            .collect();
        let mut request = self
            .http
            .post(format!("{}{path}", self.base))
            .header("content-type", "application/x-www-form-urlencoded")
            .header("cookie", &self.cookie)
            .body(body.join("&"));
        for (name, value) in headers {
            request = request.header(*name, *value);
        }
        request.send().await.expect("an answer")
    }

    /// The token that forms of this session carry.
    async fn token(&self) -> String {
        let page = self.text("/signin").await;
        let (_, rest) = page.split_once("name=\"csrf\" value=\"").expect("a token");
        rest.split('"').next().expect("its end").to_string()
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_form_counts_only_with_the_token_of_its_session() {
    let (_world, server, _v) = village(Kind::Sqlite).await;
    let (mine, theirs) = (
        Browser::staff(&server, "manager").await,
        Browser::staff(&server, "clerk").await,
    );
    let (token, other) = (mine.token().await, theirs.token().await);
    assert_ne!(token, mine.token().await, "each page carries another token");
    for bad in ["", "00", &other, &token[1..]] {
        assert_eq!(
            mine.send("/signout", &[("csrf", bad)], &[]).await.status(),
            403,
            "{bad}"
        );
    }
    let good = [("csrf", token.as_str())];
    for foreign in [
        ("origin", "https://evil.example"),
        ("origin", "null"),
        ("sec-fetch-site", "cross-site"),
    ] {
        assert_eq!(
            mine.send("/signout", &good, &[foreign]).await.status(),
            403,
            "{foreign:?}"
        );
    }
    assert_eq!(
        mine.get("/me?stay=1").await.status(),
        200,
        "still signed in"
    );
    assert_eq!(mine.send("/signout", &good, &[]).await.status(), 303);
    assert_eq!(mine.get("/me?stay=1").await.status(), 303, "signed out");
}

#[tokio::test(flavor = "multi_thread")]
async fn behind_https_the_cookie_is_bound_to_its_host() {
    let world = World::new(Kind::Sqlite);
    world.admin();
    let server = world.serve(&[("WENMING_PUBLIC_URL", "https://jifen.example")]);
    let browser = Browser::new(&server);
    let fields = [("username", "root"), ("password", PASSWORD)];
    let answer = browser.send("/signin/staff", &fields, &[]).await;
    let set = answer.headers()["set-cookie"].to_str().expect("text");
    assert!(
        set.starts_with("__Host-sid=") && set.contains("; Secure"),
        "{set}"
    );
    assert!(set.contains("Path=/") && !set.contains("Domain"), "{set}");
}

#[tokio::test(flavor = "multi_thread")]
async fn what_was_typed_outlives_the_session_but_no_secret_does() {
    let (_world, server, _v) = village(Kind::Sqlite).await;
    let mut browser = Browser::staff(&server, "manager").await;
    browser.cookie = "sid=gone".to_string();
    let fields = [
        ("note", "<b>litter</b>"),
        ("pin", PIN),
        ("password", PASSWORD),
    ];
    let answer = browser.send("/signout", &fields, &[]).await;
    assert_eq!(answer.status(), 401);
    let page = answer.text().await.expect("text");
    assert!(page.contains("note=%3Cb%3Elitter"), "{page}");
    assert!(!page.contains(PIN) && !page.contains(PASSWORD), "{page}");
    assert!(page.contains("value=\"/signout\""), "{page}");
}

#[tokio::test(flavor = "multi_thread")]
async fn nobody_is_sent_away_after_signing_in() {
    let (_world, server, _v) = village(Kind::Sqlite).await;
    let browser = Browser::new(&server);
    for bad in ["//evil.example", "https://evil.example", "/\\evil.example"] {
        let fields = [
            ("username", "manager"),
            ("password", PASSWORD),
            ("back", bad),
        ];
        let answer = browser.send("/signin/staff", &fields, &[]).await;
        assert_eq!(answer.headers()["location"], "/me", "{bad}");
    }
    let answer = browser
        .send(
            "/signin/staff",
            &[("username", "manager"), ("password", "wrong-wrong")],
            &[],
        )
        .await;
    assert_eq!(answer.status(), 422);
}

/// A path with its names filled in by things of village V.
fn filled(path: &str) -> String {
    let mut path = path.to_string();
    for (name, value) in [
        ("village", "V"),
        ("household", "H1"),
        ("station", "S1"),
        ("rule", "CLEAN"),
        ("code", "H1"),
        ("seq", "1"),
    ] {
        path = path.replace(&format!("{{{name}}}"), value);
    }
    while let Some((before, rest)) = path.split_once('{') {
        let after = rest.split_once('}').map_or("", |(_, after)| after);
        path = format!("{before}{}{after}", crate::world::key());
    }
    path
}

fn may(guard: Guard, role: Role) -> bool {
    match guard {
        Guard::Open | Guard::Signed => true,
        Guard::Home => role == Role::Household,
        Guard::Office(act) => role != Role::Household && carries(role, act),
        Guard::Till(act) => carries(role, act),
        Guard::Town => matches!(role, Role::Admin | Role::Officer),
    }
}

async fn people(server: &Server, v: &Village) -> Vec<(Role, Browser)> {
    let card = [("card", v.card.as_str()), ("pin", PIN)];
    let household = Browser::sign_in(server, "/signin", &card).await;
    vec![
        (Role::Household, household),
        (Role::Admin, Browser::staff(server, "root").await),
        (Role::Manager, Browser::staff(server, "manager").await),
        (Role::Recorder, Browser::staff(server, "recorder").await),
        (Role::Reviewer, Browser::staff(server, "reviewer").await),
        (Role::Clerk, Browser::staff(server, "clerk").await),
    ]
}

#[tokio::test(flavor = "multi_thread")]
async fn every_page_knows_its_visitors() {
    let (_world, server, v) = village(Kind::Sqlite).await;
    let (nobody, people) = (Browser::new(&server), people(&server, &v).await);
    let pages = faces::pages();
    assert!(pages.len() > 6, "{}", pages.len());
    for page in pages {
        let path = filled(page.path);
        let answer = nobody.get(&path).await;
        let status = answer.status().as_u16();
        if page.guard == Guard::Open {
            assert!(status < 500 && status != 403, "{path} {status}");
        } else if status != 405 {
            assert_eq!(status, 303, "{path}");
            let to = answer.headers()["location"].to_str().expect("text");
            assert!(to.starts_with("/signin"), "{path} {to}");
        }
        for (role, browser) in &people {
            let answer = browser.get(&path).await;
            let status = answer.status().as_u16();
            assert!(status < 500, "{role:?} {path} {status}");
            if status != 405 && !may(page.guard, *role) {
                assert_eq!(status, 403, "{role:?} {path}");
            }
            let text = answer.text().await.expect("text");
            assert!(
                !text.contains("application/problem"),
                "{role:?} {path}: {text}"
            );
        }
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn what_is_not_there_is_said_in_the_visitors_form() {
    let (_world, server, _v) = village(Kind::Sqlite).await;
    let browser = Browser::new(&server);
    for path in ["/nosuch", "/v/NOSUCH", "/home/nosuch/x"] {
        let answer = browser.get(path).await;
        assert_eq!(answer.status(), 404, "{path}");
        let kind = answer.headers()["content-type"]
            .to_str()
            .expect("text")
            .to_string();
        assert!(kind.starts_with("text/html"), "{path} {kind}");
        assert!(answer.headers().contains_key("content-security-policy"));
    }
    for path in ["/api/v1/nosuch", "/api/nosuch"] {
        let answer = browser.get(path).await;
        assert_eq!(answer.status(), 404, "{path}");
        assert_eq!(
            answer.headers()["content-type"],
            "application/problem+json",
            "{path}"
        );
    }
}
