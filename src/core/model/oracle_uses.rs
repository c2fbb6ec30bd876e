//! What a counter should say, counted from the oracle's lists.

use super::oracle::{Deed, Oracle, together};
use crate::core::rows::{RuleScope, UseKind, UseRow};
use crate::core::rule::CapGroupSpec;
use crate::core::state::Unit;
use crate::core::{Day, Period};

impl Oracle {
    /// The sum behind a stored counter; the counter's numbers are looked up in `unit`.
    pub fn used(&self, unit: &Unit, row: &UseRow) -> i64 {
        match row.kind {
            UseKind::Rule => self.rule_used(unit, row),
            UseKind::Shared => {
                self.group_used(unit, row, |deed| self.rules[deed.rule].shared_cap.as_ref())
            }
            UseKind::Exclusive => {
                self.group_used(unit, row, |deed| self.rules[deed.rule].exclusive.as_ref())
            }
            UseKind::Good => self.good_used(row),
        }
    }

    fn rule_used(&self, unit: &Unit, row: &UseRow) -> i64 {
        let (rule, scope, period) = (row.no / 100, row.no / 10 % 10, row.no % 10);
        let scope = RuleScope::of_code(scope).expect("a scope");
        let period = Period::of_code(period).expect("a period");
        let tables = unit.config.tables();
        let code = &tables.rules[&(i32::try_from(rule).unwrap(), 1)].code;
        let counted = self.counted().filter(|deed| {
            let under = &self.rules[deed.rule];
            under.code == *code
                && under.cap_points.is_some()
                && (under.scope, under.cap_period) == (scope, period)
                && together(period, deed.occurred, row.period)
        });
        let mine = |deed: &&Deed| match scope {
            RuleScope::Household => i64::from(deed.household) == row.holder,
            RuleScope::Person => {
                i64::from(deed.household) * 1_000_000 + i64::from(deed.member) == row.holder
            }
            RuleScope::Group => {
                let no = i32::try_from(row.holder).unwrap();
                tables
                    .groups
                    .get(&(no,))
                    .is_some_and(|group| group.name == deed.group)
            }
        };
        counted.filter(mine).map(|deed| deed.points).sum()
    }

    fn group_used<'a>(
        &'a self,
        unit: &Unit,
        row: &UseRow,
        of: impl Fn(&Deed) -> Option<&'a CapGroupSpec>,
    ) -> i64 {
        let group = &unit.config.tables().cap_groups[&(i32::try_from(row.no).unwrap(),)];
        let counted = self.counted().filter(|deed| {
            of(deed).is_some_and(|spec| spec.code == group.code)
                && i64::from(deed.household) == row.holder
                && together(group.period, deed.occurred, row.period)
        });
        counted.map(|deed| deed.points).sum()
    }

    fn good_used(&self, row: &UseRow) -> i64 {
        let (station, good) = (row.no / 1_000_000, row.no % 1_000_000);
        let [station, good, holder] =
            [station, good, row.holder].map(|n| i32::try_from(n).unwrap());
        let on = Day(row.period.0);
        self.had(station, good, holder, on)
    }
}
