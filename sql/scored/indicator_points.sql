-- The points of every site and indicator: what counts of a claim, or the mean over the months that have a value or count 0 (methods 5 and 6).
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

months as (
    select
        months.source,
        months.site_id,
        months.indicator,
        sum(months.points) as points,
        max(months.max_points) as max_points,
        count(*) as months
    from staged.monthly_points as months
    group by months.source, months.site_id, months.indicator
),

-- The months that count 0 because nothing came of them, where the scheme says so.
zeros as (
    select due.source, due.site_id, due.item as indicator, due.missing
    from staged.periods_due as due
    inner join ref.sources on sources.source = due.source
    where sources.incomplete = 'zero' and due.missing > 0
),

recorded as (
    select
        months.source,
        months.site_id,
        months.indicator,
        cast(months.points as double) / (months.months + coalesce(zeros.missing, 0)) as points,
        months.max_points,
        months.months as base
    from months
    left join zeros
        on zeros.source = months.source and zeros.site_id = months.site_id and zeros.indicator = months.indicator
),

-- An indicator of which nothing came at all, also of a site of which nothing else did.
unrecorded as (
    select zeros.source, zeros.site_id, zeros.indicator, cast(0 as double) as points, indicators.max_points, 0 as base
    from zeros
    inner join ref.indicators on indicators.source = zeros.source and indicators.indicator = zeros.indicator
    left join months
        on months.source = zeros.source and months.site_id = zeros.site_id and months.indicator = zeros.indicator
    where months.source is null
),

-- A site that claimed nothing at all; of the others an indicator that was not claimed counts 0 anyway.
unclaimed as (
    select due.source, due.site_id, due.item as indicator, cast(0 as double) as points, indicators.max_points, 0 as base
    from staged.claims_due as due
    inner join ref.sources on sources.source = due.source
    inner join ref.indicators on indicators.source = due.source and indicators.indicator = due.item
    left join staged.claimed_points as claims
        on claims.source = due.source and claims.site_id = due.site_id and claims.indicator = due.item
    where sources.incomplete = 'zero' and claims.source is null
),

indicators as (
    select * from claimed
    union all
    select * from recorded
    union all
    select * from unrecorded
    union all
    select * from unclaimed
)

select
    indicators.source,                                  -- source of the scheme
    indicators.site_id,                                 -- site of the register
    indicators.indicator,                               -- indicator of the source
    cast(round(indicators.points * 1e12) / 1e12 as decimal(20, 12)) as points,  -- points that count
    indicators.max_points,                              -- points at most
    cast(indicators.base as bigint) as base             -- months with a value; 1 for a claim, 0 where nothing was claimed
from indicators
