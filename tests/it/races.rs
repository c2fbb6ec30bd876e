//! Many at once: one household, the last piece of stock, each request sent up to three times, and
//! on PostgreSQL by two server processes.

use crate::world::{BOTH, Caller, Kind, PIN, World, furnish, key, today};
use serde_json::json;

const CLIENTS: usize = 32;

#[tokio::test(flavor = "multi_thread")]
async fn nothing_is_lost_doubled_or_oversold() {
    for kind in BOTH {
        let world = World::new(kind);
        world.admin();
        let first = world.serve(&[]);
        let v = furnish(&first).await;
        let second = (kind == Kind::Postgres).then(|| world.serve(&[]));
        let bases: Vec<String> = [Some(&first), second.as_ref()]
            .into_iter()
            .flatten()
            .map(|s| format!("http://{}/api/v1", s.address))
            .collect();
        let day = today(&v).await;
        let mut tasks = Vec::new();
        for client in 0..CLIENTS {
            let (recorder, clerk, bases) = (v.recorder.clone(), v.clerk.clone(), bases.clone());
            let (day, card) = (day.clone(), v.card.clone());
            tasks.push(tokio::spawn(async move {
                let award =
                    json!({"rule": "CLEAN", "household": "H1", "quantity": 2, "occurred_on": day});
                let given = thrice(&recorder, &bases, client, "/villages/V/awards", &award).await;
                let cart =
                    json!({"card": card, "pin": PIN, "lines": [{"sku": "SOAP", "quantity": 1}]});
                let sold = thrice(
                    &clerk,
                    &bases,
                    client,
                    "/villages/V/stations/S1/redemptions",
                    &cart,
                )
                .await;
                (given, sold)
            }));
        }
        let (mut given, mut sold) = (0, 0);
        for task in tasks {
            let (a, s) = task.await.unwrap();
            given += i64::from(a == 201);
            sold += i64::from(s == 201);
        }
        assert_eq!(given, 32);
        assert_eq!(sold, 10, "ten pieces were on the shelf");
        let view = v.manager.get("/villages/V/households/H1").await.is(200);
        assert_eq!(
            view["balance"]["available"],
            (given * 5 - sold * 3).to_string()
        );
        let goods = v.manager.get("/villages/V/stations/S1/goods").await.is(200);
        assert_eq!(goods["items"][0]["on_hand"], 0);
        drop((first, second));
        world.verify();
    }
}

/// The same request three times at once, by turns to each process; all must say the same.
async fn thrice(
    caller: &Caller,
    bases: &[String],
    client: usize,
    path: &str,
    body: &serde_json::Value,
) -> u16 {
    let same = key();
    let sends = (0..3).map(|n| {
        let mut caller = caller.clone();
        caller.base.clone_from(&bases[(client + n) % bases.len()]);
        let same = same.clone();
        async move {
            loop {
                let said = caller
                    .try_call("POST", path, &same, Some(body))
                    .await
                    .unwrap();
                // Too many hashes at once is an honest 503 or 429: ask again with the same key.
                if said.status != 503 && said.status != 429 {
                    return said.status;
                }
                tokio::time::sleep(std::time::Duration::from_millis(50)).await;
            }
        }
    });
    let said = futures_util::future::join_all(sends).await;
    assert!(said.iter().all(|status| *status == said[0]), "{said:?}");
    said[0]
}

#[tokio::test(flavor = "multi_thread")]
async fn a_second_process_is_refused_on_a_file() {
    let world = World::new(Kind::Sqlite);
    let _server = world.serve(&[]);
    let second = world.run(&["verify"]);
    assert!(!second.status.success());
    assert!(crate::world::text(&second.stderr).contains("in use by another"));
}

#[tokio::test(flavor = "multi_thread")]
async fn a_change_at_one_process_is_heard_at_another() {
    let redis = std::env::var("WENMING_TEST_REDIS").expect("run the tests by ./tests/run.sh");
    let world = World::new(Kind::Postgres);
    world.admin();
    let prefix = format!("fan{}:", std::process::id());
    let environment = [
        ("WENMING_REDIS__URL", redis.as_str()),
        ("WENMING_REDIS__PREFIX", prefix.as_str()),
    ];
    let (here, there) = (world.serve(&environment), world.serve(&environment));
    let v = furnish(&here).await;
    let listen = format!("http://{}/api/v1/changes?village=V", there.address);
    let request = v.manager.http.get(listen).bearer_auth(&v.manager.token);
    let mut heard = request.send().await.expect("an answer");
    assert_eq!(heard.status(), 200);
    // The other process subscribes in its own time: changes are made until one is heard.
    let listening = async {
        let mut text = String::new();
        while !text.contains("event: change") {
            let part = heard
                .chunk()
                .await
                .expect("a part")
                .expect("the stream goes on");
            text.push_str(&String::from_utf8_lossy(&part));
        }
        text
    };
    let changing = async {
        loop {
            let funds = json!({"points": "1", "reference": "补拨"});
            v.manager.post("/villages/V/funds", funds).await.is(201);
            tokio::time::sleep(std::time::Duration::from_millis(100)).await;
        }
    };
    let text = tokio::select! {
        text = listening => text,
        () = changing => unreachable!("it goes on for ever"),
        () = tokio::time::sleep(std::time::Duration::from_secs(20)) => panic!("nothing was heard"),
    };
    assert!(text.contains("fund_allotted"), "{text}");
}

/// Right PINs at two processes never lock a household, and wrong ones get five tries in all.
#[tokio::test(flavor = "multi_thread")]
async fn pins_are_counted_once_for_all_processes() {
    for kind in BOTH {
        pins_are_counted(kind).await;
    }
}

async fn pins_are_counted(kind: Kind) {
    let world = World::new(kind);
    world.admin();
    let first = world.serve(&[]);
    let v = furnish(&first).await;
    let second = (kind == Kind::Postgres).then(|| world.serve(&[]));
    let bases = [&first, second.as_ref().unwrap_or(&first)]
        .map(|server| format!("http://{}/api/v1", server.address));
    let tries = |pins: Vec<String>| {
        let sends = pins.into_iter().enumerate().map(|(n, pin)| {
            let mut clerk = v.clerk.clone();
            clerk.base.clone_from(&bases[n % 2]);
            // More than there is, so that only the PIN tells the answers apart.
            let cart =
                json!({"card": v.card, "pin": pin, "lines": [{"sku": "SOAP", "quantity": 999}]});
            async move {
                loop {
                    let path = "/villages/V/stations/S1/redemptions";
                    let said = clerk
                        .try_call("POST", path, &key(), Some(&cart))
                        .await
                        .unwrap();
                    if said.status != 503 && said.status != 429 {
                        return said.body["code"].as_str().unwrap_or_default().to_string();
                    }
                    tokio::time::sleep(std::time::Duration::from_millis(50)).await;
                }
            }
        });
        futures_util::future::join_all(sends)
    };
    let wrong = |many: usize| (0..many).map(|n| format!("90{:04}", 1357 + n)).collect();
    let count = |said: &[String], code: &str| said.iter().filter(|one| *one == code).count();
    for round in 0..3 {
        let said = tries(wrong(4)).await;
        assert_eq!(count(&said, "pin_wrong"), 4, "{round}: {said:?}");
        let said = tries(vec![PIN.to_string(); 24]).await;
        assert_eq!(
            count(&said, "pin_wrong") + count(&said, "pin_locked"),
            0,
            "{round}: {said:?}"
        );
    }
    if kind == Kind::Postgres {
        // As a process leaves it that dies while it checks a PIN: the others wait for its turn to
        // end, and the attempt stays counted.
        world.sql(
            "update pin set failures = failures + 1, \
             wait_until = (extract(epoch from clock_timestamp()) * 1000000)::bigint + 1500000",
        );
        let begun = std::time::Instant::now();
        let said = tries(wrong(1)).await;
        assert_eq!(count(&said, "pin_wrong"), 1, "{said:?}");
        assert!(begun.elapsed() > std::time::Duration::from_secs(1));
        let said = tries(vec![PIN.to_string(); 2]).await;
        assert_eq!(count(&said, "pin_locked"), 0, "{said:?}");
    }
    let said = tries(wrong(12)).await;
    assert_eq!(count(&said, "pin_wrong"), 5, "{said:?}");
    assert_eq!(count(&said, "pin_locked"), 7, "{said:?}");
    let said = tries(vec![PIN.to_string(); 2]).await;
    assert_eq!(count(&said, "pin_locked"), 2, "{said:?}");
    drop((first, second));
    world.verify();
}
