//! Every version a rule has had, with who declared it and when.

use super::rules::{RuleItem, caps, item};
use super::{ReadFault, row, rows, unit as unit_value};
use crate::core::canonical::Canonical as _;
use crate::core::rights::UnitNo;
use crate::core::rule::Resolution;
use crate::core::{Command, Day};
use crate::store::Store;
use std::collections::HashMap;
use uuid::Uuid;

/// One version of a rule.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct RuleVersion {
    /// The rule as it was then.
    pub item: RuleItem,
    /// The operation that declared it.
    pub operation: Option<Uuid>,
    /// When, microseconds since 1970 UTC.
    pub at: Option<i64>,
    /// Who declared it; empty for whoever runs the machine.
    pub by: String,
    /// What the villagers resolved.
    pub resolution: Option<Resolved>,
}

/// A resolution of the villagers' assembly, in words.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Resolved {
    /// Its number, and the body that resolved.
    pub text: String,
    /// The day it was resolved.
    pub on: Day,
}

/// The resolution of a command, once its words are known.
struct Rests<'a> {
    resolution: Option<&'a Resolution>,
    codes: Vec<&'a str>,
}

fn rests(command: &Command) -> Rests<'_> {
    match command {
        Command::DeclareRules(body) => Rests {
            resolution: body.resolution.as_ref(),
            codes: body.rules.iter().map(|rule| rule.code.as_str()).collect(),
        },
        Command::RetireRule(body) => Rests {
            resolution: body.resolution.as_ref(),
            codes: vec![&body.rule],
        },
        _ => Rests {
            resolution: None,
            codes: Vec::new(),
        },
    }
}

async fn resolved(
    store: &Store,
    unit: UnitNo,
    resolution: Option<&Resolution>,
) -> Result<Option<Resolved>, ReadFault> {
    let Some(resolution) = resolution else {
        return Ok(None);
    };
    let sql = "select body from words where village_id = $1 and hash = $2";
    let hash = resolution.text.hash().to_vec();
    let found = row(store, sql, vec![unit_value(unit), hash.into()]).await?;
    let text = found.map(|row| row.try_get_by_index(0)).transpose()?;
    Ok(Some(Resolved {
        text: text.unwrap_or_default(),
        on: resolution.on,
    }))
}

/// The resolution on which the newest version of each rule rests, by the rule's code.
///
/// # Errors
/// [`ReadFault`].
pub async fn resolutions(
    store: &Store,
    unit: UnitNo,
) -> Result<HashMap<String, Resolved>, ReadFault> {
    let sql = "select o.payload from operation o \
               where o.village_id = $1 and o.kind in (7, 8) order by o.seq";
    let mut newest = HashMap::new();
    for row in rows(store, sql, vec![unit_value(unit)]).await? {
        let payload: Vec<u8> = row.try_get_by_index(0)?;
        let command = Command::whole(&payload).map_err(|_| ReadFault::Fault)?;
        let rests = rests(&command);
        let resolved = resolved(store, unit, rests.resolution).await?;
        for code in rests.codes {
            match &resolved {
                Some(resolved) => newest.insert(code.to_string(), resolved.clone()),
                None => newest.remove(code),
            };
        }
    }
    Ok(newest)
}

/// One version of a rule, by their numbers.
///
/// # Errors
/// [`ReadFault`].
pub async fn version(
    store: &Store,
    unit: UnitNo,
    rule: i32,
    version: i32,
) -> Result<Option<RuleItem>, ReadFault> {
    let caps = caps(store, unit).await?;
    let sql = "select r.no, r.version, r.code, r.name_zh, r.name_en, r.category, r.kind, r.points, r.unit, \
               r.cap_points, r.cap_period, r.path, r.evidence, r.scope, r.shared_cap, r.exclusive, r.starts, r.ends, \
               z.body, e.body from rule r \
               left join words z on z.village_id = r.village_id and z.hash = r.name_zh \
               left join words e on e.village_id = r.village_id and e.hash = r.name_en \
               where r.village_id = $1 and r.no = $2 and r.version = $3";
    let values = vec![
        unit_value(unit),
        i64::from(rule).into(),
        i64::from(version).into(),
    ];
    let found = row(store, sql, values).await?;
    found.map(|row| item(&row, &caps)).transpose()
}

/// All versions of one rule, the newest first; empty for an unknown code.
///
/// # Errors
/// [`ReadFault`].
pub async fn versions(
    store: &Store,
    unit: UnitNo,
    code: &str,
) -> Result<Vec<RuleVersion>, ReadFault> {
    let caps = caps(store, unit).await?;
    let sql = "select r.no, r.version, r.code, r.name_zh, r.name_en, r.category, r.kind, r.points, r.unit, \
               r.cap_points, r.cap_period, r.path, r.evidence, r.scope, r.shared_cap, r.exclusive, r.starts, r.ends, \
               z.body, e.body from rule r \
               left join words z on z.village_id = r.village_id and z.hash = r.name_zh \
               left join words e on e.village_id = r.village_id and e.hash = r.name_en \
               where r.village_id = $1 and r.code = $2 order by r.version desc";
    let found = rows(store, sql, vec![unit_value(unit), code.into()]).await?;
    let mut versions = Vec::with_capacity(found.len());
    for row in &found {
        versions.push(RuleVersion {
            item: item(row, &caps)?,
            operation: None,
            at: None,
            by: String::new(),
            resolution: None,
        });
    }
    name_declarers(store, unit, code, &mut versions).await?;
    Ok(versions)
}

/// Versions carry no operation; the operations that changed rules are few, and each says which
/// rules it changed, so that the n-th that names the code made the n-th version.
async fn name_declarers(
    store: &Store,
    unit: UnitNo,
    code: &str,
    versions: &mut [RuleVersion],
) -> Result<(), ReadFault> {
    let sql = "select o.id, o.at, o.payload, w.body from operation o \
               left join staff s on s.village_id = 1 and s.id = o.actor \
               left join words w on w.village_id = 1 and w.hash = s.name \
               where o.village_id = $1 and o.kind in (7, 8) order by o.seq";
    let mut oldest_first = versions.iter_mut().rev();
    for row in rows(store, sql, vec![unit_value(unit)]).await? {
        let payload: Vec<u8> = row.try_get_by_index(2)?;
        let command = Command::whole(&payload).map_err(|_| ReadFault::Fault)?;
        let rests = rests(&command);
        let times = rests.codes.iter().filter(|known| **known == code).count();
        if times == 0 {
            continue;
        }
        let resolved = resolved(store, unit, rests.resolution).await?;
        for _ in 0..times {
            let Some(version) = oldest_first.next() else {
                return Ok(());
            };
            version.operation = Some(row.try_get_by_index(0)?);
            version.at = Some(row.try_get_by_index(1)?);
            version.resolution.clone_from(&resolved);
            version.by = row
                .try_get_by_index::<Option<String>>(3)?
                .unwrap_or_default();
        }
    }
    Ok(())
}
