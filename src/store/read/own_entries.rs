//! What a household asks about its own entries: what is on the way, which belong together, months,
//! and everything about the deed or the goods behind one.

use super::{ReadFault, core_row, row, rows, text, unit as unit_value};
use crate::core::rights::UnitNo;
use crate::core::rows::{AwardRow, AwardState, Purpose, RedemptionLineRow, RuleRow};
use crate::core::{Day, Points};
use crate::store::Store;
use sea_orm::Value;
use uuid::Uuid;

fn household_value(no: i32) -> Value {
    i64::from(no).into()
}

/// An award that is not in the balance yet.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct OnTheWay {
    /// Whether it stands in public notice; else it waits for review.
    pub is_noticed: bool,
    /// How many points.
    pub points: Points,
    /// The day of the deed.
    pub occurred: Day,
    /// When its notice closes.
    pub notice_until: Option<Day>,
    /// The notice it stands in, when that is posted.
    pub notice: Option<i32>,
    /// Its place in the journal, as links write it.
    pub key: String,
    /// The rule's Chinese name.
    pub rule_zh: String,
    /// Its English name.
    pub rule_en: String,
}

/// Awards of a household that wait for review or stand in notice, the soonest first.
///
/// # Errors
/// [`ReadFault`].
pub async fn on_the_way(
    store: &Store,
    unit: UnitNo,
    household: i32,
) -> Result<Vec<OnTheWay>, ReadFault> {
    let sql = "select a.state, a.points, a.occurred, a.notice_until, z.body, e.body, a.notice, a.seq, a.line from award a \
               join rule r on r.village_id = a.village_id and r.no = a.rule and r.version = a.rule_version \
               left join words z on z.village_id = a.village_id and z.hash = r.name_zh \
               left join words e on e.village_id = a.village_id and e.hash = r.name_en \
               where a.state in (1, 2) and a.village_id = $1 and a.household = $2 and a.kind = 1 \
               order by a.state desc, a.notice_until, a.seq limit 100";
    let mut list = Vec::new();
    for row in rows(
        store,
        sql,
        vec![unit_value(unit), household_value(household)],
    )
    .await?
    {
        let day = |value: i64| Day(i32::try_from(value).unwrap_or(0));
        list.push(OnTheWay {
            is_noticed: row.try_get_by_index::<i64>(0)? == AwardState::Pending.code(),
            points: Points(row.try_get_by_index(1)?),
            occurred: day(row.try_get_by_index(2)?),
            notice_until: row.try_get_by_index::<Option<i64>>(3)?.map(day),
            notice: match row.try_get_by_index::<Option<i64>>(3)? {
                Some(_) => row
                    .try_get_by_index::<Option<i64>>(6)?
                    .and_then(|no| i32::try_from(no).ok()),
                None => None,
            },
            key: format!(
                "{}.{}",
                row.try_get_by_index::<i64>(7)?,
                row.try_get_by_index::<i64>(8)?
            ),
            rule_zh: text(&row, 4)?,
            rule_en: text(&row, 5)?,
        });
    }
    Ok(list)
}

/// An entry that has to do with another: they are about the same award or redemption.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Kindred {
    /// What both are about: operation and line of it.
    pub about: (i64, i32),
    /// The household's own count.
    pub household_seq: i64,
    /// Why points moved.
    pub kind: Purpose,
    /// When.
    pub at: i64,
    /// The operation's number.
    pub seq: i64,
}

/// Entries of a household about anything that was undone, by reversal or refund, among the
/// operations from `first` to `last`; the oldest first.
///
/// # Errors
/// [`ReadFault`].
pub async fn kindred(
    store: &Store,
    unit: UnitNo,
    household: i32,
    (first, last): (i64, i64),
) -> Result<Vec<Kindred>, ReadFault> {
    let sql = "select t.about, t.award_line, t.household_seq, t.purpose, o.at, t.seq from transfer t \
               join operation o on o.village_id = t.village_id and o.seq = t.seq \
               where t.household = $1 and t.household > 0 and t.village_id = $2 and t.about between $3 and $4 \
               and exists (select 1 from transfer u where u.household = t.household and u.household > 0 \
               and u.village_id = t.village_id and u.about = t.about and u.award_line = t.award_line \
               and u.purpose in (4, 7)) order by t.household_seq";
    let values = vec![
        household_value(household),
        unit_value(unit),
        first.into(),
        last.into(),
    ];
    let mut list = Vec::new();
    for row in rows(store, sql, values).await? {
        list.push(Kindred {
            about: (
                row.try_get_by_index(0)?,
                i32::try_from(row.try_get_by_index::<i64>(1)?).unwrap_or(0),
            ),
            household_seq: row.try_get_by_index(2)?,
            kind: Purpose::of_code(row.try_get_by_index(3)?).ok_or(ReadFault::Fault)?,
            at: row.try_get_by_index(4)?,
            seq: row.try_get_by_index(5)?,
        });
    }
    Ok(list)
}

/// The entries of a span of time.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Span {
    /// The first one's count.
    pub first: i64,
    /// The last one's count.
    pub last: i64,
    /// Available points before the first.
    pub before: Points,
    /// Available points after the last.
    pub after: Points,
}

/// The entries of a household from one instant to before another; `None` when there are none.
///
/// # Errors
/// [`ReadFault`].
pub async fn span(
    store: &Store,
    unit: UnitNo,
    household: i32,
    (from, to): (i64, i64),
) -> Result<Option<Span>, ReadFault> {
    let sql = "select min(t.household_seq), max(t.household_seq) from transfer t \
               join operation o on o.village_id = t.village_id and o.seq = t.seq \
               where t.household = $1 and t.household > 0 and t.village_id = $2 and o.at >= $3 and o.at < $4";
    let values = vec![
        household_value(household),
        unit_value(unit),
        from.into(),
        to.into(),
    ];
    let Some(found) = row(store, sql, values).await? else {
        return Ok(None);
    };
    let bounds: (Option<i64>, Option<i64>) =
        (found.try_get_by_index(0)?, found.try_get_by_index(1)?);
    let (Some(first), Some(last)) = bounds else {
        return Ok(None);
    };
    let sql = "select household_seq, balance_after from transfer where household = $1 and household > 0 \
               and village_id = $2 and household_seq in ($3, $4)";
    let values = vec![
        household_value(household),
        unit_value(unit),
        (first - 1).into(),
        last.into(),
    ];
    let mut span = Span {
        first,
        last,
        before: Points::ZERO,
        after: Points::ZERO,
    };
    for row in rows(store, sql, values).await? {
        let balance = Points(row.try_get_by_index(1)?);
        if row.try_get_by_index::<i64>(0)? == last {
            span.after = balance;
        } else {
            span.before = balance;
        }
    }
    Ok(Some(span))
}

/// The deed behind an entry, under the very rule it was made by.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Deed {
    /// The award or deduction.
    pub award: AwardRow,
    /// The rule, in the version of that day.
    pub rule: RuleRow,
    /// The rule's Chinese name.
    pub rule_zh: String,
    /// Its English name.
    pub rule_en: String,
    /// The member, when the rule counts persons; empty for the head.
    pub member: String,
    /// A remark.
    pub note: String,
    /// Who recorded it.
    pub recorder: String,
    /// Who reviewed it.
    pub reviewer: String,
    /// When it was recorded.
    pub at: i64,
}

/// The deed of an operation's line, when it is this household's.
///
/// # Errors
/// [`ReadFault`].
pub async fn deed(
    store: &Store,
    unit: UnitNo,
    household: i32,
    (seq, line): (i64, i32),
) -> Result<Option<Deed>, ReadFault> {
    let sql = "select a.seq, a.line, a.rule, a.rule_version, a.kind, a.household, a.group_no, a.member, a.quantity, \
               a.points, a.occurred, a.state, a.recorder, a.note, a.reviewer, a.reason, a.changed_by, a.lot, \
               a.notice_until, a.unpaid, a.notice, a.objections, a.review_by, \
               r.no, r.version, r.code, r.name_zh, r.name_en, r.category, r.kind, r.points, r.unit, r.cap_points, \
               r.cap_period, r.path, r.evidence, r.scope, r.shared_cap, r.exclusive, r.starts, r.ends, \
               z.body, e.body, mw.body, n.body, sw.body, vw.body, o.at from award a \
               join operation o on o.village_id = a.village_id and o.seq = a.seq \
               join rule r on r.village_id = a.village_id and r.no = a.rule and r.version = a.rule_version \
               left join words z on z.village_id = a.village_id and z.hash = r.name_zh \
               left join words e on e.village_id = a.village_id and e.hash = r.name_en \
               left join member m on m.village_id = a.village_id and m.household = a.household and m.no = a.member \
               left join words mw on mw.village_id = a.village_id and mw.hash = m.name \
               left join words n on n.village_id = a.village_id and n.hash = a.note \
               left join staff s on s.village_id = 1 and s.id = a.recorder \
               left join words sw on sw.village_id = 1 and sw.hash = s.name \
               left join staff v on v.village_id = 1 and v.id = a.reviewer \
               left join words vw on vw.village_id = 1 and vw.hash = v.name \
               where a.village_id = $1 and a.seq = $2 and a.line = $3 and a.household = $4";
    let values = vec![
        unit_value(unit),
        seq.into(),
        i64::from(line).into(),
        household_value(household),
    ];
    let Some(row) = row(store, sql, values).await? else {
        return Ok(None);
    };
    Ok(Some(Deed {
        award: core_row(&row, 0)?,
        rule: core_row(&row, 23)?,
        rule_zh: text(&row, 41)?,
        rule_en: text(&row, 42)?,
        member: text(&row, 43)?,
        note: text(&row, 44)?,
        recorder: text(&row, 45)?,
        reviewer: text(&row, 46)?,
        at: row.try_get_by_index(47)?,
    }))
}

/// The redemption behind an entry.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Purchase {
    /// The number on the receipt.
    pub receipt_no: String,
    /// The station's name.
    pub station: String,
    /// Who handed over.
    pub clerk: String,
    /// The local day.
    pub day: Day,
    /// What it cost.
    pub points: Points,
    /// What has come back.
    pub refunded: Points,
    /// Each line with the good's names.
    pub lines: Vec<(RedemptionLineRow, String, String)>,
}

/// The redemption of an operation, when it is this household's.
///
/// # Errors
/// [`ReadFault`].
pub async fn purchase(
    store: &Store,
    unit: UnitNo,
    household: i32,
    seq: i64,
) -> Result<Option<Purchase>, ReadFault> {
    let sql = "select d.receipt_no, sn.body, cn.body, d.day, d.points, d.refunded from redemption d \
               left join station s on s.village_id = d.village_id and s.no = d.station \
               left join words sn on sn.village_id = d.village_id and sn.hash = s.name \
               left join staff c on c.village_id = 1 and c.id = d.clerk \
               left join words cn on cn.village_id = 1 and cn.hash = c.name \
               where d.village_id = $1 and d.seq = $2 and d.household = $3";
    let values = vec![unit_value(unit), seq.into(), household_value(household)];
    let Some(found) = row(store, sql, values).await? else {
        return Ok(None);
    };
    let sql = "select l.seq, l.line, l.good, l.quantity, l.price, l.refunded, z.body, e.body from redemption d \
               join redemption_line l on l.village_id = d.village_id and l.seq = d.seq \
               join good g on g.village_id = d.village_id and g.station = d.station and g.no = l.good \
               left join words z on z.village_id = d.village_id and z.hash = g.name_zh \
               left join words e on e.village_id = d.village_id and e.hash = g.name_en \
               where d.village_id = $1 and d.seq = $2 order by l.line";
    let mut lines = Vec::new();
    for row in rows(store, sql, vec![unit_value(unit), seq.into()]).await? {
        lines.push((core_row(&row, 0)?, text(&row, 6)?, text(&row, 7)?));
    }
    Ok(Some(Purchase {
        receipt_no: text(&found, 0)?,
        station: text(&found, 1)?,
        clerk: text(&found, 2)?,
        day: Day(i32::try_from(found.try_get_by_index::<i64>(3)?).unwrap_or(0)),
        points: Points(found.try_get_by_index(4)?),
        refunded: Points(found.try_get_by_index(5)?),
        lines,
    }))
}

/// The operation that issued the card in force, and the hash of its token.
///
/// # Errors
/// [`ReadFault`].
pub async fn card(
    store: &Store,
    unit: UnitNo,
    household: i32,
) -> Result<Option<(Uuid, [u8; 32])>, ReadFault> {
    let sql = "select o.id, c.token from household h \
               join card c on c.village_id = h.village_id and c.household = h.no and c.version = h.card_version \
               join operation o on o.village_id = h.village_id and o.seq = c.issued \
               where h.village_id = $1 and h.no = $2 and c.active = 1";
    let values = vec![unit_value(unit), household_value(household)];
    let Some(found) = row(store, sql, values).await? else {
        return Ok(None);
    };
    let token: Vec<u8> = found.try_get_by_index(1)?;
    let token = token.try_into().map_err(|_| ReadFault::Fault)?;
    Ok(Some((found.try_get_by_index(0)?, token)))
}
