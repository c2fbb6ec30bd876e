//! `bench-load`: villages for the benchmark, by the same commands, and a token to use them.

use super::{Done, Fault, say, secrets, store_settings};
use crate::config::Settings;
use crate::core::award::{AwardSheet, OnCap, SheetRow};
use crate::core::fund::AllotFund;
use crate::core::household::{NewHousehold, RegisterHouseholds, SetPin};
use crate::core::registry::{AddStaff, FoundTownship, FoundVillage};
use crate::core::rights::{Grant, Role, SYSTEM, UnitNo};
use crate::core::rows::{Path, RuleKind, RuleScope};
use crate::core::rule::{DeclareRules, RuleSpec};
use crate::core::station::{DeclareGoods, GoodSpec, OpenStation, ReceiptLine, ReceiveStock};
use crate::core::{
    Answer, Command, Day, HouseholdRef, Period, Points, Quantity, SecretHash, derived_id,
};
use crate::store::texts::{Texts, secret_tag};
use crate::store::{Clock, Receipt, Store, Submission, Who, access};
use futures_util::future::try_join_all;
use serde_json::json;
use std::process::ExitCode;
use uuid::Uuid;

/// Awards beyond the first for the village that everybody redeems in.
const HOT_PARTS: u32 = 40;
const PIN: &str = "748159";
const PASSWORD: &str = "bench-load-only-2026";
/// Households of each village that have a PIN.
const WITH_PIN: i32 = 5;
const SHEET_VILLAGES: i32 = 10;
const SHEET_HOUSEHOLDS: i32 = 500;
/// Villages prepared at the same time.
const AT_ONCE: usize = 400;

struct Loader {
    store: Store,
    hash: String,
    today: Day,
}

impl Loader {
    fn id(&self, unit: UnitNo, step: u32) -> Uuid {
        derived_id(
            Uuid::from_u64_pair(0x62656e63, u64::from(unit.unsigned_abs())),
            0,
            step,
        )
    }

    async fn send(
        &self,
        unit: UnitNo,
        step: u32,
        who: Who,
        make: impl FnOnce(&mut Texts<'_>) -> Command,
    ) -> Result<Receipt, Fault> {
        let id = self.id(unit, step);
        let command = make(&mut Texts::new(&self.store.secrets().pepper, id));
        let sent = self
            .store
            .submit(Submission {
                id,
                unit,
                who,
                command,
            })
            .await;
        sent.map_err(|refusal| say::refusal(&refusal))
    }

    async fn village(&self, number: i32, households: i32, with_pin: i32) -> Result<UnitNo, Fault> {
        let founded = self
            .send(
                SYSTEM,
                u32::try_from(number).unwrap_or(0),
                Who::Operator,
                |texts| {
                    Command::FoundVillage(FoundVillage {
                        code: format!("B{number:05}"),
                        name: texts.text("bench"),
                        township: "BENCH".to_string(),
                    })
                },
            )
            .await?;
        let Answer::Made(made) = founded.answer else {
            return Err("no village".into());
        };
        let unit = made.first().map_or(0, |made| made.no);
        self.send(unit, 1, Who::Operator, |texts| {
            Command::DeclareRules(DeclareRules {
                rules: vec![rule(texts)],
                resolution: None,
            })
        })
        .await?;
        self.send(unit, 2, Who::Operator, |texts| {
            Command::AllotFund(AllotFund {
                points: Points(100_000_000),
                reference: texts.text("bench"),
            })
        })
        .await?;
        self.send(unit, 3, Who::Operator, |texts| {
            let rows = (1..=households).map(|no| household(texts, no)).collect();
            Command::RegisterHouseholds(RegisterHouseholds { rows })
        })
        .await?;
        self.send(unit, 4, Who::Operator, |texts| {
            Command::OpenStation(OpenStation {
                code: "S1".to_string(),
                name: texts.text("bench"),
            })
        })
        .await?;
        self.send(unit, 5, Who::Operator, |texts| {
            let goods = ["G1", "G2", "G3"].map(|sku| good(texts, sku)).to_vec();
            Command::DeclareGoods(DeclareGoods {
                station: "S1".to_string(),
                goods,
            })
        })
        .await?;
        self.send(unit, 6, Who::Operator, |_| {
            let line = |sku: &str| ReceiptLine {
                sku: sku.to_string(),
                quantity: 1_000_000,
                cost_fen: None,
            };
            let lines = ["G1", "G2", "G3"].map(line).to_vec();
            Command::ReceiveStock(ReceiveStock {
                station: "S1".to_string(),
                supplier: None,
                lines,
            })
        })
        .await?;
        for no in 1..=with_pin {
            let step = 100 + no.unsigned_abs();
            let id = self.id(unit, step);
            let tag = secret_tag(&self.store.secrets().pepper, "pin", id, PIN);
            let hash = SecretHash(Some(self.hash.clone()));
            let household = HouseholdRef::No(no);
            self.send(unit, step, Who::Operator, |_| {
                Command::SetPin(SetPin {
                    second: None,
                    household,
                    tag,
                    hash,
                })
            })
            .await?;
        }
        Ok(unit)
    }

    /// Points to spend, for the households that have a PIN.
    async fn endow(&self, unit: UnitNo, staff: Uuid, part: u32) -> Result<(), Fault> {
        self.send(unit, 7 + part, Who::Staff(staff), |_| {
            let row = |no| SheetRow {
                household: HouseholdRef::No(no),
                quantity: Quantity::MAX,
            };
            let rows = (1..=WITH_PIN).map(row).collect();
            Command::AwardSheet(AwardSheet {
                rule: "BENCH".to_string(),
                occurred: self.today,
                on_cap: OnCap::Reject,
                rows,
            })
        })
        .await
        .map(|_| ())
    }
}

fn household(texts: &mut Texts<'_>, no: i32) -> NewHousehold {
    NewHousehold {
        code: format!("{no:04}"),
        group: "1".to_string(),
        head: texts.text("bench"),
        phone: None,
        door: None,
        members: Vec::new(),
    }
}

fn rule(texts: &mut Texts<'_>) -> RuleSpec {
    RuleSpec {
        code: "BENCH".to_string(),
        name_zh: texts.text("bench"),
        name_en: texts.text("bench"),
        category: "bench".to_string(),
        kind: RuleKind::Award,
        points: Points(1),
        unit: "次".to_string(),
        cap_points: Some(Points(90_000_000)),
        cap_period: Period::Month,
        path: Path::Instant,
        evidence: "none".to_string(),
        scope: RuleScope::Household,
        shared_cap: None,
        exclusive: None,
        starts: None,
        ends: None,
    }
}

fn good(texts: &mut Texts<'_>, sku: &str) -> GoodSpec {
    GoodSpec {
        sku: sku.to_string(),
        barcode: None,
        name_zh: texts.text("bench"),
        name_en: texts.text("bench"),
        unit: "个".to_string(),
        price: Points(1),
        monthly_limit: None,
        low_stock: 0,
        stocked: true,
    }
}

/// One person who may do everything the benchmark does; no village has such a person.
async fn boss(loader: &Loader) -> Result<(Uuid, String), Fault> {
    let secrets = loader.store.secrets();
    let hash = secrets.hasher.hash_password(PASSWORD.to_string()).await?;
    let grants = vec![Grant {
        role: Role::Admin,
        unit: SYSTEM,
        station: 0,
    }];
    let tag = secret_tag(&secrets.pepper, "password", loader.id(SYSTEM, 0), PASSWORD);
    let receipt = loader
        .send(SYSTEM, 0, Who::Operator, |texts| {
            let (username, name) = ("bench".to_string(), texts.text("bench"));
            Command::AddStaff(AddStaff {
                username,
                name,
                grants,
                ties: Vec::new(),
                tag,
                hash: SecretHash(Some(hash)),
            })
        })
        .await?;
    let Answer::Made(made) = receipt.answer else {
        return Err("no staff".into());
    };
    let staff = made.first().map_or(Uuid::nil(), |made| made.id);
    access::grant_for_benchmark(&loader.store, staff).await?;
    let signed_in = access::sign_in(&loader.store, "bench", PASSWORD.to_string()).await;
    let token = signed_in.map_err(|fault| format!("{fault:?}"))?.token;
    Ok((staff, token))
}

/// Fills an empty database and prints what the load generator needs, as JSON on one line.
pub async fn run(settings: &Settings, villages: i32, households: i32) -> Done {
    let secrets = secrets(settings)?.with_cheap_hashes();
    let store = Store::open(store_settings(settings), secrets, Clock::Database).await?;
    let hash = store.secrets().hasher.hash_pin(PIN.to_string()).await?;
    let today = Day::of_instant(store.time(), 480);
    let loader = Loader { store, hash, today };
    loader
        .send(SYSTEM, u32::MAX, Who::Operator, |texts| {
            Command::FoundTownship(FoundTownship {
                code: "BENCH".to_string(),
                name: texts.text("bench"),
            })
        })
        .await?;
    let bar = indicatif::ProgressBar::new(u64::from(villages.unsigned_abs()));
    let numbers: Vec<i32> = (1..=villages + SHEET_VILLAGES).collect();
    let mut units = Vec::new();
    for chunk in numbers.chunks(AT_ONCE) {
        let one = |number: &i32| match *number > villages {
            true => loader.village(*number, SHEET_HOUSEHOLDS, 0),
            false => loader.village(*number, households, WITH_PIN.min(households)),
        };
        units.extend(try_join_all(chunk.iter().map(one)).await?);
        bar.inc(chunk.len() as u64);
    }
    let (staff, token) = boss(&loader).await?;
    for chunk in units.chunks(AT_ONCE) {
        try_join_all(chunk.iter().map(|unit| loader.endow(*unit, staff, 0))).await?;
    }
    if let Some(hot) = units.first() {
        // All the redemptions of the hot village are paid by a few households.
        for part in 1..=HOT_PARTS {
            loader.endow(*hot, staff, part).await?;
        }
    }
    bar.finish_and_clear();
    loader.store.gather_statistics().await?;
    loader.store.close().await;
    let told = json!({
        "token": token, "pin": PIN, "villages": ["B00001", villages], "households": households,
        "households_with_pin": WITH_PIN, "rule": "BENCH", "station": "S1", "skus": ["G1", "G2", "G3"],
    });
    say::line(&told.to_string());
    Ok(ExitCode::SUCCESS)
}
