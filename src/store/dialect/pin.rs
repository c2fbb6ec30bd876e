//! PIN attempts: settled and counted, many households at once.

use super::{arrays, json};
use crate::core::row::{Cell, Column, Kind};
use sea_orm::{DbBackend, Statement};

/// What becomes of one household's count.
#[derive(Clone, Copy, Debug)]
pub struct PinTurn {
    /// The village.
    pub unit: i32,
    /// The household.
    pub household: i32,
    /// The PIN's version under which an attempt ended; 0 when none did.
    pub ended: i64,
    /// How many counted failures that attempt forgives: all it saw when it was right, else none.
    pub forgives: i64,
    /// Whether a new attempt is to be counted.
    pub counts: bool,
}

const fn int(name: &'static str) -> Column {
    Column {
        name,
        kind: Kind::Int,
        optional: false,
    }
}

const COLUMNS: [Column; 5] = [
    int("village_id"),
    int("household"),
    int("ended"),
    int("forgives"),
    int("counts"),
];

const SQLITE: &str = "update pin set \
    failures = case when version = (k.value->>2) then max(0, failures - (k.value->>3)) else failures end \
      + ((k.value->>4) = 1 and case when version = (k.value->>2) then max(0, failures - (k.value->>3)) \
         else failures end < $2 and case when version = (k.value->>2) then 0 else wait_until end <= $3), \
    wait_until = case when (k.value->>4) = 1 and case when version = (k.value->>2) \
         then max(0, failures - (k.value->>3)) else failures end < $2 \
         and case when version = (k.value->>2) then 0 else wait_until end <= $3 then $4 \
      when version = (k.value->>2) then 0 else wait_until end \
    from json_each($1) k where pin.village_id = k.value->>0 and pin.household = k.value->>1 \
    returning village_id, household, version, hash, failures, wait_until";

// Rows are locked in the order of their key, so that two processes cannot wait for each other.
const POSTGRES: &str = "with p as (\
      select t.village_id, t.household, t.version = k.k2 as ended, t.failures, t.wait_until, k.k3, k.k4 \
      from unnest($1::bigint[], $2::bigint[], $3::bigint[], $4::bigint[], $5::bigint[]) k(k0, k1, k2, k3, k4) \
      join pin t on t.village_id = k.k0 and t.household = k.k1 \
      order by t.village_id, t.household for update of t), \
    q as (select village_id, household, k4 = 1 as counts, \
      case when ended then greatest(0, failures - k3) else failures end as failures, \
      case when ended then 0 else wait_until end as wait_until from p), \
    r as (select village_id, household, failures, wait_until, \
      counts and failures < $6 and wait_until <= $7 as counted from q) \
    update pin t set failures = r.failures + case when r.counted then 1 else 0 end, \
      wait_until = case when r.counted then $8 else r.wait_until end \
    from r where t.village_id = r.village_id and t.household = r.household \
    returning t.village_id, t.household, t.version, t.hash, t.failures, t.wait_until";

/// Ends and counts attempts. An attempt is counted when fewer than `most` failures stand and no
/// other attempt is being checked at `now`; its row then says `until`. Answers each household's
/// number, version, hash, failures and wait.
#[must_use]
pub fn pin_statement(
    backend: DbBackend,
    turns: &[PinTurn],
    most: i64,
    now: i64,
    until: i64,
) -> Statement {
    let row = |turn: &PinTurn| {
        vec![
            Cell::Int(i64::from(turn.unit)),
            Cell::Int(i64::from(turn.household)),
            Cell::Int(turn.ended),
            Cell::Int(turn.forgives),
            Cell::Int(i64::from(turn.counts)),
        ]
    };
    let rows: Vec<Vec<Cell>> = turns.iter().map(row).collect();
    let (sql, mut values) = match backend {
        DbBackend::Sqlite => (SQLITE, vec![json(&rows)]),
        _ => (POSTGRES, arrays(&COLUMNS, rows)),
    };
    values.extend([most.into(), now.into(), until.into()]);
    Statement::from_sql_and_values(backend, sql, values)
}
