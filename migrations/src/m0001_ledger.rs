//! The ledger: units and staff, rules, households, points, goods, the journal.

use crate::shape::Shape;
use sea_orm_migration::prelude::*;

/// This step.
#[derive(DeriveMigrationName)]
pub struct Migration;

const fn cold(name: &'static str, key: &'static str, rest: &'static str) -> Shape {
    Shape {
        name,
        key,
        rest,
        hot: false,
    }
}

const fn hot(name: &'static str, key: &'static str, rest: &'static str) -> Shape {
    Shape {
        name,
        key,
        rest,
        hot: true,
    }
}

const TABLES: &[Shape] = &[
    // Facts of the journal: rows of the core, each compared by `verify`.
    hot(
        "head",
        "unit:i",
        "parent:i id:u at:i config_version:i numbered:i source:i fund:i expired:i outstanding:i size:i frontier:b",
    ),
    cold(
        "operation",
        "village_id:i seq:i",
        "id:u kind:i actor:u role:i at:i payload:b answer:b salt:b leaf:b",
    ),
    cold(
        "unit",
        "village_id:i no:i",
        "id:u kind:i code:t name:b parent:i",
    ),
    cold("staff", "village_id:i id:u", "username:t name:b active:i"),
    cold(
        "grant_of",
        "village_id:i staff:u role:i unit_no:i station:i",
        "active:i",
    ),
    cold(
        "policy",
        "village_id:i no:i",
        "utc_offset:i expiry:i expiry_months:i grace_days:i arrears:i notice_days:i point_value_fen:i backdate_days:i help_phone:t",
    ),
    cold("village_group", "village_id:i no:i", "name:t"),
    cold(
        "rule",
        "village_id:i no:i version:i",
        "code:t name_zh:b name_en:b category:t kind:i points:i unit:t cap_points:i? cap_period:i path:i evidence:t scope:i shared_cap:i? exclusive:i? starts:i? ends:i?",
    ),
    cold(
        "cap_group",
        "village_id:i no:i",
        "code:t kind:i points:i? period:i",
    ),
    cold("tie", "village_id:i staff:u household:i", "tie:i"),
    cold("station", "village_id:i no:i", "id:u code:t name:b"),
    cold(
        "good",
        "village_id:i station:i no:i",
        "id:u sku:t barcode:t? name_zh:b name_en:b unit:t price:i price_version:i monthly_limit:i? low_stock:i stocked:i",
    ),
    cold(
        "price",
        "village_id:i station:i good:i version:i",
        "price:i since:i",
    ),
    hot(
        "household",
        "village_id:i no:i",
        "id:u code:t group_no:i head:b phone:b? door:b? status:i joined:i members:i card_version:i pin_version:i arrears:i",
    ),
    cold("member", "village_id:i household:i no:i", "name:b active:i"),
    cold(
        "card",
        "village_id:i household:i version:i",
        "token:b active:i issued:i",
    ),
    hot(
        "balance",
        "village_id:i holder:i account:i lot:i",
        "points:i household_seq:i",
    ),
    cold(
        "transfer",
        "village_id:i seq:i line:i",
        "household:i household_seq:i from_holder:i from_account:i to_holder:i to_account:i lot:i points:i balance_after:i purpose:i award_line:i about:i",
    ),
    cold(
        "award",
        "village_id:i seq:i line:i",
        "rule:i rule_version:i kind:i household:i group_no:i member:i? quantity:i points:i occurred:i state:i recorder:u note:b? reviewer:u? reason:b? changed_by:i lot:i? notice_until:i? unpaid:i",
    ),
    hot(
        "use_count",
        "village_id:i kind:i no:i holder:i period:i",
        "used:i rule:i",
    ),
    hot(
        "stock",
        "village_id:i station:i good:i",
        "on_hand:i received:i returned:i redeemed:i wasted:i",
    ),
    cold(
        "stock_move",
        "village_id:i seq:i line:i",
        "station:i good:i kind:i quantity:i on_hand:i cost_fen:i?",
    ),
    cold(
        "redemption",
        "village_id:i seq:i",
        "station:i household:i points:i refunded:i receipt_no:t clerk:u day:i",
    ),
    cold(
        "redemption_line",
        "village_id:i seq:i line:i",
        "good:i quantity:i price:i refunded:i",
    ),
    cold(
        "redemption_lot",
        "village_id:i seq:i lot:i",
        "taken:i returned:i",
    ),
    cold("reversal", "village_id:i seq:i", "by:i"),
    // Words of people, known elsewhere only by their salted hashes.
    cold("words", "village_id:i hash:b", "salt:b body:t"),
    // Not facts of the journal: refusals remembered, secrets, sessions, settings.
    cold("refusal", "village_id:i id:u", "fingerprint:b why:t at:i"),
    hot(
        "pin",
        "village_id:i household:i",
        "version:i hash:t failures:i wait_until:i",
    ),
    hot("password", "staff:u", "hash:t failures:i wait_until:i"),
    hot(
        "session",
        "token:b",
        "id:u kind:i staff:u village_id:i household:i name:t scopes:t? created:i expires:i idle:i seen:i ended:i",
    ),
    cold("setting", "name:t", "value:t"),
];

const INDEXES: &[&str] = &[
    // Each leads with the column it is asked by, so that no plan can read a village end to end.
    "create unique index operation_by_id on operation (id, village_id)",
    "create unique index unit_by_code on unit (code, village_id)",
    "create unique index unit_by_id on unit (id)",
    "create unique index staff_by_username on staff (username)",
    "create unique index household_by_code on household (code, village_id)",
    "create unique index household_by_id on household (id)",
    "create unique index card_by_token on card (token)",
    "create unique index transfer_by_household on transfer (household, village_id, household_seq) where household > 0",
    "create index award_open on award (state, village_id, seq) where state in (1, 2)",
    "create index balance_ending on balance (lot, village_id, holder) where account = 4 and lot <> 2932896",
    "create index session_by_staff on session (staff)",
    "create index session_by_household on session (household, village_id) where household > 0",
    "create index refusal_by_time on refusal (at)",
];

/// A session, its holder and the holder's grants, read again by every write.
const VIEWS: &[&str] = &[
    "create view staff_standing as \
     select t.id as staff, t.active, g.role, g.unit_no, g.station \
     from staff t left join grant_of g \
     on g.village_id = 1 and g.staff = t.id and g.active = 1 where t.village_id = 1",
    "create view session_standing as \
     select s.token, s.kind, s.staff, s.village_id as home, s.household, s.scopes, s.expires, \
     s.idle, s.seen, s.ended, coalesce(t.active, 0) as active, g.role, g.unit_no, g.station \
     from session s left join staff t on t.village_id = 1 and t.id = s.staff \
     left join grant_of g on g.village_id = 1 and g.staff = s.staff and g.active = 1",
];

#[async_trait::async_trait]
impl MigrationTrait for Migration {
    async fn up(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        for table in TABLES {
            table.make(manager).await?;
        }
        for index in INDEXES.iter().chain(VIEWS) {
            manager.get_connection().execute_unprepared(index).await?;
        }
        Ok(())
    }
}
