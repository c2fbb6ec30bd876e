//! A household pays with card and PIN: the one way to a redemption, for the API and the till.

use super::extract::Write;
use super::guard::within;
use super::problem::Problem;
use crate::core::redemption::{CartLine, Redeem};
use crate::core::{Command, HouseholdRef, Rejection};
use crate::store::Receipt;
use crate::store::access::{self, Attempt, CardOwner, PinFault};
use crate::store::read::{directory, journal};
use crate::store::texts::secret_tag;

/// Who shall pay, as the request names it.
#[derive(Clone, Debug)]
pub enum Payer {
    /// By what stands in a card's QR.
    Token(String),
    /// By the household's code or id, and the version of the card that was shown, if one was.
    Household {
        /// Code or id.
        given: String,
        /// The card.
        card: Option<i32>,
    },
}

/// What is bought, and the proof that the household agrees.
#[derive(Clone, Debug)]
pub struct Purchase {
    /// Who pays.
    pub payer: Payer,
    /// The PIN as typed.
    pub pin: String,
    /// The goods.
    pub lines: Vec<CartLine>,
}

/// Who pays, and the card that was shown.
struct Known {
    household: i32,
    card: Option<i32>,
    revoked: bool,
}

async fn known(write: &Write, payer: &Payer) -> Result<Result<Known, Rejection>, Problem> {
    let (store, unit) = (&write.app.store, write.village()?.no);
    match payer {
        Payer::Token(token) => {
            let owner = access::card_owner(store, token).await?;
            let owner = owner.filter(|owner| owner.unit == unit);
            let known = owner.map(
                |CardOwner {
                     household,
                     version,
                     active,
                     ..
                 }| Known {
                    household,
                    card: Some(version),
                    revoked: !active,
                },
            );
            Ok(known.ok_or(Rejection::UnknownCard {}))
        }
        Payer::Household { given, card } => {
            let no = directory::household_no(store, unit, given).await?;
            let known = no.map(|household| Known {
                household,
                card: *card,
                revoked: false,
            });
            let given = given.clone();
            Ok(known.ok_or(Rejection::UnknownHousehold { given }))
        }
    }
}

/// Hands goods over for points. A retry under the same key hears the first answer.
///
/// # Errors
/// The refusal as a problem; it is remembered, so that a late duplicate cannot come true.
pub async fn redeem(write: &Write, purchase: Purchase) -> Result<Receipt, Problem> {
    let Purchase { payer, pin, lines } = purchase;
    let known = known(write, &payer).await?;
    let store = &write.app.store;
    let who = known.as_ref().ok();
    let given = match payer {
        Payer::Household { given, .. } => given,
        Payer::Token(_) => String::new(),
    };
    let mut command = Redeem {
        station: write.station()?.code.clone(),
        household: who.map_or(HouseholdRef::Given(given), |known| {
            HouseholdRef::No(known.household)
        }),
        card: who.and_then(|known| known.card),
        pin_version: 0,
        pin_tag: secret_tag(&store.secrets().pepper, "pin", write.key, &pin),
        lines,
    };
    let known = match known {
        Ok(Known { revoked: true, .. }) => Err(Rejection::CardRevoked {}),
        other => other,
    };
    let known = match known {
        Ok(known) => known,
        Err(why) => {
            return match already_made(write, &mut command).await? {
                Some(receipt) => Ok(receipt),
                None => Err(refused(write, command, why).await),
            };
        }
    };
    let session = hex::encode(&write.visit.caller.session[..16]);
    let limit = write.app.settings.limits.pin_per_minute;
    if let Err(problem) = within(&write.app, "pin", limit, &session).await {
        let receipt = already_made(write, &mut command).await?;
        return receipt.ok_or(problem);
    }
    pay(write, command, known.household, pin).await
}

async fn pay(
    write: &Write,
    mut command: Redeem,
    household: i32,
    pin: String,
) -> Result<Receipt, Problem> {
    let (store, unit) = (&write.app.store, write.village()?.no);
    let key = Some(write.key);
    let mut attempt = access::attempt(store, unit, household, key, pin.clone()).await;
    if matches!(attempt, Ok(Attempt::Known)) {
        // A retry hears its answer again without another PIN check: a lock or a new PIN in
        // between changes nothing about what happened.
        if let Some(receipt) = already_made(write, &mut command).await? {
            return Ok(receipt);
        }
        attempt = access::attempt(store, unit, household, None, pin).await;
    }
    let why = match attempt {
        Ok(Attempt::Right(version)) => {
            command.pin_version = version;
            return write.submit(Command::Redeem(command)).await;
        }
        Err(PinFault::Wrong { left }) => Rejection::PinWrong { left },
        Err(PinFault::Locked) => Rejection::PinLocked {},
        Err(PinFault::NotSet) => Rejection::PinNotSet {},
        Ok(Attempt::Known) => return Err(Problem::internal()),
        Err(fault) => return Err(fault.into()),
    };
    Err(refused(write, command, why).await)
}

/// The answer to this key, when there is one. A redemption that was made says under which PIN;
/// one that the rules refused is found by the submission itself, after the PIN check.
async fn already_made(write: &Write, command: &mut Redeem) -> Result<Option<Receipt>, Problem> {
    let ask = |command: &Redeem| write.submission(Command::Redeem(command.clone()));
    let reused = match write.earlier(&ask(command)).await {
        Err(problem) if problem.code() == "operation_id_reused" => problem,
        other => return other,
    };
    let entry = journal::one(&write.app.store, write.village()?.no, write.key).await?;
    match entry {
        None => Ok(None),
        Some((_, Command::Redeem(made), _)) => {
            command.pin_version = made.pin_version;
            write.earlier(&ask(command)).await
        }
        Some(_) => Err(reused),
    }
}

/// A refusal made here is remembered like those of the core: a late duplicate cannot come true.
async fn refused(write: &Write, command: Redeem, why: Rejection) -> Problem {
    let submission = write.submission(Command::Redeem(command));
    write.app.store.remember(&submission, &why).await;
    Problem::rejected(&why, "lines", false)
}
