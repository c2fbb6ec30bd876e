//! How a page changes something: through the same door as the API.

use super::Page;
use crate::core::Command;
use crate::store::Receipt;
use crate::web::extract::Write;
use crate::web::problem::Problem;
use uuid::Uuid;

impl Page {
    /// A change under a key: texts, submission, second person.
    ///
    /// # Errors
    /// 401 for a stranger.
    pub fn write(&self, op: Uuid) -> Result<Write, Problem> {
        Ok(Write {
            app: self.app.clone(),
            visit: self.visit()?.clone(),
            key: op,
        })
    }

    /// Asks for a change and waits for its fate. When the fate is not known, the problem carries
    /// the key, so that the page that says so can look the result up.
    ///
    /// # Errors
    /// The refusal as a problem.
    pub async fn submit(&self, op: Uuid, command: Command) -> Result<Receipt, Problem> {
        let fate = self.write(op)?.submit(command).await;
        fate.map_err(|problem| match problem.code() {
            "outcome_unknown" => problem.figure("operation", op.to_string()),
            _ => problem,
        })
    }
}
