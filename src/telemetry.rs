//! Logs and metrics. The only file with floats: the metrics interface counts seconds in them.

use std::{
    io,
    time::{Duration, Instant},
};

use metrics::{
    Unit, counter, describe_counter, describe_gauge, describe_histogram, gauge, histogram,
};
use metrics_exporter_prometheus::{BuildError, Matcher, PrometheusBuilder, PrometheusHandle};
use tracing_subscriber::{EnvFilter, fmt, layer::SubscriberExt as _, util::SubscriberInitExt as _};

/// Operations committed, by `kind`.
pub const OPERATIONS_COMMITTED: &str = "wenming_operations_committed_total";
/// Operations the rules refused, by `kind` and `code`.
pub const OPERATIONS_REJECTED: &str = "wenming_operations_rejected_total";
/// Commands in one transaction.
pub const BATCH_SIZE: &str = "wenming_batch_commands";
/// Time of one transaction, from its begin to the end of its commit.
pub const COMMIT_SECONDS: &str = "wenming_commit_seconds";
/// Commands that wait for a writer.
pub const QUEUE_LENGTH: &str = "wenming_queue_commands";
/// HTTP requests answered, by `method`, `route` (the pattern, not the path) and `status`.
pub const HTTP_REQUESTS: &str = "wenming_http_requests_total";
/// Time from a request's head to the answer's, by `method` and `route`.
pub const HTTP_SECONDS: &str = "wenming_http_request_seconds";

const BATCH_BUCKETS: &[f64] = &[
    1.0, 2.0, 5.0, 10.0, 20.0, 50.0, 100.0, 200.0, 500.0, 1_000.0,
];
const SECONDS_BUCKETS: &[f64] = &[
    0.000_5, 0.001, 0.002, 0.005, 0.01, 0.02, 0.05, 0.1, 0.2, 0.5, 1.0, 2.0, 5.0, 10.0,
];

/// How often samples are folded together, so that they do not pile up when nobody asks.
const UPKEEP_EVERY: Duration = Duration::from_secs(5);

/// What a log line looks like.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum LogFormat {
    /// For people.
    #[default]
    Text,
    /// One JSON object a line, for programs.
    Json,
}

/// Why logs or metrics could not be set up.
#[derive(Debug, thiserror::Error)]
pub enum TelemetryError {
    /// The filter is not one, such as `info,wenming=debug`.
    #[error(
        "日志级别设置无效，应形如 info,wenming=debug / not a log filter, expected one like info,wenming=debug: {0}"
    )]
    Filter(#[from] tracing_subscriber::filter::ParseError),
    /// This process has logs already.
    #[error("日志已初始化 / logging is set up already")]
    Twice(#[from] tracing_subscriber::util::TryInitError),
    /// This process has metrics already.
    #[error("指标无法初始化 / metrics cannot be set up: {0}")]
    Metrics(#[from] BuildError),
}

/// Sends log lines to standard error from now on: standard output belongs to the commands.
///
/// # Errors
/// A bad filter, or a second call in one process.
pub fn start_logs(format: LogFormat, filter: &str) -> Result<(), TelemetryError> {
    let filter = EnvFilter::try_new(filter)?;
    let registry = tracing_subscriber::registry().with(filter);
    let lines = fmt::layer().with_writer(io::stderr);
    match format {
        LogFormat::Text => registry.with(lines).try_init()?,
        LogFormat::Json => registry.with(lines.json().flatten_event(true)).try_init()?,
    }
    Ok(())
}

/// The metrics of this process. Cloning is cheap.
#[derive(Clone)]
pub struct Metrics {
    prometheus: PrometheusHandle,
}

impl Metrics {
    /// Collects from now on. Once per process.
    ///
    /// # Errors
    /// A second call.
    pub fn install() -> Result<Self, TelemetryError> {
        let prometheus = PrometheusBuilder::new()
            .set_buckets_for_metric(Matcher::Full(BATCH_SIZE.to_owned()), BATCH_BUCKETS)?
            .set_buckets_for_metric(Matcher::Suffix("_seconds".to_owned()), SECONDS_BUCKETS)?
            .install_recorder()?;
        describe();
        Ok(Self { prometheus })
    }

    /// The page for Prometheus.
    pub fn render(&self) -> String {
        self.prometheus.render()
    }

    /// Keeps the samples small; run it beside the server, it never ends.
    pub async fn keep(self) {
        loop {
            tokio::time::sleep(UPKEEP_EVERY).await;
            self.prometheus.run_upkeep();
        }
    }
}

fn describe() {
    describe_counter!(
        OPERATIONS_COMMITTED,
        Unit::Count,
        "Operations committed, by kind"
    );
    describe_counter!(
        OPERATIONS_REJECTED,
        Unit::Count,
        "Operations refused by the rules, by kind and code"
    );
    describe_histogram!(BATCH_SIZE, Unit::Count, "Commands in one transaction");
    describe_histogram!(COMMIT_SECONDS, Unit::Seconds, "Time of one transaction");
    describe_gauge!(QUEUE_LENGTH, Unit::Count, "Commands that wait for a writer");
    describe_counter!(
        HTTP_REQUESTS,
        Unit::Count,
        "HTTP requests, by method, route and status"
    );
    describe_histogram!(
        HTTP_SECONDS,
        Unit::Seconds,
        "Time of HTTP requests, by method and route"
    );
}

/// Counts a committed operation.
pub fn operation_committed(kind: &'static str) {
    counter!(OPERATIONS_COMMITTED, "kind" => kind).increment(1);
}

/// Counts a refused operation; `code` as in the answer.
pub fn operation_rejected(kind: &'static str, code: &'static str) {
    counter!(OPERATIONS_REJECTED, "kind" => kind, "code" => code).increment(1);
}

/// Notes one transaction of a writer: its commands, and when it began.
pub fn batch_committed(commands: usize, begun: Instant) {
    histogram!(BATCH_SIZE).record(u32::try_from(commands).unwrap_or(u32::MAX));
    histogram!(COMMIT_SECONDS).record(begun.elapsed());
}

/// Notes how many commands wait now.
pub fn queue_length(commands: usize) {
    gauge!(QUEUE_LENGTH).set(u32::try_from(commands).unwrap_or(u32::MAX));
}

/// Notes one answered request. `route` is the router's pattern: a path holds ids, and every id
/// would be a series of its own.
pub fn request_answered(method: &str, route: &str, status: u16, begun: Instant) {
    let (method, route) = (method.to_owned(), route.to_owned());
    counter!(
        HTTP_REQUESTS,
        "method" => method.clone(), "route" => route.clone(), "status" => status.to_string()
    )
    .increment(1);
    histogram!(HTTP_SECONDS, "method" => method, "route" => route).record(begun.elapsed());
}

#[cfg(test)]
mod tests {
    use super::*;

    /// One test, since a process has one recorder and one subscriber.
    #[tokio::test]
    async fn everything_is_rendered_with_its_description() {
        let metrics = Metrics::install().expect("the first");
        operation_committed("award");
        operation_committed("award");
        operation_rejected("award", "cap_exceeded");
        batch_committed(7, Instant::now());
        queue_length(3);
        request_answered("GET", "/api/v1/villages/{village}", 200, Instant::now());
        let page = metrics.render();
        for line in [
            "wenming_operations_committed_total{kind=\"award\"} 2",
            "wenming_operations_rejected_total{kind=\"award\",code=\"cap_exceeded\"} 1",
            "wenming_batch_commands_bucket{le=\"5\"} 0",
            "wenming_batch_commands_bucket{le=\"10\"} 1",
            "wenming_commit_seconds_count 1",
            "wenming_queue_commands 3",
            "wenming_http_requests_total{method=\"GET\",route=\"/api/v1/villages/{village}\",status=\"200\"} 1",
            "wenming_http_request_seconds_bucket{method=\"GET\",route=\"/api/v1/villages/{village}\",le=\"+Inf\"} 1",
        ] {
            assert!(page.contains(line), "{line} in\n{page}");
        }
        for name in [
            OPERATIONS_COMMITTED,
            OPERATIONS_REJECTED,
            BATCH_SIZE,
            COMMIT_SECONDS,
            QUEUE_LENGTH,
            HTTP_REQUESTS,
            HTTP_SECONDS,
        ] {
            assert!(
                page.contains(&format!("# HELP {name} ")),
                "{name} in\n{page}"
            );
        }
        let second = Metrics::install();
        assert!(matches!(second, Err(TelemetryError::Metrics(_))));
        let kept = tokio::time::timeout(Duration::from_millis(20), metrics.keep()).await;
        assert!(kept.is_err(), "it never ends");

        let bad = start_logs(LogFormat::Text, "wenming=loud");
        assert!(matches!(bad, Err(TelemetryError::Filter(_))));
        start_logs(LogFormat::Json, "off,wenming=info").expect("the first");
        let second = start_logs(LogFormat::Text, "info");
        assert!(matches!(second, Err(TelemetryError::Twice(_))));
    }
}
