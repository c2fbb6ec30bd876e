//! Cases too rare for random histories.

use super::dice::Dice;
use super::oracle::Part;
use super::setup;
use super::world::{Person, World, one};
use crate::core::award::RecordAward;
use crate::core::fund::{AllotFund, ExpireLots};
use crate::core::household::{RegisterHouseholds, SetPin};
use crate::core::policy::SetPolicy;
use crate::core::redemption::{CartLine, Redeem};
use crate::core::registry::FoundTownship;
use crate::core::rights::{Role, SYSTEM, UnitNo};
use crate::core::rows::*;
use crate::core::rule::{DeclareRules, RuleSpec};
use crate::core::station::{DeclareGoods, GoodSpec};
use crate::core::{
    Answer, Command, Day, HouseholdRef, Moved, Period, Points, Quantity, Rejection, SecretHash,
    Text,
};
use uuid::Uuid;

fn person(part: Part, role: Role, unit: UnitNo) -> Person {
    let (id, grants) = (Uuid::from_u128(77), one(role, unit, 0));
    Person { part, id, grants }
}

fn begun() -> (World, UnitNo, Person) {
    let mut world = World::new(3);
    world.set_up();
    let no = world.villages[0].no;
    (world, no, person(Part::Manager, Role::Manager, no))
}

fn today(world: &World) -> Day {
    Day::of_instant(world.now.max(world.villages[0].oracle.at), 480)
}

fn big(world: &World) -> RuleSpec {
    RuleSpec {
        code: "BIG".into(),
        kind: RuleKind::Award,
        points: Points(100_000_000),
        cap_points: None,
        cap_period: Period::Lifetime,
        path: Path::Instant,
        shared_cap: None,
        exclusive: None,
        starts: None,
        ends: None,
        ..setup::rule(&mut Dice::new(1), 0, today(world))
    }
}

fn award(occurred: Day) -> RecordAward {
    RecordAward {
        rule: "BIG".into(),
        household: HouseholdRef::No(5),
        member: None,
        quantity: Quantity::ONE,
        occurred,
        note: None,
    }
}

#[test]
fn a_lot_larger_than_one_transfer_expires() {
    let (mut world, no, manager) = begun();
    let policy = PolicyRow {
        expiry: Expiry::Months,
        expiry_months: 1,
        ..setup::policy(&mut Dice::new(1)).policy
    };
    let policy = PolicyRow {
        utc_offset: 480,
        ..policy
    };
    world
        .step(no, &manager, Command::SetPolicy(SetPolicy { policy }))
        .expect("a policy");
    let rules = DeclareRules {
        rules: vec![big(&world)],
        resolution: None,
    };
    world
        .step(no, &manager, Command::DeclareRules(rules))
        .expect("a rule");
    for _ in 0..3 {
        let (points, reference) = (Points(100_000_000), Text::new([0; 16], "x"));
        let allot = AllotFund { points, reference };
        world
            .step(no, &manager, Command::AllotFund(allot))
            .expect("a budget");
        let award = Command::Award(award(today(&world)));
        world.step(no, &manager, award).expect("an award");
    }
    world.now += 40 * 86_400_000_000;
    let expire = ExpireLots {
        households: vec![5],
    };
    let answer = world
        .step(no, &manager, Command::ExpireLots(expire))
        .expect("swept");
    let Answer::Moved(Moved { points, .. }) = answer else {
        panic!("{answer:?}")
    };
    assert_eq!(points, Points(300_000_000));
    world.finish();
}

/// The village moves its clock across the turn of a month; the household has had its soap for
/// one of the two months, and a batch must not decide on counters fetched for the other.
#[test]
fn a_batch_ends_where_the_day_changes() {
    let (mut world, no, manager) = begun();
    let clerk = Person {
        grants: one(Role::Clerk, no, 1),
        part: Part::Clerk(1),
        ..manager.clone()
    };
    let policy = |utc_offset| SetPolicy {
        policy: PolicyRow {
            utc_offset,
            expiry: Expiry::Never,
            ..setup::policy(&mut Dice::new(1)).policy
        },
    };
    world.now += 40 * 86_400_000_000;
    let month = Period::Month.start(today(&world).plus(40));
    world.now = i64::from(month.0) * 86_400_000_000 - 3_600_000_000;
    let good = GoodSpec {
        sku: "G7".into(),
        price: Points(1),
        monthly_limit: Some(1),
        stocked: false,
        ..setup::good(&mut Dice::new(1), 0)
    };
    let rule = RuleSpec {
        points: Points(100),
        ..big(&world)
    };
    let pin = SetPin {
        household: HouseholdRef::No(5),
        second: Some(uuid::Uuid::from_u128(2)),
        tag: [0; 32],
        hash: SecretHash(None),
    };
    for command in [
        Command::SetPolicy(policy(0)),
        Command::DeclareRules(DeclareRules {
            rules: vec![rule],
            resolution: None,
        }),
        Command::DeclareGoods(DeclareGoods {
            station: "S1".into(),
            goods: vec![good],
        }),
        Command::SetPin(pin),
        Command::Award(award(Day(month.0 - 1))),
    ] {
        world.step(no, &manager, command).expect("prepared");
    }
    let redeem = Command::Redeem(Redeem {
        station: "S1".into(),
        household: HouseholdRef::No(5),
        card: None,
        pin_version: world.state.units[&no].rows.households[&(5,)].pin_version,
        pin_tag: [0; 32],
        lines: vec![CartLine {
            sku: "G7".into(),
            quantity: 1,
        }],
    });
    // Once in the old month, once in the new one; then the clock goes back and forth in batches.
    world.step(no, &clerk, redeem.clone()).expect("soap");
    world
        .step(no, &manager, Command::SetPolicy(policy(480)))
        .expect("a policy");
    world.step(no, &clerk, redeem.clone()).expect("soap");
    world
        .step(no, &manager, Command::SetPolicy(policy(0)))
        .expect("a policy");
    let set = Command::SetPolicy(policy(480));
    world.batch(no, vec![(manager, set), (clerk.clone(), redeem.clone())]);
    let again = world.step(no, &clerk, redeem);
    assert!(
        matches!(again, Err(Rejection::MonthlyLimit { used: 1, .. })),
        "{again:?}"
    );
}

#[test]
fn a_command_belongs_to_one_kind_of_unit() {
    let (mut world, no, _) = begun();
    let admin = person(Part::Admin, Role::Admin, SYSTEM);
    let units = world.state.units.len();
    let found = FoundTownship {
        code: "T9".into(),
        name: Text::new([0; 16], "x"),
    };
    let answer = world.step(no, &admin, Command::FoundTownship(found));
    assert_eq!(answer, Err(Rejection::UnknownVillage {}));
    let rows = vec![setup::household(&mut Dice::new(1), "H9".into())];
    let register = Command::RegisterHouseholds(RegisterHouseholds { rows });
    let township = world.state.units[&no].head.parent;
    for unit in [SYSTEM, township, 99] {
        let answer = world.step(unit, &admin, register.clone());
        assert_eq!(answer, Err(Rejection::UnknownVillage {}));
    }
    assert_eq!(world.state.units.len(), units);
}

#[test]
fn a_pin_in_place_of_another_needs_two_people() {
    let (mut world, no, manager) = begun();
    let set = |second| {
        Command::SetPin(SetPin {
            household: HouseholdRef::No(5),
            second,
            tag: [0; 32],
            hash: SecretHash(None),
        })
    };
    let other = Some(uuid::Uuid::from_u128(2));
    world.step(no, &manager, set(other)).expect("a PIN");
    for alone in [None, Some(manager.id)] {
        let answer = world.step(no, &manager, set(alone));
        assert_eq!(answer, Err(Rejection::SecondPersonNeeded {}));
    }
    world.step(no, &manager, set(other)).expect("another PIN");
}
