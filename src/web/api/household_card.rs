//! `V/households/{h}/cards` and `…/pin`: what opens a household at the station.

use super::household::named;
use super::prelude::*;
use crate::core::SecretHash;
use crate::core::household::{IssueCard, RevokeCard, SetPin};
use crate::signin::password::check_pin;
use crate::store::read::households::HouseholdView;
use crate::store::read::{directory, households};
use crate::store::texts::{card_token, secret_tag, token_hash};

/// Nothing; the body is `{}`.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct CardIn {}

/// A new card.
#[derive(Debug, Serialize, ToSchema)]
pub struct CardMade {
    card: CardOut,
    operation: Operation,
}

#[derive(Debug, Serialize, ToSchema)]
struct CardOut {
    id: Uuid,
    /// What stands in the QR; shown to this request and its retries only.
    token: String,
}

/// A new PIN.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct PinIn {
    #[schema(schema_with = schema::pin)]
    pin: Words<64>,
    /// Who else stands by; asked for when the household has a PIN already.
    second: Option<SecondIn>,
}

/// Another staff member, who shows that they are there.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
struct SecondIn {
    #[schema(schema_with = schema::reference)]
    username: Words<64>,
    #[schema(value_type = String, min_length = 1, max_length = 1024)]
    password: Words<1024>,
}

const OF_PATH: [&str; 1] = ["unknown_household"];

/// Issues a card whose token follows from the operation's key.
pub fn issue_command(write: &Write, household: i32) -> Command {
    issue(write, HouseholdRef::No(household)).0
}

fn issue(write: &Write, household: HouseholdRef) -> (Command, String) {
    let token = card_token(&write.app.store.secrets().pepper, write.key);
    let command = IssueCard {
        household,
        token: token_hash(&token),
    };
    (Command::IssueCard(command), token)
}

/// Ends a card.
#[must_use]
pub fn revoke_command(household: i32) -> Command {
    Command::RevokeCard(RevokeCard {
        household: HouseholdRef::No(household),
    })
}

/// Sets a PIN; `second` is who else stands by: name and password.
///
/// # Errors
/// 422 for a weak PIN; what [`Write::second`] says of the second person.
pub async fn pin_command(
    write: &Write,
    household: &HouseholdView,
    pin: &str,
    second: Option<(&str, String)>,
) -> Result<Command, Problem> {
    check_pin(pin, household.phone.as_deref())?;
    let second = match second {
        None => None,
        Some((username, password)) => Some(write.second(username, password).await?),
    };
    let secrets = write.app.store.secrets();
    let hash = secrets.hasher.hash_pin(pin.to_string()).await?;
    Ok(Command::SetPin(SetPin {
        household: HouseholdRef::No(household.item.no),
        second,
        tag: secret_tag(&secrets.pepper, "pin", write.key, pin),
        hash: SecretHash(Some(hash)),
    }))
}

/// Issues a card; the old one dies.
#[utoipa::path(post, path = "/api/v1/villages/{village}/households/{household}/cards", tag = "households", request_body = CardIn, responses((status = 201, body = CardMade)))]
pub async fn card_issue(write: Write, names: Names, Json(CardIn {}): Json<CardIn>) -> Outcome {
    let (command, token) = issue(&write, named(&names));
    let receipt = write.submit(command).await;
    let receipt = receipt.map_err(|problem| problem.of_path(&OF_PATH))?;
    let card = CardOut {
        id: receipt.id,
        token,
    };
    Ok(write.created(
        &receipt,
        CardMade {
            card,
            operation: write.operation(&receipt),
        },
    ))
}

/// Ends the household's card, as when it is lost.
#[utoipa::path(delete, path = "/api/v1/villages/{village}/households/{household}/cards", tag = "households", responses((status = 204)))]
pub async fn card_revoke(write: Write, names: Names) -> Outcome {
    let command = RevokeCard {
        household: named(&names),
    };
    let receipt = write.submit(Command::RevokeCard(command)).await;
    let receipt = receipt.map_err(|problem| problem.of_path(&OF_PATH))?;
    Ok(Write::no_content(&receipt))
}

/// Sets the household's PIN and lifts a lock.
#[utoipa::path(put, path = "/api/v1/villages/{village}/households/{household}/pin", tag = "households", request_body = PinIn, responses((status = 204)))]
pub async fn pin_set(write: Write, names: Names, Json(body): Json<PinIn>) -> Outcome {
    let (store, unit) = (&write.app.store, write.village()?.no);
    let no = directory::household_no(store, unit, names.get("household")).await?;
    let no = no.ok_or_else(Problem::not_found)?;
    let household = households::view(store, unit, no)
        .await?
        .ok_or_else(Problem::not_found)?;
    let second = body.second;
    let second = second.as_ref().map(|second| {
        let username: &str = &second.username;
        (username, second.password.to_string())
    });
    let command = pin_command(&write, &household, &body.pin, second).await?;
    let receipt = write.submit(command).await?;
    Ok(Write::no_content(&receipt))
}
