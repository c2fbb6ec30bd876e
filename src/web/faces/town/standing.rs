//! How villages stand in a month, and which of them need a hand.

use crate::core::policy::HOME_OFFSET;
use crate::core::{Day, Points};
use crate::store::read::town::{Figures, Village};
use std::ops::Bound::{Included, Unbounded};

/// Fewer households than this are not shown: their neighbours would know who is meant.
pub const SHOWN_FROM: i64 = 5;
/// Days without an entry after which a village is asked about.
const QUIET_DAYS: i32 = 35;

/// What is to be noticed about a village.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Concern {
    /// Nobody has recorded anything for this many days; `None` for never.
    Quiet(Option<i32>),
    /// Less than half of the median share of households take part.
    FewTakePart,
    /// Less than a tenth is left of what was allotted in a year.
    FundLow,
}

/// Households that take part, of all there are.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Share {
    /// Those that take part.
    pub part: i64,
    /// All.
    pub all: i64,
}

impl Share {
    /// In hundredths, rounded; nothing of nothing is nothing.
    pub fn percent(self) -> i64 {
        // A household that closed later took part all the same.
        let percent = (self.part * 200 + self.all) / (self.all * 2).max(1);
        percent.min(100)
    }

    /// Whether too few take part to say how many.
    pub fn is_hidden(self) -> bool {
        self.part < SHOWN_FROM
    }

    /// As [`Share::percent`] where it may be shown.
    pub fn shown(self) -> Option<i64> {
        (!self.is_hidden()).then(|| self.percent())
    }
}

/// A village in a month, or all of them together.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Standing {
    /// Households.
    pub share: Share,
    /// Into the fund.
    pub allotted: Points,
    /// Awards, net.
    pub issued: Points,
    /// Deductions, net.
    pub taken: Points,
    /// Goods, net.
    pub redeemed: Points,
    /// Past their day.
    pub expired: Points,
    /// Held by households at the month's end.
    pub outstanding: Points,
    /// In the fund at the month's end.
    pub fund: Points,
    /// Into the fund in the twelve months up to this one.
    pub year_allotted: Points,
    /// Days since the last entry, seen from the month's end or today.
    pub quiet: Option<i32>,
}

impl Standing {
    /// How a village stood at the end of a month, or stands today.
    pub fn of(village: &Village, month: Day, today: Day) -> Standing {
        let mut out = Standing::default();
        let year_ago = months_before(month, 11);
        let mut last = None;
        for (known, figures) in village.months.range((Unbounded, Included(month))) {
            out.fund.0 += figures.allotted.0 - figures.issued.0 + figures.taken.0;
            let left = figures.taken.0 + figures.redeemed.0 + figures.expired.0;
            out.outstanding.0 += figures.issued.0 - left;
            if *known >= year_ago {
                out.year_allotted.0 += figures.allotted.0;
            }
            last = figures.last.or(last);
        }
        let end = today.min(month.plus_months(1).plus(-1));
        out.quiet = last.map(|at| (end.0 - Day::of_instant(at, HOME_OFFSET).0).max(0));
        if let Some(figures) = village.months.get(&month) {
            out.take(figures);
        }
        out.share.all = village.households(month);
        out
    }

    fn take(&mut self, figures: &Figures) {
        self.allotted = figures.allotted;
        self.issued = figures.issued;
        self.taken = figures.taken;
        self.redeemed = figures.redeemed;
        self.expired = figures.expired;
        self.share.part = i64::try_from(figures.taking_part.len()).unwrap_or(i64::MAX);
    }

    /// Adds another village; what is hidden of it stays out, or the sum would give it away.
    pub fn add(&mut self, other: &Standing) {
        let sums = [
            (&mut self.allotted, other.allotted),
            (&mut self.issued, other.issued),
            (&mut self.taken, other.taken),
            (&mut self.redeemed, other.redeemed),
            (&mut self.expired, other.expired),
            (&mut self.outstanding, other.outstanding),
            (&mut self.fund, other.fund),
            (&mut self.year_allotted, other.year_allotted),
        ];
        for (sum, more) in sums {
            sum.0 += more.0;
        }
        if !other.share.is_hidden() {
            self.share.part += other.share.part;
        }
        self.share.all += other.share.all;
    }

    /// What is to be noticed, given the median share of the township.
    pub fn concerns(&self, median: i64) -> Vec<Concern> {
        let mut out = Vec::new();
        if self.share.percent() * 2 < median {
            out.push(Concern::FewTakePart);
        }
        if self.fund.0 <= 0 || self.fund.0 < self.year_allotted.0 / 10 {
            out.push(Concern::FundLow);
        }
        if self.quiet.is_none_or(|days| days > QUIET_DAYS) {
            out.push(Concern::Quiet(self.quiet));
        }
        out
    }
}

/// The month so many months before one.
pub fn months_before(month: Day, months: u32) -> Day {
    let date = month.date();
    date.checked_sub_months(chrono::Months::new(months))
        .map_or(Day::EPOCH, Day::of_date)
}

/// The twelve months up to one, the oldest first.
pub fn year_to(month: Day) -> impl DoubleEndedIterator<Item = Day> {
    (0..12).rev().map(move |back| months_before(month, back))
}

/// The middle of all shares; between two the lower half's and upper half's mean.
pub fn median(shares: &[Share]) -> i64 {
    let mut sorted: Vec<i64> = shares.iter().map(|share| share.percent()).collect();
    sorted.sort_unstable();
    let middle = sorted.len() / 2;
    match sorted.as_slice() {
        [] => 0,
        all if all.len() % 2 == 1 => all[middle],
        all => i64::midpoint(all[middle - 1], all[middle]),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn share(part: i64, all: i64) -> Share {
        Share { part, all }
    }

    #[test]
    fn shares_are_rounded_hidden_and_never_above_all() {
        assert_eq!(share(1, 3).percent(), 33);
        assert_eq!(share(2, 3).percent(), 67);
        assert_eq!(share(0, 0).percent(), 0);
        assert_eq!(share(9, 8).percent(), 100);
        assert_eq!((share(4, 8).shown(), share(5, 8).shown()), (None, Some(63)));
    }

    #[test]
    fn a_sum_does_not_give_away_what_is_hidden() {
        let village = |part| Standing {
            share: share(part, 10),
            ..Standing::default()
        };
        let mut total = village(5);
        total.add(&village(4));
        total.add(&village(6));
        assert_eq!(total.share, share(11, 30));
    }

    #[test]
    fn the_median_is_the_middle() {
        assert_eq!(median(&[]), 0);
        assert_eq!(
            median(&[share(31, 100), share(81, 100), share(66, 100)]),
            66
        );
        assert_eq!(median(&[share(30, 100), share(61, 100)]), 45);
    }

    #[test]
    fn concerns_are_said_at_their_bounds() {
        let mut village = Standing {
            share: share(33, 100),
            fund: Points(1_000),
            year_allotted: Points(10_000),
            quiet: Some(35),
            ..Standing::default()
        };
        assert_eq!(village.concerns(66), []);
        assert_eq!(village.concerns(67), [Concern::FewTakePart]);
        village.fund = Points(999);
        village.quiet = Some(36);
        let both = [Concern::FundLow, Concern::Quiet(Some(36))];
        assert_eq!(village.concerns(0), both);
        assert_eq!(Standing::default().concerns(0)[1], Concern::Quiet(None));
    }

    #[test]
    fn a_month_end_adds_up_what_came_before() {
        let day = |text| Day::parse(text).expect("a date");
        let (october, november) = (day("2026-10-01"), day("2026-11-01"));
        let figures = |allotted, issued, redeemed| Figures {
            allotted: Points(allotted),
            issued: Points(issued),
            redeemed: Points(redeemed),
            taking_part: (1..=6).collect(),
            last: Some(i64::from(october.0) * 86_400_000_000),
            ..Figures::default()
        };
        let village = Village {
            months: [
                (october, figures(1_000, 300, 100)),
                (november, figures(0, 200, 50)),
            ]
            .into(),
            joined: [(october, 10), (november, 2)].into(),
            ..Village::default()
        };
        let then = Standing::of(&village, october, day("2026-11-20"));
        assert_eq!((then.fund, then.outstanding), (Points(700), Points(200)));
        assert_eq!((then.share, then.quiet), (share(6, 10), Some(30)));
        let now = Standing::of(&village, november, day("2026-11-20"));
        assert_eq!((now.fund, now.outstanding), (Points(500), Points(350)));
        assert_eq!((now.issued, now.share), (Points(200), share(6, 12)));
    }
}
