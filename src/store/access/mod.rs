//! People: signing in, sessions, personal tokens, PIN attempts, the first admin.
//!
//! These are not facts of the journal. A failure is counted and committed before a hash is
//! checked, so that a crash gives no free guess.

mod card;
mod password;
pub(super) mod pin;
pub(super) mod rows;
mod session;
mod setup;
mod staff;
mod token;

pub use card::{CardOwner, PinFault, card_owner, sign_in_household, sign_in_numbered};
pub use password::{SignInFault, sign_in, who_knows};
pub use pin::{Attempt, attempt, check_pin};
pub use session::{Caller, SessionKind, SignedIn, caller, end_sessions, sign_out};
pub use setup::{SetupFault, setup_finish, setup_token};
pub use staff::{StaffItem, add_staff, grant_for_benchmark, staff_list};
pub use token::{TokenItem, token_add, token_end, token_list};

use super::read::ReadFault;
use super::{Store, dialect};
use sea_orm::{ConnectionTrait, QueryResult, Value};

const MINUTE: i64 = 60_000_000;
const HOUR: i64 = 60 * MINUTE;
const DAY: i64 = 24 * HOUR;

/// Runs a statement of this module to its end, whether or not the request is still there.
pub(super) async fn write(
    store: &Store,
    sql: &'static str,
    values: Vec<Value>,
) -> Result<Vec<QueryResult>, ReadFault> {
    let store = store.clone();
    let statement = dialect::plain(store.backend(), sql, values);
    let work = tokio::spawn(async move { store.desk().query_all_raw(statement).await });
    match work.await {
        Ok(done) => Ok(done?),
        Err(fault) => {
            tracing::error!(%fault, "a write of sign-in ended in a panic");
            Err(ReadFault::Fault)
        }
    }
}
