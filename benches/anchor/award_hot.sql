-- The same award, every one in one village: its row is locked until the commit is on disk.
\set village 1
\set household random(1, :households)
with v as (
    update village set seq = seq + 1 where id = :village returning seq
), b as (
    update balance set points = points + 500
    where village_id = :village and household = :household
    returning points
), o as (
    insert into operation (village_id, id, seq, kind, actor, payload)
    select cast(:village as int), gen_random_uuid(), v.seq, 1, '00000000-0000-4000-8000-000000000001',
           jsonb_build_object('rule', 'BENCH', 'household', cast(:household as int), 'quantity', 1, 'occurred_on', '2026-11-01')
    from v
    returning id
)
insert into transfer (village_id, operation_id, line, household, from_account, to_account, points, balance_after)
select cast(:village as int), o.id, 1, cast(:household as int), 1, 2, 500, b.points from b, o;
