//! A household's statement: every movement with what it was for, the newest first.

use super::{ReadFault, core_row, limit, rows, unit as unit_value};
use crate::core::rights::UnitNo;
use crate::core::rows::{Account, AwardState, Purpose, TransferRow};
use crate::core::{Day, Points, Quantity};
use crate::store::Store;
use sea_orm::QueryResult;
use std::collections::{HashMap, HashSet};
use uuid::Uuid;

/// One line of a statement.
#[derive(Clone, Debug, PartialEq)]
pub struct Line {
    /// The operation.
    pub operation: Uuid,
    /// The household's own dense count.
    pub household_seq: i64,
    /// When, microseconds since 1970 UTC.
    pub at: i64,
    /// Why points moved.
    pub kind: Purpose,
    /// What it changed: positive when points came.
    pub points: Points,
    /// Available points afterwards.
    pub balance_after: Points,
    /// The lot.
    pub lot: Day,
    /// Whether only points under notice changed.
    pub pending: bool,
    /// What it was for.
    pub what: What,
    /// The operation's number in the village's journal.
    pub seq: i64,
    /// The operation and line it is about: lines with the same belong together, such as an award
    /// and its reversal, or a redemption and its refund.
    pub about: (i64, i32),
    /// Who recorded the deed, or did the operation.
    pub giver: Option<String>,
    /// The operation's leaf, for its check code.
    pub leaf: [u8; 32],
}

/// What a movement was for.
#[derive(Clone, Debug, PartialEq)]
pub enum What {
    /// A deed under a rule.
    Deed {
        /// The rule's code.
        rule: String,
        /// Its Chinese name.
        rule_zh: String,
        /// Its English name.
        rule_en: String,
        /// Its unit.
        unit: String,
        /// How many.
        quantity: Quantity,
        /// The day of the deed.
        occurred: Day,
        /// A remark.
        note: Option<String>,
        /// How far the award has come.
        state: AwardState,
    },
    /// Goods: receipt number, then Chinese name, English name, pieces.
    Goods {
        /// The receipt.
        receipt_no: String,
        /// The goods.
        lines: Vec<(String, String, i64)>,
    },
    /// Nothing more to say.
    Plain,
}

/// Movements of a household older than `after`, the newest first.
///
/// # Errors
/// [`ReadFault`].
pub async fn statement(
    store: &Store,
    unit: UnitNo,
    household: i32,
    after: Option<i64>,
    most: usize,
) -> Result<Vec<Line>, ReadFault> {
    let sql = "select t.seq, t.line, t.household, t.household_seq, t.from_holder, t.from_account, \
         t.to_holder, t.to_account, t.lot, t.points, t.balance_after, t.purpose, t.award_line, t.about, \
         o.id, o.at, a.state, a.quantity, a.occurred, r.code, r.unit, rz.body, re.body, n.body, w.body, o.leaf \
         from transfer t join operation o on o.village_id = t.village_id and o.seq = t.seq \
         left join award a on a.village_id = t.village_id and a.seq = t.about and a.line = t.award_line \
           and a.household = t.household and t.purpose in (2, 3, 4, 5, 9) \
         left join rule r on r.village_id = t.village_id and r.no = a.rule and r.version = a.rule_version \
         left join words rz on rz.village_id = t.village_id and rz.hash = r.name_zh \
         left join words re on re.village_id = t.village_id and re.hash = r.name_en \
         left join words n on n.village_id = t.village_id and n.hash = a.note \
         left join staff s on s.village_id = 1 and s.id = coalesce(a.recorder, o.actor) \
         left join words w on w.village_id = 1 and w.hash = s.name \
         where t.household = $1 and t.household > 0 and t.village_id = $2 and t.household_seq < $3 \
         order by t.household_seq desc limit $4";
    let before = after.unwrap_or(i64::MAX);
    let values = vec![
        i64::from(household).into(),
        unit_value(unit),
        before.into(),
        limit(most),
    ];
    let found = rows(store, sql, values).await?;
    let goods = goods(store, unit, household, &found).await?;
    found.iter().map(|row| line(row, &goods)).collect()
}

fn line(row: &QueryResult, goods: &HashMap<i64, What>) -> Result<Line, ReadFault> {
    let transfer: TransferRow = core_row(row, 0)?;
    let to_household = transfer.to_holder == transfer.household;
    let inside = transfer.from_holder == transfer.to_holder;
    let points = if to_household {
        transfer.points
    } else {
        Points(-transfer.points.0)
    };
    let touches = |account| transfer.from_account == account || transfer.to_account == account;
    let rule: Option<String> = row.try_get_by_index(19)?;
    let text = |index| {
        Ok::<String, ReadFault>(
            row.try_get_by_index::<Option<String>>(index)?
                .unwrap_or_default(),
        )
    };
    let what = match rule {
        Some(rule) => What::Deed {
            rule,
            unit: text(20)?,
            rule_zh: text(21)?,
            rule_en: text(22)?,
            quantity: Quantity(row.try_get_by_index::<Option<i64>>(17)?.unwrap_or(0)),
            occurred: Day(
                i32::try_from(row.try_get_by_index::<Option<i64>>(18)?.unwrap_or(0)).unwrap_or(0),
            ),
            note: row.try_get_by_index(23)?,
            state: row
                .try_get_by_index::<Option<i64>>(16)?
                .and_then(AwardState::of_code)
                .ok_or(ReadFault::Fault)?,
        },
        None => goods.get(&transfer.about).cloned().unwrap_or(What::Plain),
    };
    Ok(Line {
        operation: row.try_get_by_index(14)?,
        household_seq: transfer.household_seq,
        at: row.try_get_by_index(15)?,
        kind: transfer.purpose,
        points,
        balance_after: transfer.balance_after,
        lot: transfer.lot,
        pending: !inside && !touches(Account::Available),
        what,
        seq: transfer.seq,
        about: (transfer.about, transfer.award_line),
        giver: row.try_get_by_index(24)?,
        leaf: row
            .try_get_by_index::<Vec<u8>>(25)?
            .try_into()
            .map_err(|_| ReadFault::Fault)?,
    })
}

/// The goods of the redemptions among these movements, by operation.
async fn goods(
    store: &Store,
    unit: UnitNo,
    household: i32,
    found: &[QueryResult],
) -> Result<HashMap<i64, What>, ReadFault> {
    let mut wanted = HashSet::new();
    for row in found {
        let purpose = row.try_get_by_index::<i64>(11)?;
        if [Purpose::Redemption.code(), Purpose::Refund.code()].contains(&purpose) {
            wanted.insert(row.try_get_by_index::<i64>(13)?);
        }
    }
    let (Some(first), Some(last)) = (wanted.iter().min(), wanted.iter().max()) else {
        return Ok(HashMap::new());
    };
    let sql = "select d.seq, d.receipt_no, l.quantity, z.body, e.body from redemption d \
               join redemption_line l on l.village_id = d.village_id and l.seq = d.seq \
               join good g on g.village_id = d.village_id and g.station = d.station and g.no = l.good \
               left join words z on z.village_id = d.village_id and z.hash = g.name_zh \
               left join words e on e.village_id = d.village_id and e.hash = g.name_en \
               where d.village_id = $1 and d.household = $2 and d.seq between $3 and $4 order by d.seq, l.line";
    let values = vec![
        unit_value(unit),
        i64::from(household).into(),
        (*first).into(),
        (*last).into(),
    ];
    let mut by_seq: HashMap<i64, What> = HashMap::new();
    for row in rows(store, sql, values).await? {
        let receipt_no: String = row.try_get_by_index(1)?;
        let name = |index| {
            Ok::<String, ReadFault>(
                row.try_get_by_index::<Option<String>>(index)?
                    .unwrap_or_default(),
            )
        };
        let good = (name(3)?, name(4)?, row.try_get_by_index::<i64>(2)?);
        let what = by_seq
            .entry(row.try_get_by_index(0)?)
            .or_insert_with(|| What::Goods {
                receipt_no,
                lines: Vec::new(),
            });
        if let What::Goods { lines, .. } = what {
            lines.push(good);
        }
    }
    Ok(by_seq)
}
