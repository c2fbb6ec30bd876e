//! What a change would do, without doing it: caps and clipping shown before an award is booked.

use super::batch::is_outage;
use super::{Refusal, Store, Submission, prefetch, resolve};
use crate::core::{self, Answer, Context};
use sea_orm::DbErr;

fn fault(fault: DbErr) -> Refusal {
    if is_outage(&fault) {
        tracing::warn!(%fault, "the database does not answer");
        return Refusal::Unavailable;
    }
    tracing::error!(%fault, "a rehearsal failed");
    Refusal::Fault
}

impl Store {
    /// The answer that a change would get now. Nothing is written, and nothing is remembered.
    ///
    /// # Errors
    /// The refusal that it would get.
    pub async fn rehearse(&self, submission: Submission) -> Result<Answer, Refusal> {
        let shared = self.inner.writers.shared();
        let mut jobs = [submission];
        resolve::resolve(shared, self.pool(), &mut jobs)
            .await
            .map_err(fault)?;
        let fetched = prefetch::fetch(shared, self.pool(), &jobs, false).await;
        let fetched = fetched.map_err(fault)?;
        let [job] = jobs;
        let standing = fetched
            .standings
            .get(&job.who)
            .ok_or(Refusal::Unauthenticated)?;
        let ctx = Context {
            id: job.id,
            at: fetched.at,
            actor: standing.actor.clone(),
            salt: [0; 16],
        };
        match core::apply(&fetched.state, &ctx, job.unit, &job.command) {
            Ok((answer, _)) => Ok(answer),
            Err(why) => Err(Refusal::Rejected {
                why,
                replayed: false,
            }),
        }
    }
}
