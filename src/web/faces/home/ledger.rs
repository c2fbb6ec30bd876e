//! The account: every entry with its reason, and each of them with everything about it.

use super::entry::{Entry, about, entries, short, tie};
use super::own;
use crate::core::rights::Role;
use crate::core::rows::{AwardState, Path, Purpose, RuleKind};
use crate::core::{Day, Period, Points};
use crate::store::read::journal::{self, OperationItem};
use crate::store::read::own_entries::{self, Deed, OnTheWay, Purchase, Span};
use crate::store::read::statement;
use crate::web::extract::Names;
use crate::web::page::{Page, Shown};
use crate::web::problem::Problem;
use askama::Template;

/// Movements one page takes.
const LINES: usize = 60;
/// Movements around one that are looked through for the rest of its operation.
const AROUND: i64 = 60;
/// Months the list offers.
const MONTHS: usize = 36;

/// A month to choose.
struct Month {
    word: String,
    name: String,
}

#[derive(Template)]
#[template(path = "home/ledger.html")]
struct Ledger<'a> {
    p: &'a Page,
    balance: Points,
    pending: Points,
    months: Vec<Month>,
    month: String,
    span: Option<Span>,
    on_the_way: Vec<OnTheWay>,
    list: Vec<Entry>,
    /// The number after which the next page goes on.
    more: Option<i64>,
    is_first: bool,
}

impl Ledger<'_> {
    /// Whether the award's notice may be objected to today.
    fn is_open(&self, award: &OnTheWay) -> bool {
        award.notice_until.is_some_and(|day| day >= self.p.today())
    }
}

/// `2026-11` as the first day of that month.
fn month_of(word: &str) -> Option<Day> {
    Day::parse(&[word, "-01"].concat()).filter(|_| word.len() == 7)
}

fn word_of(day: Day) -> String {
    day.to_string().chars().take(7).collect()
}

fn months(p: &Page, joined: Day) -> Vec<Month> {
    let mut month = Period::Month.start(p.today());
    let mut list = Vec::new();
    while list.len() < MONTHS && month.plus_months(1) > joined {
        list.push(Month {
            word: word_of(month),
            name: p.month(&month),
        });
        month = Period::Month.start(month.plus(-1));
    }
    list
}

/// The first instant of a local day.
fn instant(p: &Page, day: Day) -> i64 {
    (i64::from(day.0) * 86_400 - i64::from(p.policy.utc_offset) * 60) * 1_000_000
}

pub(super) async fn list(p: Page) -> Shown {
    let (store, unit, no) = (&p.app.store, p.village()?.no, p.household()?);
    let view = own::view(&p).await?;
    let month = month_of(p.asked("month"));
    let after = p
        .asked("after")
        .parse::<i64>()
        .ok()
        .filter(|after| *after > 0);
    let span = match month {
        Some(month) => {
            let times = (instant(&p, month), instant(&p, month.plus_months(1)));
            own_entries::span(store, unit, no, times).await?
        }
        None => None,
    };
    let last = span.map(|span| span.last + 1);
    let before = match (after, last) {
        (Some(after), Some(last)) => Some(after.min(last)),
        (after, last) => after.or(last),
    };
    let lines = if month.is_some() && span.is_none() {
        Vec::new()
    } else {
        statement::statement(store, unit, no, before, LINES).await?
    };
    let is_full = lines.len() == LINES;
    let mut list = entries(&p, lines);
    if is_full && list.len() > 1 {
        // The last operation may go on where the page ends.
        list.pop();
    }
    let mut more = list.last().map(|entry| entry.first).filter(|_| is_full);
    if let Some(span) = span {
        let whole = list.len();
        list.retain(|entry| entry.no >= span.first);
        more = more.filter(|_| list.len() == whole);
    }
    if let Some(about) = about(&list) {
        let kindred = own_entries::kindred(store, unit, no, about).await?;
        tie(&p, &mut list, &kindred);
    }
    let on_the_way = match (after, month) {
        (None, None) => own::on_the_way(&p).await?,
        _ => Vec::new(),
    };
    p.show(&Ledger {
        p: &p,
        balance: view.balance.available,
        pending: view.balance.pending,
        months: months(&p, view.joined),
        month: month.map(word_of).unwrap_or_default(),
        span,
        on_the_way,
        list,
        more,
        is_first: after.is_none(),
    })
}

/// One step of an award's way into the balance.
struct Step {
    name: String,
    text: String,
    is_done: bool,
}

#[derive(Template)]
#[template(path = "home/entry.html")]
struct One<'a> {
    p: &'a Page,
    entry: &'a Entry,
    deed: Option<Deed>,
    purchase: Option<Purchase>,
    operation: OperationItem,
    cap: String,
    steps: Vec<Step>,
    help_phone: String,
}

pub(super) async fn one(p: Page, names: Names) -> Shown {
    let (store, unit, no) = (&p.app.store, p.village()?.no, p.household()?);
    let seq = names.get("seq").parse::<i64>().ok();
    let seq = seq
        .filter(|seq| (1..i64::MAX / 2).contains(seq))
        .ok_or_else(Problem::not_found)?;
    let most = usize::try_from(2 * AROUND).unwrap_or(0);
    let lines = statement::statement(store, unit, no, Some(seq + AROUND), most).await?;
    let mut list = entries(&p, lines);
    list.retain(|entry| (entry.first..=entry.no).contains(&seq));
    let span = about(&list).ok_or_else(Problem::not_found)?;
    let kindred = own_entries::kindred(store, unit, no, span).await?;
    tie(&p, &mut list, &kindred);
    let entry = list.first().ok_or_else(Problem::not_found)?;
    let at = entry.line.about;
    let deed = own_entries::deed(store, unit, no, at).await?;
    let purchase = match entry.line.kind {
        Purpose::Redemption | Purpose::Refund => {
            own_entries::purchase(store, unit, no, at.0).await?
        }
        _ => None,
    };
    let operation = journal::list(store, unit, Some(entry.line.seq + 1), 1).await?;
    let operation = operation
        .into_iter()
        .next()
        .ok_or_else(Problem::not_found)?;
    p.show(&One {
        p: &p,
        entry,
        cap: deed.as_ref().map(|deed| cap(&p, deed)).unwrap_or_default(),
        steps: deed
            .as_ref()
            .map(|deed| steps(&p, deed))
            .unwrap_or_default(),
        deed,
        purchase,
        operation,
        help_phone: p.policy.help_phone.clone(),
    })
}

/// What the rule gives and its cap, in words.
fn cap(p: &Page, deed: &Deed) -> String {
    let rule = &deed.rule;
    let points = p.points(&rule.points);
    match rule.cap_points {
        Some(most) => p.t3(
            "home.rule_capped",
            "points",
            points,
            "period",
            p.t(&["home.period_", rule.cap_period.word()].concat()),
            "most",
            p.points(&most),
        ),
        None => p.t1("home.rule_plain", "points", points),
    }
}

fn steps(p: &Page, deed: &Deed) -> Vec<Step> {
    let (award, path) = (&deed.award, deed.rule.path);
    let step = |key: &str, text: String, is_done| Step {
        name: p.t(key),
        text,
        is_done,
    };
    let reviewed = !matches!(award.state, AwardState::Proposed);
    let mut steps = vec![step(
        "home.step_recorded",
        p.t2(
            "home.step_by",
            "time",
            p.time(&deed.at),
            "name",
            short(&deed.recorder),
        ),
        true,
    )];
    if award.kind == RuleKind::Deduct {
        return steps;
    }
    if path != Path::Instant {
        let by = match deed.reviewer.as_str() {
            "" => p.t("home.step_review_next"),
            name => p.t1("home.step_reviewed_by", "name", short(name)),
        };
        steps.push(step("home.step_reviewed", by, reviewed));
    }
    if award.state == AwardState::Rejected {
        steps.push(step("home.step_rejected", String::new(), true));
        return steps;
    }
    if let Some(until) = award.notice_until {
        let is_over = award.state != AwardState::Pending;
        let key = if is_over {
            "home.step_notice_over"
        } else {
            "home.step_notice_until"
        };
        steps.push(step(
            "home.step_notice",
            p.t1(key, "day", p.day(&until)),
            is_over,
        ));
    }
    match award.state {
        AwardState::Reversed => steps.push(step("home.step_reversed", String::new(), true)),
        state => steps.push(step(
            "home.step_booked",
            String::new(),
            state == AwardState::Booked,
        )),
    }
    steps
}

impl One<'_> {
    /// The posted notice that the deed stands in, with the deed's place in the journal.
    fn notice(&self) -> Option<(i32, String)> {
        let award = &self.deed.as_ref()?.award;
        let posted = award.notice_until.is_some();
        let no = award.notice.filter(|_| posted)?;
        Some((no, format!("{}.{}", award.seq, award.line)))
    }

    /// Whether it may be objected to today.
    fn can_object(&self) -> bool {
        let award = self.deed.as_ref().map(|deed| &deed.award);
        award.is_some_and(|award| {
            award.state == AwardState::Pending
                && award.notice_until.is_some_and(|day| day >= self.p.today())
        })
    }

    /// Days until the notice closes, while it stands.
    fn days_left(&self) -> Option<i32> {
        let award = &self.deed.as_ref()?.award;
        let until = award
            .notice_until
            .filter(|_| award.state == AwardState::Pending)?;
        Some((until.0 - self.p.today().0).max(0))
    }

    /// How many units of the rule, when it is not one.
    fn quantity(&self) -> Option<String> {
        let deed = self.deed.as_ref()?;
        let many = deed.award.quantity != crate::core::Quantity::ONE;
        many.then(|| deed.award.quantity.to_string())
    }

    fn short(&self, name: &str) -> String {
        short(name)
    }

    /// As what the booking was done.
    fn role_key(&self) -> &'static str {
        match self.operation.role {
            Role::Recorder => "word.recorder",
            Role::Reviewer => "word.reviewer",
            Role::Manager => "word.manager",
            Role::Clerk => "word.clerk",
            Role::Officer => "word.officer",
            Role::Admin => "word.admin",
            Role::Household => "word.household",
            Role::Operator => "word.operator",
            Role::Clock => "word.clock",
        }
    }

    fn is_never(&self, day: &Day) -> bool {
        *day == Day::NEVER
    }
}

#[cfg(test)]
mod tests {
    use super::{month_of, word_of};
    use crate::core::Day;

    #[test]
    fn months_are_read_and_written_alike() {
        let november = Day::parse("2026-11-01");
        assert_eq!(month_of("2026-11"), november);
        assert_eq!(november.map(word_of).as_deref(), Some("2026-11"));
        for bad in ["", "2026", "2026-13", "2026-1", "2026-11-01", "x"] {
            assert_eq!(month_of(bad), None, "{bad:?}");
        }
    }
}
