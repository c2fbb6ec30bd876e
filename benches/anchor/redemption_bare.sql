-- A redemption without the village's number.
\set village random(1, :villages)
\set household random(1, :households)
with b as (
    update balance set points = points - 600
    where village_id = :village and household = :household
    returning points
), o as (
    insert into operation (village_id, id, kind, actor, payload)
    values (:village, gen_random_uuid(), 2, '00000000-0000-4000-8000-000000000001',
            jsonb_build_object('household', cast(:household as int), 'lines', '[["G1",1],["G2",1],["G3",1]]'::jsonb))
    returning id
), t as (
    insert into transfer (village_id, operation_id, line, household, from_account, to_account, points, balance_after)
    select cast(:village as int), o.id, 1, cast(:household as int), 2, 3, 600, b.points from b, o
), s as (
    update stock set on_hand = on_hand - 1
    where village_id = :village and sku in (1, 2, 3)
    returning sku, price
)
insert into redemption_line (village_id, operation_id, line, sku, quantity, points)
select cast(:village as int), o.id, s.sku, s.sku, 1, s.price from s, o;
