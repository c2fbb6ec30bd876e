//! Local days and the periods that caps count by.

use super::canonical::{Canonical, Malformed, Reader, code_enum};
use chrono::{Datelike, Days, Months, NaiveDate};
use serde::{Deserialize, Deserializer, Serialize, Serializer, de::Error as _};
use std::fmt;

/// A village's local calendar day, counted from 1970-01-01.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Day(pub i32);

const MICROS_PER_SECOND: i64 = 1_000_000;
const SECONDS_PER_DAY: i64 = 86_400;

impl Day {
    /// The lot day of points that never expire: 9999-12-31.
    pub const NEVER: Day = Day(2_932_896);
    /// The start of a lifetime period.
    pub const EPOCH: Day = Day(0);

    /// The local day of an instant (microseconds since 1970 UTC) at an offset in minutes.
    #[must_use]
    pub fn of_instant(at: i64, offset_minutes: i32) -> Day {
        let seconds = at.div_euclid(MICROS_PER_SECOND) + i64::from(offset_minutes) * 60;
        Day(i32::try_from(seconds.div_euclid(SECONDS_PER_DAY)).unwrap_or(i32::MAX))
    }

    /// The calendar date, clamped to the years a calendar knows.
    #[must_use]
    pub fn date(self) -> NaiveDate {
        let epoch = NaiveDate::default();
        let shifted = if self.0 >= 0 {
            epoch.checked_add_days(Days::new(u64::from(self.0.unsigned_abs())))
        } else {
            epoch.checked_sub_days(Days::new(u64::from(self.0.unsigned_abs())))
        };
        shifted.unwrap_or(NaiveDate::MAX)
    }

    /// The day of a calendar date.
    #[must_use]
    pub fn of_date(date: NaiveDate) -> Day {
        let days = date.signed_duration_since(NaiveDate::default()).num_days();
        Day(i32::try_from(days).unwrap_or(i32::MAX))
    }

    /// Reads `2026-11-24`.
    #[must_use]
    pub fn parse(text: &str) -> Option<Day> {
        let date = NaiveDate::parse_from_str(text, "%Y-%m-%d").ok()?;
        let plain = text.len() == 10 && (1900..=9999).contains(&date.year());
        plain.then(|| Day::of_date(date))
    }

    /// This many days later (or earlier).
    #[must_use]
    pub fn plus(self, days: i32) -> Day {
        Day(self.0.saturating_add(days))
    }

    /// The same day of the month this many months later, or that month's last day.
    #[must_use]
    pub fn plus_months(self, months: u32) -> Day {
        self.date()
            .checked_add_months(Months::new(months))
            .map_or(Day::NEVER, Day::of_date)
    }

    fn first_of_month(self, month0: u32) -> Day {
        let year = self.date().year();
        NaiveDate::from_ymd_opt(year, month0 + 1, 1).map_or(self, Day::of_date)
    }
}

impl fmt::Display for Day {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}", self.date().format("%Y-%m-%d"))
    }
}

impl Serialize for Day {
    fn serialize<S: Serializer>(&self, s: S) -> Result<S::Ok, S::Error> {
        s.collect_str(self)
    }
}

impl<'de> Deserialize<'de> for Day {
    fn deserialize<D: Deserializer<'de>>(d: D) -> Result<Self, D::Error> {
        let text = String::deserialize(d)?;
        Day::parse(&text).ok_or_else(|| D::Error::custom("not_a_date"))
    }
}

impl Canonical for Day {
    fn put(&self, out: &mut Vec<u8>) {
        self.0.put(out);
    }
    fn get(input: &mut Reader<'_>) -> Result<Self, Malformed> {
        i32::get(input).map(Day)
    }
}

code_enum! {
    /// The span a cap counts over. Weeks begin on Monday.
    Period {
        /// For ever.
        Lifetime = 0 "none",
        /// One local day.
        Day = 1 "day",
        /// Monday to Sunday.
        Week = 2 "week",
        /// A calendar month.
        Month = 3 "month",
        /// Three calendar months.
        Quarter = 4 "quarter",
        /// A calendar year.
        Year = 5 "year",
    }
}

impl Period {
    /// The first day of the period that holds `day`.
    #[must_use]
    pub fn start(self, day: Day) -> Day {
        let date = day.date();
        match self {
            Period::Lifetime => Day::EPOCH,
            Period::Day => day,
            Period::Week => {
                let back = date.weekday().num_days_from_monday();
                Day(day.0 - i32::try_from(back).unwrap_or(0))
            }
            Period::Month => day.first_of_month(date.month0()),
            Period::Quarter => day.first_of_month(date.month0() / 3 * 3),
            Period::Year => day.first_of_month(0),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn day(text: &str) -> Day {
        Day::parse(text).expect("a date")
    }

    #[test]
    fn days_and_periods() {
        assert_eq!(day("9999-12-31"), Day::NEVER);
        assert_eq!(day("2026-11-24").to_string(), "2026-11-24");
        let d = day("2026-11-24");
        assert_eq!(Period::Week.start(d), day("2026-11-23"));
        assert_eq!(Period::Month.start(d), day("2026-11-01"));
        assert_eq!(Period::Quarter.start(d), day("2026-10-01"));
        assert_eq!(Period::Year.start(d), day("2026-01-01"));
        assert_eq!(Period::Lifetime.start(d), Day::EPOCH);
        assert_eq!(day("2026-01-31").plus_months(1), day("2026-02-28"));
        for bad in ["2026-2-1", "2026-02-30", "0001-01-01", "2026/02/01", ""] {
            assert_eq!(Day::parse(bad), None, "{bad}");
        }
    }

    #[test]
    fn the_day_turns_at_local_midnight() {
        let at = 1_767_283_200 * MICROS_PER_SECOND; // 2026-01-01T16:00:00Z
        assert_eq!(Day::of_instant(at, 480), day("2026-01-02"));
        assert_eq!(Day::of_instant(at - 1, 480), day("2026-01-01"));
        assert_eq!(Day::of_instant(-1, 0), Day(-1));
    }
}
