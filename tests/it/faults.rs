//! kill -9 in the middle of load, crashes before, in and after commit, Redis up, killed and hung.

use crate::world::{BOTH, Caller, Kind, Server, Village, World, furnish, key, today};
use serde_json::json;
use std::collections::HashMap;
use std::sync::{Arc, Mutex};
use std::time::Duration;

type Sent = Arc<Mutex<HashMap<String, bool>>>;

/// Awards until told to stop; each key is noted before it is sent and marked when acknowledged.
async fn load(caller: Caller, day: String, sent: Sent, stop: Arc<std::sync::atomic::AtomicBool>) {
    let body = json!({"rule": "CLEAN", "household": "H1", "quantity": 1, "occurred_on": day});
    while !stop.load(std::sync::atomic::Ordering::Relaxed) {
        let same = key();
        sent.lock().unwrap().insert(same.clone(), false);
        match caller
            .try_call("POST", "/villages/V/awards", &same, Some(&body))
            .await
        {
            Ok(said) if said.status == 201 => {
                sent.lock().unwrap().insert(same, true);
            }
            Ok(_) => {}
            Err(_) => return,
        }
    }
}

fn at(caller: &Caller, server: &Server) -> Caller {
    Caller {
        base: format!("http://{}/api/v1", server.address),
        ..caller.clone()
    }
}

/// Sends every key again; whatever its fate was, it is one award now.
async fn settle(v: &Village, server: &Server, day: &str, sent: &Sent) -> usize {
    let recorder = at(&v.recorder, server);
    let body = json!({"rule": "CLEAN", "household": "H1", "quantity": 1, "occurred_on": day});
    let keys: Vec<(String, bool)> = sent
        .lock()
        .unwrap()
        .iter()
        .map(|(k, a)| (k.clone(), *a))
        .collect();
    for (same, acknowledged) in &keys {
        let said = recorder
            .try_call("POST", "/villages/V/awards", same, Some(&body))
            .await
            .unwrap();
        assert_eq!(said.status, 201, "{}", said.body);
        assert!(
            said.replayed || !acknowledged,
            "an acknowledged award was lost"
        );
    }
    keys.len()
}

#[tokio::test(flavor = "multi_thread")]
async fn twenty_kills_lose_and_double_nothing() {
    for kind in BOTH {
        let world = World::new(kind);
        world.admin();
        let mut server = world.serve(&[]);
        let v = furnish(&server).await;
        let day = today(&v).await;
        let sent: Sent = Arc::default();
        for round in 0..10 {
            let stop = Arc::default();
            let tasks: Vec<_> = (0..8)
                .map(|_| {
                    tokio::spawn(load(
                        at(&v.recorder, &server),
                        day.clone(),
                        Arc::clone(&sent),
                        Arc::clone(&stop),
                    ))
                })
                .collect();
            tokio::time::sleep(Duration::from_millis(40 + round * 23)).await;
            server.child.kill().unwrap();
            server.child.wait().unwrap();
            for task in tasks {
                task.await.unwrap();
            }
            server = world.serve(&[]);
        }
        let count = settle(&v, &server, &day, &sent).await;
        assert!(count > 80, "the load was real: {count}");
        let view = at(&v.manager, &server)
            .get("/villages/V/households/H1")
            .await
            .is(200);
        let available: f64 = view["balance"]["available"]
            .as_str()
            .unwrap()
            .parse()
            .unwrap();
        assert!(
            (available - 2.5 * f64::from(u32::try_from(count).unwrap())).abs() < 0.001,
            "{available} for {count}"
        );
        drop(server);
        world.verify();
    }
}

#[cfg(feature = "failpoints")]
#[tokio::test(flavor = "multi_thread")]
async fn a_crash_around_the_commit_leaves_one_answer() {
    for point in ["before_statement", "before_commit", "after_commit"] {
        let world = World::new(Kind::Sqlite);
        world.admin();
        let server = world.serve(&[]);
        let v = furnish(&server).await;
        let day = today(&v).await;
        drop(server);
        let body = json!({"rule": "CLEAN", "household": "H1", "quantity": 1, "occurred_on": day});
        let same = key();
        let crashing = world.serve(&[("FAILPOINTS", &format!("{point}=1*panic(crash)"))]);
        let said = at(&v.recorder, &crashing)
            .try_call("POST", "/villages/V/awards", &same, Some(&body))
            .await
            .unwrap();
        assert_eq!(said.status, 503, "{point}: {}", said.body);
        drop(crashing);
        let server = world.serve(&[]);
        let recorder = at(&v.recorder, &server);
        let said = recorder
            .try_call("POST", "/villages/V/awards", &same, Some(&body))
            .await
            .unwrap();
        assert_eq!(said.replayed, point == "after_commit", "{point}");
        assert_eq!(said.is(201)["balance"]["available"], "2.5", "{point}");
        drop(server);
        world.verify();
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn redis_up_hung_and_killed_changes_nothing() {
    let redis =
        std::env::var("WENMING_TEST_REDIS_SERVER").unwrap_or_else(|_| "redis-server".to_string());
    let port = std::net::TcpListener::bind("127.0.0.1:0")
        .unwrap()
        .local_addr()
        .unwrap()
        .port();
    let mut child = std::process::Command::new(redis)
        .args([
            "--port",
            &port.to_string(),
            "--save",
            "",
            "--appendonly",
            "no",
        ])
        .stdout(std::process::Stdio::null())
        .spawn()
        .expect("redis-server is installed");
    tokio::time::sleep(Duration::from_millis(300)).await;
    let world = World::new(Kind::Sqlite);
    world.admin();
    let server = world.serve(&[("WENMING_REDIS__URL", &format!("redis://127.0.0.1:{port}"))]);
    let v = furnish(&server).await;
    let day = today(&v).await;
    let body = json!({"rule": "CLEAN", "household": "H1", "quantity": 1, "occurred_on": day});
    let signal = |name: &str| {
        let done = std::process::Command::new("kill")
            .args([name, &child.id().to_string()])
            .status()
            .unwrap();
        assert!(done.success());
    };
    for state in ["up", "hung", "killed"] {
        match state {
            "hung" => signal("-STOP"),
            "killed" => signal("-KILL"),
            _ => {}
        }
        for _ in 0..20 {
            v.recorder
                .post("/villages/V/awards", body.clone())
                .await
                .is(201);
        }
        v.manager.get("/villages/V/households/H1").await.is(200);
    }
    child.wait().unwrap();
    drop(server);
    world.verify();
}
