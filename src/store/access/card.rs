//! Cards and PINs of households.

use super::DAY;
use super::password::SignInFault;
use super::pin::check_pin;
use super::session::{NewSession, SessionKind, SignedIn, open_session, signed_in};
use crate::core::rights::UnitNo;
use crate::signin::password::Profile;
use crate::store::Store;
use crate::store::read::{ReadFault, row};
use crate::store::texts::token_hash;
use uuid::Uuid;

/// Why a PIN was not accepted.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum PinFault {
    /// None has been set.
    NotSet,
    /// Too many failures: it must be set anew.
    Locked,
    /// Not right.
    Wrong {
        /// Tries that are left.
        left: i32,
    },
    /// Too many at once.
    Busy,
    /// The database does not answer.
    Unavailable,
    /// A defect; logged.
    Fault,
}

impl From<ReadFault> for PinFault {
    fn from(fault: ReadFault) -> Self {
        match fault {
            ReadFault::Unavailable => PinFault::Unavailable,
            ReadFault::Fault => PinFault::Fault,
        }
    }
}

/// Signs a household in with its card and PIN.
///
/// # Errors
/// [`SignInFault`].
pub async fn sign_in_household(
    store: &Store,
    card: &str,
    pin: String,
) -> Result<SignedIn, SignInFault> {
    let owner = card_owner(store, card).await?.filter(|owner| owner.active);
    let Some(owner) = owner else {
        store.secrets().hasher.verify_absent(Profile::Pin).await?;
        return Err(SignInFault::Wrong);
    };
    sign_in_numbered(store, Some((owner.unit, owner.household)), pin).await
}

/// Signs a household in with its number in a village, as printed on the card, and its PIN.
///
/// # Errors
/// [`SignInFault`]; an unknown number costs as much time as a wrong PIN.
pub async fn sign_in_numbered(
    store: &Store,
    household: Option<(UnitNo, i32)>,
    pin: String,
) -> Result<SignedIn, SignInFault> {
    let Some((unit, household)) = household else {
        store.secrets().hasher.verify_absent(Profile::Pin).await?;
        return Err(SignInFault::Wrong);
    };
    match check_pin(store, unit, household, pin).await {
        Ok(_) => {}
        Err(PinFault::NotSet | PinFault::Wrong { .. }) => return Err(SignInFault::Wrong),
        Err(PinFault::Locked) => return Err(SignInFault::Locked { seconds: 0 }),
        Err(PinFault::Busy) => return Err(SignInFault::Busy),
        Err(PinFault::Unavailable) => return Err(SignInFault::Unavailable),
        Err(PinFault::Fault) => return Err(SignInFault::Fault),
    }
    let new = NewSession {
        kind: SessionKind::Household,
        staff: Uuid::nil(),
        home: unit,
        household,
        name: "",
        scopes: None,
        lifetime: 180 * DAY,
        idle: 30 * DAY,
    };
    let (secret, _) = open_session(store, new).await?;
    signed_in(store, &secret).await
}

/// Whose card a token is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct CardOwner {
    /// The village.
    pub unit: UnitNo,
    /// The household.
    pub household: i32,
    /// Which of its cards.
    pub version: i32,
    /// Whether it is in force.
    pub active: bool,
}

/// Looks a card up.
///
/// # Errors
/// [`ReadFault`].
pub async fn card_owner(store: &Store, token: &str) -> Result<Option<CardOwner>, ReadFault> {
    let sql = "select village_id, household, version, active from card where token = $1";
    let found = row(store, sql, vec![token_hash(token).to_vec().into()]).await?;
    let Some(found) = found else { return Ok(None) };
    let small = |index| {
        Ok::<i32, ReadFault>(i32::try_from(found.try_get_by_index::<i64>(index)?).unwrap_or(0))
    };
    Ok(Some(CardOwner {
        unit: small(0)?,
        household: small(1)?,
        version: small(2)?,
        active: small(3)? == 1,
    }))
}
