//! Activities, step by step: each is decided on the whole state and on what it says it reads.

use super::cut::{Flat, same_on_cut_state};
use super::dice::Dice;
use super::oracle::Part;
use super::setup;
use super::world::{Person, World, one};
use crate::core::activity::*;
use crate::core::policy::SetPolicy;
use crate::core::registry::{DeclareTies, TieSpec};
use crate::core::rights::{Authority, Role, UnitNo};
use crate::core::rows::*;
use crate::core::rule::{DeclareRules, RuleSpec};
use crate::core::{
    Actor, Answer, Command, Context, Day, HouseholdRef, Points, Quantity, Rejection, State, absorb,
    apply,
};
use std::collections::BTreeMap;
use uuid::Uuid;

const MINUTE: i64 = 60_000_000;

struct Scene {
    state: State,
    dice: Dice,
    now: i64,
    no: UnitNo,
    today: Day,
}

fn person(role: Role, unit: UnitNo, id: u128) -> Person {
    Person {
        part: Part::Manager,
        id: Uuid::from_u128(id),
        grants: one(role, unit, 0),
    }
}

impl Scene {
    /// A village at nine in the morning with a rule for households, at most two awards a month.
    fn new(scope: RuleScope) -> Scene {
        let mut world = World::new(11);
        world.set_up();
        let no = world.villages[0].no;
        let day = Day::of_instant(world.state.units[&no].head.at, 480).plus(1);
        let mut scene = Scene {
            state: world.state.clone(),
            dice: Dice::new(2),
            now: (i64::from(day.0) * 1_440 + 9 * 60 - 480) * MINUTE,
            no,
            today: day,
        };
        let policy = PolicyRow {
            utc_offset: 480,
            ..setup::policy(&mut Dice::new(1)).policy
        };
        let admin = World::common_cast().remove(0);
        scene
            .step(&admin, Command::SetPolicy(SetPolicy { policy }))
            .expect("a policy");
        let rule = RuleSpec {
            code: "ACT".into(),
            kind: RuleKind::Award,
            points: Points(300),
            cap_points: Some(Points(600)),
            cap_period: crate::core::Period::Month,
            path: Path::Instant,
            scope,
            shared_cap: None,
            exclusive: None,
            starts: None,
            ends: None,
            ..setup::rule(&mut Dice::new(1), 0, day)
        };
        let rules = DeclareRules {
            rules: vec![rule],
            resolution: None,
        };
        scene
            .step(&admin, Command::DeclareRules(rules))
            .expect("a rule");
        scene
    }

    fn recorder(&self) -> Person {
        person(Role::Recorder, self.no, 0x501)
    }

    fn step(&mut self, by: &Person, command: Command) -> Result<Answer, Rejection> {
        let context = Context {
            id: self.dice.uuid(),
            at: self.now,
            actor: Actor {
                id: by.id,
                household: None,
                authority: Authority::Granted(by.grants.clone()),
            },
            salt: self.dice.bytes(),
        };
        let result = apply(&self.state, &context, self.no, &command);
        let units = self.state.units.iter();
        let flats: BTreeMap<UnitNo, Flat> = units.map(|(no, unit)| (*no, Flat::of(unit))).collect();
        same_on_cut_state(&self.state, &flats, &context, self.no, &command, &result);
        let (answer, effects) = result?;
        absorb(&mut self.state, &effects);
        Ok(answer)
    }

    fn plan(&mut self, hours: Option<Quantity>) -> i32 {
        let mut dice = Dice::new(5);
        let plan = PlanActivity {
            title: dice.text(),
            kind: ActivityKind::Cleanup,
            rule: "ACT".into(),
            day: self.today,
            opens: 8 * 60,
            closes: 11 * 60,
            place: None,
            hours,
        };
        let by = self.recorder();
        match self.step(&by, Command::PlanActivity(plan)) {
            Ok(Answer::Made(made)) => made[0].no,
            other => panic!("{other:?}"),
        }
    }

    fn sign(&mut self, no: i32, how: SignInHow, households: &[i32]) -> Result<Answer, Rejection> {
        let by = self.recorder();
        self.step(&by, sign_in(no, how, households))
    }

    fn attendance(&self, no: i32, household: i32) -> AttendanceRow {
        let unit = &self.state.units[&self.no];
        unit.rows.attendances[&(no, household, WHOLE)].clone()
    }
}

fn sign_in(activity: i32, how: SignInHow, households: &[i32]) -> Command {
    let rows = households.iter().map(|no| Attendee {
        household: HouseholdRef::No(*no),
        member: None,
        hours: None,
    });
    Command::SignIn(SignIn {
        activity,
        how,
        rows: rows.collect(),
        at: None,
    })
}

fn end(activity: i32) -> Command {
    Command::EndActivity(EndActivity {
        activity,
        before: None,
        after: None,
    })
}

fn send(activity: i32) -> Command {
    Command::SendActivity(SendActivity { activity })
}

#[test]
fn who_came_is_sent_once_and_the_cap_gives_nothing_more() {
    let mut scene = Scene::new(RuleScope::Household);
    let by = scene.recorder();
    for round in 0..3 {
        let no = scene.plan(None);
        assert_eq!(no, round + 1);
        scene.sign(no, SignInHow::Card, &[1]).expect("signed in");
        scene.sign(no, SignInHow::List, &[2, 3]).expect("a list");
        let again = scene.sign(no, SignInHow::Card, &[1]);
        assert!(matches!(again, Err(Rejection::AlreadySignedIn { ref at, .. }) if at == "09:00"));
        let rows = scene.sign(no, SignInHow::List, &[4, 2]);
        assert!(matches!(rows, Err(Rejection::Rows { ref rows }) if rows.len() == 1));
        let early = scene.step(&by, send(no));
        assert!(matches!(early, Err(Rejection::ActivityNotOpen { .. })));
        scene.step(&by, end(no)).expect("ended");
        let late = scene.sign(no, SignInHow::Card, &[4]);
        assert!(matches!(late, Err(Rejection::ActivityOver { .. })));
        scene
            .sign(no, SignInHow::List, &[4])
            .expect("paper comes later");
        let strike = Command::StrikeNoShow(StrikeNoShow {
            activity: no,
            household: HouseholdRef::No(3),
            member: None,
            reason: Dice::new(9).text(),
        });
        scene.step(&by, strike).expect("struck");
        let Answer::Sheet(awards) = scene.step(&by, send(no)).expect("sent") else {
            panic!("no sheet");
        };
        let given = if round < 2 { Points(300) } else { Points::ZERO };
        assert_eq!(awards.len(), 3);
        assert!(awards.iter().all(|award| award.points == given));
        assert!(
            awards
                .iter()
                .all(|award| award.state == AwardState::Proposed)
        );
        assert!(scene.step(&by, send(no)).is_err());
        assert_eq!(scene.attendance(no, 3).state, AttendanceState::Struck);
        assert_eq!(scene.attendance(no, 1).line, Some(0));
    }
}

#[test]
fn a_tied_sender_signs_in_but_sends_no_award() {
    let mut scene = Scene::new(RuleScope::Household);
    let by = scene.recorder();
    let ties = [(1, Tie::Own), (2, Tie::Kin)].map(|(household, tie)| TieSpec {
        unit: scene.no,
        household: HouseholdRef::No(household),
        tie,
    });
    let admin = World::common_cast().remove(0);
    let declare = DeclareTies {
        staff: by.id,
        ties: ties.to_vec(),
    };
    scene
        .step(&admin, Command::DeclareTies(declare))
        .expect("ties");
    let no = scene.plan(None);
    scene.sign(no, SignInHow::List, &[1, 2]).expect("of fact");
    scene.step(&by, end(no)).expect("ended");
    let alone = scene.step(&by, send(no));
    assert!(matches!(alone, Err(Rejection::NothingToSend {})));
    scene.sign(no, SignInHow::List, &[3]).expect("one more");
    let Answer::Sheet(awards) = scene.step(&by, send(no)).expect("sent") else {
        panic!("no sheet");
    };
    assert_eq!(awards.len(), 1);
    assert_eq!(scene.attendance(no, 1).kept_for, Some(KeptFor::Own));
    assert_eq!(scene.attendance(no, 2).kept_for, Some(KeptFor::Kin));
    assert_eq!(scene.attendance(no, 3).line, Some(0));
}

#[test]
fn hours_count_to_the_half_and_to_the_most() {
    let mut scene = Scene::new(RuleScope::Household);
    let by = scene.recorder();
    let no = scene.plan(Some(HOURS_MOST));
    scene.sign(no, SignInHow::Card, &[1, 2]).expect("in");
    scene.now += 50 * MINUTE;
    let out = |household| {
        Command::SignOut(SignOut {
            activity: no,
            how: SignInHow::Card,
            household: HouseholdRef::No(household),
            member: None,
        })
    };
    scene.step(&by, out(1)).expect("out");
    assert_eq!(scene.attendance(no, 1).hours, Some(Quantity(50)));
    let twice = scene.step(&by, out(1));
    assert!(matches!(twice, Err(Rejection::AlreadySignedOut { .. })));
    let stranger = scene.step(&by, out(5));
    assert!(matches!(stranger, Err(Rejection::NotSignedIn { .. })));
    scene.sign(no, SignInHow::Card, &[3]).expect("late");
    scene.now += 300 * MINUTE;
    scene.step(&by, end(no)).expect("ended");
    // The doors closed at eleven.
    assert_eq!(scene.attendance(no, 2).hours, Some(Quantity(200)));
    assert_eq!(scene.attendance(no, 3).hours, Some(Quantity(100)));
    let Answer::Sheet(awards) = scene.step(&by, send(no)).expect("sent") else {
        panic!("no sheet");
    };
    let points: Vec<i64> = awards.iter().map(|award| award.points.0).collect();
    assert_eq!(points, [150, 600, 300]);
}

#[test]
fn times_states_and_rights_are_kept() {
    let mut scene = Scene::new(RuleScope::Household);
    let no = scene.plan(None);
    scene.now -= 90 * MINUTE;
    // A unit's time never runs backwards, so another day is planned for.
    let tomorrow = PlanActivity {
        title: Dice::new(5).text(),
        kind: ActivityKind::Trees,
        rule: "ACT".into(),
        day: scene.today.plus(1),
        opens: 480,
        closes: 600,
        place: None,
        hours: None,
    };
    let by = scene.recorder();
    scene
        .step(&by, Command::PlanActivity(tomorrow.clone()))
        .expect("planned");
    let early = scene.sign(no + 1, SignInHow::Card, &[1]);
    assert!(
        matches!(early, Err(Rejection::ActivityNotStarted { ref opens, .. }) if opens == "08:00")
    );
    assert!(scene.step(&by, end(no + 1)).is_err());
    for role in [Role::Reviewer, Role::Officer] {
        let other = person(role, scene.no, 0x777);
        let refused = scene.step(&other, Command::PlanActivity(tomorrow.clone()));
        assert_eq!(refused, Err(Rejection::NotAllowed {}));
    }
    let cancel = Command::CancelActivity(CancelActivity {
        activity: no + 1,
        reason: Dice::new(8).text(),
    });
    scene.step(&by, cancel.clone()).expect("cancelled");
    assert!(scene.step(&by, cancel).is_err());
    let unknown = scene.sign(99, SignInHow::Card, &[1]);
    assert!(matches!(unknown, Err(Rejection::UnknownActivity { .. })));
}

#[test]
fn a_household_signs_for_itself_alone() {
    let mut scene = Scene::new(RuleScope::Household);
    let no = scene.plan(None);
    let context = |household| Context {
        id: Uuid::from_u128(0xABC),
        at: scene.now,
        actor: Actor {
            id: Uuid::nil(),
            household: Some(household),
            authority: Authority::Granted(one(Role::Household, scene.no, 0)),
        },
        salt: [0; 16],
    };
    let own = sign_in(no, SignInHow::Phone, &[3]);
    let state = &scene.state;
    assert!(apply(state, &context(3), scene.no, &own).is_ok());
    for (household, command) in [
        (4, own),
        (3, sign_in(no, SignInHow::Card, &[3])),
        (3, sign_in(no, SignInHow::Phone, &[3, 4])),
        (3, end(no)),
        (3, send(no)),
    ] {
        let refused = apply(state, &context(household), scene.no, &command);
        assert!(matches!(refused, Err(Rejection::NotAllowed {})));
    }
}

#[test]
fn persons_are_counted_one_by_one() {
    let mut scene = Scene::new(RuleScope::Person);
    let no = scene.plan(None);
    let by = scene.recorder();
    let unnamed = scene.sign(no, SignInHow::Card, &[1]);
    assert!(matches!(unnamed, Err(Rejection::BadField { ref field, .. }) if field == "/member"));
    let sign = |member| {
        Command::SignIn(SignIn {
            activity: no,
            how: SignInHow::Card,
            rows: vec![Attendee {
                household: HouseholdRef::No(1),
                member: Some(member),
                hours: None,
            }],
            at: None,
        })
    };
    scene.step(&by, sign(0)).expect("the head");
    assert!(scene.step(&by, sign(0)).is_err());
    let stranger = scene.step(&by, sign(55));
    assert_eq!(stranger, Err(Rejection::UnknownMember { given: 55 }));
    scene.step(&by, end(no)).expect("ended");
    assert!(scene.step(&by, send(no)).is_ok());
}
