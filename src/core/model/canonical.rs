//! The byte form: everything reads back, and no two different things share a form.

use crate::core::award::AwardKey;
use crate::core::award::{AwardSheet, MatureAwards, OnCap, RecordAward, ReviewAward, SheetRow};
use crate::core::canonical::Canonical;
use crate::core::fund::{AllotFund, ExpireLots};
use crate::core::household::{ChangeHousehold, NewHousehold, RegisterHouseholds};
use crate::core::ledger::Balance;
use crate::core::redemption::{CartLine, Redeem, Refund, RefundLine, ReturnTo};
use crate::core::rows::{AwardState, HouseholdStatus};
use crate::core::{
    Answer, Awarded, Command, Day, Handed, HouseholdRef, Made, Moved, OperationRef, Points,
    Quantity, Redeemed, Text, fingerprint,
};
use proptest::collection::vec;
use proptest::option;
use proptest::prelude::*;
use std::collections::HashMap;
use uuid::Uuid;

fn uuid() -> impl Strategy<Value = Uuid> {
    any::<u128>().prop_map(Uuid::from_u128)
}

fn text() -> impl Strategy<Value = Text> {
    (any::<[u8; 16]>(), "\\PC{0,6}").prop_map(|(salt, body)| Text::new(salt, &body))
}

fn points() -> impl Strategy<Value = Points> + Clone {
    any::<i64>().prop_map(Points)
}

fn quantity() -> impl Strategy<Value = Quantity> {
    any::<i64>().prop_map(Quantity)
}

fn day() -> impl Strategy<Value = Day> {
    any::<i32>().prop_map(Day)
}

fn household() -> impl Strategy<Value = HouseholdRef> {
    prop_oneof![
        any::<i32>().prop_map(HouseholdRef::No),
        "\\PC{0,5}".prop_map(HouseholdRef::Given),
    ]
}

fn operation() -> impl Strategy<Value = OperationRef> {
    let found = option::of((any::<i64>(), any::<i16>()));
    (uuid(), any::<i32>(), found).prop_map(|(id, line, found)| OperationRef { id, line, found })
}

fn awards() -> impl Strategy<Value = Command> {
    let record = (
        "\\PC{0,5}",
        household(),
        option::of(any::<i32>()),
        quantity(),
        day(),
        option::of(text()),
    )
        .prop_map(|(rule, household, member, quantity, occurred, note)| {
            Command::Award(RecordAward {
                rule,
                household,
                member,
                quantity,
                occurred,
                note,
            })
        });
    let row = (household(), quantity()).prop_map(|(household, quantity)| SheetRow {
        household,
        quantity,
    });
    let on_cap = prop_oneof![Just(OnCap::Clip), Just(OnCap::Reject)];
    let sheet =
        ("\\PC{0,5}", day(), on_cap, vec(row, 0..4)).prop_map(|(rule, occurred, on_cap, rows)| {
            Command::AwardSheet(AwardSheet {
                rule,
                occurred,
                on_cap,
                rows,
            })
        });
    let review =
        (operation(), any::<bool>(), option::of(text())).prop_map(|(award, approve, reason)| {
            Command::ReviewAward(ReviewAward {
                award,
                approve,
                reason,
            })
        });
    let key = (any::<i64>(), any::<i32>()).prop_map(|(seq, line)| AwardKey { seq, line });
    let mature = vec(key, 0..4).prop_map(|awards| Command::MatureAwards(MatureAwards { awards }));
    prop_oneof![record, sheet, review, mature]
}

fn others() -> impl Strategy<Value = Command> {
    let allot = (points(), text())
        .prop_map(|(points, reference)| Command::AllotFund(AllotFund { points, reference }));
    let expire = vec(any::<i32>(), 0..5)
        .prop_map(|households| Command::ExpireLots(ExpireLots { households }));
    let cart = ("\\PC{0,3}", any::<i64>()).prop_map(|(sku, quantity)| CartLine { sku, quantity });
    let redeem = (
        "\\PC{0,3}",
        household(),
        option::of(any::<i32>()),
        any::<[u8; 32]>(),
        vec(cart, 0..4),
    )
        .prop_map(|(station, household, card, pin_tag, lines)| {
            let pin_version = 1;
            Command::Redeem(Redeem {
                station,
                household,
                card,
                pin_version,
                pin_tag,
                lines,
            })
        });
    let to = prop_oneof![Just(ReturnTo::Shelf), Just(ReturnTo::Waste)];
    let back = ("\\PC{0,3}", any::<i64>(), to).prop_map(|(sku, quantity, to)| RefundLine {
        sku,
        quantity,
        to,
    });
    let refund = ("\\PC{0,3}", operation(), text(), vec(back, 0..3)).prop_map(
        |(station, redemption, reason, lines)| {
            Command::Refund(Refund {
                station,
                redemption,
                reason,
                lines,
            })
        },
    );
    prop_oneof![allot, expire, redeem, refund, households()]
}

fn households() -> impl Strategy<Value = Command> {
    let new = (
        "\\PC{0,4}",
        "\\PC{0,4}",
        text(),
        option::of(text()),
        vec(text(), 0..3),
    )
        .prop_map(|(code, group, head, phone, members)| NewHousehold {
            code,
            group,
            head,
            phone,
            door: None,
            members,
        });
    let register =
        vec(new, 0..3).prop_map(|rows| Command::RegisterHouseholds(RegisterHouseholds { rows }));
    let change = (
        household(),
        option::of("\\PC{0,3}"),
        option::of(option::of(text())),
        option::of(vec(text(), 0..2)),
    )
        .prop_map(|(household, group, phone, members)| {
            let (head, door, status) = (None, Some(None), Some(HouseholdStatus::Away));
            Command::ChangeHousehold(ChangeHousehold {
                household,
                group,
                head,
                phone,
                door,
                members,
                status,
            })
        });
    prop_oneof![register, change]
}

fn balance() -> impl Strategy<Value = Balance> + Clone {
    (points(), points(), points(), points()).prop_map(|(available, pending, reserved, arrears)| {
        Balance {
            available,
            pending,
            reserved,
            arrears,
        }
    })
}

fn answer() -> impl Strategy<Value = Answer> {
    let state = proptest::sample::select(AwardState::ALL);
    let awarded = (any::<i32>(), state, points(), points(), balance()).prop_map(
        |(household, state, points, unpaid, balance)| Awarded {
            household,
            state,
            points,
            unpaid,
            balance,
        },
    );
    let made = (any::<i32>(), uuid()).prop_map(|(no, id)| Made { no, id });
    let handed = ("\\PC{0,3}", any::<i64>(), points()).prop_map(|(sku, quantity, points)| Handed {
        sku,
        quantity,
        points,
    });
    let redeemed = (
        any::<i32>(),
        "\\PC{0,9}",
        points(),
        vec(handed, 0..3),
        balance(),
    )
        .prop_map(|(household, receipt_no, points, lines, balance)| {
            let before = Points(7);
            Answer::Redemption(Redeemed {
                household,
                receipt_no,
                points,
                lines,
                before,
                balance,
            })
        });
    prop_oneof![
        any::<bool>().prop_map(Answer::Done),
        points().prop_map(Answer::Fund),
        vec(made, 0..4).prop_map(Answer::Made),
        vec(any::<i32>(), 0..4).prop_map(Answer::Versions),
        awarded.clone().prop_map(Answer::Award),
        vec(awarded, 0..3).prop_map(Answer::Sheet),
        redeemed,
        (points(), option::of(balance()))
            .prop_map(|(points, balance)| Answer::Moved(Moved { points, balance })),
    ]
}

proptest! {
    #![proptest_config(ProptestConfig { failure_persistence: None, ..ProptestConfig::with_cases(512) })]

    #[test]
    fn commands_read_back(command in prop_oneof![awards(), others()], cut in any::<prop::sample::Index>()) {
        let bytes = command.bytes();
        prop_assert_eq!(Command::whole(&bytes), Ok(command));
        // No form is the beginning of another.
        prop_assert!(Command::whole(&bytes[..cut.index(bytes.len())]).is_err());
        prop_assert!(Command::whole(&[bytes, vec![0]].concat()).is_err());
    }

    #[test]
    fn answers_read_back(answer in answer()) {
        let bytes = answer.bytes();
        prop_assert_eq!(Answer::whole(&bytes), Ok(answer));
        prop_assert!(Answer::whole(&bytes[..bytes.len() - 1]).is_err());
    }

    #[test]
    fn whatever_reads_has_that_one_form(tag in 0u8..30, rest in vec(prop_oneof![Just(0u8), Just(1), any::<u8>()], 0..120)) {
        let bytes = [vec![tag], rest].concat();
        if let Ok(command) = Command::whole(&bytes) {
            prop_assert_eq!(command.bytes(), bytes);
        } else if let Ok(answer) = Answer::whole(&bytes) {
            prop_assert_eq!(answer.bytes(), bytes);
        }
    }

    #[test]
    fn different_commands_have_different_forms(commands in vec(prop_oneof![awards(), others()], 0..40)) {
        let mut seen: HashMap<Vec<u8>, Command> = HashMap::new();
        for command in commands {
            if let Some(other) = seen.insert(command.bytes(), command.clone()) {
                prop_assert_eq!(other, command);
            }
        }
    }
}

/// Neighbours that a careless form would run together.
#[test]
fn neighbours_differ() {
    let cart = |lines: &[(&str, i64)]| {
        let line = |(sku, quantity): &(&str, i64)| CartLine {
            sku: (*sku).into(),
            quantity: *quantity,
        };
        Command::Redeem(Redeem {
            station: "S".into(),
            household: HouseholdRef::No(1),
            card: None,
            pin_version: 1,
            pin_tag: [0; 32],
            lines: lines.iter().map(line).collect(),
        })
    };
    let given = |household| {
        Command::ExpireLots(ExpireLots {
            households: household,
        })
    };
    let all = [
        cart(&[]),
        cart(&[("AB", 1)]),
        cart(&[("A", 1)]),
        cart(&[("A", 1), ("B", 1)]),
        cart(&[("B", 1), ("A", 1)]),
        cart(&[("A", 256)]),
        given(vec![]),
        given(vec![0]),
        given(vec![0, 0]),
    ];
    for (i, a) in all.iter().enumerate() {
        for (j, b) in all.iter().enumerate() {
            assert_eq!(i == j, a.bytes() == b.bytes(), "{a:?} {b:?}");
        }
    }
    let (staff, other, bytes) = (Uuid::from_u128(1), Uuid::from_u128(2), all[0].bytes());
    assert_ne!(fingerprint(staff, &bytes), fingerprint(other, &bytes));
    assert_ne!(
        fingerprint(staff, &bytes),
        fingerprint(staff, &all[1].bytes())
    );
    // The found numbers are part of the form, so a store must look a reference up before it asks
    // whether two requests are the same.
    let mut named = OperationRef::new(staff, 0);
    let before = named.bytes();
    named.found = Some((1, 11));
    assert_ne!(before, named.bytes());
}
