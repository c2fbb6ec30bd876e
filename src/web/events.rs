//! `/api/v1/changes`: what was committed, as it happens.

use super::App;
use super::extract::Query;
use super::guard::Visit;
use super::page::Page;
use super::problem::Problem;
use super::serve::Draining;
use crate::cache::Change;
use crate::core::rights::{Act, Place, UnitKind};
use crate::store::access::{self, Caller};
use crate::store::read::directory::{self, UnitInfo};
use axum::extract::State;
use axum::response::IntoResponse as _;
use axum::response::Response;
use axum::response::sse::{Event, KeepAlive, Sse};
use futures_util::stream::{self, Stream};
use serde::Deserialize;
use std::convert::Infallible;
use std::pin::Pin;
use std::time::Duration;
use tokio::sync::broadcast::Receiver;
use tokio::sync::broadcast::error::RecvError;
use tokio::time::{Interval, MissedTickBehavior, interval};

/// How often the right to listen is looked at again.
const RECHECK: Duration = Duration::from_secs(60);
const KEEP_ALIVE: Duration = Duration::from_secs(15);

/// Whose changes.
#[derive(Debug, Deserialize, utoipa::IntoParams)]
#[serde(deny_unknown_fields)]
#[into_params(parameter_in = Query)]
pub struct ChangesQuery {
    /// The village's code or id.
    #[param(min_length = 1, max_length = 64)]
    village: String,
}

struct Listening {
    app: App,
    session: [u8; 32],
    village: UnitInfo,
    changes: Receiver<Change>,
    draining: Pin<Box<dyn Future<Output = ()> + Send>>,
    recheck: Interval,
}

/// Server-sent events: `change` with `{id, kind, village, seq}` for each committed operation;
/// `lagged` when some were missed, so that the journal must be asked. Ends when the right to
/// listen does, and when the server stops.
#[utoipa::path(get, path = "/api/v1/changes", tag = "journal", params(ChangesQuery), responses((status = 200, body = String, content_type = "text/event-stream")))]
pub async fn changes(
    State(app): State<App>,
    visit: Visit,
    draining: Draining,
    Query(query): Query<ChangesQuery>,
) -> Result<Response, Problem> {
    if query.village.len() > 64 {
        return Err(Problem::not_found());
    }
    let village = directory::unit(&app.store, &query.village).await?;
    listen(app, visit, draining, village)
}

/// The same for pages: changes of the village that the page is about.
pub async fn live(page: Page, draining: Draining) -> Result<Response, Problem> {
    let visit = page.visit()?.clone();
    let village = visit.unit.as_deref().cloned();
    listen(page.app.clone(), visit, draining, village)
}

fn listen(
    app: App,
    visit: Visit,
    draining: Draining,
    village: Option<UnitInfo>,
) -> Result<Response, Problem> {
    let village = village.filter(|unit| unit.kind == UnitKind::Village);
    let village = village.filter(|unit| visit.caller.touches(unit.no, unit.parent));
    let village = village.ok_or_else(Problem::not_found)?;
    if !may_listen(&visit.caller, &village) {
        return Err(Problem::not_allowed());
    }
    let mut recheck = interval(RECHECK);
    recheck.set_missed_tick_behavior(MissedTickBehavior::Delay);
    recheck.reset();
    let listening = Listening {
        changes: app.cache.subscribe(),
        session: visit.caller.session,
        app,
        village,
        draining: Box::pin(draining.begun()),
        recheck,
    };
    let keep_alive = KeepAlive::new().interval(KEEP_ALIVE);
    Ok(Sse::new(events(listening))
        .keep_alive(keep_alive)
        .into_response())
}

fn may_listen(caller: &Caller, village: &UnitInfo) -> bool {
    let place = Place {
        unit: village.no,
        parent: village.parent,
        station: None,
    };
    caller.may(Act::SeeVillage, place)
}

fn events(listening: Listening) -> impl Stream<Item = Result<Event, Infallible>> {
    stream::unfold(listening, |mut listening| async move {
        let event = listening.next().await?;
        Some((Ok(event), listening))
    })
}

impl Listening {
    async fn next(&mut self) -> Option<Event> {
        loop {
            tokio::select! {
                () = &mut self.draining => return None,
                _ = self.recheck.tick() => {
                    let caller = access::caller(&self.app.store, &self.app.cache, self.session).await;
                    // A database that does not answer now takes no right away.
                    if let Ok(caller) = caller
                        && !caller.is_some_and(|caller| may_listen(&caller, &self.village))
                    {
                        return None;
                    }
                }
                heard = self.changes.recv() => match heard {
                    Ok(change) if change.village == self.village.id => return Some(self.event(&change)),
                    Ok(_) => {}
                    Err(RecvError::Lagged(missed)) => {
                        return Some(Event::default().event("lagged").data(missed.to_string()));
                    }
                    Err(RecvError::Closed) => return None,
                },
            }
        }
    }

    fn event(&self, change: &Change) -> Event {
        let data = serde_json::json!({
            "id": change.id,
            "kind": change.kind,
            "village": self.village.code,
            "seq": change.seq,
        });
        Event::default()
            .event("change")
            .id(change.seq.to_string())
            .data(data.to_string())
    }
}
