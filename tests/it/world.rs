//! A server of one's own: fresh database, free port, the first village.

use serde_json::{Value, json};
use std::io::{BufRead, BufReader, Write};
use std::path::PathBuf;
use std::process::{Child, Command, Output, Stdio};
use std::sync::atomic::{AtomicU32, Ordering};
use tempfile::TempDir;

const PROGRAM: &str = env!("CARGO_BIN_EXE_wenming");
pub const PASSWORD: &str = "correct-horse-battery";
pub const PIN: &str = "748159";

/// Which database a test runs on.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Kind {
    Sqlite,
    Postgres,
}

pub const BOTH: [Kind; 2] = [Kind::Sqlite, Kind::Postgres];

/// A database and its secrets.
pub struct World {
    pub folder: TempDir,
    pub url: String,
}

/// A server that ends with the test.
pub struct Server {
    pub child: Child,
    pub address: String,
}

impl Drop for Server {
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

/// An answer: status, JSON body, whether it was a replay.
#[derive(Clone, Debug)]
pub struct Said {
    pub status: u16,
    pub body: Value,
    pub replayed: bool,
}

impl Said {
    #[track_caller]
    pub fn is(self, status: u16) -> Value {
        assert_eq!(self.status, status, "{}", self.body);
        self.body
    }

    #[track_caller]
    pub fn refused(self, status: u16, code: &str) -> Value {
        assert_eq!(self.body["code"], code, "{}", self.body);
        self.is(status)
    }
}

fn schema() -> String {
    static NEXT: AtomicU32 = AtomicU32::new(0);
    format!(
        "t{}_{}",
        std::process::id(),
        NEXT.fetch_add(1, Ordering::Relaxed)
    )
}

fn postgres() -> String {
    std::env::var("WENMING_TEST_POSTGRES")
        .expect("run the tests by ./tests/run.sh: it starts PostgreSQL")
}

impl World {
    /// A fresh database: a file, or a schema of its own.
    pub fn new(kind: Kind) -> World {
        let folder = tempfile::tempdir().expect("a folder");
        let url = match kind {
            Kind::Sqlite => format!("sqlite:{}", folder.path().join("w.sqlite").display()),
            Kind::Postgres => {
                let schema = schema();
                let made = Command::new("psql")
                    .args([&postgres(), "-qc", &format!("create schema {schema}")])
                    .status();
                assert!(made.expect("psql").success());
                format!("{}?search_path={schema}", postgres())
            }
        };
        World { folder, url }
    }

    /// Runs SQL by hand, as somebody who tampers would.
    pub fn sql(&self, sql: &str) {
        if let Some(schema) = self.url.split("search_path=").nth(1) {
            let sql = format!("set search_path to {schema}; {sql}");
            let done = Command::new("psql")
                .args([&postgres(), "-v", "ON_ERROR_STOP=1", "-qc", &sql])
                .status();
            assert!(done.expect("psql").success(), "{sql}");
        }
    }

    /// The program with this database.
    pub fn command(&self, arguments: &[&str]) -> Command {
        let mut command = Command::new(PROGRAM);
        command
            .args(arguments)
            .args(["--database", &self.url])
            .env(
                "WENMING_SECRETS__PEPPER_FILE",
                self.folder.path().join("pepper"),
            )
            .env(
                "WENMING_SECRETS__SIGNING_KEY_FILE",
                self.folder.path().join("key"),
            )
            .env("WENMING_PHOTOS__FOLDER", self.folder.path().join("photos"))
            .env("WENMING_METRICS_LISTEN", "off")
            .env("WENMING_LIMITS__SIGN_IN_PER_MINUTE", "0")
            .env("WENMING_LIMITS__PIN_PER_MINUTE", "0")
            .env("WENMING_LIMITS__WRITES_PER_MINUTE", "0")
            .env("WENMING_LIMITS__READS_PER_MINUTE", "0")
            .env("WENMING_LOG__LEVEL", "error");
        command
    }

    pub fn run(&self, arguments: &[&str]) -> Output {
        self.command(arguments).output().expect("the program runs")
    }

    /// Runs the program with words on its standard input.
    pub fn run_with(&self, arguments: &[&str], input: &str) -> Output {
        let mut child = self
            .command(arguments)
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .stderr(Stdio::piped())
            .spawn()
            .expect("the program runs");
        child
            .stdin
            .take()
            .expect("input")
            .write_all(input.as_bytes())
            .expect("written");
        child.wait_with_output().expect("the program ends")
    }

    #[track_caller]
    pub fn verify(&self) {
        let output = self.run(&["verify"]);
        assert!(
            output.status.success(),
            "{}{}",
            text(&output.stdout),
            text(&output.stderr)
        );
    }

    pub fn serve(&self, environment: &[(&str, &str)]) -> Server {
        let mut child = self
            .command(&["serve", "--listen", "127.0.0.1:0"])
            .envs(environment.iter().copied())
            .stdout(Stdio::piped())
            .spawn()
            .expect("the server starts");
        let mut lines = BufReader::new(child.stdout.take().expect("its output")).lines();
        let address = lines
            .by_ref()
            .map_while(Result::ok)
            .find_map(|line| {
                line.split("http://")
                    .nth(1)
                    .filter(|_| line.contains("serving"))
                    .map(str::to_string)
            })
            .expect("the server says where it is");
        // Keep reading, or the server would stop at a full pipe.
        std::thread::spawn(move || lines.for_each(drop));
        Server { child, address }
    }

    /// The first admin, by the command line.
    pub fn admin(&self) {
        let output = self.run_with(
            &["staff", "add", "root", "--role", "admin", "--scope", "all"],
            PASSWORD,
        );
        assert!(output.status.success(), "{}", text(&output.stderr));
    }
}

pub fn text(bytes: &[u8]) -> String {
    String::from_utf8_lossy(bytes).to_string()
}

pub fn key() -> String {
    use sha2::Digest as _;
    static NEXT: AtomicU32 = AtomicU32::new(0);
    let seed = format!(
        "{}-{}-{:?}",
        std::process::id(),
        NEXT.fetch_add(1, Ordering::Relaxed),
        std::time::Instant::now()
    );
    let hash: [u8; 32] = sha2::Sha256::digest(seed).into();
    uuid::Builder::from_random_bytes(hash[..16].try_into().unwrap())
        .into_uuid()
        .to_string()
}

/// A client of HTTP. One that could speak TLS asks for a provider even on a plain address.
pub fn http() -> reqwest::ClientBuilder {
    let _chosen = rustls::crypto::ring::default_provider().install_default();
    reqwest::Client::builder()
}

/// A caller of one server.
#[derive(Clone)]
pub struct Caller {
    pub http: reqwest::Client,
    pub base: String,
    pub token: String,
}

impl Caller {
    pub async fn sign_in(server: &Server, username: &str) -> Caller {
        let http = http().build().expect("a client");
        let base = format!("http://{}/api/v1", server.address);
        let body = json!({"username": username, "password": PASSWORD});
        let answer = http
            .post(format!("{base}/session"))
            .json(&body)
            .send()
            .await
            .expect("an answer");
        assert_eq!(answer.status(), 201, "{username} signs in");
        let body: Value = answer.json().await.expect("json");
        Caller {
            http,
            base,
            token: body["token"].as_str().expect("a token").to_string(),
        }
    }

    pub async fn try_call(
        &self,
        method: &str,
        path: &str,
        key: &str,
        body: Option<&Value>,
    ) -> Result<Said, reqwest::Error> {
        let method = method.parse().expect("a method");
        let mut request = self
            .http
            .request(method, format!("{}{path}", self.base))
            .bearer_auth(&self.token);
        if !key.is_empty() {
            request = request.header("Idempotency-Key", key);
        }
        if let Some(body) = body {
            request = request.json(body);
        }
        let answer = request.send().await?;
        let status = answer.status().as_u16();
        let replayed = answer.headers().contains_key("idempotency-replayed");
        let body = answer.bytes().await?;
        Ok(Said {
            status,
            body: serde_json::from_slice(&body).unwrap_or(Value::Null),
            replayed,
        })
    }

    pub async fn post(&self, path: &str, body: Value) -> Said {
        self.try_call("POST", path, &key(), Some(&body))
            .await
            .expect("an answer")
    }

    pub async fn put(&self, path: &str, body: Value) -> Said {
        self.try_call("PUT", path, &key(), Some(&body))
            .await
            .expect("an answer")
    }

    pub async fn get(&self, path: &str) -> Said {
        self.try_call("GET", path, "", None)
            .await
            .expect("an answer")
    }
}

/// The people of a village.
pub struct Village {
    pub admin: Caller,
    pub manager: Caller,
    pub recorder: Caller,
    pub reviewer: Caller,
    pub clerk: Caller,
    pub card: String,
}

pub fn rule(code: &str, kind: &str, points: &str, path: &str) -> Value {
    json!({"code": code, "name_zh": "集中清洁", "name_en": "Clean-up", "category": "volunteer", "kind": kind,
        "points": points, "unit": "次", "path": path, "evidence": "photo", "scope": "household"})
}

/// A village `V` of township `T` with two households, rules, a station and goods.
pub async fn furnish(server: &Server) -> Village {
    let admin = Caller::sign_in(server, "root").await;
    admin
        .post("/townships", json!({"code": "T", "name": "清河镇"}))
        .await
        .is(201);
    admin
        .post(
            "/villages",
            json!({"code": "V", "name": "田赵村", "township": "T"}),
        )
        .await
        .is(201);
    admin
        .post(
            "/villages",
            json!({"code": "W", "name": "东山村", "township": "T"}),
        )
        .await
        .is(201);
    for code in ["H1", "H2"] {
        let body =
            json!({"code": code, "group": "第一村民小组", "head": "赖涛", "members": ["赖水凤"]});
        admin.post("/villages/V/households", body).await.is(201);
    }
    admin
        .post(
            "/villages/V/stations",
            json!({"code": "S1", "name": "供应站"}),
        )
        .await
        .is(201);
    let village = |role: &str| json!([{"role": role, "scope": "village:V"}]);
    for (username, grants) in [
        ("manager", village("manager")),
        ("recorder", village("recorder")),
        ("reviewer", village("reviewer")),
        ("clerk", json!([{"role": "clerk", "scope": "station:V/S1"}])),
    ] {
        let mut body =
            json!({"username": username, "password": PASSWORD, "name": username, "grants": grants});
        if username == "recorder" {
            body["household"] = json!("V/H2");
        }
        admin.post("/staff", body).await.is(201);
    }
    let manager = Caller::sign_in(server, "manager").await;
    manager
        .post(
            "/villages/V/funds",
            json!({"points": "100000", "reference": "决议一号"}),
        )
        .await
        .is(201);
    manager
        .post(
            "/villages/V/rules",
            rule("CLEAN", "award", "2.5", "instant"),
        )
        .await
        .is(201);
    let mut capped = rule("CAP", "award", "5", "reviewed");
    capped["cap_points"] = json!("10");
    capped["cap_period"] = json!("month");
    manager.post("/villages/V/rules", capped).await.is(201);
    manager
        .post("/villages/V/rules", rule("DUMP", "deduct", "3", "instant"))
        .await
        .is(201);
    let good = json!({"sku": "SOAP", "name_zh": "透明皂", "name_en": "Soap", "unit": "块", "price_points": "3"});
    manager
        .post("/villages/V/stations/S1/goods", good)
        .await
        .is(201);
    let card = manager
        .post("/villages/V/households/H1/cards", json!({}))
        .await
        .is(201);
    manager
        .put("/villages/V/households/H1/pin", json!({"pin": PIN}))
        .await
        .is(204);
    let clerk = Caller::sign_in(server, "clerk").await;
    let receipt =
        json!({"supplier": "供销社", "lines": [{"sku": "SOAP", "quantity": 10, "cost_fen": 260}]});
    clerk
        .post("/villages/V/stations/S1/receipts", receipt)
        .await
        .is(201);
    Village {
        recorder: Caller::sign_in(server, "recorder").await,
        reviewer: Caller::sign_in(server, "reviewer").await,
        card: card["card"]["token"].as_str().expect("a card").to_string(),
        admin,
        manager,
        clerk,
    }
}

/// A database, a server and a village on it.
pub async fn village(kind: Kind) -> (World, Server, Village) {
    let world = World::new(kind);
    world.admin();
    let server = world.serve(&[]);
    let village = furnish(&server).await;
    (world, server, village)
}

/// A day that is not in the future anywhere.
pub async fn today(village: &Village) -> String {
    let body = village
        .manager
        .get("/villages/V/operations?limit=1")
        .await
        .is(200);
    let at = body["items"][0]["at"].as_str().expect("a time").to_string();
    at[..10].to_string()
}

/// The path of a file that the product ships.
pub fn asset(name: &str) -> PathBuf {
    PathBuf::from(env!("CARGO_MANIFEST_DIR"))
        .join("assets/data")
        .join(name)
}
