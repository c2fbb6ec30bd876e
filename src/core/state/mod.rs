//! What the core sees of a unit; [`Draft`] is what one command works on.

mod draft;

use crate::core::canonical::Canonical;
use crate::core::day::Day;
use crate::core::evidence::Frontier;
use crate::core::points::Points;
use crate::core::rejection::Rejection;
use crate::core::rights::{Act, Authority, Place, Role, UnitNo, role_for};
use crate::core::row::Row;
use crate::core::rows::*;
use crate::core::text::{Text, TextHash};
use crate::core::{Context, Secret};
use std::collections::{BTreeMap, HashMap};
use std::ops::RangeBounds;
use std::sync::Arc;
use uuid::Uuid;

pub use draft::Draft;

/// Rows of one type by key.
pub type Table<R> = BTreeMap<<R as Row>::Key, R>;

/// A set of tables that has one of this row type.
pub trait Slot<R: Row> {
    /// The table.
    fn slot(&self) -> &Table<R>;
    /// The table, to change.
    fn slot_mut(&mut self) -> &mut Table<R>;
}

/// Something done once for each row type.
pub trait Visit {
    /// Called with each table.
    fn table<R: Row>(&mut self, rows: &Table<R>);
}

/// Something done once for each row type, without rows at hand.
pub trait VisitKind {
    /// Called for each row type.
    fn kind<R: Row>(&mut self)
    where
        Tables: Slot<R>,
        Config: ConfigSlot<R>;
}

macro_rules! tables {
    (config { $($cf:ident : $cr:ty),* $(,)? } data { $($df:ident : $dr:ty),* $(,)? }) => {
        /// The rows of every table that a command may change.
        #[derive(Clone, Debug, Default, PartialEq)]
        #[allow(missing_docs)]
        pub struct Tables { $(pub $cf: Table<$cr>,)* $(pub $df: Table<$dr>,)* }

        $(impl Slot<$cr> for Tables {
            fn slot(&self) -> &Table<$cr> { &self.$cf }
            fn slot_mut(&mut self) -> &mut Table<$cr> { &mut self.$cf }
        })*
        $(impl Slot<$dr> for Tables {
            fn slot(&self) -> &Table<$dr> { &self.$df }
            fn slot_mut(&mut self) -> &mut Table<$dr> { &mut self.$df }
        })*

        impl Tables {
            /// Shows every table to the visitor, in a fixed order.
            pub fn visit<V: Visit>(&self, visitor: &mut V) {
                $(visitor.table::<$cr>(&self.$cf);)*
                $(visitor.table::<$dr>(&self.$df);)*
            }
            /// Whether rows that are kept in [`Config`] are among them.
            #[must_use]
            pub fn touches_config(&self) -> bool {
                false $(|| !self.$cf.is_empty())*
            }
            /// Takes rows in, over those with the same key.
            pub fn overwrite(&mut self, changes: &Tables) {
                $(self.$cf.extend(changes.$cf.iter().map(|(k, r)| (k.clone(), r.clone())));)*
                $(self.$df.extend(changes.$df.iter().map(|(k, r)| (k.clone(), r.clone())));)*
            }
            fn take_config(&mut self) -> Tables {
                Tables { $($cf: std::mem::take(&mut self.$cf),)* ..Tables::default() }
            }
        }

        /// Names each row type to the visitor: configuration first.
        pub fn each_config_kind<V: VisitKind>(visitor: &mut V) {
            $(visitor.kind::<$cr>();)*
        }
        /// Names each row type that is prefetched by key.
        pub fn each_data_kind<V: VisitKind>(visitor: &mut V) {
            $(visitor.kind::<$dr>();)*
        }

        $(impl ConfigSlot<$cr> for Config {
            fn config_slot(&self) -> Option<&Table<$cr>> { Some(&self.tables.$cf) }
        })*
        $(impl ConfigSlot<$dr> for Config {
            fn config_slot(&self) -> Option<&Table<$dr>> { None }
        })*
    };
}

/// Lets the draft find a configuration row without knowing which tables are configuration.
pub trait ConfigSlot<R: Row> {
    /// The table, when this row type is configuration.
    fn config_slot(&self) -> Option<&Table<R>>;
}

tables! {
    config {
        policy: PolicyRow,
        groups: GroupRow,
        rules: RuleRow,
        cap_groups: CapGroupRow,
        ties: TieRow,
        stations: StationRow,
        goods: GoodRow,
    }
    data {
        units: UnitRow,
        staff: StaffRow,
        grants: GrantRow,
        prices: PriceRow,
        households: HouseholdRow,
        members: MemberRow,
        cards: CardRow,
        balances: BalanceRow,
        transfers: TransferRow,
        awards: AwardRow,
        uses: UseRow,
        stock: StockRow,
        moves: StockMoveRow,
        redemptions: RedemptionRow,
        redemption_lines: RedemptionLineRow,
        redemption_lots: RedemptionLotRow,
        reversals: ReversalRow,
        counters: CounterRow,
        notices: NoticeRow,
        objections: ObjectionRow,
        applications: ApplicationRow,
        spots: SpotRow,
        spot_reports: SpotReportRow,
        activities: ActivityRow,
        attendances: AttendanceRow,
    }
}

/// What changes seldom and is read by nearly every command: kept whole, with look-ups by code.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Config {
    tables: Tables,
    rules: HashMap<String, (i32, i32)>,
    stations: HashMap<String, i32>,
    goods: HashMap<(i32, String), i32>,
    groups: HashMap<String, i32>,
    cap_groups: HashMap<(CapGroupKind, String), i32>,
}

impl Config {
    /// Builds the look-ups.
    #[must_use]
    pub fn new(tables: Tables) -> Config {
        let mut config = Config {
            tables,
            ..Config::default()
        };
        for rule in config.tables.rules.values() {
            // Versions come in key order, so the newest stays.
            config
                .rules
                .insert(rule.code.clone(), (rule.no, rule.version));
        }
        for station in config.tables.stations.values() {
            config.stations.insert(station.code.clone(), station.no);
        }
        for good in config.tables.goods.values() {
            config
                .goods
                .insert((good.station, good.sku.clone()), good.no);
        }
        for group in config.tables.groups.values() {
            config.groups.insert(group.name.clone(), group.no);
        }
        for group in config.tables.cap_groups.values() {
            config
                .cap_groups
                .insert((group.kind, group.code.clone()), group.no);
        }
        config
    }

    /// The configuration rows.
    #[must_use]
    pub fn tables(&self) -> &Tables {
        &self.tables
    }

    /// The rule in force under a code.
    #[must_use]
    pub fn rule(&self, code: &str) -> Option<&RuleRow> {
        self.tables.rules.get(self.rules.get(code)?)
    }

    /// A station by its code.
    #[must_use]
    pub fn station(&self, code: &str) -> Option<&StationRow> {
        self.tables.stations.get(&(*self.stations.get(code)?,))
    }

    /// A good by its code at a station.
    #[must_use]
    pub fn good(&self, station: i32, sku: &str) -> Option<&GoodRow> {
        let no = self.goods.get(&(station, sku.to_string()))?;
        self.tables.goods.get(&(station, *no))
    }

    /// A group by its name.
    #[must_use]
    pub fn group(&self, name: &str) -> Option<i32> {
        self.groups.get(name).copied()
    }

    /// A cap group by its code.
    #[must_use]
    pub fn cap_group(&self, kind: CapGroupKind, code: &str) -> Option<i32> {
        self.cap_groups.get(&(kind, code.to_string())).copied()
    }

    /// The policy, or the one a village starts with.
    #[must_use]
    pub fn policy(&self) -> PolicyRow {
        self.tables
            .policy
            .get(&(0,))
            .cloned()
            .unwrap_or_else(super::policy::initial)
    }

    fn with(&self, changes: Tables) -> Config {
        let mut tables = self.tables.clone();
        tables.overwrite(&changes);
        Config::new(tables)
    }
}

/// The head of a unit: its lock, its numbering, its own accounts, the top of its evidence.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Head {
    /// The unit above; 0 for the system.
    pub parent: UnitNo,
    /// The public id, part of every leaf.
    pub id: Uuid,
    /// Time of the last operation, so that a unit's time never runs backwards.
    pub at: i64,
    /// Counts changes of configuration.
    pub config_version: i64,
    /// How many numbered things (households, or units in the system) have been made.
    pub numbered: i32,
    /// Balance of `source`: never above zero.
    pub source: Points,
    /// Balance of `fund`.
    pub fund: Points,
    /// Balance of `expired`.
    pub expired: Points,
    /// Points that households hold in any account.
    pub outstanding: Points,
    /// The evidence; its size is the last `seq`.
    pub frontier: Frontier,
}

impl Head {
    /// The last operation's number.
    #[must_use]
    pub fn seq(&self) -> i64 {
        i64::try_from(self.frontier.size()).unwrap_or(i64::MAX)
    }
}

/// A unit with those rows that are loaded: all of them in replay, the prefetched ones in a writer.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Unit {
    /// Its head.
    pub head: Head,
    /// Its configuration.
    pub config: Arc<Config>,
    /// Its loaded rows.
    pub rows: Tables,
}

/// All units at hand.
#[derive(Clone, Debug, Default)]
pub struct State {
    /// By number.
    pub units: BTreeMap<UnitNo, Unit>,
}

/// A text that a command brought, to be stored beside the rows.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Words {
    /// Its salted hash.
    pub hash: TextHash,
    /// Its salt.
    pub salt: Vec<u8>,
    /// What it says.
    pub body: String,
}

/// What one operation does to one unit.
#[derive(Clone, Debug)]
pub struct UnitEffects {
    /// The unit.
    pub unit: UnitNo,
    /// Its head afterwards.
    pub head: Head,
    /// Its journal entry.
    pub operation: OperationRow,
    /// Rows made or changed, as they are afterwards.
    pub rows: Tables,
    /// Texts to keep.
    pub words: Vec<Words>,
    /// Hashes of secrets, kept outside the journal.
    pub secrets: Vec<Secret>,
}

impl Unit {
    /// Takes an operation's effects in.
    pub fn absorb(&mut self, effects: &UnitEffects) {
        self.head = effects.head.clone();
        if effects.rows.touches_config() {
            let mut rows = effects.rows.clone();
            self.config = Arc::new(self.config.with(rows.take_config()));
            self.rows.overwrite(&rows);
        } else {
            self.rows.overwrite(&effects.rows);
        }
    }
}
