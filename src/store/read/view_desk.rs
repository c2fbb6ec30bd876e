//! Household views, many at once: whoever asks while a statement is under way is answered together
//! by the next one.
//!
//! What was read is kept. Each answer still asks the database whether the village's journal has
//! grown, because other processes write too, but reads again only what may have changed: everything
//! in a view follows from that journal and the local day.

use super::ReadFault;
use super::households::{HouseholdView, MemberItem, item_at, stars};
use crate::core::Points;
use crate::core::ledger::Balance;
use crate::core::policy::initial;
use crate::core::rights::UnitNo;
use crate::core::rows::Account;
use crate::core::{Day, row::Cell};
use crate::store::batch::Shared;
use crate::store::{Store, dialect, resolve};
use sea_orm::{ConnectionTrait, DatabaseConnection, DbErr, QueryResult};
use std::collections::{BTreeSet, HashMap};
use std::sync::{Arc, Mutex, PoisonError};
use tokio::sync::{mpsc, oneshot};

/// Questions that may wait at one desk.
const QUEUE: usize = 4096;
/// The most households in one statement.
const AT_ONCE: usize = 128;
/// Views that one process keeps.
const KEPT_MAX: usize = 20_000;

type Answer = Result<Option<HouseholdView>, ReadFault>;
type Place = (UnitNo, i32);

enum Wanted {
    No(i32),
    /// By code or id.
    Named(String),
}

struct Question {
    unit: UnitNo,
    wanted: Wanted,
    reply: oneshot::Sender<Answer>,
}

/// A view, the size of its village's journal, and the local day it is for.
struct Kept {
    size: i64,
    offset: i32,
    day: Day,
    view: Arc<HouseholdView>,
}

/// Where views are asked for.
pub(in crate::store) struct ViewDesk {
    queues: Vec<mpsc::Sender<Question>>,
}

struct Clerk {
    shared: Arc<Shared>,
    db: DatabaseConnection,
    kept: Mutex<HashMap<Place, Kept>>,
}

/// One household.
///
/// # Errors
/// [`ReadFault`].
pub async fn view(store: &Store, unit: UnitNo, no: i32) -> Answer {
    ask(store, unit, Wanted::No(no)).await
}

/// One household by its code or id.
///
/// # Errors
/// [`ReadFault`].
pub async fn view_named(store: &Store, unit: UnitNo, given: &str) -> Answer {
    ask(store, unit, Wanted::Named(given.to_string())).await
}

async fn ask(store: &Store, unit: UnitNo, wanted: Wanted) -> Answer {
    let queues = &store.inner.views.queues;
    let index = usize::try_from(unit.unsigned_abs()).unwrap_or(0) % queues.len().max(1);
    let queue = queues.get(index).ok_or(ReadFault::Unavailable)?;
    let (reply, answer) = oneshot::channel();
    let question = Question {
        unit,
        wanted,
        reply,
    };
    let sent = queue.try_send(question);
    sent.map_err(|_| ReadFault::Unavailable)?;
    answer.await.unwrap_or(Err(ReadFault::Fault))
}

impl ViewDesk {
    /// Opens a desk on each of these connections.
    pub(in crate::store) fn start(
        shared: &Arc<Shared>,
        connections: Vec<DatabaseConnection>,
    ) -> ViewDesk {
        let open = |db| {
            let (send, receive) = mpsc::channel(QUEUE);
            let clerk = Clerk {
                shared: Arc::clone(shared),
                db,
                kept: Mutex::default(),
            };
            tokio::spawn(clerk.work(receive));
            send
        };
        ViewDesk {
            queues: connections.into_iter().map(open).collect(),
        }
    }
}

impl Clerk {
    async fn work(self, mut queue: mpsc::Receiver<Question>) {
        let mut questions = Vec::new();
        while queue.recv_many(&mut questions, AT_ONCE).await > 0 {
            let asked = std::mem::take(&mut questions);
            match self.answers(&asked).await {
                Ok(answers) => {
                    for (question, answer) in asked.into_iter().zip(answers) {
                        // Whoever went away does not hear it.
                        let _ = question.reply.send(Ok(answer));
                    }
                }
                Err(fault) => {
                    let fault = ReadFault::from(fault);
                    for question in asked {
                        let _ = question.reply.send(Err(fault));
                    }
                }
            }
        }
    }

    async fn answers(&self, asked: &[Question]) -> Result<Vec<Option<HouseholdView>>, DbErr> {
        let places = self.places(asked).await?;
        let now = self.shared.clock.at(self.shared.time.now());
        let wanted: BTreeSet<Place> = places.iter().filter_map(|place| *place).collect();
        let mut keys = Vec::with_capacity(wanted.len());
        for place in &wanted {
            let known = self.known_size(*place, now);
            let cells = [i64::from(place.0), i64::from(place.1), known];
            keys.push(cells.map(Cell::Int).to_vec());
        }
        let fresh = self.read(keys, now).await?;
        let mut kept = self.kept.lock().unwrap_or_else(PoisonError::into_inner);
        if kept.len() + fresh.len() > KEPT_MAX {
            // What this answer needs stays.
            kept.retain(|place, _| wanted.contains(place));
        }
        kept.extend(fresh);
        let answer = |place: &Option<Place>| {
            let kept = kept.get(&(*place)?)?;
            Some(HouseholdView::clone(&kept.view))
        };
        Ok(places.iter().map(answer).collect())
    }

    /// Which household each question is about.
    async fn places(&self, asked: &[Question]) -> Result<Vec<Option<Place>>, DbErr> {
        let named = asked.iter().filter_map(|question| match &question.wanted {
            Wanted::Named(given) => Some((question.unit, resolve::plain(given))),
            Wanted::No(_) => None,
        });
        let found = resolve::find_households(&self.shared, &self.db, named.collect()).await?;
        let place = |question: &Question| match &question.wanted {
            Wanted::No(no) => Some((question.unit, *no)),
            Wanted::Named(given) => {
                let no = found.get(&(question.unit, resolve::plain(given)))?;
                Some((question.unit, *no))
            }
        };
        Ok(asked.iter().map(place).collect())
    }

    /// The size of the journal behind the view that is kept, -1 when none is kept for today.
    fn known_size(&self, place: Place, now: i64) -> i64 {
        let mut kept = self.kept.lock().unwrap_or_else(PoisonError::into_inner);
        let today = |kept: &Kept| Day::of_instant(now, kept.offset) == kept.day;
        match kept.get(&place) {
            Some(view) if today(view) => view.size,
            _ => {
                kept.remove(&place);
                -1
            }
        }
    }

    async fn read(&self, keys: Vec<Vec<Cell>>, now: i64) -> Result<HashMap<Place, Kept>, DbErr> {
        let mut fresh: HashMap<Place, Kept> = HashMap::new();
        if keys.is_empty() {
            return Ok(fresh);
        }
        let offset = i64::from(initial().utc_offset);
        let statement = dialect::view_statement(self.shared.backend, keys, offset, now);
        let rows = self.db.query_all_raw(statement).await?;
        let part = |row: &QueryResult| row.try_get_by_index::<i64>(0);
        for row in &rows {
            if part(row)? == 0 {
                let (place, kept) = household(row, now)?;
                fresh.insert(place, kept);
            }
        }
        for row in &rows {
            let place = place(row)?;
            let Some(kept) = fresh.get_mut(&place) else {
                continue;
            };
            let day = kept.day;
            let Some(view) = Arc::get_mut(&mut kept.view) else {
                continue;
            };
            match part(row)? {
                1 => holding(view, day, row)?,
                2 => view.members.push(MemberItem {
                    no: small(row, 3)?,
                    name: row
                        .try_get_by_index::<Option<String>>(12)?
                        .unwrap_or_default(),
                }),
                _ => {}
            }
        }
        for kept in fresh.values_mut() {
            if let Some(view) = Arc::get_mut(&mut kept.view) {
                view.members.sort_by_key(|member| member.no);
                view.lots.sort_by_key(|(day, _)| *day);
            }
        }
        Ok(fresh)
    }
}

fn small(row: &QueryResult, index: usize) -> Result<i32, DbErr> {
    Ok(i32::try_from(row.try_get_by_index::<i64>(index)?).unwrap_or(0))
}

fn place(row: &QueryResult) -> Result<Place, DbErr> {
    Ok((small(row, 1)?, small(row, 2)?))
}

fn household(row: &QueryResult, now: i64) -> Result<(Place, Kept), DbErr> {
    let int = |index| row.try_get_by_index::<i64>(index);
    let offset = small(row, 4)?;
    let earned = Points(int(10)?.max(0));
    let view = HouseholdView {
        item: item_at(row, [2, 11, 12, 13, 14, 5])?,
        phone: row.try_get_by_index(15)?,
        door: row.try_get_by_index(16)?,
        members: Vec::new(),
        joined: Day(small(row, 6)?),
        balance: Balance {
            arrears: Points(int(7)?),
            ..Balance::default()
        },
        lots: Vec::new(),
        stars: stars(earned),
        earned_12_months: earned,
        has_card: int(9)? == 1,
        has_pin: int(8)? > 0,
    };
    let kept = Kept {
        size: int(3)?,
        offset,
        day: Day::of_instant(now, offset),
        view: Arc::new(view),
    };
    Ok((place(row)?, kept))
}

/// What the household has in one account and lot.
fn holding(view: &mut HouseholdView, today: Day, row: &QueryResult) -> Result<(), DbErr> {
    let (lot, points) = (Day(small(row, 4)?), Points(row.try_get_by_index(5)?));
    match Account::of_code(row.try_get_by_index(3)?) {
        Some(Account::Available) if lot >= today => {
            view.balance.available.0 += points.0;
            view.lots.push((lot, points));
        }
        Some(Account::Pending) => view.balance.pending.0 += points.0,
        Some(Account::Reserved) => view.balance.reserved.0 += points.0,
        _ => {}
    }
    Ok(())
}
