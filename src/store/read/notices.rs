//! Public notices with their lines, and the awards that wait for one.

use super::awards::award_id;
use super::{ReadFault, core_row, row, rows, text, unit as unit_value};
use crate::core::award::SHEET_MAX;
use crate::core::award::seal;
use crate::core::rights::UnitNo;
use crate::core::rows::{AwardRow, AwardState, NoticeRow, NoticeState, RuleKind};
use crate::core::{Day, Points};
use crate::store::Store;
use sea_orm::QueryResult;
use uuid::Uuid;

/// A notice with the names behind it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct NoticeItem {
    /// The notice.
    pub row: NoticeRow,
    /// Who put it together.
    pub composer: String,
    /// Who confirmed it; empty before.
    pub confirmer: String,
    /// Why it was withdrawn; empty for others.
    pub reason: String,
    /// Lines that stand in it and wait for its end.
    pub standing: i64,
    /// Lines among them that an open objection holds back.
    pub frozen: i64,
    /// The operation that last changed it.
    pub operation: Uuid,
    /// That operation's leaf.
    pub leaf: [u8; 32],
}

impl NoticeItem {
    /// Whether everybody may read it today.
    #[must_use]
    pub fn is_open(&self, today: Day) -> bool {
        self.row.state == NoticeState::Posted && self.row.closes.is_some_and(|day| day >= today)
    }

    /// Days until its last one; `None` unless it is open.
    #[must_use]
    pub fn days_left(&self, today: Day) -> Option<i32> {
        let closes = self.row.closes.filter(|_| self.is_open(today))?;
        Some(closes.0 - today.0)
    }
}

/// A line of a notice, or an award that waits for one, with its names.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct NoticeLine {
    /// The award.
    pub award: AwardRow,
    /// The operation that recorded it.
    pub operation: Uuid,
    /// The award's id: the operation's, with `.line` for one of a sheet.
    pub id: String,
    /// The household's code.
    pub code: String,
    /// Its head.
    pub head: String,
    /// Its group.
    pub group: String,
    /// The rule's Chinese name.
    pub rule_zh: String,
    /// The rule's English name.
    pub rule_en: String,
}

impl NoticeLine {
    /// Points with the sign of the rule.
    #[must_use]
    pub fn signed(&self) -> Points {
        match self.award.kind {
            RuleKind::Award => self.award.points,
            RuleKind::Deduct => Points(-self.award.points.0),
        }
    }

    /// Whether it stands: it waits for the end of its notice, or of an objection.
    #[must_use]
    pub fn stands(&self) -> bool {
        self.award.state == AwardState::Pending
    }

    /// Operation and line in the village's journal, as links write it.
    #[must_use]
    pub fn key(&self) -> String {
        format!("{}.{}", self.award.seq, self.award.line)
    }
}

macro_rules! select_notices {
    ($tail:literal) => {
        concat!(
            "select n.no, n.id, n.state, n.days, n.lines, n.points, n.taken, n.composer, n.composed, n.confirmer, ",
            "n.opens, n.closes, n.reason, n.proof, n.changed_by, cw.body, vw.body, rw.body, ",
            "(select count(*) from award a where a.notice = n.no and a.village_id = n.village_id and a.notice is not null and a.state = 2), ",
            "(select count(*) from award a where a.notice = n.no and a.village_id = n.village_id and a.notice is not null and a.state = 2 and a.objections > 0), ",
            "o.id, o.leaf from notice n ",
            "join operation o on o.village_id = n.village_id and o.seq = n.changed_by ",
            "left join staff c on c.village_id = 1 and c.id = n.composer ",
            "left join words cw on cw.village_id = 1 and cw.hash = c.name ",
            "left join staff v on v.village_id = 1 and v.id = n.confirmer ",
            "left join words vw on vw.village_id = 1 and vw.hash = v.name ",
            "left join words rw on rw.village_id = n.village_id and rw.hash = n.reason ",
            $tail
        )
    };
}

macro_rules! select_lines {
    ($tail:literal) => {
        concat!(
            "select a.seq, a.line, a.rule, a.rule_version, a.kind, a.household, a.group_no, a.member, a.quantity, a.points, ",
            "a.occurred, a.state, a.recorder, a.note, a.reviewer, a.reason, a.changed_by, a.lot, a.notice_until, a.unpaid, a.notice, a.objections, a.review_by, ",
            "o.id, o.kind, h.code, hw.body, g.name, z.body, e.body from award a ",
            "join operation o on o.village_id = a.village_id and o.seq = a.seq ",
            "join household h on h.village_id = a.village_id and h.no = a.household ",
            "join rule r on r.village_id = a.village_id and r.no = a.rule and r.version = a.rule_version ",
            "left join village_group g on g.village_id = a.village_id and g.no = a.group_no ",
            "left join words hw on hw.village_id = h.village_id and hw.hash = h.head ",
            "left join words z on z.village_id = a.village_id and z.hash = r.name_zh ",
            "left join words e on e.village_id = a.village_id and e.hash = r.name_en ",
            $tail
        )
    };
}

fn notice(row: &QueryResult) -> Result<NoticeItem, ReadFault> {
    let leaf: Vec<u8> = row.try_get_by_index(21)?;
    Ok(NoticeItem {
        row: core_row(row, 0)?,
        composer: text(row, 15)?,
        confirmer: text(row, 16)?,
        reason: text(row, 17)?,
        standing: row.try_get_by_index(18)?,
        frozen: row.try_get_by_index(19)?,
        operation: row.try_get_by_index(20)?,
        leaf: leaf.try_into().map_err(|_| ReadFault::Fault)?,
    })
}

fn line(row: &QueryResult) -> Result<NoticeLine, ReadFault> {
    let award: AwardRow = core_row(row, 0)?;
    let operation: Uuid = row.try_get_by_index(23)?;
    Ok(NoticeLine {
        id: award_id(operation, award.line, row.try_get_by_index(24)?),
        operation,
        code: text(row, 25)?,
        head: text(row, 26)?,
        group: text(row, 27)?,
        rule_zh: text(row, 28)?,
        rule_en: text(row, 29)?,
        award,
    })
}

/// The most lines a notice has, as the database takes it.
fn most() -> sea_orm::Value {
    i64::try_from(SHEET_MAX).unwrap_or(2_000).into()
}

/// Notices, the newest first.
///
/// # Errors
/// [`ReadFault`].
pub async fn list(
    store: &Store,
    unit: UnitNo,
    before: Option<i32>,
    limit: usize,
) -> Result<Vec<NoticeItem>, ReadFault> {
    let sql = select_notices!("where n.village_id = $1 and n.no < $2 order by n.no desc limit $3");
    let before = i64::from(before.unwrap_or(i32::MAX));
    let values = vec![unit_value(unit), before.into(), super::limit(limit)];
    rows(store, sql, values).await?.iter().map(notice).collect()
}

/// Notices that everybody may read on a day, those that end soonest first.
///
/// # Errors
/// [`ReadFault`].
pub async fn open(store: &Store, unit: UnitNo, today: Day) -> Result<Vec<NoticeItem>, ReadFault> {
    let sql = select_notices!(
        "where n.village_id = $1 and n.state = 2 and n.closes >= $2 order by n.closes, n.no limit 50"
    );
    let values = vec![unit_value(unit), i64::from(today.0).into()];
    rows(store, sql, values).await?.iter().map(notice).collect()
}

/// One notice.
///
/// # Errors
/// [`ReadFault`].
pub async fn one(store: &Store, unit: UnitNo, no: i32) -> Result<Option<NoticeItem>, ReadFault> {
    let sql = select_notices!("where n.village_id = $1 and n.no = $2");
    let values = vec![unit_value(unit), i64::from(no).into()];
    let found = row(store, sql, values).await?;
    found.as_ref().map(notice).transpose()
}

/// The lines of a notice, those taken out meanwhile too, in the order of the journal.
///
/// # Errors
/// [`ReadFault`].
pub async fn lines(store: &Store, unit: UnitNo, no: i32) -> Result<Vec<NoticeLine>, ReadFault> {
    let sql = select_lines!(
        "where a.village_id = $1 and a.notice = $2 and a.notice is not null order by a.seq, a.line limit $3"
    );
    let values = vec![unit_value(unit), i64::from(no).into(), most()];
    rows(store, sql, values).await?.iter().map(line).collect()
}

/// One award by its place in the journal.
///
/// # Errors
/// [`ReadFault`].
pub async fn line_at(
    store: &Store,
    unit: UnitNo,
    (seq, no): (i64, i32),
) -> Result<Option<NoticeLine>, ReadFault> {
    let sql = select_lines!("where a.village_id = $1 and a.seq = $2 and a.line = $3");
    let values = vec![unit_value(unit), seq.into(), i64::from(no).into()];
    let found = row(store, sql, values).await?;
    found.as_ref().map(line).transpose()
}

/// Approved awards that stand in no notice yet, the oldest first; as many as one notice takes.
///
/// # Errors
/// [`ReadFault`].
pub async fn waiting(store: &Store, unit: UnitNo) -> Result<Vec<NoticeLine>, ReadFault> {
    let sql = select_lines!(
        "where a.village_id = $1 and a.state = 2 and a.state in (1, 2) and a.notice is null \
         and a.notice_until is null order by a.seq, a.line limit $2"
    );
    let values = vec![unit_value(unit), most()];
    rows(store, sql, values).await?.iter().map(line).collect()
}

/// The same as long as nothing in the notice changes: what its second person confirms.
#[must_use]
pub fn seal_of(lines: &[NoticeLine]) -> [u8; 32] {
    let standing = lines.iter().filter(|line| line.stands());
    seal(standing.map(|line| &line.award))
}

/// What notices and objections ask of a committee today.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Due {
    /// Approved awards without a notice.
    pub waiting: i64,
    /// Notices that another person put together and that wait for their second person.
    pub to_confirm: i64,
    /// Objections without an answer.
    pub objections: i64,
    /// Those of them past their day.
    pub overdue: i64,
    /// The day the first of them is due.
    pub next: Option<Day>,
}

/// What waits, for one staff member.
///
/// # Errors
/// [`ReadFault`].
pub async fn due(store: &Store, unit: UnitNo, staff: Uuid, today: Day) -> Result<Due, ReadFault> {
    let sql = "select (select count(*) from award a where a.village_id = $1 and a.state = 2 and a.state in (1, 2) \
               and a.notice is null and a.notice_until is null), \
               (select count(*) from notice n where n.village_id = $1 and n.state = 1 and n.composer <> $2), \
               (select count(*) from objection b where b.village_id = $1 and b.state = 1), \
               (select count(*) from objection b where b.village_id = $1 and b.state = 1 and b.due < $3), \
               (select min(b.due) from objection b where b.village_id = $1 and b.state = 1)";
    let values = vec![unit_value(unit), staff.into(), i64::from(today.0).into()];
    let Some(row) = row(store, sql, values).await? else {
        return Ok(Due::default());
    };
    let next = row.try_get_by_index::<Option<i64>>(4)?;
    Ok(Due {
        waiting: row.try_get_by_index(0)?,
        to_confirm: row.try_get_by_index(1)?,
        objections: row.try_get_by_index(2)?,
        overdue: row.try_get_by_index(3)?,
        next: next.map(|day| Day(i32::try_from(day).unwrap_or(0))),
    })
}
