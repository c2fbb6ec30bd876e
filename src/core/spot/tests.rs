//! The life of an application and of a spot, on a small village.

use super::*;
use crate::core::application::{Apply, CheckApplication, WithdrawApplication};
use crate::core::award::ReviewAward;
use crate::core::rights::{Authority, Grant, Role, UnitNo};
use crate::core::state::{Config, Head, State, Tables, Unit};
use crate::core::{Actor, Command, Context, OperationRef, Period, Points, kind};
use std::sync::Arc;

const VILLAGE: UnitNo = 7;
const PHOTO: PhotoHash = [9; 32];
/// 2026-03-02, noon in China.
const NOW: i64 = 1_772_424_000_000_000;

fn rule(no: i32, code: &str, category: &str, points: i64) -> RuleRow {
    RuleRow {
        no,
        version: 1,
        code: code.into(),
        name_zh: Text::new([0; 16], code).hash(),
        name_en: Text::new([0; 16], code).hash(),
        category: category.into(),
        kind: RuleKind::Award,
        points: Points(points),
        unit: "件".into(),
        cap_points: Some(Points(200)),
        cap_period: Period::Month,
        path: Path::Reviewed,
        evidence: "photo".into(),
        scope: RuleScope::Household,
        shared_cap: None,
        exclusive: None,
        starts: None,
        ends: None,
    }
}

fn household(no: i32) -> HouseholdRow {
    HouseholdRow {
        no,
        id: Uuid::from_u128(no.unsigned_abs().into()),
        code: format!("H{no}"),
        group_no: 1,
        head: Text::new([1; 16], "赵大").hash(),
        phone: None,
        door: None,
        status: HouseholdStatus::Resident,
        joined: Day(20_000),
        members: 0,
        card_version: 0,
        pin_version: 0,
        arrears: Points::ZERO,
    }
}

struct Small {
    state: State,
    next: u128,
}

impl Small {
    fn new() -> Small {
        let mut config = Tables::default();
        let name = "一组".to_string();
        config.groups.insert((1,), GroupRow { no: 1, name });
        for (no, code, category, points) in [
            (1, "SNAP", "volunteer", 100),
            (2, "CLEAR", "volunteer", 200),
            (3, "YARD", "courtyard", 100),
        ] {
            config
                .rules
                .insert((no, 1), rule(no, code, category, points));
        }
        let (staff, tie) = (Uuid::from_u128(52), Tie::Kin);
        let row = TieRow {
            staff,
            household: 1,
            tie,
        };
        config.ties.insert((staff, 1), row);
        let mut rows = Tables::default();
        for no in 1..=3 {
            rows.households.insert((no,), household(no));
        }
        let head = Head {
            parent: 2,
            fund: Points(1_000_000),
            source: Points(-1_000_000),
            ..Head::default()
        };
        let unit = Unit {
            head,
            config: Arc::new(Config::new(config)),
            rows,
        };
        let mut state = State::default();
        state.units.insert(VILLAGE, unit);
        Small { state, next: 1_000 }
    }

    fn ask(&mut self, actor: Actor, command: Command) -> Result<Answer, Rejection> {
        self.next += 1;
        let ctx = Context {
            id: Uuid::from_u128(self.next),
            at: NOW,
            actor,
            salt: [3; 16],
        };
        let (answer, effects) = crate::core::apply(&self.state, &ctx, VILLAGE, &command)?;
        for one in &effects {
            let unit = self.state.units.get_mut(&one.unit).expect("the village");
            unit.absorb(one);
        }
        Ok(answer)
    }

    fn spot(&self, no: i32) -> SpotRow {
        self.state.units[&VILLAGE].rows.spots[&(no,)].clone()
    }
}

fn grants(role: Role) -> Authority {
    let (unit, station) = (VILLAGE, 0);
    Authority::Granted(vec![Grant {
        role,
        unit,
        station,
    }])
}

fn staff(n: u128, role: Role) -> Actor {
    Actor {
        id: Uuid::from_u128(n),
        household: None,
        authority: grants(role),
    }
}

fn home(no: i32) -> Actor {
    Actor {
        id: Uuid::nil(),
        household: Some(no),
        authority: grants(Role::Household),
    }
}

fn text(body: &str) -> Text {
    Text::new([4; 16], body)
}

fn report(household: i32, after: bool) -> Command {
    Command::ReportSpot(ReportSpot {
        household: HouseholdRef::No(household),
        kind: SpotKind::Litter,
        group: 1,
        place: text("桥头"),
        photos: vec![PHOTO],
        after: if after { vec![PHOTO] } else { Vec::new() },
        same_as: None,
    })
}

fn cleared(household: i32) -> Command {
    Command::ClearSpot(ClearSpot {
        spot: 1,
        household: HouseholdRef::No(household),
        photos: vec![PHOTO],
    })
}

fn verify(report: &str, clear: &str) -> Command {
    Command::VerifySpot(VerifySpot {
        spot: 1,
        report_rule: Some(report.into()),
        clear_rule: Some(clear.into()),
    })
}

fn points(answer: &Answer) -> Vec<i64> {
    match answer {
        Answer::Sheet(awards) => awards.iter().map(|award| award.points.0).collect(),
        other => panic!("{other:?}"),
    }
}

#[test]
fn one_reports_another_clears_a_third_verifies() {
    let mut small = Small::new();
    small.ask(home(1), report(1, false)).expect("a spot");
    // The same place once more: no second spot, and the later household is known.
    let again = small.ask(home(2), report(2, false)).expect("the same");
    let Answer::Made(made) = again else {
        panic!("{again:?}")
    };
    assert_eq!(made[0].no, 1);
    let rows = &small.state.units[&VILLAGE].rows;
    assert_eq!((rows.spots.len(), rows.spot_reports.len()), (1, 1));
    let claim = |no| {
        let household = HouseholdRef::No(no);
        Command::ClaimSpot(ClaimSpot { spot: 1, household })
    };
    assert_eq!(
        small.ask(home(3), claim(2)),
        Err(Rejection::NotAllowed {}),
        "for another household"
    );
    small.ask(home(2), claim(2)).expect("taken on");
    assert_eq!(small.ask(home(3), cleared(3)), Err(Rejection::SpotTaken {}));
    small.ask(home(2), cleared(2)).expect("clear");
    let kin = small.ask(staff(52, Role::Reviewer), verify("SNAP", "CLEAR"));
    assert!(
        matches!(kin, Err(Rejection::KinHousehold { .. })),
        "{kin:?}"
    );
    let recorder = small.ask(staff(53, Role::Recorder), verify("SNAP", "CLEAR"));
    assert_eq!(recorder, Err(Rejection::NotAllowed {}));
    let wrong = small.ask(staff(54, Role::Reviewer), verify("YARD", "CLEAR"));
    assert_eq!(
        wrong,
        Err(Rejection::field("/report_rule", "wrong_category"))
    );
    let done = small.ask(staff(54, Role::Reviewer), verify("SNAP", "CLEAR"));
    assert_eq!(points(&done.expect("verified")), [100, 200]);
    let state = SpotState::Verified;
    let twice = small.ask(staff(54, Role::Reviewer), verify("SNAP", "CLEAR"));
    assert_eq!(twice, Err(Rejection::SpotNotOpen { state }));
}

#[test]
fn whoever_keyed_it_in_does_not_verify_and_a_cap_clips() {
    let mut small = Small::new();
    let manager = || staff(60, Role::Manager);
    small.ask(manager(), report(1, true)).expect("in one go");
    assert_eq!(small.spot(1).state, SpotState::Cleared);
    let own = small.ask(manager(), verify("SNAP", "CLEAR"));
    assert_eq!(own, Err(Rejection::OwnRecord {}));
    // One rule for both parts of one household: its monthly cap of two points holds.
    let done = small.ask(staff(61, Role::Reviewer), verify("CLEAR", "CLEAR"));
    assert_eq!(points(&done.expect("verified")), [200, 0]);
}

#[test]
fn the_village_puts_it_right_by_a_day() {
    let mut small = Small::new();
    small.ask(home(1), report(1, false)).expect("a spot");
    let assign = |days| {
        let today = Day::of_instant(NOW, 480);
        Command::AssignSpot(AssignSpot {
            spot: 1,
            person: text("保洁员老李"),
            due: today.plus(days),
        })
    };
    let recorder = || staff(70, Role::Recorder);
    let late = small.ask(recorder(), assign(-1));
    assert_eq!(late, Err(Rejection::field("/due", "out_of_range")));
    small.ask(recorder(), assign(7)).expect("assigned");
    let state = SpotState::Assigned;
    let taken = small.ask(home(2), cleared(2));
    assert_eq!(taken, Err(Rejection::SpotNotOpen { state }));
    let close = Command::CloseTask(CloseTask {
        spot: 1,
        words: text("已清运"),
        photos: Vec::new(),
    });
    small.ask(recorder(), close).expect("done");
    assert_eq!(small.spot(1).state, SpotState::Fixed);
}

fn application() -> Command {
    Command::Apply(Apply {
        household: HouseholdRef::No(1),
        rule: "YARD".into(),
        quantity: Quantity::ONE,
        occurred: Day::of_instant(NOW, 480),
        member: None,
        words: Some(text("院子扫好了")),
        photos: vec![PHOTO],
    })
}

fn check(no: i32, accept: bool, answer: Option<&str>) -> Command {
    Command::CheckApplication(CheckApplication {
        application: no,
        accept,
        quantity: Quantity::ONE,
        answer: answer.map(text),
    })
}

#[test]
fn an_application_is_checked_and_then_reviewed_by_another() {
    let mut small = Small::new();
    let recorder = || staff(80, Role::Recorder);
    assert_eq!(
        small.ask(home(2), application()),
        Err(Rejection::NotAllowed {})
    );
    for _ in 0..3 {
        small.ask(home(1), application()).expect("an application");
    }
    let kin = small.ask(staff(52, Role::Recorder), check(1, true, None));
    assert!(
        matches!(kin, Err(Rejection::KinHousehold { .. })),
        "{kin:?}"
    );
    let silent = small.ask(recorder(), check(1, false, None));
    assert_eq!(silent, Err(Rejection::field("/answer", "missing")));
    small
        .ask(recorder(), check(1, false, Some("没有照片")))
        .expect("refused");
    let state = ApplicationState::Refused;
    assert_eq!(
        small.ask(recorder(), check(1, true, None)),
        Err(Rejection::ApplicationNotOpen { state })
    );
    let withdraw = Command::WithdrawApplication(WithdrawApplication { application: 2 });
    let other = small.ask(home(2), withdraw.clone());
    assert_eq!(other, Err(Rejection::NotAllowed {}));
    small.ask(home(1), withdraw).expect("withdrawn");
    let checked = small.ask(recorder(), check(3, true, None)).expect("right");
    let Answer::Award(awarded) = checked else {
        panic!("{checked:?}")
    };
    assert_eq!(awarded.state, AwardState::Proposed);
    let seq = small.state.units[&VILLAGE].head.seq();
    let mut award = OperationRef::new(Uuid::from_u128(small.next), 0);
    award.found = Some((seq, kind::CheckApplication));
    let review = Command::ReviewAward(ReviewAward {
        award,
        approve: true,
        reason: None,
    });
    let manager = Actor {
        id: recorder().id,
        ..staff(81, Role::Manager)
    };
    let own = small.ask(manager, review.clone());
    assert_eq!(own, Err(Rejection::OwnRecord {}));
    small
        .ask(staff(82, Role::Reviewer), review)
        .expect("approved");
}
