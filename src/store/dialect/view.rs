//! Households with all they have, many in one statement.

use super::{arrays, json};
use crate::core::row::{Cell, Column, Kind};
use sea_orm::{DbBackend, Statement};

/// Asked: village, household, and the size its journal had when it was last read (-1: never).
const SQLITE_ASKED: &str = "with k as materialized (select value->>0 as unit, value->>1 as no, value->>2 as known \
    from json_each($1)), ";
const POSTGRES_ASKED: &str = "with k as materialized (select * from unnest($1::bigint[], $2::bigint[], $3::bigint[]) \
    a(unit, no, known)), ";

/// Part 0 is the household, 1 what it holds, 2 its members. Points earned count from the local day
/// a year ago, so that they change by the day and not by the minute. `#` stands for the first
/// parameter after the keys, `@` for the next.
const PARTS: &str = "n as materialized (select k.unit, k.no, d.size, coalesce(p.utc_offset, #) as utc_offset, \
      ((@ + coalesce(p.utc_offset, #) * 60000000) / 86400000000 - 365) * 86400000000 \
      - coalesce(p.utc_offset, #) * 60000000 as since \
      from k join head d on d.unit = k.unit left join policy p on p.village_id = k.unit and p.no = 0 \
      where d.size <> k.known) \
    select cast(0 as bigint), n.unit, n.no, n.size, n.utc_offset, h.status, h.joined, h.arrears, h.pin_version, \
      coalesce(c.active, 0), (select cast(coalesce(sum(case when t.purpose = 4 then -t.points else t.points end), 0) \
        as bigint) from transfer t join operation o on o.village_id = t.village_id and o.seq = t.seq \
        where t.household = n.no and t.household > 0 and t.village_id = n.unit and o.at >= n.since \
        and ((t.to_account = 4 and t.purpose in (2, 9)) or (t.from_account = 4 and t.purpose = 4))), \
      h.id, h.code, g.name, w.body, p.body, d.body \
      from n join household h on h.village_id = n.unit and h.no = n.no \
      left join village_group g on g.village_id = h.village_id and g.no = h.group_no \
      left join words w on w.village_id = h.village_id and w.hash = h.head \
      left join words p on p.village_id = h.village_id and p.hash = h.phone \
      left join words d on d.village_id = h.village_id and d.hash = h.door \
      left join card c on c.village_id = h.village_id and c.household = h.no and c.version = h.card_version \
    union all \
    select 1, n.unit, n.no, b.account, b.lot, b.points, null, null, null, null, null, null, null, null, null, null, null \
      from n join balance b on b.village_id = n.unit and b.holder = n.no where b.points > 0 \
    union all \
    select 2, n.unit, n.no, m.no, null, null, null, null, null, null, null, null, w.body, null, null, null, null \
      from n join member m on m.village_id = n.unit and m.household = n.no \
      left join words w on w.village_id = m.village_id and w.hash = m.name where m.active = 1";

/// Reads these households, except those whose village's journal still has the size that is known.
#[must_use]
pub fn view_statement(
    backend: DbBackend,
    keys: Vec<Vec<Cell>>,
    utc_offset: i64,
    now: i64,
) -> Statement {
    let int = |name| Column {
        name,
        kind: Kind::Int,
        optional: false,
    };
    let (asked, first, second, mut values) = match backend {
        DbBackend::Sqlite => (SQLITE_ASKED, "$2", "$3", vec![json(&keys)]),
        _ => {
            let columns = [int("unit"), int("no"), int("known")];
            (
                POSTGRES_ASKED,
                "$4::bigint",
                "$5::bigint",
                arrays(&columns, keys),
            )
        }
    };
    let sql = [asked, &PARTS.replace('#', first).replace('@', second)].concat();
    values.extend([utc_offset.into(), now.into()]);
    Statement::from_sql_and_values(backend, sql, values)
}
