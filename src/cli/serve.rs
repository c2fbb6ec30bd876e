//! `serve`: the API and the pages, until told to stop.

use super::{Done, Fault, open, say};
use crate::cache::{BoardKey, Cache, Change};
use crate::config::{LogFormat, Settings};
use crate::store::{Clock, Committed, Store, access};
use crate::telemetry;
use crate::web::{self, App};
use std::process::ExitCode;
use std::sync::Arc;
use std::time::Duration;
use tokio::net::TcpListener;
use tokio::sync::broadcast::error::RecvError;

/// How often villages are looked at for lots and notices that end.
const SWEEP: Duration = Duration::from_secs(600);

/// Opens everything, serves, and stops gracefully.
pub async fn run(settings: Settings) -> Done {
    let format = match settings.log.format {
        LogFormat::Json => telemetry::LogFormat::Json,
        LogFormat::Text => telemetry::LogFormat::Text,
    };
    telemetry::start_logs(format, &settings.log.level)?;
    let store = open(&settings, Clock::Database).await?;
    if let Some(token) = access::setup_token(&store).await? {
        let link = [settings.public_url.trim_end_matches('/'), "/setup#", &token].concat();
        say::line(&["还没有管理员。24 小时内打开此链接设置第一位管理员 / No admin yet. Open this link within 24 hours to set up the first: ", &link].concat());
    }
    serve(store, settings, |address| {
        say::line(&["已启动 / serving on http://", address].concat());
    })
    .await
}

fn cache(settings: &Settings) -> Result<Cache, Fault> {
    if settings.redis.url.is_empty() {
        return Ok(Cache::memory());
    }
    Ok(Cache::redis_with_prefix(
        settings.redis.url.reveal(),
        &settings.redis.prefix,
    )?)
}

/// Serves an open store; `ready` hears the address.
pub async fn serve(store: Store, settings: Settings, ready: impl FnOnce(&str)) -> Done {
    let cache = cache(&settings)?;
    let listener = TcpListener::bind(settings.listen)
        .await
        .map_err(|fault| -> Fault {
            [
                "不能监听 / cannot listen on ",
                &settings.listen.to_string(),
                ": ",
                &fault.to_string(),
            ]
            .concat()
            .into()
        })?;
    let address = listener.local_addr()?.to_string();
    let metrics = telemetry::Metrics::install()?;
    tokio::spawn(metrics.clone().keep());
    if let Some(address) = settings.metrics_listen.0 {
        let app = web::health::metrics(metrics);
        let listener = TcpListener::bind(address).await?;
        let deadlines = settings.deadlines();
        tokio::spawn(web::serve::serve(
            listener,
            app,
            deadlines,
            std::future::pending(),
        ));
    }
    tokio::spawn(tell(store.clone(), cache.clone()));
    tokio::spawn(keep(store.clone()));
    let deadlines = settings.deadlines();
    let app = web::router(App::new(store.clone(), cache, settings)?);
    ready(&address);
    web::serve::serve(listener, app, deadlines, stop()).await?;
    store.close().await;
    Ok(ExitCode::SUCCESS)
}

async fn stop() {
    let interrupt = tokio::signal::ctrl_c();
    let mut terminate =
        match tokio::signal::unix::signal(tokio::signal::unix::SignalKind::terminate()) {
            Ok(signal) => signal,
            Err(fault) => {
                tracing::error!(%fault, "cannot hear SIGTERM");
                let _ = interrupt.await;
                return;
            }
        };
    tokio::select! {
        _ = interrupt => {}
        _ = terminate.recv() => {}
    }
}

/// Carries what is committed to the change stream and the month's board.
async fn tell(store: Store, cache: Cache) {
    let mut committed = store.committed();
    loop {
        match committed.recv().await {
            Ok(news) => {
                for one in news.iter() {
                    tell_one(&cache, one).await;
                }
            }
            // The stream says itself that it lagged; the board is rebuilt from the ledger.
            Err(RecvError::Lagged(missed)) => tracing::warn!(missed, "the change stream lagged"),
            Err(RecvError::Closed) => return,
        }
    }
}

async fn tell_one(cache: &Cache, one: &Committed) {
    let kind = one.kind.to_string();
    cache.publish(&Change {
        id: one.id,
        kind,
        village: one.village,
        seq: one.seq,
    });
    if one.earned.is_empty() {
        return;
    }
    let month = one.day.to_string().chars().take(7).collect();
    let board = BoardKey {
        village: one.village,
        month,
    };
    for (household, points) in &one.earned {
        cache.board_add(&board, *household, points.0).await;
    }
}

/// The nightly work, looked for every ten minutes, and statistics while tables are young.
async fn keep(store: Store) {
    let statistics = Arc::new(store.clone());
    tokio::spawn(async move {
        for seconds in [2, 5, 15, 60, 300, 1800] {
            tokio::time::sleep(Duration::from_secs(seconds)).await;
            if let Err(fault) = statistics.gather_statistics().await {
                tracing::warn!(%fault, "no statistics were gathered");
            }
        }
    });
    let mut ticks = tokio::time::interval(SWEEP);
    loop {
        ticks.tick().await;
        match store.sweep().await {
            Ok(sweep) => tracing::info!(?sweep, "swept"),
            Err(fault) => tracing::warn!(%fault, "the sweep did not finish"),
        }
    }
}
