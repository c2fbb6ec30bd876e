-- An award without the village's number: nothing is locked but the balance. Less than a ledger needs.
\set village random(1, :villages)
\set household random(1, :households)
with b as (
    update balance set points = points + 500
    where village_id = :village and household = :household
    returning points
), o as (
    insert into operation (village_id, id, kind, actor, payload)
    values (:village, gen_random_uuid(), 1, '00000000-0000-4000-8000-000000000001',
            jsonb_build_object('rule', 'BENCH', 'household', cast(:household as int), 'quantity', 1, 'occurred_on', '2026-11-01'))
    returning id
)
insert into transfer (village_id, operation_id, line, household, from_account, to_account, points, balance_after)
select cast(:village as int), o.id, 1, cast(:household as int), 1, 2, 500, b.points from b, o;
