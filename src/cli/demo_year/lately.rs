//! What does not come every month, and what still waits at the year's end.

use super::life::{decision, today};
use super::notices;
use super::{As, DAYS, Fault, Maker, SHOWN, Village};
use crate::core::award::{AwardSheet, OnCap, RecordAward, SheetRow};
use crate::core::household::ChangeHousehold;
use crate::core::rows::Channel;
use crate::core::rule::RetireRule;
use crate::core::{Command, HouseholdRef, Quantity};
use crate::store::Receipt;

/// Rows of the sheet that waits.
const WAITING_ROWS: std::ops::Range<usize> = 12..24;

/// What happens on this day beside the usual.
pub(super) async fn live(maker: &mut Maker<'_>, village: &Village, day: i64) -> Result<(), Fault> {
    match day {
        40 => rename(maker, village).await,
        200 => retire(maker, village).await,
        _ if village.is_late => Ok(()),
        _ if day == DAYS - 2 => put_up(maker, village).await,
        _ if day == DAYS - 1 => leave_waiting(maker, village).await,
        _ => Ok(()),
    }
}

fn household(village: &Village, index: usize) -> HouseholdRef {
    HouseholdRef::Given(village.households.get(index).cloned().unwrap_or_default())
}

/// A household whose elders have long names.
async fn rename(maker: &mut Maker<'_>, village: &Village) -> Result<(), Fault> {
    let id = maker.id();
    let mut texts = maker.texts(id);
    let members = ["阿卜杜热西提·买买提依明", "欧阳慕容淑贞"];
    let body = ChangeHousehold {
        household: household(village, 9),
        group: None,
        head: Some(texts.text("古丽巴哈尔·阿卜杜热合曼")),
        phone: None,
        door: None,
        members: Some(members.map(|name| texts.text(name)).to_vec()),
        status: None,
    };
    let manager = maker.who(As::Manager);
    maker
        .ask(village.unit, manager, id, Command::ChangeHousehold(body))
        .await
        .map(drop)
}

/// The villagers' delegates do away with a rule.
async fn retire(maker: &mut Maker<'_>, village: &Village) -> Result<(), Fault> {
    let id = maker.id();
    let retire = Command::RetireRule(RetireRule {
        rule: "PB02".to_string(),
        ends: today(maker),
        resolution: None,
    });
    let manager = maker.who(As::Manager);
    maker.ask(village.unit, manager, id, retire).await.map(drop)
}

async fn award(
    maker: &mut Maker<'_>,
    village: &Village,
    by: As,
    (rule, index, note): (&str, usize, &str),
) -> Result<Receipt, Fault> {
    let id = maker.id();
    let body = RecordAward {
        rule: rule.to_string(),
        household: household(village, index),
        member: None,
        quantity: Quantity::ONE,
        occurred: today(maker),
        note: Some(maker.texts(id).text(note)),
    };
    let who = maker.who(by);
    maker.ask(village.unit, who, id, Command::Award(body)).await
}

/// Two courtyards of the quarter stand in public notice.
async fn put_up(maker: &mut Maker<'_>, village: &Village) -> Result<(), Fault> {
    let mut open = Vec::new();
    for index in [SHOWN, 7] {
        let deed = ("CY05", index, "季度均分前一成");
        let receipt = award(maker, village, As::Second, deed).await?;
        open.push(decision(maker, (receipt.id, 0), true));
    }
    let reviewer = maker.who(As::Reviewer);
    maker.ask_all(village.unit, reviewer, open).await;
    if let Some(notice) = notices::post(maker, village).await? {
        notices::object(maker, village, notice, 1, Channel::Paper).await?;
    }
    Ok(())
}

/// What the reviewer finds in the morning.
async fn leave_waiting(maker: &mut Maker<'_>, village: &Village) -> Result<(), Fault> {
    let id = maker.id();
    let rows = WAITING_ROWS.map(|index| SheetRow {
        household: household(village, index),
        quantity: Quantity::ONE,
    });
    let sheet = AwardSheet {
        rule: "RN03".to_string(),
        occurred: today(maker),
        on_cap: OnCap::Clip,
        rows: rows.collect(),
    };
    let recorder = maker.who(As::Recorder);
    maker
        .ask(village.unit, recorder, id, Command::AwardSheet(sheet))
        .await?;
    for (by, deed) in [
        (As::Recorder, ("VL04", 8, "清理水井旁的小卫生死角")),
        (As::Second, ("TD02", 9, "柴草已码齐，离房三米")),
        (As::Second, ("WS01", 6, "收运员抽查，分类正确")),
        // The reviewer's kin: another person must review it.
        (As::Second, ("VL07", 5, "庄前栽月季十二株")),
        (As::Second, ("DD02", 11, "路边倾倒建筑垃圾")),
    ] {
        award(maker, village, by, deed).await?;
    }
    Ok(())
}
