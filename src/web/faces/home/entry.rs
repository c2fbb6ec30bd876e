//! Entries as a household reads them: the movements of one operation about one thing are one line.

use crate::core::rows::{AwardState, Purpose};
use crate::core::{Day, Points};
use crate::store::read::own_entries::Kindred;
use crate::store::read::statement::{Line, What};
use crate::web::page::{Page, show};

/// Another entry that has to do with this one.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Other {
    /// Its number in the household's count.
    pub no: i64,
    /// When.
    pub day: Day,
    /// Why points moved there.
    pub kind: Purpose,
}

impl Other {
    /// The words for having undone something.
    #[must_use]
    pub fn undid_key(&self) -> &'static str {
        match self.kind {
            Purpose::Refund => "home.refunded_on",
            _ => "home.undone_on",
        }
    }
}

/// One line of the account.
#[derive(Clone, Debug, PartialEq)]
pub struct Entry {
    /// The number of its newest movement in the household's count.
    pub no: i64,
    /// The number of its oldest movement.
    pub first: i64,
    /// What it was for.
    pub title: String,
    /// The day of the deed, else of the booking.
    pub day: Day,
    /// Who recorded or handed over, masked, with the word for it; may be empty.
    pub by: String,
    /// What it changed.
    pub points: Points,
    /// Available points afterwards.
    pub balance_after: Points,
    /// Whether it stands beside the balance: points under notice.
    pub is_pending: bool,
    /// How far the award has come, for entries that stand beside the balance.
    pub state: Option<AwardState>,
    /// What undid it.
    pub undone: Vec<Other>,
    /// What it undoes.
    pub undoes: Option<Other>,
    /// Its lots: last day and points.
    pub lots: Vec<(Day, Points)>,
    /// The first movement as it is stored.
    pub line: Line,
}

impl Entry {
    /// Whether points came that count.
    #[must_use]
    pub fn is_plus(&self) -> bool {
        self.points.0 > 0 && !self.is_pending
    }

    /// The words for undoing something.
    #[must_use]
    pub fn undoes_key(&self) -> &'static str {
        match self.line.kind {
            Purpose::Refund => "home.refunds",
            _ => "home.undoes",
        }
    }

    /// The words for points that stand beside the balance.
    #[must_use]
    pub fn state_key(&self) -> &'static str {
        match self.state {
            _ if self.points.0 < 0 => "home.pending_gone",
            Some(AwardState::Booked) => "home.pending_booked",
            Some(AwardState::Reversed) => "home.pending_reversed",
            _ => "home.pending_now",
        }
    }

    /// Whether a lot has ended.
    #[must_use]
    pub fn is_expiry(&self) -> bool {
        self.line.kind == Purpose::Expiry
    }

    /// Whether it is a deed as it was first booked.
    #[must_use]
    pub fn is_original(&self) -> bool {
        matches!(
            self.line.kind,
            Purpose::Award | Purpose::Deduction | Purpose::Redemption | Purpose::Maturity
        )
    }
}

/// A staff member's name as a household reads it: 王* for 王芳, the first word of others.
#[must_use]
pub fn short(name: &str) -> String {
    match name.split_once(' ') {
        _ if !name.is_ascii() => show::masked(name),
        Some((first, _)) => [first, " *"].concat(),
        None => name.to_string(),
    }
}

/// The sentence of a movement without its day.
fn title(p: &Page, line: &Line) -> String {
    let goods = |lines: &[(String, String, i64)]| {
        let named = lines.iter().map(|(zh, en, pieces)| match pieces {
            1 => p.name(zh, en).to_string(),
            more => [p.name(zh, en), " ×", &more.to_string()].concat(),
        });
        named.collect::<Vec<_>>().join(p.lang().pick("、", ", "))
    };
    match (&line.what, line.kind) {
        (
            What::Deed {
                rule_zh,
                rule_en,
                rule,
                ..
            },
            kind,
        ) => {
            let name = match p.name(rule_zh, rule_en) {
                "" => rule,
                name => name,
            };
            let key = match kind {
                Purpose::Award => return name.to_string(),
                Purpose::Deduction => "home.line_deduction",
                Purpose::Reversal => "home.line_reversal_deed",
                Purpose::Recovery => "home.line_recovery_deed",
                Purpose::Maturity => "home.line_maturity",
                _ => "home.line_other_deed",
            };
            p.t1(key, "rule", name)
        }
        (What::Goods { .. }, Purpose::Refund) => p.t("home.line_refund"),
        (What::Goods { lines, .. }, _) => p.t1("home.line_redemption", "goods", goods(lines)),
        (What::Plain, Purpose::Expiry) => p.t("home.line_expiry"),
        (What::Plain, Purpose::Reversal) => p.t("home.line_reversal"),
        (What::Plain, Purpose::Recovery) => p.t("home.line_recovery"),
        (What::Plain, Purpose::Refund) => p.t("home.line_refund"),
        (What::Plain, _) => p.t("home.line_other"),
    }
}

fn by(p: &Page, line: &Line) -> String {
    let Some(giver) = line.giver.as_deref().filter(|giver| !giver.is_empty()) else {
        return String::new();
    };
    let key = match line.kind {
        Purpose::Award | Purpose::Deduction | Purpose::Maturity => "home.by_recorder",
        Purpose::Redemption => "home.by_clerk",
        Purpose::Refund => "home.by_refund",
        _ => return String::new(),
    };
    p.t1(key, "name", short(giver))
}

fn entry(p: &Page, line: Line) -> Entry {
    let state = match &line.what {
        What::Deed { state, .. } if line.pending => Some(*state),
        _ => None,
    };
    let day = match &line.what {
        What::Deed { occurred, .. } if matches!(line.kind, Purpose::Award | Purpose::Deduction) => {
            *occurred
        }
        _ => p.day_of(&line.at),
    };
    Entry {
        no: line.household_seq,
        first: line.household_seq,
        title: title(p, &line),
        day,
        by: by(p, &line),
        points: line.points,
        balance_after: line.balance_after,
        is_pending: line.pending,
        state,
        undone: Vec::new(),
        undoes: None,
        lots: vec![(line.lot, line.points)],
        line,
    }
}

/// Movements, the newest first, as entries.
#[must_use]
pub fn entries(p: &Page, lines: Vec<Line>) -> Vec<Entry> {
    let mut list: Vec<Entry> = Vec::new();
    for line in lines {
        let of = |line: &Line| (line.seq, line.about, line.kind, line.pending);
        match list.last_mut() {
            Some(last) if of(&last.line) == of(&line) => {
                last.points = last.points.plus(line.points).unwrap_or(last.points);
                last.first = line.household_seq;
                last.lots.push((line.lot, line.points));
            }
            _ => list.push(entry(p, line)),
        }
    }
    list
}

/// Ties entries to what they undo and to what undid them.
pub fn tie(p: &Page, list: &mut [Entry], kindred: &[Kindred]) {
    let is_undo = |kind| matches!(kind, Purpose::Reversal | Purpose::Refund);
    let other = |kin: &Kindred| Other {
        no: kin.household_seq,
        day: p.day_of(&kin.at),
        kind: kin.kind,
    };
    for entry in list {
        let of_it = || kindred.iter().filter(|kin| kin.about == entry.line.about);
        if is_undo(entry.line.kind) {
            entry.undoes = of_it().find(|kin| !is_undo(kin.kind)).map(other);
        } else if entry.is_original() {
            let mut undone: Vec<Other> = Vec::new();
            let mut last = 0;
            for kin in of_it().filter(|kin| is_undo(kin.kind)) {
                // The lots of one operation are one entry.
                if kin.seq != last {
                    undone.push(other(kin));
                }
                last = kin.seq;
            }
            entry.undone = undone;
        }
    }
}

/// The span of operations that entries are about; `None` for no entries.
#[must_use]
pub fn about(list: &[Entry]) -> Option<(i64, i64)> {
    let abouts = || list.iter().map(|entry| entry.line.about.0);
    abouts().min().zip(abouts().max())
}

#[cfg(test)]
mod tests {
    use super::short;

    #[test]
    fn staff_are_named_as_neighbours_are() {
        assert_eq!(short("王芳"), "王*");
        assert_eq!(short("Zhou Wei"), "Zhou *");
        assert_eq!(short("recorder"), "recorder");
        assert_eq!(short(""), "");
    }
}
