//! Objections with the line they are about and the names behind it.

use super::{ReadFault, core_row, limit, rows, text, unit as unit_value};
use crate::core::rights::UnitNo;
use crate::core::rows::{ObjectionRow, ObjectionState, RuleKind};
use crate::core::{Day, Points};
use crate::store::Store;
use sea_orm::QueryResult;
use uuid::Uuid;

/// The line an objection is about.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Contested {
    /// The operation that recorded it.
    pub operation: Uuid,
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
    /// Points with the sign of the rule.
    pub points: Points,
    /// The day of the deed.
    pub occurred: Day,
    /// Who recorded it.
    pub recorder: (Uuid, String),
    /// Who reviewed it.
    pub reviewer: (Option<Uuid>, String),
}

/// An objection with its texts and names.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ObjectionItem {
    /// The objection.
    pub row: ObjectionRow,
    /// In the objector's words; may be empty.
    pub words: String,
    /// The answer; empty before.
    pub answer: String,
    /// The objecting household's code and head, when it is named.
    pub objector: Option<(String, String)>,
    /// Who keyed it in; empty when it came by the household's own page.
    pub keyed_by: String,
    /// Who answered; empty before.
    pub decider: String,
    /// The line; none when something is missing from the notice.
    pub line: Option<Contested>,
    /// The leaf of the operation that last changed it.
    pub leaf: [u8; 32],
}

impl ObjectionItem {
    /// Whether it waits for an answer.
    #[must_use]
    pub fn is_open(&self) -> bool {
        self.row.state == ObjectionState::Open
    }

    /// Whether it waits for an answer past its day.
    #[must_use]
    pub fn is_late(&self, today: Day) -> bool {
        self.is_open() && self.row.due < today
    }
}

/// Which objections.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Search {
    /// Only this one.
    pub no: Option<i32>,
    /// Only those in this state.
    pub state: Option<ObjectionState>,
    /// Only those of this household.
    pub household: Option<i32>,
    /// Only those with a greater number.
    pub after: Option<i32>,
    /// In the order of their numbers, for lists that are paged.
    pub in_order: bool,
}

fn contested(row: &QueryResult) -> Result<Option<Contested>, ReadFault> {
    let Some(operation) = row.try_get_by_index::<Option<Uuid>>(24)? else {
        return Ok(None);
    };
    let points = row.try_get_by_index::<i64>(30)?;
    let is_deduct = row.try_get_by_index::<i64>(31)? == RuleKind::Deduct.code();
    Ok(Some(Contested {
        operation,
        code: text(row, 25)?,
        head: text(row, 26)?,
        group: text(row, 27)?,
        rule_zh: text(row, 28)?,
        rule_en: text(row, 29)?,
        points: Points(if is_deduct { -points } else { points }),
        occurred: Day(i32::try_from(row.try_get_by_index::<i64>(32)?).unwrap_or(0)),
        recorder: (row.try_get_by_index(33)?, text(row, 34)?),
        reviewer: (row.try_get_by_index(35)?, text(row, 36)?),
    }))
}

fn item(row: &QueryResult) -> Result<ObjectionItem, ReadFault> {
    let leaf: Vec<u8> = row.try_get_by_index(37)?;
    let code = row.try_get_by_index::<Option<String>>(20)?;
    let head = text(row, 21)?;
    Ok(ObjectionItem {
        row: core_row(row, 0)?,
        words: text(row, 18)?,
        answer: text(row, 19)?,
        objector: code.map(|code| (code, head)),
        keyed_by: text(row, 22)?,
        decider: text(row, 23)?,
        line: contested(row)?,
        leaf: leaf.try_into().map_err(|_| ReadFault::Fault)?,
    })
}

/// Objections: those without an answer first, the soonest due in front.
///
/// # Errors
/// [`ReadFault`].
pub async fn find(
    store: &Store,
    unit: UnitNo,
    search: Search,
    most: usize,
) -> Result<Vec<ObjectionItem>, ReadFault> {
    let sql = "select b.no, b.id, b.notice, b.award_seq, b.award_line, b.household, b.channel, b.reason, b.words, \
               b.photo, b.raised, b.due, b.keyed_by, b.state, b.decider, b.decided, b.answer, b.changed_by, \
               ww.body, aw.body, bh.code, bw.body, kw.body, dw.body, \
               o.id, h.code, hw.body, g.name, z.body, e.body, a.points, a.kind, a.occurred, \
               a.recorder, cw.body, a.reviewer, vw.body, p.leaf from objection b \
               join operation p on p.village_id = b.village_id and p.seq = b.changed_by \
               left join words ww on ww.village_id = b.village_id and ww.hash = b.words \
               left join words aw on aw.village_id = b.village_id and aw.hash = b.answer \
               left join household bh on bh.village_id = b.village_id and bh.no = b.household \
               left join words bw on bw.village_id = b.village_id and bw.hash = bh.head \
               left join staff k on k.village_id = 1 and k.id = b.keyed_by \
               left join words kw on kw.village_id = 1 and kw.hash = k.name \
               left join staff d on d.village_id = 1 and d.id = b.decider \
               left join words dw on dw.village_id = 1 and dw.hash = d.name \
               left join award a on a.village_id = b.village_id and a.seq = b.award_seq and a.line = b.award_line \
               left join operation o on o.village_id = a.village_id and o.seq = a.seq \
               left join household h on h.village_id = a.village_id and h.no = a.household \
               left join words hw on hw.village_id = h.village_id and hw.hash = h.head \
               left join village_group g on g.village_id = a.village_id and g.no = a.group_no \
               left join rule r on r.village_id = a.village_id and r.no = a.rule and r.version = a.rule_version \
               left join words z on z.village_id = a.village_id and z.hash = r.name_zh \
               left join words e on e.village_id = a.village_id and e.hash = r.name_en \
               left join staff c on c.village_id = 1 and c.id = a.recorder \
               left join words cw on cw.village_id = 1 and cw.hash = c.name \
               left join staff v on v.village_id = 1 and v.id = a.reviewer \
               left join words vw on vw.village_id = 1 and vw.hash = v.name \
               where b.village_id = $1 and ($2 = 0 or b.no = $2) and ($3 = 0 or b.state = $3) \
               and ($4 = 0 or b.household = $4) and b.no > $5 \
               order by case when b.state = 1 and $6 = 0 then b.due else 4000000 end, \
               case when $6 = 0 then -b.no else b.no end limit $7";
    let number = |no: Option<i32>| i64::from(no.unwrap_or(0));
    let values = vec![
        unit_value(unit),
        number(search.no).into(),
        search.state.map_or(0, ObjectionState::code).into(),
        number(search.household).into(),
        number(search.after).into(),
        i64::from(search.in_order).into(),
        limit(most),
    ];
    rows(store, sql, values).await?.iter().map(item).collect()
}

/// One objection.
///
/// # Errors
/// [`ReadFault`].
pub async fn one(store: &Store, unit: UnitNo, no: i32) -> Result<Option<ObjectionItem>, ReadFault> {
    let search = Search {
        no: Some(no),
        ..Search::default()
    };
    // Number 0 would be all of them.
    let found = match no {
        1.. => find(store, unit, search, 1).await?,
        _ => Vec::new(),
    };
    Ok(found.into_iter().next())
}
