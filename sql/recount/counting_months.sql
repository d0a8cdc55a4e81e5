-- The points of every indicator over its months, once more: over those with a value, or over all that are due where the others count 0.
-- grain: source, site_id, indicator
with valued as (
    select months.source, months.site_id, months.indicator, sum(months.points) as points, count(*) as months
    from recount.monthly_points as months
    group by months.source, months.site_id, months.indicator
),

crawled as (
    select
        coalesce(substring(cast(rules.opens as varchar), 1, 7), '0000-00') as first_month,
        coalesce(substring(cast(rules.closes as varchar), 1, 7), '9999-99') as last_month
    from ref.crawl_rules as rules
),

-- The months that count 0: due, without a value, and of a source that weighs.
zeros as (
    select indicators.source, sites.site_id, indicators.indicator, count(*) as months
    from ref.indicators
    inner join ref.sources on sources.source = indicators.source and sources.incomplete = 'zero'
    inner join ref.weights on weights.source = indicators.source and weights.weight > 0
    inner join ref.sites on sites.group_id = weights.group_id
    cross join crawled
    inner join ref.due_periods as periods
        on
            periods.source = indicators.source
            and (indicators.from_crawl is null or periods.period between crawled.first_month and crawled.last_month)
    where
        not exists (
            select 1 from recount.monthly_points as points
            where
                points.source = indicators.source
                and points.site_id = sites.site_id
                and points.indicator = indicators.indicator
                and points.month = periods.period
        )
    group by indicators.source, sites.site_id, indicators.indicator
)

select
    coalesce(valued.source, zeros.source) as source,           -- records source
    coalesce(valued.site_id, zeros.site_id) as site_id,        -- site of the register
    coalesce(valued.indicator, zeros.indicator) as indicator,  -- indicator of the source
    coalesce(valued.points, 0) / (coalesce(valued.months, 0) + coalesce(zeros.months, 0)) as points,  -- mean points
    cast(coalesce(valued.months, 0) as bigint) as months       -- months with a value
from valued
full join zeros
    on zeros.source = valued.source and zeros.site_id = valued.site_id and zeros.indicator = valued.indicator
