//! What stands on the board: a notice each month, and now and then an objection to a line of it.

use super::life::fell_behind;
use super::{As, Fault, Maker, Village};
use crate::core::award::{AwardKey, seal};
use crate::core::notice::{ComposeNotice, ConfirmNotice};
use crate::core::objection::{AnswerObjection, RaiseObjection};
use crate::core::rows::{AwardRow, AwardState, Channel, ObjectionReason};
use crate::core::{Answer, Command, HouseholdRef, OperationRef};
use crate::store::read::awards;

/// The day of the month on which the month's lines are put up.
const POSTED: i64 = 12;
/// The months whose objection turns out right, and those where it does not.
const UPHELD: [i64; 2] = [3, 8];
const DISMISSED: [i64; 3] = [5, 7, 10];

/// What happens on this day beside the usual.
pub(super) async fn live(maker: &mut Maker<'_>, village: &Village, day: i64) -> Result<(), Fault> {
    if fell_behind(village, day) {
        return Ok(());
    }
    let month = day / 30;
    match day % 30 {
        POSTED => {
            let Some(no) = post(maker, village).await? else {
                return Ok(());
            };
            if UPHELD.contains(&month) || DISMISSED.contains(&month) {
                object(maker, village, no, 3, Channel::Phone).await?;
            }
            Ok(())
        }
        13 if UPHELD.contains(&month) => answer(maker, village, true).await,
        14 if DISMISSED.contains(&month) => answer(maker, village, false).await,
        _ => Ok(()),
    }
}

/// The lines that stand in this notice, or wait for one.
async fn lines(
    maker: &Maker<'_>,
    village: &Village,
    notice: Option<i32>,
) -> Result<Vec<(String, AwardRow)>, Fault> {
    let (mut found, mut after) = (Vec::new(), None);
    loop {
        let state = Some(AwardState::Pending);
        let page = awards::list(maker.store, village.unit, state, after, 1000).await?;
        let Some(last) = page.last() else { break };
        after = Some((last.row.seq, last.row.line));
        let here = page.into_iter().filter(|item| item.row.notice == notice);
        found.extend(here.map(|item| (item.id, item.row)));
    }
    Ok(found)
}

/// Puts up what waits; the reviewer confirms what the recorder put together.
pub(super) async fn post(maker: &mut Maker<'_>, village: &Village) -> Result<Option<i32>, Fault> {
    let waiting = lines(maker, village, None).await?;
    if waiting.is_empty() {
        return Ok(None);
    }
    let key = |(_, row): &(String, AwardRow)| AwardKey {
        seq: row.seq,
        line: row.line,
    };
    let compose = Command::ComposeNotice(ComposeNotice {
        days: 3,
        awards: waiting.iter().map(key).collect(),
    });
    let (id, recorder) = (maker.id(), maker.who(As::Recorder));
    let receipt = maker.ask(village.unit, recorder, id, compose).await?;
    let Answer::Made(made) = &receipt.answer else {
        return Ok(None);
    };
    let Some(notice) = made.first().map(|made| made.no) else {
        return Ok(None);
    };
    let standing = lines(maker, village, Some(notice)).await?;
    let seal = seal(standing.iter().map(|(_, row)| row));
    let confirm = Command::ConfirmNotice(ConfirmNotice { notice, seal });
    let (id, reviewer) = (maker.id(), maker.who(As::Reviewer));
    maker.ask(village.unit, reviewer, id, confirm).await?;
    Ok(Some(notice))
}

/// Somebody says that a line is wrong.
pub(super) async fn object(
    maker: &mut Maker<'_>,
    village: &Village,
    notice: i32,
    place: usize,
    channel: Channel,
) -> Result<(), Fault> {
    let lines = lines(maker, village, Some(notice)).await?;
    let Some((award, _)) = lines.get(place.min(lines.len().saturating_sub(1))) else {
        return Ok(());
    };
    let (operation, line) = award.split_once('.').unwrap_or((award, "0"));
    let (Ok(operation), Ok(line)) = (operation.parse(), line.parse()) else {
        return Ok(());
    };
    let (id, recorder) = (maker.id(), maker.who(As::Recorder));
    let objector = village.households.get(20).cloned();
    let body = RaiseObjection {
        notice,
        award: Some(OperationRef::new(operation, line)),
        household: objector.map(HouseholdRef::Given),
        channel,
        reason: ObjectionReason::DidNotHappen,
        words: Some(maker.texts(id).text("那天院里柴草没有码齐，请再去看看")),
        photo: None,
    };
    let command = Command::RaiseObjection(body);
    let receipt = maker.ask(village.unit, recorder, id, command).await?;
    if let Answer::Made(made) = &receipt.answer {
        let no = made.first().map_or(0, |made| made.no);
        maker.objections.insert(village.unit, no);
    }
    Ok(())
}

/// The manager, who had no part in it, answers the newest one.
async fn answer(maker: &mut Maker<'_>, village: &Village, uphold: bool) -> Result<(), Fault> {
    let id = maker.id();
    let words = match uphold {
        true => "复查属实，这一笔已退回资金池，整改后可再评",
        false => "两名评委当天都在场，有照片，评分无误",
    };
    let body = AnswerObjection {
        objection: maker.objections.get(&village.unit).copied().unwrap_or(0),
        uphold,
        answer: maker.texts(id).text(words),
    };
    let manager = maker.who(As::Manager);
    let command = Command::AnswerObjection(body);
    maker
        .ask(village.unit, manager, id, command)
        .await
        .map(drop)
}
