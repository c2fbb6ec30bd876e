-- The least a hand-written ledger needs: a journal, its transfers, balances, stock.
-- No caps, fund, lots beyond one, evidence or look-up of repeated keys; our server does all of them.
-- village.seq is the dense number of the journal; the *_bare statements leave it out.
drop table if exists village, balance, operation, transfer, stock, redemption_line;

create table village (
    id  int primary key,
    seq bigint not null default 0
);

create table balance (
    village_id int not null,
    household  int not null,
    points     bigint not null check (points >= 0),
    primary key (village_id, household)
) with (fillfactor = 80);

create table operation (
    village_id int not null,
    id         uuid not null,
    seq        bigint,
    kind       smallint not null,
    actor      uuid not null,
    at         timestamptz not null default now(),
    payload    jsonb not null,
    primary key (village_id, id)
);

create table transfer (
    village_id    int not null,
    operation_id  uuid not null,
    line          smallint not null,
    household     int not null,
    from_account  smallint not null,
    to_account    smallint not null,
    points        bigint not null,
    balance_after bigint not null,
    primary key (village_id, operation_id, line)
);

create table stock (
    village_id int not null,
    sku        smallint not null,
    on_hand    bigint not null check (on_hand >= 0),
    price      bigint not null,
    primary key (village_id, sku)
) with (fillfactor = 80);

create table redemption_line (
    village_id   int not null,
    operation_id uuid not null,
    line         smallint not null,
    sku          smallint not null,
    quantity     int not null,
    points       bigint not null,
    primary key (village_id, operation_id, line)
);

insert into village (id) select generate_series(1, :villages);
insert into balance (village_id, household, points)
    select v, h, 1000000000 from generate_series(1, :villages) v, generate_series(1, :households) h;
insert into stock (village_id, sku, on_hand, price)
    select v, s, 1000000000, 100 * s from generate_series(1, :villages) v, generate_series(1, 3) s;
vacuum analyze;
checkpoint;
