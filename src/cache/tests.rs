//! The same story with and without a real `redis-server`, which is killed, stopped and restarted.

mod server;

use std::time::{Duration, Instant};

use tokio::time::{sleep, timeout};
use uuid::Uuid;

use self::server::{Server, free_port};
use super::*;

const LIMIT: Limit = Limit {
    name: "login",
    per_minute: 6,
    burst: 3,
};

async fn until(cache: &Cache, status: Status) {
    let wait = async {
        while cache.status() != status {
            sleep(Duration::from_millis(5)).await;
        }
    };
    timeout(Duration::from_secs(10), wait)
        .await
        .unwrap_or_else(|_| panic!("never {status:?}"));
}

async fn up(server: &Server) -> Cache {
    let cache = Cache::redis(&server.url()).expect("a good URL");
    until(&cache, Status::Up).await;
    cache
}

fn change(seq: i64) -> Change {
    Change {
        id: Uuid::from_u128(7),
        kind: "award".into(),
        village: Uuid::from_u128(1),
        seq,
    }
}

fn board(month: &str) -> BoardKey {
    BoardKey {
        village: Uuid::from_u128(1),
        month: month.into(),
    }
}

/// What every caller may rely on, wherever the cache lives.
async fn story(cache: &Cache) {
    let (a, b) = ([1; 32], [2; 32]);
    assert_eq!(cache.get_session(&a).await, None);
    cache.put_session(&a, b"\x00\xffbytes").await;
    cache.put_session(&b, b"").await;
    assert_eq!(
        cache.get_session(&a).await.as_deref(),
        Some(&b"\x00\xffbytes"[..])
    );
    assert_eq!(cache.get_session(&b).await.as_deref(), Some(&b""[..]));
    cache.drop_session(&a).await;
    assert_eq!(cache.get_session(&a).await, None);
    cache.drop_all_sessions().await;
    assert_eq!(cache.get_session(&b).await, None);
    cache.put_session(&b, b"again").await;
    assert!(cache.get_session(&b).await.is_some());

    for _ in 0..3 {
        assert_eq!(cache.check(&LIMIT, "张三").await, Ok(()));
    }
    let wait = cache
        .check(&LIMIT, "张三")
        .await
        .expect_err("the burst is spent");
    assert!(
        wait > Duration::from_secs(8) && wait <= Duration::from_secs(10),
        "{wait:?}"
    );
    assert_eq!(cache.check(&LIMIT, "李四").await, Ok(()));
    let quick = Limit {
        name: "quick",
        per_minute: 1_200,
        burst: 1,
    };
    assert_eq!(cache.check(&quick, "x").await, Ok(()));
    let wait = cache.check(&quick, "x").await.expect_err("too soon");
    sleep(wait).await;
    assert_eq!(cache.check(&quick, "x").await, Ok(()));

    let month = board("2026-11");
    cache.board_add(&month, 1, 100).await;
    assert_eq!(
        cache.board_top(&month, 3).await,
        None,
        "half a board is none"
    );
    let big = (1 << 60) + 1;
    cache
        .board_replace(&month, &[(1, 250), (2, big), (3, 250), (4, -50)])
        .await;
    cache.board_add(&month, 4, 350).await;
    cache.board_add(&month, 5, 50).await;
    let top = cache.board_top(&month, 4).await;
    assert_eq!(top, Some(vec![(2, big), (4, 300), (1, 250), (3, 250)]));
    cache.board_replace(&month, &[]).await;
    assert_eq!(
        cache.board_top(&month, 9).await,
        Some(vec![]),
        "empty, not absent"
    );
    assert_eq!(cache.board_top(&board("2026-12"), 9).await, None);

    let mut news = cache.subscribe();
    cache.publish(&change(3));
    assert_eq!(news.try_recv().ok(), Some(change(3)), "at once");
}

#[tokio::test]
async fn the_story_in_memory() {
    let cache = Cache::memory();
    story(&cache).await;
    assert_eq!(cache.status(), Status::Memory);
}

#[tokio::test]
async fn the_story_in_redis() {
    let server = Server::start();
    let cache = up(&server).await;
    story(&cache).await;
    assert_eq!(cache.status(), Status::Up, "no call fell back to memory");
    let cache_of_another_county = Cache::redis_with_prefix(&server.url(), "b:").expect("good");
    until(&cache_of_another_county, Status::Up).await;
    story(&cache_of_another_county).await;

    let mut link = ::redis::Client::open(server.url()).expect("good");
    let keys: Vec<String> = ::redis::cmd("KEYS")
        .arg("*")
        .query(&mut link)
        .expect("keys");
    assert!(
        keys.iter()
            .all(|k| k.starts_with("wm:") || k.starts_with("b:")),
        "{keys:?}"
    );
    for key in keys.iter().filter(|k| !k.contains("generation")) {
        let life: i64 = ::redis::cmd("TTL")
            .arg(key)
            .query(&mut link)
            .expect("a life");
        assert!((0..=8_640_000).contains(&life), "{key} lives {life}");
    }
}

#[tokio::test]
async fn two_processes_share_one_redis() {
    let server = Server::start();
    let (a, b) = (up(&server).await, up(&server).await);
    a.put_session(&[1; 32], b"shared").await;
    assert_eq!(
        b.get_session(&[1; 32]).await.as_deref(),
        Some(&b"shared"[..])
    );
    b.drop_session(&[1; 32]).await;
    assert_eq!(a.get_session(&[1; 32]).await, None);
    a.put_session(&[1; 32], b"shared").await;
    b.drop_all_sessions().await;
    assert_eq!(a.get_session(&[1; 32]).await, None);

    for cache in [&a, &b, &a] {
        assert_eq!(cache.check(&LIMIT, "k").await, Ok(()));
    }
    assert!(
        b.check(&LIMIT, "k").await.is_err(),
        "one allowance for both"
    );

    let month = board("2026-11");
    a.board_replace(&month, &[(1, 100)]).await;
    b.board_add(&month, 1, 5).await;
    assert_eq!(a.board_top(&month, 9).await, Some(vec![(1, 105)]));
}

#[tokio::test]
async fn the_story_without_the_server() {
    let url = format!("redis://127.0.0.1:{}", free_port());
    let cache = Cache::redis(&url).expect("a server that is down is no error");
    story(&cache).await;
    assert_eq!(cache.status(), Status::Down);
    let start = Instant::now();
    for _ in 0..100 {
        cache.get_session(&[9; 32]).await;
    }
    assert!(
        start.elapsed() < Duration::from_millis(100),
        "{:?}",
        start.elapsed()
    );
}

#[tokio::test]
async fn a_bad_url_is_an_error_without_its_password() {
    for url in ["", "nonsense", "http://x", "redis://:geheim@[x"] {
        let error = Cache::redis(url).err().expect("refused").to_string();
        assert!(!error.contains("geheim"), "{error}");
    }
}

#[test]
fn no_runtime_is_an_error() {
    let error = Cache::redis("redis://127.0.0.1").err();
    assert!(matches!(error, Some(ConfigError::NoRuntime)));
}

#[tokio::test]
async fn killed_and_restarted() {
    let mut server = Server::start();
    let cache = up(&server).await;
    cache.put_session(&[1; 32], b"of Redis").await;
    server.kill();
    let start = Instant::now();
    assert_eq!(cache.get_session(&[1; 32]).await, None);
    assert!(
        start.elapsed() < Duration::from_millis(120),
        "{:?}",
        start.elapsed()
    );
    until(&cache, Status::Down).await;
    story(&cache).await;
    server.restart();
    until(&cache, Status::Up).await;
    assert_eq!(
        cache.get_session(&[2; 32]).await,
        None,
        "a copy from the outage"
    );
    assert_eq!(cache.board_top(&board("2026-11"), 1).await, None);
    cache.put_session(&[1; 32], b"new").await;
    assert!(cache.get_session(&[1; 32]).await.is_some());
    assert_eq!(cache.status(), Status::Up);
}

#[tokio::test]
async fn hung_and_going_on() {
    let server = Server::start();
    let cache = up(&server).await;
    cache.put_session(&[1; 32], b"revoked while hung").await;
    cache.put_session(&[3; 32], b"revoked while open").await;
    cache.board_replace(&board("2026-11"), &[(1, 100)]).await;
    cache.board_replace(&board("2026-10"), &[(1, 100)]).await;
    server.signal(rustix::process::Signal::STOP);

    let start = Instant::now();
    cache.drop_session(&[1; 32]).await;
    assert!(
        start.elapsed() <= Duration::from_millis(120),
        "{:?}",
        start.elapsed()
    );
    cache.board_add(&board("2026-11"), 1, 50).await;
    // Many at once pay the answer limit once, together.
    let calls = (0..64).map(|i| {
        let cache = cache.clone();
        async move { cache.check(&LIMIT, &i.to_string()).await }
    });
    let start = Instant::now();
    futures_util::future::join_all(calls).await;
    assert!(
        start.elapsed() <= Duration::from_millis(120),
        "{:?}",
        start.elapsed()
    );
    assert_eq!(cache.status(), Status::Down);

    // Redis is not even asked to forget this one; the hung server may yet obey the first.
    cache.drop_session(&[3; 32]).await;
    let mut spent = Vec::new();
    for _ in 0..40 {
        let start = Instant::now();
        cache.get_session(&[1; 32]).await;
        spent.push(start.elapsed());
        sleep(Duration::from_millis(50)).await;
    }
    // The slowest few belong to the scheduler of a busy machine.
    spent.sort_unstable();
    assert!(
        spent[35] < Duration::from_millis(1),
        "{spent:?} with the breaker open"
    );
    assert!(
        spent[39] < Duration::from_millis(50),
        "{spent:?} with the breaker open"
    );
    story(&cache).await;
    assert_eq!(cache.status(), Status::Down, "probes of a hung server fail");

    server.signal(rustix::process::Signal::CONT);
    until(&cache, Status::Up).await;
    assert_eq!(
        cache.get_session(&[1; 32]).await,
        None,
        "revoked stays revoked"
    );
    assert_eq!(cache.get_session(&[3; 32]).await, None, "also by a debt");
    assert_eq!(
        cache.board_top(&board("2026-11"), 1).await,
        None,
        "missed an addition"
    );
    assert!(
        cache.board_top(&board("2026-10"), 1).await.is_some(),
        "missed nothing"
    );
}

#[tokio::test]
async fn a_quiet_process_notices_a_hung_server() {
    let server = Server::start();
    let cache = up(&server).await;
    server.signal(rustix::process::Signal::STOP);
    let start = Instant::now();
    until(&cache, Status::Down).await;
    assert!(
        start.elapsed() < Duration::from_secs(4),
        "{:?}",
        start.elapsed()
    );
}

#[tokio::test]
async fn a_server_that_refuses_writes_is_down() {
    let server = Server::start();
    let cache = up(&server).await;
    let mut link = ::redis::Client::open(server.url()).expect("good");
    let dead = free_port();
    let _: () = ::redis::cmd("REPLICAOF")
        .arg("127.0.0.1")
        .arg(dead)
        .query(&mut link)
        .expect("a replica");
    until(&cache, Status::Down).await;
    story(&cache).await;
    let _: () = ::redis::cmd("REPLICAOF")
        .arg("NO")
        .arg("ONE")
        .query(&mut link)
        .expect("a primary");
    until(&cache, Status::Up).await;
}

#[tokio::test]
async fn a_flush_loses_copies_only() {
    let server = Server::start();
    let cache = up(&server).await;
    cache.put_session(&[1; 32], b"x").await;
    cache.drop_all_sessions().await;
    let mut link = ::redis::Client::open(server.url()).expect("good");
    let _: () = ::redis::cmd("FLUSHALL").query(&mut link).expect("flushed");
    let _: () = ::redis::cmd("SCRIPT")
        .arg("FLUSH")
        .query(&mut link)
        .expect("flushed");
    assert_eq!(cache.get_session(&[1; 32]).await, None);
    story(&cache).await;
    assert_eq!(cache.status(), Status::Up);
}

/// Subscribing takes a moment, so the sender repeats until the listener hears.
async fn reaches(from: &Cache, to: &Cache, seq: i64) -> usize {
    let mut news = to.subscribe();
    for sent in 1..200 {
        from.publish(&change(seq));
        if let Ok(heard) = timeout(Duration::from_millis(100), news.recv()).await {
            assert_eq!(heard.ok(), Some(change(seq)));
            return sent;
        }
    }
    panic!("never heard {seq}");
}

#[tokio::test]
async fn news_between_processes_each_once() {
    let mut server = Server::start();
    let (a, b) = (up(&server).await, up(&server).await);
    reaches(&a, &b, 1).await;
    reaches(&b, &a, 1).await;

    let (mut at_a, mut at_b) = (a.subscribe(), b.subscribe());
    for seq in 10..500 {
        a.publish(&change(seq));
    }
    for seq in 10..500 {
        assert_eq!(at_a.recv().await.ok(), Some(change(seq)));
        let heard = timeout(Duration::from_secs(2), at_b.recv()).await;
        assert_eq!(heard.expect("in time").ok(), Some(change(seq)), "in order");
    }
    sleep(Duration::from_millis(100)).await;
    assert!(at_a.try_recv().is_err(), "no echo");
    assert!(at_b.try_recv().is_err(), "no second copy");

    server.kill();
    until(&b, Status::Down).await;
    let mut at_b = b.subscribe();
    b.publish(&change(600));
    assert_eq!(at_b.try_recv().ok(), Some(change(600)), "locally even then");
    server.restart();
    until(&a, Status::Up).await;
    reaches(&a, &b, 700).await;
}

#[tokio::test]
async fn the_last_clone_ends_the_tasks() {
    let server = Server::start();
    let cache = up(&server).await;
    let remote = Arc::downgrade(cache.inner.remote.as_ref().expect("redis"));
    drop(cache);
    let gone = async {
        while remote.strong_count() > 0 {
            sleep(Duration::from_millis(5)).await;
        }
    };
    timeout(Duration::from_secs(2), gone)
        .await
        .expect("no task holds it");
}
