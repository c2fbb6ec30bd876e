//! What a township reads of its villages, against a plain count of every transfer.

use super::*;
use crate::cli::store_settings;
use crate::config::{Flags, Settings};
use crate::core::redemption::{Refund, RefundLine, ReturnTo};
use crate::core::reversal::Reverse;
use crate::core::rows::{Account, Purpose};
use crate::core::{OperationRef, Points};
use crate::signin::Secrets;
use crate::store::Clock;
use crate::store::read::town::{self, Figures, Months, month_of};
use crate::store::read::{directory, rows};
use std::sync::Arc;

/// Long enough for a quarter's redemptions and their refunds.
const SOME_DAYS: i64 = 96;

async fn demo(folder: &std::path::Path, clock: &Arc<AtomicI64>) -> Store {
    let flags = Flags {
        listen: None,
        database: Some(format!("sqlite:{}", folder.join("d.sqlite").display())),
        redis: None,
    };
    let settings = Settings::demo(&flags).expect("settings");
    let (pepper, key) = (folder.join("pepper"), folder.join("key"));
    let secrets = Secrets::load_or_create(&pepper, &key).expect("secrets");
    Store::open(
        store_settings(&settings),
        secrets.with_cheap_hashes(),
        Clock::Set(Arc::clone(clock)),
    )
    .await
    .expect("a store")
}

/// One transfer after the other, each judged by itself.
async fn counted(store: &Store, unit: UnitNo) -> Months {
    let sql = "select o.at, o.seq, o.role, t.household, t.from_account, t.to_account, t.points, t.purpose \
               from operation o left join transfer t on t.village_id = o.village_id and t.seq = o.seq \
               where o.village_id = $1 order by o.seq, t.line";
    let mut months = Months::new();
    for row in rows(store, sql, vec![i64::from(unit).into()])
        .await
        .expect("rows")
    {
        let int = |index| {
            row.try_get_by_index::<Option<i64>>(index)
                .expect("a number")
        };
        let (at, seq) = (int(0).expect("a time"), int(1).expect("a number"));
        let figures = months
            .entry(month_of(Day::of_instant(at, 480)))
            .or_default();
        if figures.entries.0 == 0 {
            figures.entries.0 = seq;
        }
        figures.entries.1 = seq;
        if int(2) != Some(9) {
            figures.last = Some(at);
        }
        let Some(household) = int(3) else { continue };
        let account = |index| Account::of_code(int(index).expect("an account")).expect("known");
        let purpose = Purpose::of_code(int(7).expect("a purpose")).expect("known");
        let household = i32::try_from(household).expect("small");
        judge(
            figures,
            (account(4), account(5)),
            purpose,
            int(6).expect("points"),
            household,
        );
    }
    months
}

fn judge(
    figures: &mut Figures,
    (from, to): (Account, Account),
    purpose: Purpose,
    points: i64,
    household: i32,
) {
    let held = |account| matches!(account, Account::Pending | Account::Available);
    match purpose {
        Purpose::Maturity => {}
        _ if from == Account::Source => figures.allotted.0 += points,
        _ if to == Account::Source => figures.allotted.0 -= points,
        _ if to == Account::Payable => figures.redeemed.0 += points,
        _ if from == Account::Payable => figures.redeemed.0 -= points,
        _ if to == Account::Expired => figures.expired.0 += points,
        Purpose::Award => figures.issued.0 += points,
        Purpose::Reversal if held(from) => figures.issued.0 -= points,
        Purpose::Reversal => figures.taken.0 -= points,
        _ => figures.taken.0 += points,
    }
    if matches!(purpose, Purpose::Award | Purpose::Redemption) {
        figures.taking_part.insert(household);
    }
}

async fn compare(store: &Store, township: UnitNo) -> usize {
    let villages = town::villages(store, township).await.expect("villages");
    for (unit, village) in &villages {
        let plain = counted(store, *unit).await;
        assert_eq!(village.months, plain, "unit {unit}");
        let sum = |pick: fn(&Figures) -> i64| plain.values().map(pick).sum::<i64>();
        let fund = sum(|f| f.allotted.0 - f.issued.0 + f.taken.0);
        let held = sum(|f| f.issued.0 - f.taken.0 - f.redeemed.0 - f.expired.0);
        assert_eq!(
            (village.fund, village.outstanding),
            (Points(fund), Points(held))
        );
        assert!(village.households(Day::NEVER) > 100);
    }
    villages.len()
}

async fn first(store: &Store, unit: UnitNo, sql: &'static str) -> (Uuid, String) {
    let found = rows(store, sql, vec![i64::from(unit).into()])
        .await
        .expect("rows");
    let row = found.first().expect("one");
    let text = row.try_get_by_index::<String>(1).unwrap_or_default();
    (row.try_get_by_index(0).expect("an id"), text)
}

/// An award of the first month undone, and goods brought back.
async fn undo(maker: &mut Maker<'_>, unit: UnitNo) {
    let (manager, clerk) = (maker.who(As::Manager), maker.who(As::Clerk));
    let sql = "select o.id from operation o join award a on a.village_id = o.village_id and a.seq = o.seq \
               where o.village_id = $1 and a.state = 3 and a.kind = 1 and a.points > 0 and a.household > 60 \
               and not exists (select 1 from award b where b.village_id = a.village_id and b.seq = a.seq and b.line > 0) \
               order by o.seq limit 1";
    let (award, _) = first(maker.store, unit, sql).await;
    let id = maker.id();
    let reason = maker.texts(id).text("记错了户");
    let operation = OperationRef::new(award, 0);
    let reverse = Command::Reverse(Reverse { operation, reason });
    maker.ask(unit, manager, id, reverse).await.expect("undone");
    let sql = "select o.id, g.sku from operation o join redemption d on d.village_id = o.village_id and d.seq = o.seq \
               join redemption_line l on l.village_id = d.village_id and l.seq = d.seq \
               join good g on g.village_id = d.village_id and g.station = d.station and g.no = l.good \
               where o.village_id = $1 and d.refunded = 0 order by o.seq limit 1";
    let (redemption, sku) = first(maker.store, unit, sql).await;
    let id = maker.id();
    let reason = maker.texts(id).text("包装破损");
    let to = ReturnTo::Shelf;
    let lines = vec![RefundLine {
        sku,
        quantity: 1,
        to,
    }];
    let body = Refund {
        station: STATION.to_string(),
        redemption: OperationRef::new(redemption, 0),
        reason,
        lines,
    };
    maker
        .ask(unit, clerk, id, Command::Refund(body))
        .await
        .expect("refunded");
}

#[tokio::test(flavor = "multi_thread")]
async fn months_are_what_a_plain_count_says_and_stay_so_after_later_entries() {
    let folder = tempfile::tempdir().expect("a folder");
    let clock = Arc::new(AtomicI64::new(0));
    let store = demo(folder.path(), &clock).await;
    let size = Size {
        days: SOME_DAYS,
        ..Size::DEMO
    };
    build(&store, &clock, size).await.expect("a demo");
    let township = directory::townships(&store).await.expect("townships")[0].no;
    assert_eq!(compare(&store, township).await, VILLAGES.len());
    let villages = town::villages(&store, township).await.expect("villages");
    let (unit, before) = villages.iter().min_by_key(|(unit, _)| **unit).expect("one");
    let later = clock.load(Ordering::Relaxed) + 40 * MICROS_PER_DAY;
    clock.store(later, Ordering::Relaxed);
    let mut staff = Vec::new();
    for person in &STAFF {
        let sql = "select id from staff where village_id = 1 and username = $1";
        let found = rows(&store, sql, vec![person.username.into()]).await;
        let id: Uuid = found.expect("rows")[0].try_get_by_index(0).expect("an id");
        staff.push(id);
    }
    let mut maker = Maker {
        store: &store,
        clock: &clock,
        made: 1_000_000,
        accepted: 0,
        random: 1,
        staff,
        objections: BTreeMap::new(),
    };
    undo(&mut maker, *unit).await;
    compare(&store, township).await;
    let after = town::villages(&store, township).await.expect("villages");
    let month = month_of(Day::of_instant(later, 480));
    for (past, figures) in before.months.range(..month) {
        assert_eq!(after[unit].months[past], *figures, "the past stays");
    }
    let now = &after[unit].months[&month];
    assert!(now.issued < Points::ZERO && now.redeemed < Points::ZERO);
    assert!(now.taking_part.is_empty());
    store.close().await;
}
