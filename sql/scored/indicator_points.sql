-- The points of every site and indicator: what counts of a claim, or the mean over the months that have a value (methods 5 and 6).
-- grain: source, site_id, indicator
-- check: points between 0 and max_points
with claimed as (
    select
        claims.source,
        claims.site_id,
        claims.indicator,
        cast(claims.points as double) as points,
        claims.max_points,
        cast(claims.claimed_points is not null as integer) as base
    from staged.claimed_points as claims
),

recorded as (
    select
        months.source,
        months.site_id,
        months.indicator,
        cast(sum(months.points) as double) / count(*) as points,
        max(months.max_points) as max_points,
        count(*) as base
    from staged.monthly_points as months
    group by months.source, months.site_id, months.indicator
),

indicators as (
    select * from claimed
    union all
    select * from recorded
)

select
    indicators.source,                                  -- source of the scheme
    indicators.site_id,                                 -- site of the register
    indicators.indicator,                               -- indicator of the source
    cast(round(indicators.points * 1e12) / 1e12 as decimal(20, 12)) as points,  -- points that count
    indicators.max_points,                              -- points at most
    cast(indicators.base as bigint) as base             -- months with a value; 1 for a claim, 0 where nothing was claimed
from indicators
