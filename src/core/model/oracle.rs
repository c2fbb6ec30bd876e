//! A village by hand: plain lists of what happened and loops over them. It shares nothing with
//! the core but the types of commands; what it keeps grows, and sums are made anew each time.

use crate::core::redemption::CartLine;
use crate::core::rows::*;
use crate::core::rule::{CapGroupSpec, RuleSpec};
use crate::core::station::GoodSpec;
use crate::core::{Command, Day, HouseholdRef, Period, Rejection};
use chrono::{Datelike, Days, Months, NaiveDate};
use uuid::Uuid;

/// What the oracle expects: nothing to object to, or this objection.
pub type Expect = Result<(), String>;

/// A refusal in short: its name and the figures worth comparing.
pub fn short(why: &Rejection) -> String {
    match why {
        Rejection::BadField { field, .. } => format!("BadField {field}"),
        Rejection::CapExceeded { remaining, .. } => format!("CapExceeded {remaining}"),
        Rejection::FundExhausted { fund, .. } => format!("FundExhausted {fund}"),
        Rejection::InsufficientPoints { available, .. } => {
            format!("InsufficientPoints {available}")
        }
        Rejection::OutOfStock { on_hand, .. } => format!("OutOfStock {on_hand}"),
        Rejection::MonthlyLimit { used, .. } => format!("MonthlyLimit {used}"),
        Rejection::Rows { rows } => {
            let parts = rows
                .iter()
                .map(|row| format!("{}:{}", row.row, short(&row.why)));
            format!("Rows[{}]", parts.collect::<Vec<_>>().join(","))
        }
        other => {
            let long = format!("{other:?}");
            long.split([' ', '{']).next().unwrap().to_string()
        }
    }
}

/// Who acts, as the story tells it; what they may do is written out below by hand.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Part {
    Admin,
    Officer,
    Manager,
    Recorder,
    Reviewer,
    Both,
    Clerk(i32),
    Foreigner,
    Clock,
    Operator,
}

/// The part and person acting, and when.
pub struct Actor {
    pub part: Part,
    pub id: Uuid,
}

pub struct Entry {
    pub from: (i32, Account),
    pub to: (i32, Account),
    pub lot: Day,
    pub points: i64,
}

pub struct House {
    pub no: i32,
    pub group: String,
    pub status: HouseholdStatus,
    pub pin: i32,
    pub card: i32,
    pub card_works: bool,
    pub entered: i32,
    pub members: Vec<i32>,
}

pub struct Deed {
    pub seq: i64,
    pub line: i32,
    /// Index into the list of all versions of all rules.
    pub rule: usize,
    pub household: i32,
    pub group: String,
    pub member: i32,
    pub points: i64,
    pub occurred: Day,
    pub state: AwardState,
    pub recorder: Uuid,
    pub lot: Day,
    pub until: Day,
    pub unpaid: i64,
    /// Which notice it stands in; 0 for none.
    pub notice: i32,
    /// Objections without an answer.
    pub frozen: i32,
    /// When it was recorded.
    pub at: i64,
    pub reviewer: Option<Uuid>,
}

pub struct Notice {
    pub composer: Uuid,
    pub days: i32,
    pub state: NoticeState,
    pub closes: Day,
}

pub struct Objection {
    /// Index into the deeds.
    pub deed: Option<usize>,
    pub household: Option<i32>,
    pub open: bool,
}

pub struct Good {
    pub station: i32,
    pub no: i32,
    pub spec: GoodSpec,
}

pub struct Move {
    pub seq: i64,
    pub station: i32,
    pub good: i32,
    pub by: i64,
}

pub struct Sale {
    pub seq: i64,
    pub station: i32,
    pub household: i32,
    pub day: Day,
    /// Good, pieces, price, pieces brought back.
    pub lines: Vec<(i32, i64, i64, i64)>,
    /// Lot, taken, returned.
    pub lots: Vec<(Day, i64, i64)>,
}

#[derive(Default)]
pub struct Oracle {
    pub unit: i32,
    pub at: i64,
    pub seq: i64,
    pub policy: Option<PolicyRow>,
    pub rules: Vec<RuleSpec>,
    pub groups: Vec<(CapGroupKind, CapGroupSpec)>,
    pub houses: Vec<House>,
    pub ties: Vec<(Uuid, i32, Tie)>,
    pub stations: Vec<(i32, String)>,
    pub goods: Vec<Good>,
    pub entries: Vec<Entry>,
    pub debts: Vec<(i32, i64)>,
    pub deeds: Vec<Deed>,
    /// By number, from 1.
    pub notices: Vec<Notice>,
    pub objections: Vec<Objection>,
    pub moves: Vec<Move>,
    pub sales: Vec<Sale>,
    pub undone: Vec<i64>,
    /// Allotments with their points, and receipts of goods.
    pub allotments: Vec<(i64, i64)>,
    pub receipts: Vec<i64>,
}

pub const OUT: (i32, Account) = (0, Account::Source);
pub const FUND: (i32, Account) = (0, Account::Fund);

pub fn date(day: Day) -> NaiveDate {
    NaiveDate::from_num_days_from_ce_opt(719_163 + day.0).unwrap()
}

pub fn day(date: NaiveDate) -> Day {
    Day(date.num_days_from_ce() - 719_163)
}

/// Whether two days lie in one period.
pub fn together(period: Period, a: Day, b: Day) -> bool {
    let (a, b) = (date(a), date(b));
    let quarter = |d: NaiveDate| (d.year(), d.month0() / 3);
    match period {
        Period::Lifetime => true,
        Period::Day => a == b,
        Period::Week => a.iso_week() == b.iso_week(),
        Period::Month => (a.year(), a.month()) == (b.year(), b.month()),
        Period::Quarter => quarter(a) == quarter(b),
        Period::Year => a.year() == b.year(),
    }
}

impl Oracle {
    pub fn policy(&self) -> PolicyRow {
        let first = PolicyRow {
            no: 0,
            utc_offset: 480,
            expiry: Expiry::Never,
            expiry_months: 0,
            grace_days: 0,
            arrears: ArrearsPolicy::Forgiven,
            notice_days: 3,
            point_value_fen: 100,
            backdate_days: 366,
            help_phone: String::new(),
            answer_days: 5,
        };
        self.policy.clone().unwrap_or(first)
    }

    pub fn today(&self) -> Day {
        let seconds = self.at.div_euclid(1_000_000) + i64::from(self.policy().utc_offset) * 60;
        Day(i32::try_from(seconds.div_euclid(86_400)).unwrap())
    }

    pub fn lot(&self) -> Day {
        let (policy, today) = (self.policy(), date(self.today()));
        let grace = Days::new(u64::try_from(policy.grace_days).unwrap());
        match policy.expiry {
            Expiry::Never => Day::NEVER,
            Expiry::Months => {
                let months = Months::new(u32::try_from(policy.expiry_months).unwrap());
                day(today.checked_add_months(months).unwrap())
            }
            Expiry::YearEnd => {
                let last = NaiveDate::from_ymd_opt(today.year(), 12, 31).unwrap();
                day(last + grace)
            }
            Expiry::QuarterEnd => {
                let (month, last) =
                    [(3, 31), (6, 30), (9, 30), (12, 31)][today.month0() as usize / 3];
                let last = NaiveDate::from_ymd_opt(today.year(), month, last).unwrap();
                day(last + grace)
            }
        }
    }

    pub fn may(actor: &Actor, command: &Command, station: i32) -> bool {
        use Command as C;
        use Part::*;
        match (command, actor.part) {
            (_, Foreigner | Officer) => false,
            (C::AllotFund(_), part) => matches!(part, Admin | Manager | Operator),
            (C::Award(_) | C::AwardSheet(_), part) => matches!(part, Manager | Recorder | Both),
            (
                C::ReviewAward(_)
                | C::ReviewSheet(_)
                | C::Reverse(_)
                | C::WithdrawAward(_)
                | C::AnswerObjection(_),
                part,
            ) => matches!(part, Manager | Reviewer | Both),
            (
                C::ComposeNotice(_)
                | C::ConfirmNotice(_)
                | C::WithdrawNotice(_)
                | C::ProveNotice(_)
                | C::RaiseObjection(_),
                part,
            ) => matches!(part, Manager | Reviewer | Recorder | Both),
            (C::ExpireLots(_) | C::MatureAwards(_) | C::ReturnAwards(_), part) => {
                matches!(part, Clock | Manager | Operator)
            }
            (C::ReceiveStock(_), Manager | Operator) => true,
            (C::ReceiveStock(_) | C::Redeem(_) | C::Refund(_), Clerk(at)) => at == station,
            _ => false,
        }
    }

    pub fn allowed(actor: &Actor, command: &Command, station: i32) -> Expect {
        match Self::may(actor, command, station) {
            true => Ok(()),
            false => Err("NotAllowed".into()),
        }
    }

    pub fn sum(&self, holder: i32, account: Account, lot: Option<Day>) -> i64 {
        let here = |end: (i32, Account)| end == (holder, account);
        let mut sum = 0;
        for entry in &self.entries {
            if lot.is_none_or(|lot| lot == entry.lot) {
                sum += i64::from(here(entry.to)) * entry.points;
                sum -= i64::from(here(entry.from)) * entry.points;
            }
        }
        sum
    }

    pub fn owed(&self, household: i32) -> i64 {
        let of = self.debts.iter().filter(|debt| debt.0 == household);
        of.map(|debt| debt.1).sum()
    }

    /// Every lot of a household's available points that holds something.
    pub fn lots(&self, household: i32) -> Vec<(Day, i64)> {
        let mut days: Vec<Day> = Vec::new();
        for entry in self
            .entries
            .iter()
            .filter(|e| e.to == (household, Account::Available))
        {
            if !days.contains(&entry.lot) {
                days.push(entry.lot);
            }
        }
        days.sort_unstable();
        let held = days
            .into_iter()
            .map(|lot| (lot, self.sum(household, Account::Available, Some(lot))));
        held.filter(|(_, points)| *points > 0).collect()
    }

    pub fn spendable(&self, household: i32) -> Vec<(Day, i64)> {
        let today = self.today();
        let mut lots = self.lots(household);
        lots.retain(|(lot, _)| *lot >= today);
        lots
    }

    pub fn push(&mut self, from: (i32, Account), to: (i32, Account), lot: Day, points: i64) {
        self.entries.push(Entry {
            from,
            to,
            lot,
            points,
        });
    }

    pub fn fund(&self) -> i64 {
        self.sum(0, Account::Fund, None)
    }

    pub fn fund_has(&self, points: i64) -> Expect {
        match self.fund() {
            fund if fund >= points => Ok(()),
            fund => Err(format!("FundExhausted {}", crate::core::Points(fund))),
        }
    }

    pub fn house(&self, given: &HouseholdRef) -> Result<&House, String> {
        let HouseholdRef::No(no) = given else {
            return Err("UnknownHousehold".into());
        };
        let found = self.houses.iter().find(|house| house.no == *no);
        found.ok_or("UnknownHousehold".into())
    }

    pub fn open_house(&self, given: &HouseholdRef) -> Result<&House, String> {
        match self.house(given)? {
            house if house.status == HouseholdStatus::Closed => Err("HouseholdClosed".into()),
            house => Ok(house),
        }
    }

    pub fn favour(&self, actor: &Actor, household: i32) -> Expect {
        let of = |tie: &&(Uuid, i32, Tie)| tie.0 == actor.id && tie.1 == household;
        match self.ties.iter().rfind(of).map(|tie| tie.2) {
            None => Ok(()),
            Some(Tie::Own) => Err("OwnHousehold".into()),
            Some(Tie::Kin) => Err("KinHousehold".into()),
        }
    }

    pub fn stock(&self, station: i32, good: i32) -> i64 {
        let of = |m: &&Move| m.station == station && m.good == good;
        self.moves.iter().filter(of).map(|m| m.by).sum()
    }

    pub fn station(&self, code: &str) -> Result<i32, String> {
        let found = self.stations.iter().find(|station| station.1 == code);
        found
            .map(|station| station.0)
            .ok_or("UnknownStation".into())
    }

    pub fn good(&self, station: i32, sku: &str) -> Result<&Good, String> {
        let found = self
            .goods
            .iter()
            .find(|good| good.station == station && good.spec.sku == sku);
        found.ok_or("UnknownGood".into())
    }

    /// Decides one of the commands about points and goods, and enters it when it stands.
    pub fn decide(&mut self, actor: &Actor, at: i64, command: &Command) -> Option<Expect> {
        let before = self.at;
        self.at = before.max(at);
        let expect = match command {
            Command::AllotFund(body) => self.allot(actor, command, body),
            Command::Award(body) => self.award(actor, command, body),
            Command::AwardSheet(body) => self.sheet(actor, command, body),
            Command::ReviewAward(body) => self.review(actor, command, body),
            Command::ReviewSheet(body) => self.review_sheet(actor, command, body),
            Command::ReturnAwards(body) => self.return_awards(actor, command, body),
            Command::WithdrawAward(body) => self.withdraw_award(actor, command, body),
            Command::ComposeNotice(body) => self.compose(actor, command, body),
            Command::ConfirmNotice(body) => self.confirm(actor, command, body),
            Command::WithdrawNotice(body) => self.take_down(actor, command, body),
            Command::ProveNotice(body) => self.prove(actor, command, body),
            Command::RaiseObjection(body) => self.object(actor, command, body),
            Command::AnswerObjection(body) => self.answer(actor, command, body),
            Command::Reverse(body) => self.reverse(actor, command, body),
            Command::ExpireLots(body) => self.expire(actor, command, body),
            Command::MatureAwards(body) => self.mature(actor, command, body),
            Command::ReceiveStock(body) => self.receive(actor, command, body),
            Command::Redeem(body) => self.redeem(actor, command, body),
            Command::Refund(body) => self.refund(actor, command, body),
            _ => {
                self.at = before;
                return None;
            }
        };
        match expect {
            Ok(()) => self.seq += 1,
            Err(_) => self.at = before,
        }
        Some(expect)
    }

    /// Which version of its rule an entry of the list is.
    pub fn version(&self, index: usize) -> i32 {
        let code = &self.rules[index].code;
        let upto = self.rules[..=index]
            .iter()
            .filter(|rule| rule.code == *code);
        i32::try_from(upto.count()).unwrap()
    }

    /// One line for each good of a cart, in the order first named.
    pub fn merged(&self, station: i32, cart: &[CartLine]) -> Result<Vec<(i32, i64)>, String> {
        let mut goods: Vec<(i32, i64)> = Vec::new();
        for line in cart {
            let no = self.good(station, &line.sku)?.no;
            match goods.iter_mut().find(|known| known.0 == no) {
                Some(known) => known.1 += line.quantity,
                None => goods.push((no, line.quantity)),
            }
        }
        Ok(goods)
    }
}
