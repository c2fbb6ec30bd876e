//! The writers: each owns a connection and a bounded queue, and drains whatever is waiting.

use super::batch::{self, BatchFault, Fates, Line, Shared};
use super::{Receipt, Refusal, Submission};
use crate::core::kind_word;
use crate::core::rights::UnitNo;
use crate::telemetry;
use sea_orm::{DatabaseConnection, DbErr};
use std::sync::{Arc, Mutex, PoisonError};
use std::time::{Duration, Instant};
use tokio::sync::{mpsc, oneshot};
use tokio::task::JoinHandle;

type Fate = Result<Receipt, Refusal>;

/// A submission and who waits for its fate.
struct Job {
    submission: Submission,
    reply: oneshot::Sender<Fate>,
}

/// How often a batch is tried when the fault passes.
const TRIES: u32 = 4;

/// All writers of the process.
pub struct Writers {
    shared: Arc<Shared>,
    queues: Mutex<Vec<mpsc::Sender<Job>>>,
    tasks: Mutex<Vec<JoinHandle<()>>>,
    capacity: usize,
}

impl Writers {
    /// Starts one writer for each connection.
    #[must_use]
    pub fn start(
        shared: Arc<Shared>,
        connections: Vec<DatabaseConnection>,
        capacity: usize,
    ) -> Writers {
        let (mut queues, mut tasks) = (Vec::new(), Vec::new());
        for db in connections {
            let (send, receive) = mpsc::channel(capacity);
            queues.push(send);
            tasks.push(tokio::spawn(work(
                Arc::clone(&shared),
                Arc::new(Line::new(db)),
                receive,
            )));
        }
        Writers {
            shared,
            queues: Mutex::new(queues),
            tasks: Mutex::new(tasks),
            capacity,
        }
    }

    /// What they share.
    pub fn shared(&self) -> &Shared {
        &self.shared
    }

    /// A village always goes to the same writer of a process, so that its head is not fought over.
    fn queue(&self, unit: UnitNo) -> Option<mpsc::Sender<Job>> {
        let queues = self.queues.lock().unwrap_or_else(PoisonError::into_inner);
        let index = usize::try_from(unit.unsigned_abs())
            .unwrap_or(0)
            .checked_rem(queues.len())?;
        queues.get(index).cloned()
    }

    /// Puts a submission in its queue and waits for its fate.
    ///
    /// # Errors
    /// [`Refusal`].
    pub async fn submit(&self, submission: Submission) -> Fate {
        let queue = self.queue(submission.unit).ok_or(Refusal::Unavailable)?;
        let (reply, fate) = oneshot::channel();
        match queue.try_send(Job { submission, reply }) {
            Ok(()) => {}
            Err(mpsc::error::TrySendError::Full(_)) => {
                return Err(Refusal::Busy { retry_after: 1 });
            }
            Err(mpsc::error::TrySendError::Closed(_)) => return Err(Refusal::Unavailable),
        }
        // A writer that dies without a word leaves the fate open.
        fate.await.unwrap_or(Err(Refusal::OutcomeUnknown))
    }

    /// How many submissions wait.
    #[must_use]
    pub fn waiting(&self) -> usize {
        let queues = self.queues.lock().unwrap_or_else(PoisonError::into_inner);
        queues
            .iter()
            .map(|queue| self.capacity - queue.capacity())
            .sum()
    }

    /// Takes nothing more and waits until what waits is decided.
    pub async fn close(&self) {
        self.queues
            .lock()
            .unwrap_or_else(PoisonError::into_inner)
            .clear();
        let tasks = std::mem::take(&mut *self.tasks.lock().unwrap_or_else(PoisonError::into_inner));
        for task in tasks {
            // A writer that panicked has been logged by the panic hook.
            let _ = task.await;
        }
    }
}

async fn work(shared: Arc<Shared>, line: Arc<Line>, mut queue: mpsc::Receiver<Job>) {
    let mut waiting = Vec::new();
    loop {
        // No timer: an idle writer takes the first submission at once, a busy one finds a batch.
        if queue.recv_many(&mut waiting, shared.batch_max.get()).await == 0 {
            return;
        }
        let (submissions, replies): (Vec<_>, Vec<_>) = waiting
            .drain(..)
            .map(|job| (job.submission, job.reply))
            .unzip();
        // A panic in a batch is a defect; it must not take the writer with it.
        let batch = tokio::spawn(settle(Arc::clone(&shared), Arc::clone(&line), submissions));
        match batch.await {
            Ok(fates) => {
                for (reply, fate) in replies.into_iter().zip(fates) {
                    // A caller that went away does not hear it; the work is done all the same.
                    let _ = reply.send(fate);
                }
            }
            Err(fault) => {
                tracing::error!(%fault, "a batch ended in a panic");
                for reply in replies {
                    let _ = reply.send(Err(Refusal::OutcomeUnknown));
                }
            }
        }
    }
}

/// Runs batches until each submission has its fate.
async fn settle(shared: Arc<Shared>, line: Arc<Line>, mut jobs: Vec<Submission>) -> Fates {
    let mut fates = Vec::with_capacity(jobs.len());
    while fates.len() < jobs.len() {
        let rest = &mut jobs[fates.len()..];
        let decided = settle_some(&shared, &line, rest).await;
        for (job, fate) in rest.iter().zip(&decided) {
            match fate {
                Ok(_) => telemetry::operation_committed(kind_word(job.command.kind())),
                Err(_) => telemetry::operation_rejected(kind_word(job.command.kind()), "refused"),
            }
        }
        fates.extend(decided);
    }
    fates
}

/// The fates of the first of these submissions; of one at least.
async fn settle_some(shared: &Shared, line: &Line, jobs: &mut [Submission]) -> Fates {
    let begun = Instant::now();
    match attempts(shared, line, jobs).await {
        Ok(fates) => {
            telemetry::batch_committed(fates.len(), begun);
            fates
        }
        Err(fault) if jobs.len() == 1 || is_everyones(&fault) => {
            vec![Err(verdict(&fault)); jobs.len()]
        }
        Err(fault) => {
            tracing::error!(?fault, "a batch failed; its submissions go one by one");
            let mut fates = Vec::with_capacity(jobs.len());
            for job in jobs {
                let fate = attempts(shared, line, std::slice::from_mut(job)).await;
                let one = fate
                    .map_err(|fault| verdict(&fault))
                    .and_then(|mut fates| fates.pop().unwrap_or(Err(Refusal::Fault)));
                fates.push(one);
            }
            fates
        }
    }
}

async fn attempts(
    shared: &Shared,
    line: &Line,
    jobs: &mut [Submission],
) -> Result<Fates, BatchFault> {
    let mut tries = 0;
    loop {
        tries += 1;
        match batch::run(shared, line, jobs).await {
            Err(BatchFault::Before(fault)) if tries < TRIES && batch::is_outage(&fault) => {
                tracing::warn!(%fault, tries, "a batch is tried again");
                let pause = if batch::is_passing(&fault) { 5 } else { 100 };
                tokio::time::sleep(Duration::from_millis(pause << tries)).await;
            }
            other => return other,
        }
    }
}

fn is_everyones(fault: &BatchFault) -> bool {
    match fault {
        BatchFault::InCommit(_) => true,
        BatchFault::Before(fault) => batch::is_outage(fault),
    }
}

fn verdict(fault: &BatchFault) -> Refusal {
    match fault {
        BatchFault::InCommit(fault) => {
            tracing::error!(%fault, "the fate of a commit is not known");
            Refusal::OutcomeUnknown
        }
        BatchFault::Before(fault) if batch::is_outage(fault) => {
            tracing::warn!(%fault, "the database does not answer");
            Refusal::Unavailable
        }
        BatchFault::Before(fault) => {
            tracing::error!(%fault, location = defect(fault), "a submission failed");
            Refusal::Fault
        }
    }
}

fn defect(fault: &DbErr) -> &'static str {
    match fault {
        DbErr::Type(_) => "damaged row",
        _ => "statement",
    }
}
