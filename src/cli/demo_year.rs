//! The demo's township: three villages from their rosters, and a year of deeds, goods and returns,
//! each by the command a person would use.

use super::demo::PIN;
use super::{Fault, say};
use crate::core::award::{AwardSheet, OnCap, RecordAward, ReviewAward, SheetRow};
use crate::core::fund::AllotFund;
use crate::core::household::{IssueCard, SetPin};
use crate::core::redemption::{CartLine, Redeem, Refund, RefundLine, ReturnTo};
use crate::core::registry::{AddStaff, FoundTownship, FoundVillage, TieSpec};
use crate::core::reversal::Reverse;
use crate::core::rights::{Grant, Role, SYSTEM, UnitNo};
use crate::core::rows::Tie;
use crate::core::station::{OpenStation, ReceiptLine, ReceiveStock};
use crate::core::{
    Answer, Command, Day, HouseholdRef, OperationRef, Points, Quantity, SecretHash, derived_id,
};
use crate::import::households::HouseholdRow;
use crate::import::{read_goods, read_households, read_rules, read_table, samples};
use crate::store::import::{Target, take_goods, take_households, take_rules};
use crate::store::read::households;
use crate::store::texts::{Texts, card_token, secret_tag, token_hash};
use crate::store::{Receipt, Store, Submission, Who};
use futures_util::future::join_all;
use std::sync::atomic::{AtomicI64, Ordering};
use uuid::Uuid;

/// Code, name and roster of each village.
pub const VILLAGES: [(&str, &str, &[u8]); 3] = [
    ("TZ", "田赵村", samples::ROSTER_TIANZHAO),
    ("DS", "东山村", samples::ROSTER_DONGSHAN),
    ("HK", "河口村", samples::ROSTER_HEKOU),
];
/// The station of each village.
pub const STATION: &str = "S1";
/// Sign-in name, role and what for.
pub const STAFF: [(&str, &str, &str); 6] = [
    ("admin", "admin", "建村、添人 / villages and staff"),
    ("officer", "officer", "镇环保办 / township office"),
    (
        "manager",
        "manager",
        "三个村的村务 / rules, fund, cards in all three villages",
    ),
    ("recorder", "recorder", "记分 / records deeds"),
    ("reviewer", "reviewer", "复核 / reviews"),
    ("clerk", "clerk", "三个供应站 / the three stations"),
];
/// Households with card and PIN in each village.
const WITH_CARD: usize = 60;
/// Places of the recorder's own and kin households in the first roster; skipped everywhere.
const TIED: [usize; 2] = [2, 4];
const MICROS_PER_DAY: i64 = 86_400_000_000;

/// What was built.
pub struct Year {
    /// Operations accepted.
    pub operations: u64,
    /// The card of the first household.
    pub card: String,
    /// The local day it ends on.
    pub today: Day,
}

struct Village {
    unit: UnitNo,
    households: Vec<String>,
}

struct Maker<'a> {
    store: &'a Store,
    clock: &'a AtomicI64,
    made: u64,
    accepted: u64,
    random: u64,
    staff: Vec<Uuid>,
}

/// A staff member of [`STAFF`] by place in it.
#[derive(Clone, Copy)]
enum As {
    Manager = 2,
    Recorder = 3,
    Reviewer = 4,
    Clerk = 5,
}

impl Maker<'_> {
    fn id(&mut self) -> Uuid {
        self.made += 1;
        derived_id(
            Uuid::from_u64_pair(0x64656d6f, self.made),
            self.clock.load(Ordering::Relaxed),
            0,
        )
    }

    /// The next of a fixed sequence of numbers below `below`: every demo is the same.
    fn pick(&mut self, below: usize) -> usize {
        self.random ^= self.random << 13;
        self.random ^= self.random >> 7;
        self.random ^= self.random << 17;
        usize::try_from(self.random % below.max(1) as u64).unwrap_or(0)
    }

    fn who(&self, role: As) -> Who {
        self.staff
            .get(role as usize)
            .map_or(Who::Operator, |id| Who::Staff(*id))
    }

    fn texts(&self, id: Uuid) -> Texts<'_> {
        Texts::new(&self.store.secrets().pepper, id)
    }

    async fn ask(
        &mut self,
        unit: UnitNo,
        who: Who,
        id: Uuid,
        command: Command,
    ) -> Result<Receipt, Fault> {
        let receipt = self
            .store
            .submit(Submission {
                id,
                unit,
                who,
                command,
            })
            .await;
        self.accepted += 1;
        receipt.map_err(|refusal| say::refusal(&refusal))
    }

    /// Sends many at once; those that the rules refuse are part of a village's life.
    async fn ask_all(
        &mut self,
        unit: UnitNo,
        who: Who,
        commands: Vec<(Uuid, Command)>,
    ) -> Vec<Receipt> {
        let store = self.store;
        let asked = commands.into_iter().map(|(id, command)| {
            store.submit(Submission {
                id,
                unit,
                who,
                command,
            })
        });
        let receipts: Vec<Receipt> = join_all(asked)
            .await
            .into_iter()
            .filter_map(Result::ok)
            .collect();
        self.accepted += receipts.len() as u64;
        receipts
    }
}

/// Builds everything; the clock is moved through the year and left at its end.
pub async fn build(store: &Store, clock: &AtomicI64) -> Result<Year, Fault> {
    let end = store.time();
    let start = end - 364 * MICROS_PER_DAY;
    clock.store(start, Ordering::Relaxed);
    let mut maker = Maker {
        store,
        clock,
        made: 0,
        accepted: 0,
        random: 0x2545_f491_4f6c_dd1d,
        staff: Vec::new(),
    };
    let mut villages = found(&mut maker).await?;
    for (village, (_, _, roster)) in villages.iter_mut().zip(VILLAGES) {
        furnish(&mut maker, village, roster).await?;
    }
    hire(&mut maker, &villages).await?;
    let mut card = String::new();
    for (index, village) in villages.iter().enumerate() {
        let first = hand_out_cards(&mut maker, village).await?;
        if index == 0 {
            card = first;
        }
    }
    for day in 0..364 {
        clock.store(
            start + day * MICROS_PER_DAY + 36_000_000_000,
            Ordering::Relaxed,
        );
        for village in &villages {
            live(&mut maker, village, day).await?;
        }
        if day % 30 == 17 || day == 363 {
            store.sweep().await?;
        }
    }
    Ok(Year {
        operations: maker.accepted,
        card,
        today: Day::of_instant(end, 480),
    })
}

async fn found(maker: &mut Maker<'_>) -> Result<Vec<Village>, Fault> {
    let id = maker.id();
    let name = maker.texts(id).text("清河镇");
    let township = Command::FoundTownship(FoundTownship {
        code: "QH".to_string(),
        name,
    });
    maker.ask(SYSTEM, Who::Operator, id, township).await?;
    let mut villages = Vec::new();
    for (code, name, _) in VILLAGES {
        let id = maker.id();
        let name = maker.texts(id).text(name);
        let body = FoundVillage {
            code: code.to_string(),
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

async fn furnish(maker: &mut Maker<'_>, village: &mut Village, roster: &[u8]) -> Result<(), Fault> {
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
    let refused = |refusal| say::refusal(&refusal);
    take_households(maker.store, target(maker.id()), &rows)
        .await
        .map_err(refused)?;
    village.households = rows.into_iter().map(|row| row.code).collect();
    let rules = read_rules(&table(samples::RULES_CSV, "rules.csv")?);
    take_rules(maker.store, target(maker.id()), &rules.rows)
        .await
        .map_err(refused)?;
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

async fn hire(maker: &mut Maker<'_>, villages: &[Village]) -> Result<(), Fault> {
    let hasher = maker.store.secrets().hasher.clone();
    for (username, role, _) in STAFF {
        let role = Role::of_word(role).ok_or("unknown role")?;
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
        // The recorder lives in the first village and has kin there.
        let tie = |code: &str, tie| TieSpec {
            unit: villages[0].unit,
            household: HouseholdRef::Given(code.to_string()),
            tie,
        };
        let ties = if role == Role::Recorder {
            vec![tie("010003", Tie::Own), tie("010005", Tie::Kin)]
        } else {
            Vec::new()
        };
        let id = maker.id();
        let hash = hasher
            .hash_password(super::demo::PASSWORD.to_string())
            .await?;
        let body = AddStaff {
            username: username.to_string(),
            name: maker.texts(id).text(username),
            grants,
            ties,
            tag: secret_tag(
                &maker.store.secrets().pepper,
                "password",
                id,
                super::demo::PASSWORD,
            ),
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
async fn hand_out_cards(maker: &mut Maker<'_>, village: &Village) -> Result<String, Fault> {
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

/// What happens in a village on a day of the year.
async fn live(maker: &mut Maker<'_>, village: &Village, day: i64) -> Result<(), Fault> {
    match day % 30 {
        0 if day % 90 == 0 => begin_quarter(maker, village).await,
        5 => sheet(maker, village, "VL01", 35, false).await,
        11 => sheet(maker, village, "CY02", 22, true).await,
        14 => single_deeds(maker, village).await,
        20 => faults(maker, village).await,
        26 if day % 90 == 86 => redemption_day(maker, village).await,
        _ => Ok(()),
    }
}

async fn begin_quarter(maker: &mut Maker<'_>, village: &Village) -> Result<(), Fault> {
    let id = maker.id();
    let reference = maker.texts(id).text("村民代表会议决议：本季度积分预算");
    let allot = Command::AllotFund(AllotFund {
        points: Points(450_000),
        reference,
    });
    let manager = maker.who(As::Manager);
    maker.ask(village.unit, manager, id, allot).await?;
    let id = maker.id();
    let supplier = Some(maker.texts(id).text("镇供销社"));
    let line = |(sku, cost): (&str, i64)| ReceiptLine {
        sku: sku.to_string(),
        quantity: 60,
        cost_fen: Some(cost),
    };
    let lines = [
        ("CL001", 260),
        ("CL002", 350),
        ("CL003", 820),
        ("CL008", 900),
    ]
    .map(line)
    .to_vec();
    let body = ReceiveStock {
        station: STATION.to_string(),
        supplier,
        lines,
    };
    let clerk = maker.who(As::Clerk);
    maker
        .ask(village.unit, clerk, id, Command::ReceiveStock(body))
        .await
        .map(|_| ())
}

async fn sheet(
    maker: &mut Maker<'_>,
    village: &Village,
    rule: &str,
    percent: usize,
    reviewed: bool,
) -> Result<(), Fault> {
    let mut rows = Vec::new();
    for (index, code) in village.households.iter().enumerate() {
        // The recorder's own and kin households are not theirs to record.
        let tied = TIED.contains(&index);
        if maker.pick(100) < percent && !tied {
            rows.push(SheetRow {
                household: HouseholdRef::Given(code.clone()),
                quantity: Quantity::ONE,
            });
        }
    }
    let count = rows.len();
    let id = maker.id();
    let body = AwardSheet {
        rule: rule.to_string(),
        occurred: today(maker),
        on_cap: OnCap::Clip,
        rows,
    };
    let recorder = maker.who(As::Recorder);
    maker
        .ask(village.unit, recorder, id, Command::AwardSheet(body))
        .await?;
    if reviewed {
        let lines: Vec<(Uuid, i32)> = (0..count)
            .map(|line| (id, i32::try_from(line).unwrap_or(0)))
            .collect();
        review(maker, village, &lines).await;
    }
    Ok(())
}

fn today(maker: &Maker<'_>) -> Day {
    Day::of_instant(maker.clock.load(Ordering::Relaxed), 480)
}

/// The reviewer approves, and now and then refuses.
async fn review(maker: &mut Maker<'_>, village: &Village, awards: &[(Uuid, i32)]) {
    let mut commands = Vec::new();
    for (operation, line) in awards {
        let id = maker.id();
        let approve = maker.pick(20) > 0;
        let reason = (!approve).then(|| maker.texts(id).text("照片看不清，请补拍"));
        let award = OperationRef::new(*operation, *line);
        commands.push((
            id,
            Command::ReviewAward(ReviewAward {
                award,
                approve,
                reason,
            }),
        ));
    }
    let reviewer = maker.who(As::Reviewer);
    maker.ask_all(village.unit, reviewer, commands).await;
}

fn deed(maker: &mut Maker<'_>, village: &Village, rule: &str, note: &str) -> (Uuid, Command) {
    let index = 6 + maker.pick(village.households.len().saturating_sub(6));
    let household = village.households.get(index).cloned().unwrap_or_default();
    let id = maker.id();
    let body = RecordAward {
        rule: rule.to_string(),
        household: HouseholdRef::Given(household),
        member: None,
        quantity: Quantity::ONE,
        occurred: today(maker),
        note: Some(maker.texts(id).text(note)),
    };
    (id, Command::Award(body))
}

async fn single_deeds(maker: &mut Maker<'_>, village: &Village) -> Result<(), Fault> {
    let mut commands = Vec::new();
    for (rule, note) in [
        ("TD01", "门前三包按周巡查合格"),
        ("VL04", "清理渠边小卫生死角"),
        ("VL02", "报告路口垃圾"),
    ] {
        for _ in 0..6 {
            commands.push(deed(maker, village, rule, note));
        }
    }
    for _ in 0..3 {
        commands.push(deed(maker, village, "VL08", "参加渠道清淤半天"));
    }
    let recorder = maker.who(As::Recorder);
    let receipts = maker.ask_all(village.unit, recorder, commands).await;
    let open: Vec<(Uuid, i32)> = receipts.iter().map(|receipt| (receipt.id, 0)).collect();
    review(maker, village, &open).await;
    // One entry a month was a mistake.
    if let Some(mistake) = receipts.last() {
        let id = maker.id();
        let reason = maker.texts(id).text("记错了户，冲销重记");
        let body = Reverse {
            operation: OperationRef::new(mistake.id, 0),
            reason,
        };
        let manager = maker.who(As::Manager);
        maker
            .ask_all(village.unit, manager, vec![(id, Command::Reverse(body))])
            .await;
    }
    Ok(())
}

async fn faults(maker: &mut Maker<'_>, village: &Village) -> Result<(), Fault> {
    let commands = vec![
        deed(maker, village, "DD02", "路边倾倒垃圾"),
        deed(maker, village, "DD03", "污水泼到路上"),
    ];
    let recorder = maker.who(As::Recorder);
    let receipts = maker.ask_all(village.unit, recorder, commands).await;
    let open: Vec<(Uuid, i32)> = receipts.iter().map(|receipt| (receipt.id, 0)).collect();
    review(maker, village, &open).await;
    Ok(())
}

async fn redemption_day(maker: &mut Maker<'_>, village: &Village) -> Result<(), Fault> {
    let pepper = std::sync::Arc::clone(&maker.store.secrets().pepper);
    let clerk = maker.who(As::Clerk);
    let prices = [
        ("CL008", 1_000),
        ("CL003", 900),
        ("CL002", 400),
        ("CL001", 300),
    ];
    let (mut commands, mut carts) = (Vec::new(), Vec::new());
    for no in 1..=i32::try_from(WITH_CARD).unwrap_or(0) {
        let Some(view) = households::view(maker.store, village.unit, no).await? else {
            continue;
        };
        let (mut left, mut lines) = (view.balance.available.0, Vec::new());
        for (sku, price) in prices {
            if left >= price && maker.pick(3) > 0 {
                left -= price;
                lines.push(CartLine {
                    sku: sku.to_string(),
                    quantity: 1,
                });
            }
        }
        let Some(first) = lines.first().map(|line| line.sku.clone()) else {
            continue;
        };
        let id = maker.id();
        carts.push((id, first));
        let body = Redeem {
            station: STATION.to_string(),
            household: HouseholdRef::No(no),
            card: Some(1),
            pin_version: 1,
            pin_tag: secret_tag(&pepper, "pin", id, PIN),
            lines,
        };
        commands.push((id, Command::Redeem(body)));
    }
    let done: Vec<Uuid> = maker
        .ask_all(village.unit, clerk, commands)
        .await
        .into_iter()
        .map(|receipt| receipt.id)
        .collect();
    let mut refunds = Vec::new();
    for (redemption, sku) in carts
        .into_iter()
        .filter(|(id, _)| done.contains(id))
        .step_by(12)
    {
        let id = maker.id();
        let reason = maker.texts(id).text("包装破损");
        let to = if maker.pick(2) == 0 {
            ReturnTo::Shelf
        } else {
            ReturnTo::Waste
        };
        let lines = vec![RefundLine {
            sku,
            quantity: 1,
            to,
        }];
        let (station, redemption) = (STATION.to_string(), OperationRef::new(redemption, 0));
        refunds.push((
            id,
            Command::Refund(Refund {
                station,
                redemption,
                reason,
                lines,
            }),
        ));
    }
    maker.ask_all(village.unit, clerk, refunds).await;
    Ok(())
}
