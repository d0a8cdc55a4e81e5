-- 自查和核实表等于原始记录：自报、核实照抄，得分是另算一遍的。
with expected as (
    select
        claims.site_id,
        claims.source,
        claims.indicator as item,
        cast(claims.claimed as decimal(18, 4)) as claimed_points,
        cast(claims.verified as decimal(18, 4)) as verified_points,
        round(cast(claims.points as decimal(18, 8)), 4) as points
    from recount.claims
    inner join ref.sites on sites.site_id = claims.site_id
    inner join ref.weights on weights.group_id = sites.group_id and weights.source = claims.source
)

select
    coalesce(shown.site_id, expected.site_id) as site_id,
    coalesce(shown.source, expected.source) as source,
    coalesce(shown.item, expected.item) as item,
    shown.claimed_points,
    expected.claimed_points as expected_claimed,
    shown.verified_points,
    expected.verified_points as expected_verified,
    shown.points,
    expected.points as expected_points
from published.claimed_points as shown
full join expected on expected.site_id = shown.site_id and expected.source = shown.source and expected.item = shown.item
where
    shown.claimed_points is distinct from expected.claimed_points
    or shown.verified_points is distinct from expected.verified_points
    or shown.points is distinct from expected.points
