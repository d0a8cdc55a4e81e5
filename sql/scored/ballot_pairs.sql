-- How the valid ballots that rate two aspects of a site deviate in both, pair by pair; an aspect beside itself has its own sums (method 11).
-- grain: source, site_id, aspect, other_aspect
-- check: raters > 0
with centres as (
    -- Deviations are taken from near the mean, not from 0: ballots that all say the same then deviate by nothing at all.
    select means.source, means.site_id, means.aspect, cast(means.mean_score as decimal(19, 10)) as centre
    from scored.aspect_means as means
),

points as (
    select levels.source, levels.level, cast(levels.points as decimal(19, 10)) as points from ref.levels
),

deviations as (
    select
        patterns.source,
        patterns.site_id,
        patterns.ballots,
        aspects.aspect,
        others.aspect as other_aspect,
        cast(points.points - centres.centre as decimal(14, 10)) as deviation,
        cast(other_points.points - other_centres.centre as decimal(14, 10)) as other_deviation
    from staged.rating_patterns as patterns
    cross join ref.aspects
    inner join ref.aspects as others on others.position >= aspects.position
    inner join points on points.source = patterns.source and points.level = patterns.answers[cast(aspects.position as bigint)]
    inner join points as other_points
        on other_points.source = patterns.source and other_points.level = patterns.answers[cast(others.position as bigint)]
    inner join centres
        on
            centres.source = patterns.source
            and centres.site_id = patterns.site_id
            and centres.aspect = aspects.aspect
    inner join centres as other_centres
        on
            other_centres.source = patterns.source
            and other_centres.site_id = patterns.site_id
            and other_centres.aspect = others.aspect
)

select
    deviations.source,                                            -- ballots source
    deviations.site_id,                                           -- site of the register
    deviations.aspect,                                            -- aspect of the scheme
    deviations.other_aspect,                                      -- the same or a later one
    cast(sum(deviations.ballots) as bigint) as raters,            -- ballots that rate both
    cast(sum(deviations.ballots * deviations.deviation) as decimal(38, 10)) as total,      -- their points for the one beyond its mean, the mean to ten decimals
    cast(sum(deviations.ballots * deviations.other_deviation) as decimal(38, 10)) as other_total,  -- the same for the other
    sum(
        cast(deviations.ballots as decimal(12, 0))
        * cast(deviations.deviation * deviations.other_deviation as decimal(25, 20))
    ) as product_total                                            -- and of the products of the two
from deviations
group by deviations.source, deviations.site_id, deviations.aspect, deviations.other_aspect
