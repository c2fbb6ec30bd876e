//! `V/fairness`: who recorded how much for whom, and how fast it was reviewed.

use super::prelude::*;
use crate::store::read::fairness::judge::{
    Benefit, Flag, Habit, Pair, RecorderPart, Report, ReviewerPart,
};
use crate::store::read::{fairness, policy};
use crate::web::page::show::masked;

/// Which days.
#[derive(Debug, Deserialize, utoipa::IntoParams)]
#[serde(deny_unknown_fields)]
#[into_params(parameter_in = Query)]
pub struct Days {
    /// The first day of recording; the first of this month when absent.
    #[param(pattern = "^[0-9]{4}-[0-9]{2}-[0-9]{2}$")]
    from: Option<String>,
    /// The last day of recording; today when absent.
    #[param(pattern = "^[0-9]{4}-[0-9]{2}-[0-9]{2}$")]
    to: Option<String>,
}

/// A report for looking closer. People stand by name; nobody is ranked.
#[derive(Debug, Serialize, ToSchema)]
pub struct FairnessOut {
    from: String,
    to: String,
    /// How many signs there are in all.
    flags: usize,
    recorders: Vec<RecorderOut>,
    reviewers: Vec<ReviewerOut>,
    pairs: Vec<PairOut>,
}

/// What is worth a closer look.
#[derive(Debug, Serialize, ToSchema)]
struct FlagOut {
    /// `kin`, `one_household`, `above_habit`, `at_once`, `soon` or `pair`.
    sign: &'static str,
    /// The household, rule or person it is about.
    about: Option<String>,
    percent: i64,
}

#[derive(Debug, Serialize, ToSchema)]
struct RecorderOut {
    username: String,
    name: String,
    records: i64,
    #[schema(schema_with = schema::points)]
    points: Points,
    /// For the own household and declared kin's.
    #[schema(schema_with = schema::points)]
    kin_points: Points,
    kin_percent: i64,
    households: Vec<BenefitOut>,
    rules: Vec<HabitOut>,
    flags: Vec<FlagOut>,
}

#[derive(Debug, Serialize, ToSchema)]
struct BenefitOut {
    code: String,
    /// The head's name, masked.
    head: String,
    /// `own` or `kin`.
    tie: Option<&'static str>,
    records: i64,
    #[schema(schema_with = schema::points)]
    points: Points,
    /// Of the recorder's points.
    percent: i64,
}

#[derive(Debug, Serialize, ToSchema)]
struct HabitOut {
    rule: String,
    records: i64,
    /// This recorder's mean for a household.
    #[schema(schema_with = schema::points)]
    mean: Points,
    /// The village's mean for a household.
    #[schema(schema_with = schema::points)]
    village_mean: Points,
}

#[derive(Debug, Serialize, ToSchema)]
struct ReviewerOut {
    username: String,
    name: String,
    decisions: i64,
    approved: i64,
    /// From record to decision.
    median_seconds: i64,
    /// Decided in less than 5 seconds.
    under_5_percent: i64,
    /// Decided in less than 30 seconds.
    under_30_percent: i64,
    flags: Vec<FlagOut>,
}

#[derive(Debug, Serialize, ToSchema)]
struct PairOut {
    recorder: String,
    reviewer: String,
    decisions: i64,
    approved: i64,
    /// Of all decisions on this recorder's records.
    percent: i64,
    flags: Vec<FlagOut>,
}

fn flags(flags: Vec<Flag>) -> Vec<FlagOut> {
    let out = |flag: Flag| FlagOut {
        sign: flag.sign.word(),
        about: Some(flag.about).filter(|about| !about.is_empty()),
        percent: flag.percent,
    };
    flags.into_iter().map(out).collect()
}

impl From<RecorderPart> for RecorderOut {
    fn from(part: RecorderPart) -> Self {
        let household = |benefit: Benefit| BenefitOut {
            head: masked(&benefit.head),
            tie: benefit.tie.map(Tie::word),
            code: benefit.code,
            records: benefit.records,
            points: benefit.points,
            percent: benefit.percent,
        };
        let rule = |habit: Habit| HabitOut {
            rule: habit.rule.code,
            records: habit.records,
            mean: habit.own,
            village_mean: habit.village,
        };
        RecorderOut {
            username: part.username,
            name: part.name,
            records: part.records,
            points: part.points,
            kin_points: part.kin_points,
            kin_percent: part.kin_percent,
            households: part.benefits.into_iter().map(household).collect(),
            rules: part.habits.into_iter().map(rule).collect(),
            flags: flags(part.flags),
        }
    }
}

impl From<ReviewerPart> for ReviewerOut {
    fn from(part: ReviewerPart) -> Self {
        ReviewerOut {
            username: part.username,
            name: part.name,
            decisions: part.decisions,
            approved: part.approved,
            median_seconds: part.median_seconds,
            under_5_percent: part.at_once_percent,
            under_30_percent: part.soon_percent,
            flags: flags(part.flags),
        }
    }
}

impl From<Pair> for PairOut {
    fn from(pair: Pair) -> Self {
        PairOut {
            recorder: pair.recorder,
            reviewer: pair.reviewer,
            decisions: pair.decisions,
            approved: pair.approved,
            percent: pair.percent,
            flags: flags(pair.flags),
        }
    }
}

impl FairnessOut {
    fn new(from: Day, to: Day, report: Report) -> FairnessOut {
        FairnessOut {
            from: from.to_string(),
            to: to.to_string(),
            flags: report.flags(),
            recorders: report.recorders.into_iter().map(Into::into).collect(),
            reviewers: report.reviewers.into_iter().map(Into::into).collect(),
            pairs: report.pairs.into_iter().map(Into::into).collect(),
        }
    }
}

fn day(given: Option<&str>, field: &str, otherwise: Day) -> Result<Day, Problem> {
    given.map_or(Ok(otherwise), |text| {
        Day::parse(text).ok_or_else(|| Problem::field(field, "not_a_date"))
    })
}

/// What supervisors look at: records by recorder and household, kin, habits, speed of review.
#[utoipa::path(get, path = "/api/v1/villages/{village}/fairness", tag = "villages", params(Days), responses((status = 200, body = FairnessOut)))]
pub async fn fairness_view(
    State(app): State<App>,
    visit: Visit,
    Query(query): Query<Days>,
) -> Result<Json<FairnessOut>, Problem> {
    let unit = visit.village()?.no;
    let offset = policy::policy(&app.store, unit).await?.utc_offset;
    let today = Day::of_instant(app.store.time(), offset);
    let to = day(query.to.as_deref(), "?to", today)?;
    let from = day(query.from.as_deref(), "?from", Period::Month.start(to))?;
    if from > to {
        return Err(Problem::field("?to", "before_starts"));
    }
    let report = fairness::report(&app.store, unit, from, to).await?;
    Ok(Json(FairnessOut::new(from, to, report)))
}
