//! Clients that behave badly, on real sockets, with short deadlines.

use axum::{
    response::sse::{Event, Sse},
    routing::{get, post},
};
use futures_util::{StreamExt as _, stream};
use tokio::{
    io::{AsyncReadExt as _, AsyncWriteExt as _},
    sync::oneshot,
    task::JoinHandle,
};

use super::*;

struct Server {
    address: SocketAddr,
    stop: oneshot::Sender<()>,
    running: JoinHandle<io::Result<()>>,
}

impl Server {
    async fn start(change: impl FnOnce(&mut Deadlines)) -> Self {
        let mut deadlines = Deadlines {
            header: Duration::from_millis(300),
            body: Duration::from_millis(300),
            write: Duration::from_millis(300),
            drain: Duration::from_secs(3),
            ..Deadlines::default()
        };
        change(&mut deadlines);
        let app = Router::new()
            .route(
                "/peer",
                get(async |ConnectInfo(peer): ConnectInfo<SocketAddr>| peer.to_string()),
            )
            .route("/echo", post(async |body: Bytes| body))
            .route("/ignore", post(async || "unread"))
            .route("/big", get(async || vec![b'x'; 64 << 20]))
            .route(
                "/slow",
                get(async || {
                    sleep(Duration::from_millis(600)).await;
                    "done"
                }),
            )
            .route("/stuck", get(async || std::future::pending::<()>().await))
            .route(
                "/ready",
                get(async |draining: Draining| draining.is_draining().to_string()),
            )
            .route(
                "/events",
                get(async |draining: Draining| {
                    let first = stream::iter([Ok::<_, Infallible>(Event::default().data("hello"))]);
                    Sse::new(first.chain(stream::pending()).take_until(draining.begun()))
                }),
            );
        let listener = TcpListener::bind("127.0.0.1:0").await.expect("a port");
        let address = listener.local_addr().expect("its address");
        let (stop, stopped) = oneshot::channel();
        let running = tokio::spawn(serve(listener, app, deadlines, async {
            let _stopped = stopped.await;
        }));
        Self {
            address,
            stop,
            running,
        }
    }

    async fn connect(&self, send: &str) -> TcpStream {
        let mut client = TcpStream::connect(self.address).await.expect("accepted");
        client.write_all(send.as_bytes()).await.expect("sent");
        client
    }

    /// Stops it; how long that took.
    async fn stop(self) -> Duration {
        let start = Instant::now();
        self.stop.send(()).expect("it runs");
        let ended = timeout(Duration::from_secs(10), self.running).await;
        ended
            .expect("in time")
            .expect("no panic")
            .expect("no error");
        start.elapsed()
    }
}

/// All that comes until the server closes, and how long that took.
async fn rest(client: &mut TcpStream) -> (String, Duration) {
    let start = Instant::now();
    let mut got = Vec::new();
    let read = timeout(Duration::from_secs(5), client.read_to_end(&mut got)).await;
    // A reset is a way of closing as well.
    let _count = read.expect("the server never closed");
    (String::from_utf8_lossy(&got).into_owned(), start.elapsed())
}

async fn until(client: &mut TcpStream, end: &str) -> String {
    let mut got = String::new();
    let mut buf = [0; 4096];
    while !got.ends_with(end) {
        let read = timeout(Duration::from_secs(5), client.read(&mut buf)).await;
        let n = read.expect("in time").expect("readable");
        assert!(n > 0, "closed after {got:?}");
        got.push_str(&String::from_utf8_lossy(&buf[..n]));
    }
    got
}

const HOST: &str = "HTTP/1.1\r\nHost: x\r\n";

#[tokio::test]
async fn keep_alive_and_the_peer() {
    let server = Server::start(|_| {}).await;
    let mut client = server.connect("").await;
    let own = client.local_addr().expect("an address").to_string();
    for _ in 0..3 {
        let request = format!("GET /peer {HOST}\r\n");
        client.write_all(request.as_bytes()).await.expect("open");
        assert!(until(&mut client, &own).await.starts_with("HTTP/1.1 200"));
    }
    let (more, spent) = rest(&mut client).await;
    assert_eq!(more, "");
    assert!(
        spent < Duration::from_secs(1),
        "idle ones are closed too: {spent:?}"
    );
}

#[tokio::test]
async fn silent_and_half_spoken_clients_are_closed() {
    let server = Server::start(|_| {}).await;
    for said in ["", "GET /pe", "GET /peer HTTP/1.1\r\nHost: x\r\nA: "] {
        let mut client = server.connect(said).await;
        let (got, spent) = rest(&mut client).await;
        assert!(!got.contains("200 OK"), "{got}");
        assert!(
            (Duration::from_millis(250)..Duration::from_secs(1)).contains(&spent),
            "{said:?} {spent:?}"
        );
    }
}

#[tokio::test]
async fn a_dripping_header_is_closed() {
    let server = Server::start(|_| {}).await;
    let client = server.connect(&format!("GET /peer {HOST}")).await;
    let (mut read, mut write) = client.into_split();
    let drip = tokio::spawn(async move {
        while write.write_all(b"a: b\r\n").await.is_ok() {
            sleep(Duration::from_millis(50)).await;
        }
    });
    let start = Instant::now();
    let mut got = Vec::new();
    let read = timeout(Duration::from_secs(5), read.read_to_end(&mut got)).await;
    assert!(read.is_ok() && start.elapsed() < Duration::from_secs(1));
    drip.abort();
}

#[tokio::test]
async fn a_slow_body_gets_408() {
    let server = Server::start(|_| {}).await;
    let chunked = "Transfer-Encoding: chunked\r\n\r\n3\r\nabc\r\n";
    for body in ["Content-Length: 10\r\n\r\nabc", chunked] {
        let mut client = server.connect(&format!("POST /echo {HOST}{body}")).await;
        let (got, spent) = rest(&mut client).await;
        assert!(got.starts_with("HTTP/1.1 408"), "{got}");
        assert!(
            got.contains("request_timeout") && got.contains("connection: close"),
            "{got}"
        );
        assert!(spent < Duration::from_secs(1), "{spent:?}");
    }
    let whole = format!("POST /echo {HOST}Connection: close\r\nContent-Length: 3\r\n\r\nabc");
    let (got, _) = rest(&mut server.connect(&whole).await).await;
    assert!(
        got.starts_with("HTTP/1.1 200") && got.ends_with("abc"),
        "{got}"
    );
    // Whoever never reads the body is not held up by it.
    let unread = format!("POST /ignore {HOST}Content-Length: 10\r\n\r\nabc");
    let (got, _) = rest(&mut server.connect(&unread).await).await;
    assert!(got.starts_with("HTTP/1.1 200"), "{got}");
}

#[tokio::test]
async fn a_client_that_takes_nothing_is_cut() {
    let server = Server::start(|deadlines| deadlines.max_connections = 1).await;
    let stalled = server.connect(&format!("GET /big {HOST}\r\n")).await;
    // The only place is free again once the stalled one is cut.
    let mut next = server.connect(&format!("GET /peer {HOST}\r\n")).await;
    let (got, spent) = rest(&mut next).await;
    assert!(got.starts_with("HTTP/1.1 200"), "{got}");
    assert!(spent > Duration::from_millis(250), "{spent:?}");
    drop(stalled);
}

#[tokio::test]
async fn an_oversized_header_gets_431() {
    let server = Server::start(|_| {}).await;
    let long = "y".repeat(64 * 1024);
    let mut client = server
        .connect(&format!("GET /peer {HOST}X: {long}\r\n\r\n"))
        .await;
    let (got, _) = rest(&mut client).await;
    assert!(got.starts_with("HTTP/1.1 431"), "{got}");
    let fits = "y".repeat(31 * 1024);
    let mut client = server
        .connect(&format!("GET /peer {HOST}X: {fits}\r\n\r\n"))
        .await;
    let (got, _) = rest(&mut client).await;
    assert!(got.starts_with("HTTP/1.1 200"), "{got}");
}

#[tokio::test]
async fn more_connections_than_places_wait() {
    let server = Server::start(|deadlines| deadlines.max_connections = 2).await;
    let mut clients = Vec::new();
    for _ in 0..6 {
        clients.push(
            server
                .connect(&format!("GET /peer {HOST}Connection: close\r\n\r\n"))
                .await,
        );
    }
    for client in &mut clients {
        let (got, _) = rest(client).await;
        assert!(got.starts_with("HTTP/1.1 200"), "{got}");
    }
}

#[tokio::test]
async fn a_shutdown_lets_requests_finish() {
    let server = Server::start(|deadlines| deadlines.header = Duration::from_secs(9)).await;
    let address = server.address;
    let mut idle = server.connect(&format!("GET /ready {HOST}\r\n")).await;
    assert!(until(&mut idle, "false").await.starts_with("HTTP/1.1 200"));
    let mut events = server.connect(&format!("GET /events {HOST}\r\n")).await;
    until(&mut events, "hello\n\n\r\n").await;
    let mut slow = server.connect(&format!("GET /slow {HOST}\r\n")).await;
    sleep(Duration::from_millis(100)).await;

    let stopping = tokio::spawn(server.stop());
    let (got, _) = rest(&mut slow).await;
    assert!(
        got.starts_with("HTTP/1.1 200") && got.ends_with("done"),
        "{got}"
    );
    assert!(got.contains("connection: close"), "{got}");
    let (got, _) = rest(&mut events).await;
    assert!(got.ends_with("0\r\n\r\n"), "the stream ended well: {got:?}");
    assert_eq!(rest(&mut idle).await.0, "");
    let spent = stopping.await.expect("stopped");
    assert!(
        spent < Duration::from_secs(2),
        "no longer than the slow one: {spent:?}"
    );
    assert!(
        TcpStream::connect(address).await.is_err(),
        "no more connections"
    );
}

#[tokio::test]
async fn the_drain_has_an_end() {
    let server = Server::start(|deadlines| deadlines.drain = Duration::from_millis(400)).await;
    let mut stuck = server.connect(&format!("GET /stuck {HOST}\r\n")).await;
    sleep(Duration::from_millis(100)).await;
    let spent = server.stop().await;
    assert!(
        (Duration::from_millis(350)..Duration::from_secs(2)).contains(&spent),
        "{spent:?}"
    );
    assert_eq!(rest(&mut stuck).await.0, "");
}

#[tokio::test]
async fn without_a_server_there_is_no_drain() {
    let draining = Draining::default();
    assert!(!draining.is_draining());
    assert!(
        timeout(Duration::from_millis(20), draining.begun())
            .await
            .is_err()
    );
}

#[test]
fn only_the_clients_own_failures_are_passed_over() {
    assert!(is_of_the_client(&io::ErrorKind::ConnectionReset.into()));
    assert!(
        !is_of_the_client(&io::Error::from_raw_os_error(24)),
        "EMFILE"
    );
}
