//! The core against a naive oracle: random histories, every invariant after every step, replay.
//!
//! `WENMING_MODEL_OPERATIONS` asks for more or fewer operations than the usual hundred thousand;
//! a failure prints the seed, and `WENMING_MODEL_SEED` repeats that one history.

mod activities;
mod canonical;
mod commands;
mod commands_notices;
mod cut;
mod dice;
mod directed;
mod invariants;
mod oracle;
mod oracle_awards;
mod oracle_learn;
mod oracle_notices;
mod oracle_shop;
mod oracle_uses;
mod setup;
mod staff;
mod world;

use std::collections::BTreeMap;
use std::sync::Mutex;
use std::sync::atomic::{AtomicUsize, Ordering};
use world::World;

/// Commands of one history, more or less.
const STEPS: usize = 600;

#[derive(Default)]
struct Tally {
    accepted: BTreeMap<i16, usize>,
    refused: BTreeMap<String, usize>,
}

fn setting(name: &str) -> Option<usize> {
    std::env::var(name).ok()?.parse().ok()
}

fn history(seed: u64, tally: &Mutex<Tally>) -> usize {
    let mut world = World::new(seed);
    world.set_up();
    while world.steps < STEPS {
        world.random_step();
    }
    world.finish();
    let mut tally = tally.lock().unwrap();
    for (kind, n) in &world.accepted {
        *tally.accepted.entry(*kind).or_default() += n;
    }
    for (why, n) in &world.refused {
        *tally.refused.entry(why.clone()).or_default() += n;
    }
    world.steps
}

#[test]
fn random_histories_agree_with_the_oracle() {
    let tally = Mutex::new(Tally::default());
    if let Some(seed) = setting("WENMING_MODEL_SEED") {
        history(seed as u64, &tally);
        return;
    }
    let wanted = setting("WENMING_MODEL_OPERATIONS").unwrap_or(100_000);
    let (done, next) = (AtomicUsize::new(0), AtomicUsize::new(1));
    let workers = std::thread::available_parallelism().map_or(1, usize::from);
    std::thread::scope(|scope| {
        for _ in 0..workers {
            scope.spawn(|| {
                while done.load(Ordering::Relaxed) < wanted {
                    let seed = next.fetch_add(1, Ordering::Relaxed) as u64;
                    done.fetch_add(history(seed, &tally), Ordering::Relaxed);
                }
            });
        }
    });
    let tally = tally.into_inner().unwrap();
    println!(
        "{} operations: {:?}\n{:?}",
        done.into_inner(),
        tally.accepted,
        tally.refused
    );
    if wanted >= 20_000 {
        covers(&tally);
    }
}

/// A generator that no longer reaches a command or a refusal would prove nothing about it.
fn covers(tally: &Tally) {
    let missing: Vec<i16> = (1..=28)
        .chain(30..=35)
        .filter(|kind| !tally.accepted.contains_key(kind))
        .collect();
    assert!(missing.is_empty(), "kinds never accepted: {missing:?}");
    let reasons = [
        "NotAllowed",
        "UnknownHousehold",
        "UnknownRule",
        "UnknownStation",
        "UnknownGood",
        "UnknownAward",
        "UnknownOperation",
        "UnknownRedemption",
        "UnknownMember",
        "CodeTaken",
        "BadField",
        "AmountOutOfRange",
        "NotExact",
        "HouseholdClosed",
        "RuleRetired",
        "RuleNotYet",
        "WrongRuleKind",
        "DateInFuture",
        "DateTooOld",
        "OwnHousehold",
        "KinHousehold",
        "OwnRecord",
        "AwardNotOpen",
        "CapExceeded",
        "RuleExcluded",
        "FundExhausted",
        "InsufficientPoints",
        "OutOfStock",
        "MonthlyLimit",
        "CardRevoked",
        "PinNotSet",
        "PinWrong",
        "AlreadyReversed",
        "NotReversible",
        "RefundTooMuch",
        "Rows",
        "RolesClash",
        "ContentChanged",
        "UnknownNotice",
        "NoticeNotOpen",
        "NoticeClosed",
        "NothingToPost",
        "UnknownObjection",
        "ObjectionAnswered",
        "Involved",
        "RoleDoesNotFit",
        "UsernameTaken",
        "UnknownStaff",
        "UnknownTownship",
        "UnknownVillage",
    ];
    let missing: Vec<&str> = reasons
        .into_iter()
        .filter(|why| !tally.refused.contains_key(*why))
        .collect();
    assert!(missing.is_empty(), "refusals never seen: {missing:?}");
}
