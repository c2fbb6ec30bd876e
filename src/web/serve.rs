//! The accept loop: every connection, header, body and write has a deadline, and a shutdown lets
//! what runs come to its end.
//!
//! `axum::serve` sets no timer, so a client that sends nothing stays for ever; and hyper-util's
//! automatic builder waits for the first bytes without one. So hyper's own HTTP/1 it is.

use std::{
    convert::Infallible,
    io,
    net::SocketAddr,
    pin::{Pin, pin},
    sync::{
        Arc,
        atomic::{AtomicBool, Ordering},
    },
    task::{Context, Poll, ready},
    time::Duration,
};

use axum::{
    BoxError, Router,
    body::{Body, Bytes},
    extract::{ConnectInfo, FromRequestParts},
    http::{HeaderValue, Request, Response, StatusCode, header, request::Parts},
};
use hyper::{
    body::{Body as HttpBody, Frame, Incoming, SizeHint},
    server::conn::http1,
    service::service_fn,
};
use hyper_util::{
    rt::{TokioIo, TokioTimer},
    server::graceful::GracefulShutdown,
};
use tokio::{
    io::{AsyncRead, AsyncWrite, ReadBuf},
    net::{TcpListener, TcpStream},
    sync::{Semaphore, watch},
    task::JoinSet,
    time::{Instant, Sleep, sleep, timeout},
};
use tower::ServiceExt as _;

/// After a failed accept, as when the process has no file descriptor left.
const ACCEPT_PAUSE: Duration = Duration::from_millis(200);
/// hyper takes no smaller buffer.
const HEADER_BYTES_FLOOR: usize = 8_192;

/// How long a client may take, and how much of it.
#[derive(Clone, Copy, Debug)]
pub struct Deadlines {
    /// From the start of a connection, or the end of the last answer, to a whole request head.
    pub header: Duration,
    /// From the handler's first wait for the body to its last byte; then 408.
    pub body: Duration,
    /// How long a client may take nothing of an answer.
    pub write: Duration,
    /// From the shutdown to the end of what still runs; then it is cut.
    pub drain: Duration,
    /// Connections at once; more wait in the system's queue.
    pub max_connections: usize,
    /// A request's head in bytes, at least 8,192: so much always passes, twice as much gets 431
    /// (between the two it depends on how hyper's reads fall).
    pub max_header_bytes: usize,
}

impl Default for Deadlines {
    fn default() -> Self {
        Self {
            header: Duration::from_secs(10),
            body: Duration::from_secs(30),
            write: Duration::from_secs(30),
            drain: Duration::from_secs(20),
            max_connections: 4_096,
            max_header_bytes: 32 * 1_024,
        }
    }
}

/// Tells a handler that the server is shutting down, so that an endless answer (server-sent
/// events) ends and readiness turns to 503. An extractor; without [`serve`] it never begins.
#[derive(Clone, Debug, Default)]
pub struct Draining(Option<watch::Receiver<bool>>);

impl Draining {
    /// Whether it has begun.
    pub fn is_draining(&self) -> bool {
        self.0.as_ref().is_some_and(|begun| *begun.borrow())
    }

    /// Waits until it begins.
    pub async fn begun(self) {
        match self.0 {
            // An error means that the server is gone, and that is the end as well.
            Some(mut begun) => drop(begun.wait_for(|begun| *begun).await),
            None => std::future::pending().await,
        }
    }
}

impl<S: Sync> FromRequestParts<S> for Draining {
    type Rejection = Infallible;

    async fn from_request_parts(parts: &mut Parts, _state: &S) -> Result<Self, Infallible> {
        Ok(parts.extensions.get().cloned().unwrap_or_default())
    }
}

/// Serves HTTP/1 until `shutdown` ends; then takes no more connections, lets running requests
/// finish within `deadlines.drain`, and returns. Handlers find the peer in
/// `ConnectInfo<SocketAddr>` and the shutdown in [`Draining`].
///
/// # Errors
/// The listener has no address. A failing accept is no error: it is tried again after a pause.
pub async fn serve(
    listener: TcpListener,
    app: Router,
    deadlines: Deadlines,
    shutdown: impl Future<Output = ()>,
) -> io::Result<()> {
    tracing::info!(address = %listener.local_addr()?, "listening");
    let (begin_draining, draining) = watch::channel(false);
    let places = Arc::new(Semaphore::new(deadlines.max_connections));
    let graceful = GracefulShutdown::new();
    let mut connections = JoinSet::new();
    let mut shutdown = pin!(shutdown);
    loop {
        let arriving = async {
            (
                places.clone().acquire_owned().await,
                accept(&listener).await,
            )
        };
        let (place, (stream, peer)) = tokio::select! {
            biased;
            () = &mut shutdown => break,
            arrived = arriving => arrived,
        };
        while connections.try_join_next().is_some() {}
        let visit = Visit {
            app: app.clone(),
            peer,
            draining: Draining(Some(draining.clone())),
            body_max: deadlines.body,
        };
        let connection = graceful.watch(connection(stream, visit, deadlines));
        connections.spawn(async move {
            let _place = place;
            if let Err(error) = connection.await {
                tracing::debug!(%peer, %error, "connection");
            }
        });
    }
    drop(listener);
    begin_draining.send_replace(true);
    if timeout(deadlines.drain, graceful.shutdown()).await.is_err() {
        tracing::warn!("requests still running at the end of the drain are cut");
    }
    connections.shutdown().await;
    Ok(())
}

/// The next connection; a failure is waited out.
async fn accept(listener: &TcpListener) -> (TcpStream, SocketAddr) {
    loop {
        match listener.accept().await {
            Ok((stream, peer)) => {
                // Only slower without it.
                let _set = stream.set_nodelay(true);
                return (stream, peer);
            }
            Err(error) if is_of_the_client(&error) => {}
            Err(error) => {
                tracing::warn!(%error, "cannot accept connections");
                sleep(ACCEPT_PAUSE).await;
            }
        }
    }
}

fn is_of_the_client(error: &io::Error) -> bool {
    matches!(
        error.kind(),
        io::ErrorKind::ConnectionRefused
            | io::ErrorKind::ConnectionAborted
            | io::ErrorKind::ConnectionReset
    )
}

/// What every request of one connection is given.
#[derive(Clone)]
struct Visit {
    app: Router,
    peer: SocketAddr,
    draining: Draining,
    body_max: Duration,
}

fn connection(
    stream: TcpStream,
    visit: Visit,
    deadlines: Deadlines,
) -> http1::Connection<
    TokioIo<Patient>,
    impl hyper::service::HttpService<Incoming, ResBody = Body, Error = Infallible, Future = impl Send>
    + Send,
> {
    let io = TokioIo::new(Patient {
        stream,
        write_max: deadlines.write,
        stalled: None,
    });
    http1::Builder::new()
        .timer(TokioTimer::new())
        .header_read_timeout(deadlines.header)
        .max_buf_size(deadlines.max_header_bytes.max(HEADER_BYTES_FLOOR))
        .serve_connection(
            io,
            service_fn(move |request| answer(visit.clone(), request)),
        )
}

async fn answer(visit: Visit, request: Request<Incoming>) -> Result<Response<Body>, Infallible> {
    let is_late = Arc::new(AtomicBool::new(false));
    let mut request = request.map(|body| {
        if body.is_end_stream() {
            return Body::empty();
        }
        Body::new(TimedBody {
            body,
            limit: visit.body_max,
            deadline: None,
            is_late: is_late.clone(),
        })
    });
    request.extensions_mut().insert(ConnectInfo(visit.peer));
    request.extensions_mut().insert(visit.draining);
    let response = visit.app.oneshot(request).await?;
    // The handler only saw a broken body and would blame its contents.
    if is_late.load(Ordering::Relaxed) {
        return Ok(too_late());
    }
    Ok(response)
}

fn too_late() -> Response<Body> {
    let mut response = Response::new(Body::from(
        r#"{"status":408,"code":"request_timeout","title":"请求内容未在时限内送达，请重试 / the request body did not arrive in time, try again"}"#,
    ));
    *response.status_mut() = StatusCode::REQUEST_TIMEOUT;
    let headers = response.headers_mut();
    headers.insert(
        header::CONTENT_TYPE,
        HeaderValue::from_static("application/problem+json"),
    );
    headers.insert(header::CONNECTION, HeaderValue::from_static("close"));
    response
}

/// A request body that must have arrived a fixed time after it was first waited for, however
/// steadily it drips.
struct TimedBody {
    body: Incoming,
    limit: Duration,
    deadline: Option<Pin<Box<Sleep>>>,
    is_late: Arc<AtomicBool>,
}

impl HttpBody for TimedBody {
    type Data = Bytes;
    type Error = BoxError;

    fn poll_frame(
        mut self: Pin<&mut Self>,
        cx: &mut Context<'_>,
    ) -> Poll<Option<Result<Frame<Bytes>, BoxError>>> {
        let this = &mut *self;
        if let Poll::Ready(frame) = Pin::new(&mut this.body).poll_frame(cx) {
            return Poll::Ready(frame.map(|frame| frame.map_err(Into::into)));
        }
        let limit = this.limit;
        let deadline = this.deadline.get_or_insert_with(|| Box::pin(sleep(limit)));
        ready!(deadline.as_mut().poll(cx));
        this.is_late.store(true, Ordering::Relaxed);
        Poll::Ready(Some(Err(timed_out().into())))
    }

    fn is_end_stream(&self) -> bool {
        self.body.is_end_stream()
    }

    fn size_hint(&self) -> SizeHint {
        self.body.size_hint()
    }
}

/// A stream that gives up on a client which takes nothing of what is written to it.
struct Patient {
    stream: TcpStream,
    write_max: Duration,
    stalled: Option<Pin<Box<Sleep>>>,
}

impl Patient {
    /// Passes on the outcome of a write; one that waits too long becomes an error.
    fn bound<T>(
        &mut self,
        cx: &mut Context<'_>,
        outcome: Poll<io::Result<T>>,
    ) -> Poll<io::Result<T>> {
        if outcome.is_ready() {
            self.stalled = None;
            return outcome;
        }
        let end = Instant::now() + self.write_max;
        let stalled = self
            .stalled
            .get_or_insert_with(|| Box::pin(tokio::time::sleep_until(end)));
        ready!(stalled.as_mut().poll(cx));
        Poll::Ready(Err(timed_out()))
    }
}

impl AsyncRead for Patient {
    fn poll_read(
        mut self: Pin<&mut Self>,
        cx: &mut Context<'_>,
        buf: &mut ReadBuf<'_>,
    ) -> Poll<io::Result<()>> {
        Pin::new(&mut self.stream).poll_read(cx, buf)
    }
}

impl AsyncWrite for Patient {
    fn poll_write(
        mut self: Pin<&mut Self>,
        cx: &mut Context<'_>,
        buf: &[u8],
    ) -> Poll<io::Result<usize>> {
        let outcome = Pin::new(&mut self.stream).poll_write(cx, buf);
        self.bound(cx, outcome)
    }

    fn poll_write_vectored(
        mut self: Pin<&mut Self>,
        cx: &mut Context<'_>,
        bufs: &[io::IoSlice<'_>],
    ) -> Poll<io::Result<usize>> {
        let outcome = Pin::new(&mut self.stream).poll_write_vectored(cx, bufs);
        self.bound(cx, outcome)
    }

    fn is_write_vectored(&self) -> bool {
        self.stream.is_write_vectored()
    }

    fn poll_flush(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        Pin::new(&mut self.stream).poll_flush(cx)
    }

    fn poll_shutdown(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        Pin::new(&mut self.stream).poll_shutdown(cx)
    }
}

fn timed_out() -> io::Error {
    io::ErrorKind::TimedOut.into()
}

#[cfg(test)]
mod tests;
