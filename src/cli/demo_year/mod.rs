//! The demo's township: three villages from their rosters, and a year of deeds, goods and returns,
//! each by the command a person would use. The third village falls behind in autumn.

mod found;
mod lately;
mod life;
mod notices;
#[cfg(test)]
mod tests;

use super::{Fault, say};
use crate::core::rights::UnitNo;
use crate::core::{Command, Day, derived_id};
use crate::import::samples;
use crate::store::texts::Texts;
use crate::store::{Receipt, Store, Submission, Who};
use futures_util::future::join_all;
use std::collections::BTreeMap;
use std::sync::atomic::{AtomicI64, Ordering};
use uuid::Uuid;

/// Code, name and roster of each village.
pub const VILLAGES: [(&str, &str, &[u8]); 3] = [
    ("TZ", "田赵村", samples::ROSTER_TIANZHAO),
    ("DS", "东山村", samples::ROSTER_DONGSHAN),
    ("HK", "河口村", samples::ROSTER_HEKOU),
];
/// The station of each village.
pub const STATION: &str = "S1";
/// A staff member of the demo.
pub struct Person {
    /// What they sign in with.
    pub username: &'static str,
    /// Their role's word.
    pub role: &'static str,
    /// Their name.
    pub name: &'static str,
    /// What they do.
    pub what: &'static str,
}

const fn person(
    username: &'static str,
    role: &'static str,
    name: &'static str,
    what: &'static str,
) -> Person {
    Person {
        username,
        role,
        name,
        what,
    }
}

/// Everybody who can sign in.
pub const STAFF: [Person; 7] = [
    person("admin", "admin", "周敏", "建村、添人 / villages and staff"),
    person("officer", "officer", "孙立平", "镇环保办 / township office"),
    person(
        "manager",
        "manager",
        "王建国",
        "三个村的村务 / rules, fund, cards in all three villages",
    ),
    person("recorder", "recorder", "赵红梅", "记分 / records deeds"),
    person("reviewer", "reviewer", "陈志远", "复核 / reviews"),
    person(
        "clerk",
        "clerk",
        "刘小琴",
        "三个供应站 / the three stations",
    ),
    person(
        "recorder2",
        "recorder",
        "马玉兰",
        "记分 / records deeds too",
    ),
];
/// Households with card and PIN in each village.
const WITH_CARD: usize = 60;
/// Places of the staff's own and kin households in the first roster; skipped everywhere.
const TIED: [usize; 3] = [2, 4, 5];
/// The place of the household that the demo's card belongs to.
const SHOWN: usize = 0;
/// Days of the year.
const DAYS: i64 = 364;
const MICROS_PER_DAY: i64 = 86_400_000_000;

/// What was built.
pub struct Year {
    /// Operations accepted.
    pub operations: u64,
    /// The card of the first household.
    pub card: String,
    /// The local day it ends on.
    pub today: Day,
}

struct Village {
    unit: UnitNo,
    households: Vec<String>,
    /// The one that falls behind.
    is_late: bool,
}

struct Maker<'a> {
    store: &'a Store,
    clock: &'a AtomicI64,
    made: u64,
    accepted: u64,
    random: u64,
    staff: Vec<Uuid>,
    /// The newest objection of each village.
    objections: BTreeMap<UnitNo, i32>,
}

/// A staff member of [`STAFF`] by place in it.
#[derive(Clone, Copy)]
enum As {
    Manager = 2,
    Recorder = 3,
    Reviewer = 4,
    Clerk = 5,
    Second = 6,
}

impl Maker<'_> {
    fn id(&mut self) -> Uuid {
        self.made += 1;
        derived_id(
            Uuid::from_u64_pair(0x64656d6f, self.made),
            self.clock.load(Ordering::Relaxed),
            0,
        )
    }

    /// The next of a fixed sequence of numbers below `below`: every demo is the same.
    fn pick(&mut self, below: usize) -> usize {
        self.random ^= self.random << 13;
        self.random ^= self.random >> 7;
        self.random ^= self.random << 17;
        usize::try_from(self.random % below.max(1) as u64).unwrap_or(0)
    }

    fn who(&self, role: As) -> Who {
        self.staff
            .get(role as usize)
            .map_or(Who::Operator, |id| Who::Staff(*id))
    }

    fn texts(&self, id: Uuid) -> Texts<'_> {
        Texts::new(&self.store.secrets().pepper, id)
    }

    async fn ask(
        &mut self,
        unit: UnitNo,
        who: Who,
        id: Uuid,
        command: Command,
    ) -> Result<Receipt, Fault> {
        let receipt = self
            .store
            .submit(Submission {
                id,
                unit,
                who,
                command,
            })
            .await;
        self.accepted += 1;
        receipt.map_err(|refusal| say::refusal(&refusal))
    }

    /// Sends many at once; those that the rules refuse are part of a village's life.
    async fn ask_all(
        &mut self,
        unit: UnitNo,
        who: Who,
        commands: Vec<(Uuid, Command)>,
    ) -> Vec<Receipt> {
        let store = self.store;
        let asked = commands.into_iter().map(|(id, command)| {
            store.submit(Submission {
                id,
                unit,
                who,
                command,
            })
        });
        let receipts: Vec<Receipt> = join_all(asked)
            .await
            .into_iter()
            .filter_map(Result::ok)
            .collect();
        self.accepted += receipts.len() as u64;
        receipts
    }
}

/// How much to build. The benchmark asks for a whole county's worth.
#[derive(Clone, Copy)]
pub struct Size {
    /// Villages; after the first three their rosters come again.
    pub villages: usize,
    /// Households of each village at least.
    pub households: usize,
    /// Days of the year, from its beginning.
    pub days: i64,
}

impl Size {
    /// What the demo shows.
    pub const DEMO: Size = Size {
        villages: VILLAGES.len(),
        households: 0,
        days: DAYS,
    };
}

/// Builds everything; the clock is moved through the year and left at its end.
pub async fn build(store: &Store, clock: &AtomicI64, size: Size) -> Result<Year, Fault> {
    let end = store.time();
    let start = end - DAYS * MICROS_PER_DAY;
    clock.store(start, Ordering::Relaxed);
    let mut maker = Maker {
        store,
        clock,
        made: 0,
        accepted: 0,
        random: 0x2545_f491_4f6c_dd1d,
        staff: Vec::new(),
        objections: BTreeMap::new(),
    };
    let mut villages = found::township(&mut maker, size.villages).await?;
    let rosters = VILLAGES.iter().map(|(_, _, roster)| *roster).cycle();
    for (village, roster) in villages.iter_mut().zip(rosters) {
        found::furnish(&mut maker, village, roster, size.households).await?;
    }
    found::hire(&mut maker, &villages).await?;
    let mut card = String::new();
    for (index, village) in villages.iter().enumerate() {
        let first = found::hand_out_cards(&mut maker, village).await?;
        if index == 0 {
            card = first;
        }
    }
    for day in 0..size.days {
        clock.store(
            start + day * MICROS_PER_DAY + 36_000_000_000,
            Ordering::Relaxed,
        );
        for village in &villages {
            life::live(&mut maker, village, day).await?;
            notices::live(&mut maker, village, day).await?;
            lately::live(&mut maker, village, day).await?;
        }
        if day % 30 == 17 || day == DAYS - 1 {
            store.sweep().await?;
        }
    }
    Ok(Year {
        operations: maker.accepted,
        card,
        today: Day::of_instant(end, 480),
    })
}
