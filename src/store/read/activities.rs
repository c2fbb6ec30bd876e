//! Activities, who came to them, and what became of their attendance.

use super::{ReadFault, core_row, limit, row, rows, text, unit as unit_value};
use crate::core::Points;
use crate::core::rights::UnitNo;
use crate::core::rows::{ActivityRow, AttendanceRow, AwardState, Tie};
use crate::store::Store;
use sea_orm::QueryResult;
use uuid::Uuid;

/// An activity with its words.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ActivityItem {
    /// The activity.
    pub row: ActivityRow,
    /// What people call it.
    pub title: String,
    /// Where to meet; empty when not said.
    pub place: String,
    /// Why it was called off.
    pub reason: String,
    /// The code of its rule.
    pub rule_code: String,
    /// Its Chinese name.
    pub rule_zh: String,
    /// Its English name.
    pub rule_en: String,
    /// Who planned it.
    pub planner: String,
    /// The key of the operation that sent it.
    pub sent: Option<Uuid>,
}

/// One who came.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Came {
    /// The attendance.
    pub row: AttendanceRow,
    /// The household's code.
    pub code: String,
    /// Its head's name.
    pub head: String,
    /// The member's name; empty for the head and when nobody was named.
    pub member: String,
    /// Its group.
    pub group: String,
    /// Why it was struck off.
    pub reason: String,
    /// How the reader belongs to the household.
    pub tie: Option<Tie>,
    /// What its award gives, and how far that has come.
    pub award: Option<(Points, AwardState)>,
}

fn item(row: &QueryResult) -> Result<ActivityItem, ReadFault> {
    Ok(ActivityItem {
        row: core_row(row, 0)?,
        title: text(row, 20)?,
        place: text(row, 21)?,
        reason: text(row, 22)?,
        rule_code: text(row, 23)?,
        rule_zh: text(row, 24)?,
        rule_en: text(row, 25)?,
        planner: text(row, 26)?,
        sent: row.try_get_by_index(27)?,
    })
}

macro_rules! activities {
    ($tail:literal) => {
        concat!(
            "select a.no, a.id, a.title, a.kind, a.rule, a.scope, a.day, a.opens, a.closes, a.place, a.hours, ",
            "a.state, a.signed, a.planner, a.ended, a.photo_before, a.photo_after, a.sent, a.reason, a.changed_by, ",
            "t.body, p.body, y.body, r.code, z.body, e.body, f.body, o.id from activity a ",
            "join rule r on r.village_id = a.village_id and r.no = a.rule and r.version = ",
            "(select max(x.version) from rule x where x.village_id = a.village_id and x.no = a.rule) ",
            "left join words t on t.village_id = a.village_id and t.hash = a.title ",
            "left join words p on p.village_id = a.village_id and p.hash = a.place ",
            "left join words y on y.village_id = a.village_id and y.hash = a.reason ",
            "left join words z on z.village_id = a.village_id and z.hash = r.name_zh ",
            "left join words e on e.village_id = a.village_id and e.hash = r.name_en ",
            "left join staff s on s.village_id = 1 and s.id = a.planner ",
            "left join words f on f.village_id = 1 and f.hash = s.name ",
            "left join operation o on o.village_id = a.village_id and o.seq = a.sent ",
            $tail
        )
    };
}

/// Activities, the newest number first; `after` is the number that the last page ended with.
///
/// # Errors
/// [`ReadFault`].
pub async fn list(
    store: &Store,
    unit: UnitNo,
    after: Option<i32>,
    most: usize,
) -> Result<Vec<ActivityItem>, ReadFault> {
    let sql = activities!("where a.village_id = $1 and a.no < $2 order by a.no desc limit $3");
    let after = i64::from(after.unwrap_or(i32::MAX));
    let values = vec![unit_value(unit), after.into(), limit(most)];
    rows(store, sql, values).await?.iter().map(item).collect()
}

/// One activity.
///
/// # Errors
/// [`ReadFault`].
pub async fn one(store: &Store, unit: UnitNo, no: i32) -> Result<Option<ActivityItem>, ReadFault> {
    let sql = activities!("where a.village_id = $1 and a.no = $2");
    let values = vec![unit_value(unit), i64::from(no).into()];
    row(store, sql, values)
        .await?
        .as_ref()
        .map(item)
        .transpose()
}

/// The activity that an operation sent to review.
///
/// # Errors
/// [`ReadFault`].
pub async fn sent_by(
    store: &Store,
    unit: UnitNo,
    seq: i64,
) -> Result<Option<ActivityItem>, ReadFault> {
    let sql = activities!("where a.village_id = $1 and a.sent = $2");
    let values = vec![unit_value(unit), seq.into()];
    row(store, sql, values)
        .await?
        .as_ref()
        .map(item)
        .transpose()
}

fn came(row: &QueryResult) -> Result<Came, ReadFault> {
    let int = |index| row.try_get_by_index::<Option<i64>>(index);
    let state = int(21)?.and_then(AwardState::of_code);
    Ok(Came {
        row: core_row(row, 0)?,
        code: text(row, 14)?,
        head: text(row, 15)?,
        member: text(row, 16)?,
        group: text(row, 17)?,
        reason: text(row, 18)?,
        tie: int(19)?.and_then(Tie::of_code),
        award: int(20)?.map(Points).zip(state),
    })
}

macro_rules! attendance {
    ($tail:literal) => {
        concat!(
            "select c.activity, c.household, c.person, c.member, c.how, c.signed_in, c.signed_out, c.hours, c.keyed_by, ",
            "c.state, c.reason, c.kept_for, c.line, c.changed_by, h.code, w.body, m.body, g.name, y.body, t.tie, ",
            "b.points, b.state from attendance c ",
            "join activity a on a.village_id = c.village_id and a.no = c.activity ",
            "join household h on h.village_id = c.village_id and h.no = c.household ",
            "left join words w on w.village_id = c.village_id and w.hash = h.head ",
            "left join member k on k.village_id = c.village_id and k.household = c.household and k.no = c.member ",
            "left join words m on m.village_id = c.village_id and m.hash = k.name ",
            "left join village_group g on g.village_id = c.village_id and g.no = h.group_no ",
            "left join words y on y.village_id = c.village_id and y.hash = c.reason ",
            "left join tie t on t.village_id = c.village_id and t.staff = $3 and t.household = c.household ",
            "left join award b on b.village_id = c.village_id and b.seq = a.sent and b.line = c.line ",
            $tail
        )
    };
}

/// Who came to an activity, by group and code.
///
/// # Errors
/// [`ReadFault`].
pub async fn people(
    store: &Store,
    unit: UnitNo,
    activity: i32,
    reader: Uuid,
) -> Result<Vec<Came>, ReadFault> {
    let sql = attendance!(
        "where c.village_id = $1 and c.activity = $2 order by h.group_no, h.code, c.person"
    );
    let values = vec![unit_value(unit), i64::from(activity).into(), reader.into()];
    rows(store, sql, values).await?.iter().map(came).collect()
}

/// Where a household was, the newest activity first.
///
/// # Errors
/// [`ReadFault`].
pub async fn of_household(
    store: &Store,
    unit: UnitNo,
    household: i32,
) -> Result<Vec<Came>, ReadFault> {
    let sql = attendance!(
        "where c.village_id = $1 and c.household = $2 order by c.activity desc, c.person limit 200"
    );
    let values = vec![
        unit_value(unit),
        i64::from(household).into(),
        Uuid::nil().into(),
    ];
    rows(store, sql, values).await?.iter().map(came).collect()
}

/// The members of all households beside their heads: household, number, name.
///
/// # Errors
/// [`ReadFault`].
pub async fn members(store: &Store, unit: UnitNo) -> Result<Vec<(i32, i32, String)>, ReadFault> {
    let sql = "select m.household, m.no, w.body from member m \
               left join words w on w.village_id = m.village_id and w.hash = m.name \
               where m.village_id = $1 and m.active = 1 and m.no > 0 order by m.household, m.no";
    let mut members = Vec::new();
    for row in rows(store, sql, vec![unit_value(unit)]).await? {
        let small = |index| {
            let wide = row.try_get_by_index::<i64>(index)?;
            Ok::<i32, ReadFault>(i32::try_from(wide).unwrap_or(0))
        };
        members.push((small(0)?, small(1)?, text(&row, 2)?));
    }
    Ok(members)
}
