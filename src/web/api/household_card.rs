//! `V/households/{h}/cards` and `…/pin`: what opens a household at the station.

use super::household::named;
use super::prelude::*;
use crate::core::SecretHash;
use crate::core::household::{IssueCard, RevokeCard, SetPin};
use crate::signin::password::check_pin;
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

/// Issues a card; the old one dies.
#[utoipa::path(post, path = "/api/v1/villages/{village}/households/{household}/cards", tag = "households", request_body = CardIn, responses((status = 201, body = CardMade)))]
pub async fn card_issue(write: Write, names: Names, Json(CardIn {}): Json<CardIn>) -> Outcome {
    let token = card_token(&write.app.store.secrets().pepper, write.key);
    let command = IssueCard {
        household: named(&names),
        token: token_hash(&token),
    };
    let receipt = write.submit(Command::IssueCard(command)).await;
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
    check_pin(&body.pin, household.phone.as_deref())?;
    let second = match body.second {
        None => None,
        Some(second) => {
            let username = second.username.into_inner();
            Some(
                write
                    .second(&username, second.password.into_inner())
                    .await?,
            )
        }
    };
    let secrets = store.secrets();
    let hash = secrets.hasher.hash_pin(body.pin.to_string()).await?;
    let command = SetPin {
        household: HouseholdRef::No(no),
        second,
        tag: secret_tag(&secrets.pepper, "pin", write.key, &body.pin),
        hash: SecretHash(Some(hash)),
    };
    let receipt = write.submit(Command::SetPin(command)).await?;
    Ok(Write::no_content(&receipt))
}
