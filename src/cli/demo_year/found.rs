//! The township, its villages and its people.

use super::{As, Fault, Maker, STAFF, STATION, VILLAGES, Village, WITH_CARD, say};
use crate::cli::demo::{PASSWORD, PIN};
use crate::core::household::{IssueCard, SetPin};
use crate::core::policy::{SetPolicy, initial};
use crate::core::registry::{AddStaff, FoundTownship, FoundVillage, TieSpec};
use crate::core::rights::{Grant, Role, SYSTEM, UnitNo};
use crate::core::rows::{PolicyRow, Tie};
use crate::core::station::OpenStation;
use crate::core::{Answer, Command, HouseholdRef, SecretHash};
use crate::import::households::HouseholdRow;
use crate::import::{read_goods, read_households, read_rules, read_table, samples};
use crate::store::Who;
use crate::store::import::{Target, take_goods, take_households, take_rules};
use crate::store::texts::{card_token, secret_tag, token_hash};

const VILLAGES_KNOWN: usize = VILLAGES.len();

pub(super) async fn township(
    maker: &mut Maker<'_>,
    villages_wanted: usize,
) -> Result<Vec<Village>, Fault> {
    let id = maker.id();
    let name = maker.texts(id).text("清河镇");
    let township = Command::FoundTownship(FoundTownship {
        code: "QH".to_string(),
        name,
    });
    maker.ask(SYSTEM, Who::Operator, id, township).await?;
    let mut villages = Vec::new();
    let known = VILLAGES.iter().cycle().take(villages_wanted);
    for (index, (code, name, _)) in known.enumerate() {
        let again = match index {
            0..VILLAGES_KNOWN => String::new(),
            _ => (index + 1).to_string(),
        };
        let (code, name) = ([*code, &again].concat(), [*name, &again].concat());
        let is_late = code == "HK";
        let id = maker.id();
        let name = maker.texts(id).text(&name);
        let body = FoundVillage {
            code,
            name,
            township: "QH".to_string(),
        };
        let receipt = maker
            .ask(SYSTEM, Who::Operator, id, Command::FoundVillage(body))
            .await?;
        let Answer::Made(made) = receipt.answer else {
            continue;
        };
        let unit = made.first().map_or(0, |made| made.no);
        villages.push(Village {
            unit,
            households: Vec::new(),
            is_late,
        });
    }
    Ok(villages)
}

/// The six rows of the faulty roster as the village would mend them.
fn mended(rows: &[HouseholdRow]) -> Vec<HouseholdRow> {
    let heads = ["许文梅", "郑国平", "陆春生", "范小兰", "钟玉成", "江雨晨"];
    let rows_with_faults = [17_u32, 25, 61, 92, 144, 204];
    let one = |(row, head): (u32, &str)| {
        let before = rows.iter().rfind(|known| known.row < row)?;
        let code = [before.code.get(..2)?, &format!("{:04}", row - 3)].concat();
        let (group, head) = (before.group.clone(), head.to_string());
        Some(HouseholdRow {
            row,
            code,
            group,
            head,
            phone: None,
            door: None,
            members: Vec::new(),
            size: None,
        })
    };
    rows_with_faults
        .into_iter()
        .zip(heads)
        .filter_map(one)
        .collect()
}

/// Households beside those of the roster, up to a number.
fn more(rows: &[HouseholdRow], households: usize) -> Vec<HouseholdRow> {
    let Some(last) = rows.last() else {
        return Vec::new();
    };
    let one = |index: usize| HouseholdRow {
        row: last.row + u32::try_from(index).unwrap_or(0),
        code: format!("99{index:04}"),
        group: last.group.clone(),
        head: "何春兰".to_string(),
        phone: None,
        door: None,
        members: Vec::new(),
        size: None,
    };
    (1..=households.saturating_sub(rows.len()))
        .map(one)
        .collect()
}

pub(super) async fn furnish(
    maker: &mut Maker<'_>,
    village: &mut Village,
    roster: &[u8],
    households: usize,
) -> Result<(), Fault> {
    let table = |bytes: &[u8], name: &str| read_table(bytes, name).map_err(|fault| fault.en());
    let unit = village.unit;
    let target = |id| Target {
        unit,
        who: Who::Operator,
        id,
        dry_run: false,
    };
    let report = read_households(&table(roster, "roster.xlsx")?);
    let mut rows = report.rows;
    if !report.faults.is_empty() {
        rows.extend(mended(&rows));
        rows.sort_by_key(|row| row.row);
    }
    rows.extend(more(&rows, households));
    let refused = |refusal| say::refusal(&refusal);
    take_households(maker.store, target(maker.id()), &rows)
        .await
        .map_err(refused)?;
    village.households = rows.into_iter().map(|row| row.code).collect();
    let rules = read_rules(&table(samples::RULES_CSV, "rules.csv")?);
    take_rules(maker.store, target(maker.id()), &rules.rows)
        .await
        .map_err(refused)?;
    settle(maker, village).await?;
    let id = maker.id();
    let name = maker.texts(id).text("积分供应站");
    let open = Command::OpenStation(OpenStation {
        code: STATION.to_string(),
        name,
    });
    maker.ask(unit, Who::Operator, id, open).await?;
    let goods = read_goods(&table(samples::GOODS_CSV, "goods.csv")?);
    take_goods(maker.store, target(maker.id()), (1, STATION), &goods.rows)
        .await
        .map_err(refused)?;
    maker.accepted += 3;
    Ok(())
}

/// The village's own settings: the telephone that helps.
async fn settle(maker: &mut Maker<'_>, village: &Village) -> Result<(), Fault> {
    let id = maker.id();
    let policy = PolicyRow {
        help_phone: format!("0530-555 01{:02}", village.unit),
        ..initial()
    };
    let set = Command::SetPolicy(SetPolicy { policy });
    maker.ask(village.unit, Who::Operator, id, set).await?;
    Ok(())
}

/// Where staff live, and where their kin live: nobody records or reviews there.
fn ties(username: &str, unit: UnitNo) -> Vec<TieSpec> {
    let tie = |code: &str, tie| TieSpec {
        unit,
        household: HouseholdRef::Given(code.to_string()),
        tie,
    };
    match username {
        "recorder" => vec![tie("010003", Tie::Own), tie("010005", Tie::Kin)],
        "reviewer" => vec![tie("010006", Tie::Kin)],
        _ => Vec::new(),
    }
}

pub(super) async fn hire(maker: &mut Maker<'_>, villages: &[Village]) -> Result<(), Fault> {
    let hasher = maker.store.secrets().hasher.clone();
    for person in &STAFF {
        let username = person.username;
        let role = Role::of_word(person.role).ok_or("unknown role")?;
        let grants = match role {
            Role::Admin | Role::Officer => vec![Grant {
                role,
                unit: SYSTEM,
                station: 0,
            }],
            _ => {
                let station = i32::from(role == Role::Clerk);
                villages
                    .iter()
                    .map(|village| Grant {
                        role,
                        unit: village.unit,
                        station,
                    })
                    .collect()
            }
        };
        let id = maker.id();
        let hash = hasher.hash_password(PASSWORD.to_string()).await?;
        let body = AddStaff {
            username: username.to_string(),
            name: maker.texts(id).text(person.name),
            grants,
            ties: ties(username, villages[0].unit),
            tag: secret_tag(&maker.store.secrets().pepper, "password", id, PASSWORD),
            hash: SecretHash(Some(hash)),
        };
        let receipt = maker
            .ask(SYSTEM, Who::Operator, id, Command::AddStaff(body))
            .await?;
        if let Answer::Made(made) = receipt.answer {
            maker.staff.extend(made.first().map(|made| made.id));
        }
    }
    Ok(())
}

/// Cards and PINs for the first households; gives the first card.
pub(super) async fn hand_out_cards(
    maker: &mut Maker<'_>,
    village: &Village,
) -> Result<String, Fault> {
    let secrets = maker.store.secrets().clone();
    let (mut commands, mut first) = (Vec::new(), String::new());
    for code in village.households.iter().take(WITH_CARD) {
        let household = HouseholdRef::Given(code.clone());
        let id = maker.id();
        let token = card_token(&secrets.pepper, id);
        commands.push((
            id,
            Command::IssueCard(IssueCard {
                household: household.clone(),
                token: token_hash(&token),
            }),
        ));
        if first.is_empty() {
            first = token;
        }
        let id = maker.id();
        let hash = SecretHash(Some(secrets.hasher.hash_pin(PIN.to_string()).await?));
        let tag = secret_tag(&secrets.pepper, "pin", id, PIN);
        commands.push((
            id,
            Command::SetPin(SetPin {
                second: None,
                household,
                tag,
                hash,
            }),
        ));
    }
    let who = maker.who(As::Manager);
    maker.ask_all(village.unit, who, commands).await;
    Ok(first)
}
