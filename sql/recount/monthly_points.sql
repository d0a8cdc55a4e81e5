-- The value of every site, indicator and month once more, with the points that it is worth (method 6).
-- grain: source, site_id, indicator, month
with crawled as (
    select
        indicators.source,
        checks.site_id,
        indicators.indicator,
        checks.month,
        case when indicators.measure = 'value' then sum(checks.total) else cast(sum(checks.passed) as double) end as total,
        case when indicators.measure = 'value' then sum(checks.valued) else sum(checks.passed) + sum(checks.confirmed) end as checks
    from recount.crawl_checks as checks
    inner join ref.indicators on indicators.from_crawl = checks."check"
    group by indicators.source, checks.site_id, indicators.indicator, checks.month, indicators.measure
),

measured as (
    select records.source, records.site_id, records.indicator, records.month, cast(records.value as double) as value
    from raw.records
    where
        not exists (
            select 1 from ref.indicators
            where
                indicators.source = records.source
                and indicators.indicator = records.indicator
                and indicators.from_crawl is not null
        )
    union all
    select crawled.source, crawled.site_id, crawled.indicator, crawled.month, crawled.total / crawled.checks
    from crawled
    where crawled.checks > 0
),

earned as (
    select
        measured.source,
        measured.site_id,
        measured.indicator,
        measured.month,
        measured.value,
        cast(indicators.max_points as double) as max_points,
        case indicators.rule
            when 'points' then measured.value
            when 'ratio' then cast(indicators.max_points as double) * measured.value / cast(indicators.target as double)
            when 'deduct' then cast(indicators.max_points as double) - cast(indicators.per as double) * measured.value
        end as points
    from measured
    inner join ref.indicators on indicators.source = measured.source and indicators.indicator = measured.indicator
)

select
    earned.source,      -- source of the scheme
    earned.site_id,     -- site of the register
    earned.indicator,   -- indicator of the source
    earned.month,       -- YYYY-MM, local
    earned.value,       -- in the indicator's own unit
    earned.max_points,  -- points at most
    case
        when earned.points < 0 then 0
        when earned.points > earned.max_points then earned.max_points
        else earned.points
    end as points       -- points for the month
from earned
