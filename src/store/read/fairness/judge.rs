//! What the figures say, and what is worth a closer look. Whole numbers alone; nobody is ranked.

use crate::core::Points;
use crate::core::rows::Tie;
use std::collections::{BTreeMap, BTreeSet, HashMap};
use uuid::Uuid;

/// Fewer records or decisions than this say nothing of a habit.
pub const ENOUGH: i64 = 10;
/// From this share of a recorder's points for own kin on, a closer look is asked for.
pub const KIN_PERCENT: i64 = 20;
/// The same for one household, when it is also twice an even share.
pub const HOUSEHOLD_PERCENT: i64 = 25;
/// A recorder's mean under a rule, of the others' mean.
pub const HABIT_PERCENT: i64 = 150;
/// Decisions within five seconds.
pub const AT_ONCE_PERCENT: i64 = 20;
/// Decisions within half a minute.
pub const SOON_PERCENT: i64 = 50;
/// The share of one recorder's records that one reviewer decided, of several reviewers.
pub const PAIR_PERCENT: i64 = 80;

/// Awards of one recorder for one household under one rule.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Cell {
    /// Who recorded.
    pub recorder: Uuid,
    /// For whom.
    pub household: i32,
    /// Under which rule.
    pub rule: i32,
    /// Whether the household is the recorder's own or kin's.
    pub tie: Option<Tie>,
    /// How many.
    pub records: i64,
    /// How much, in hundredths.
    pub points: Points,
}

/// One review of one entry.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Decision {
    /// Who had recorded.
    pub recorder: Uuid,
    /// Who decided.
    pub reviewer: Uuid,
    /// From the record to the decision.
    pub seconds: i64,
    /// Approved, or rejected.
    pub approve: bool,
}

/// A rule's code and names.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct RuleName {
    /// The village's code for it.
    pub code: String,
    /// Chinese name.
    pub zh: String,
    /// English name.
    pub en: String,
}

/// Names of what the figures number.
#[derive(Clone, Debug, Default)]
pub struct Known {
    /// Code and head by number.
    pub households: HashMap<i32, (String, String)>,
    /// Rules by number.
    pub rules: HashMap<i32, RuleName>,
    /// Username and name by id.
    pub people: HashMap<Uuid, (String, String)>,
}

/// What is worth a closer look.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Sign {
    /// Much of the points went to own kin.
    Kin,
    /// Much of the points went to one household.
    OneHousehold,
    /// More for each household under a rule than the others record.
    AboveHabit,
    /// Decided within five seconds.
    AtOnce,
    /// Decided within half a minute.
    Soon,
    /// One reviewer decides nearly all of one recorder's.
    Pair,
}

impl Sign {
    /// Its stable word.
    #[must_use]
    pub const fn word(self) -> &'static str {
        match self {
            Sign::Kin => "kin",
            Sign::OneHousehold => "one_household",
            Sign::AboveHabit => "above_habit",
            Sign::AtOnce => "at_once",
            Sign::Soon => "soon",
            Sign::Pair => "pair",
        }
    }
}

/// A sign with its figure.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Flag {
    /// What it is.
    pub sign: Sign,
    /// The household, rule or person it is about; empty for none.
    pub about: String,
    /// The percentage.
    pub percent: i64,
}

/// What one household got from one recorder.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Benefit {
    /// Its code.
    pub code: String,
    /// Its head's name, as it is stored: to be masked before it is shown.
    pub head: String,
    /// Whether it is the recorder's own or kin's.
    pub tie: Option<Tie>,
    /// How many records.
    pub records: i64,
    /// How much.
    pub points: Points,
    /// Of the recorder's points.
    pub percent: i64,
}

/// A recorder's mean per household under one rule beside the village's.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Habit {
    /// The rule.
    pub rule: RuleName,
    /// How many records.
    pub records: i64,
    /// The recorder's mean for a household.
    pub own: Points,
    /// The village's.
    pub village: Points,
    /// The mean of all other recorders; absent where there is none.
    pub others: Option<Points>,
}

/// What one person recorded.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct RecorderPart {
    /// What they sign in with.
    pub username: String,
    /// Their name.
    pub name: String,
    /// How many records.
    pub records: i64,
    /// How much.
    pub points: Points,
    /// Of it, for the own household and kin's.
    pub kin_points: Points,
    /// The same as a percentage.
    pub kin_percent: i64,
    /// For whom, the most first.
    pub benefits: Vec<Benefit>,
    /// Under which rules.
    pub habits: Vec<Habit>,
    /// What is worth a closer look.
    pub flags: Vec<Flag>,
}

/// How one person reviewed.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ReviewerPart {
    /// What they sign in with.
    pub username: String,
    /// Their name.
    pub name: String,
    /// How many decisions.
    pub decisions: i64,
    /// Of them, approvals.
    pub approved: i64,
    /// The median from record to decision.
    pub median_seconds: i64,
    /// Share of decisions in less than five seconds.
    pub at_once_percent: i64,
    /// Share of decisions in less than thirty seconds.
    pub soon_percent: i64,
    /// What is worth a closer look.
    pub flags: Vec<Flag>,
}

/// A recorder with a reviewer.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Pair {
    /// Who recorded.
    pub recorder: String,
    /// Who decided.
    pub reviewer: String,
    /// How many decisions.
    pub decisions: i64,
    /// Of them, approvals.
    pub approved: i64,
    /// Of all decisions on this recorder's records.
    pub percent: i64,
    /// What is worth a closer look.
    pub flags: Vec<Flag>,
}

/// The whole report; people stand by name.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Report {
    /// Those who recorded.
    pub recorders: Vec<RecorderPart>,
    /// Those who decided.
    pub reviewers: Vec<ReviewerPart>,
    /// Who decided for whom.
    pub pairs: Vec<Pair>,
}

impl Report {
    /// How many signs there are.
    #[must_use]
    pub fn flags(&self) -> usize {
        let recorders = self.recorders.iter().map(|part| part.flags.len());
        let reviewers = self.reviewers.iter().map(|part| part.flags.len());
        let pairs = self.pairs.iter().map(|pair| pair.flags.len());
        recorders.chain(reviewers).chain(pairs).sum()
    }
}

fn percent(part: i64, whole: i64) -> i64 {
    if whole <= 0 {
        return 0;
    }
    (part.saturating_mul(100) + whole / 2) / whole
}

fn count(n: usize) -> i64 {
    i64::try_from(n).unwrap_or(i64::MAX)
}

/// Points with the households they went to.
#[derive(Default)]
struct Spread {
    records: i64,
    points: i64,
    households: BTreeSet<i32>,
}

impl Spread {
    fn take(&mut self, cell: &Cell) {
        self.records += cell.records;
        self.points += cell.points.0;
        self.households.insert(cell.household);
    }

    fn mean(&self) -> Option<Points> {
        let households = count(self.households.len());
        (households > 0).then(|| Points(self.points / households.max(1)))
    }
}

fn habits(known: &Known, own: &[Cell], all: &[Cell], recorder: Uuid) -> Vec<Habit> {
    let rules: BTreeSet<i32> = own.iter().map(|cell| cell.rule).collect();
    let habit = |rule: i32| {
        let (mut mine, mut others, mut village) =
            (Spread::default(), Spread::default(), Spread::default());
        for cell in all.iter().filter(|cell| cell.rule == rule) {
            village.take(cell);
            match cell.recorder == recorder {
                true => mine.take(cell),
                false => others.take(cell),
            }
        }
        Habit {
            rule: known.rules.get(&rule).cloned().unwrap_or_default(),
            records: mine.records,
            own: mine.mean().unwrap_or(Points::ZERO),
            village: village.mean().unwrap_or(Points::ZERO),
            others: others.mean(),
        }
    };
    let mut habits: Vec<Habit> = rules.into_iter().map(habit).collect();
    habits.sort_by(|a, b| a.rule.code.cmp(&b.rule.code));
    habits
}

fn benefits(known: &Known, own: &[Cell], total: i64) -> Vec<Benefit> {
    let mut sums: BTreeMap<i32, (i64, i64, Option<Tie>)> = BTreeMap::new();
    for cell in own {
        let sum = sums.entry(cell.household).or_insert((0, 0, cell.tie));
        sum.0 += cell.records;
        sum.1 += cell.points.0;
    }
    let benefit = |(no, (records, points, tie)): (i32, (i64, i64, Option<Tie>))| {
        let (code, head) = known.households.get(&no).cloned().unwrap_or_default();
        Benefit {
            code,
            head,
            tie,
            records,
            points: Points(points),
            percent: percent(points, total),
        }
    };
    let mut benefits: Vec<Benefit> = sums.into_iter().map(benefit).collect();
    benefits.sort_by(|a, b| b.points.cmp(&a.points).then_with(|| a.code.cmp(&b.code)));
    benefits
}

fn recorder_flags(part: &RecorderPart) -> Vec<Flag> {
    let mut flags = Vec::new();
    if part.kin_percent >= KIN_PERCENT {
        flags.push(Flag {
            sign: Sign::Kin,
            about: String::new(),
            percent: part.kin_percent,
        });
    }
    let households = count(part.benefits.len());
    let top = part.benefits.first().filter(|top| {
        // Who looks after two households cannot spread more evenly than between them.
        let is_uneven = households <= 2 || top.percent * households >= 200;
        part.records >= ENOUGH && top.percent >= HOUSEHOLD_PERCENT && is_uneven
    });
    if let Some(top) = top.filter(|top| households != 2 || top.percent >= 75) {
        flags.push(Flag {
            sign: Sign::OneHousehold,
            about: top.code.clone(),
            percent: top.percent,
        });
    }
    for habit in &part.habits {
        let of_others = habit.others.map_or(0, |mean| percent(habit.own.0, mean.0));
        if habit.records >= ENOUGH && of_others >= HABIT_PERCENT {
            flags.push(Flag {
                sign: Sign::AboveHabit,
                about: habit.rule.code.clone(),
                percent: of_others,
            });
        }
    }
    flags
}

fn person(known: &Known, id: Uuid) -> (String, String) {
    known.people.get(&id).cloned().unwrap_or_default()
}

fn recorder(known: &Known, all: &[Cell], id: Uuid) -> RecorderPart {
    let own: Vec<Cell> = all
        .iter()
        .filter(|cell| cell.recorder == id)
        .cloned()
        .collect();
    let sum = |cells: &mut dyn Iterator<Item = &Cell>| cells.map(|cell| cell.points.0).sum::<i64>();
    let total = sum(&mut own.iter());
    let kin = sum(&mut own.iter().filter(|cell| cell.tie.is_some()));
    let (username, name) = person(known, id);
    let mut part = RecorderPart {
        username,
        name,
        records: own.iter().map(|cell| cell.records).sum(),
        points: Points(total),
        kin_points: Points(kin),
        kin_percent: percent(kin, total),
        benefits: benefits(known, &own, total),
        habits: habits(known, &own, all, id),
        flags: Vec::new(),
    };
    part.flags = recorder_flags(&part);
    part
}

fn reviewer(known: &Known, decisions: &[Decision], id: Uuid) -> ReviewerPart {
    let own: Vec<&Decision> = decisions.iter().filter(|d| d.reviewer == id).collect();
    let mut seconds: Vec<i64> = own.iter().map(|decision| decision.seconds).collect();
    seconds.sort_unstable();
    let number = count(own.len());
    let under = |limit: i64| {
        let fast = seconds.iter().filter(|seconds| **seconds < limit).count();
        percent(count(fast), number)
    };
    let (at_once, soon) = (under(5), under(30));
    let mut flags = Vec::new();
    // The shorter span says it all; the longer one would only repeat it.
    let signs = [
        (Sign::AtOnce, at_once, AT_ONCE_PERCENT),
        (Sign::Soon, soon, SOON_PERCENT),
    ];
    let found = signs.iter().find(|(_, share, least)| share >= least);
    if let Some((sign, share, _)) = found.filter(|_| number >= ENOUGH) {
        flags.push(Flag {
            sign: *sign,
            about: String::new(),
            percent: *share,
        });
    }
    let (username, name) = person(known, id);
    ReviewerPart {
        username,
        name,
        decisions: number,
        approved: count(own.iter().filter(|decision| decision.approve).count()),
        median_seconds: seconds.get(seconds.len() / 2).copied().unwrap_or(0),
        at_once_percent: at_once,
        soon_percent: soon,
        flags,
    }
}

fn pairs(known: &Known, decisions: &[Decision], reviewers: usize) -> Vec<Pair> {
    let mut sums: BTreeMap<(Uuid, Uuid), (i64, i64)> = BTreeMap::new();
    let mut totals: HashMap<Uuid, i64> = HashMap::new();
    for decision in decisions {
        let sum = sums
            .entry((decision.recorder, decision.reviewer))
            .or_default();
        sum.0 += 1;
        sum.1 += i64::from(decision.approve);
        *totals.entry(decision.recorder).or_default() += 1;
    }
    let pair = |((recorder, reviewer), (number, approved)): ((Uuid, Uuid), (i64, i64))| {
        let share = percent(number, totals.get(&recorder).copied().unwrap_or(0));
        let reviewer = person(known, reviewer).1;
        let is_close = reviewers > 1 && number >= ENOUGH && share >= PAIR_PERCENT;
        let flag = is_close.then(|| Flag {
            sign: Sign::Pair,
            about: reviewer.clone(),
            percent: share,
        });
        Pair {
            recorder: person(known, recorder).1,
            reviewer,
            decisions: number,
            approved,
            percent: share,
            flags: flag.into_iter().collect(),
        }
    };
    let mut pairs: Vec<Pair> = sums.into_iter().map(pair).collect();
    pairs.sort_by(|a, b| (&a.recorder, &a.reviewer).cmp(&(&b.recorder, &b.reviewer)));
    pairs
}

/// The report on these figures.
#[must_use]
pub fn report(known: &Known, cells: Vec<Cell>, decisions: &[Decision]) -> Report {
    let recorders: BTreeSet<Uuid> = cells.iter().map(|cell| cell.recorder).collect();
    let reviewers: BTreeSet<Uuid> = decisions.iter().map(|d| d.reviewer).collect();
    let mut report = Report {
        pairs: pairs(known, decisions, reviewers.len()),
        recorders: recorders
            .into_iter()
            .map(|id| recorder(known, &cells, id))
            .collect(),
        reviewers: reviewers
            .into_iter()
            .map(|id| reviewer(known, decisions, id))
            .collect(),
    };
    report
        .recorders
        .sort_by(|a, b| (&a.name, &a.username).cmp(&(&b.name, &b.username)));
    report
        .reviewers
        .sort_by(|a, b| (&a.name, &a.username).cmp(&(&b.name, &b.username)));
    report
}

#[cfg(test)]
mod tests {
    use super::*;

    fn cell(recorder: u128, household: i32, records: i64, tie: Option<Tie>) -> Cell {
        Cell {
            recorder: Uuid::from_u128(recorder),
            household,
            rule: 1,
            tie,
            records,
            points: Points(records * 500),
        }
    }

    fn signs(report: &Report, at: usize) -> Vec<Sign> {
        let flags = report.recorders[at].flags.iter();
        flags.map(|flag| flag.sign).collect()
    }

    #[test]
    fn a_favouring_recorder_is_seen_and_an_even_one_is_not() {
        let mut cells: Vec<Cell> = (1..=6).map(|h| cell(1, h, 2, None)).collect();
        cells.push(cell(2, 1, 9, Some(Tie::Kin)));
        cells.extend((2..=4).map(|h| cell(2, h, 2, None)));
        let report = report(&Known::default(), cells, &[]);
        assert_eq!(signs(&report, 0), []);
        let seen = [Sign::Kin, Sign::OneHousehold, Sign::AboveHabit];
        assert_eq!(signs(&report, 1), seen);
        assert_eq!(report.recorders[1].kin_percent, 60);
        assert_eq!(report.flags(), 3);
    }

    #[test]
    fn two_households_are_no_sign_and_few_records_neither() {
        let even = vec![cell(1, 1, 8, None), cell(1, 2, 8, None)];
        assert_eq!(report(&Known::default(), even, &[]).flags(), 0);
        let few = vec![cell(1, 1, 5, None)];
        assert_eq!(report(&Known::default(), few, &[]).flags(), 0);
    }

    #[test]
    fn haste_and_pairs_are_seen() {
        let decision = |reviewer: u128, seconds| Decision {
            recorder: Uuid::from_u128(1),
            reviewer: Uuid::from_u128(reviewer),
            seconds,
            approve: true,
        };
        let mut decisions: Vec<Decision> = (0..12).map(|n| decision(2, 2 + n)).collect();
        decisions.extend((0..2).map(|_| decision(3, 7_200)));
        let report = report(&Known::default(), Vec::new(), &decisions);
        let hasty = &report.reviewers[0];
        assert_eq!((hasty.median_seconds, hasty.at_once_percent), (8, 25));
        assert_eq!(hasty.flags[0].sign, Sign::AtOnce);
        assert!(report.reviewers[1].flags.is_empty());
        assert_eq!(report.pairs[0].percent, 86);
        assert_eq!(report.pairs[0].flags[0].sign, Sign::Pair);
    }
}
