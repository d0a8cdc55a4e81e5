-- What the valid ballots that rate two aspects of a site sum up to, pair by pair; an aspect beside itself has its own sums (method 11).
-- grain: source, site_id, aspect, other_aspect
-- check: raters > 0
with points as (
    -- Wide enough for their products to be exact: of two narrower decimals the engine makes no wider one.
    select levels.source, levels.level, cast(levels.points as decimal(19, 8)) as points from ref.levels
)

select
    patterns.source,                                                        -- ballots source
    patterns.site_id,                                                       -- site of the register
    aspects.aspect,                                                         -- aspect of the scheme
    others.aspect as other_aspect,                                          -- the same or a later one
    cast(sum(patterns.ballots) as bigint) as raters,                        -- ballots that rate both
    sum(patterns.ballots * points.points) as total,                         -- their points for the one
    sum(patterns.ballots * other_points.points) as other_total,             -- their points for the other
    sum(patterns.ballots * (points.points * other_points.points)) as product_total  -- and the products of the two
from staged.rating_patterns as patterns
cross join ref.aspects
inner join ref.aspects as others on others.position >= aspects.position
inner join points on points.source = patterns.source and points.level = patterns.answers[aspects.position]
inner join points as other_points
    on other_points.source = patterns.source and other_points.level = patterns.answers[others.position]
group by patterns.source, patterns.site_id, aspects.aspect, others.aspect
