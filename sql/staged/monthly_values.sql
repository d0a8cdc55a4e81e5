-- The measured value of every site, indicator and month: from the records, or from the crawl checks where the indicator draws on them (method 6).
-- grain: source, site_id, indicator, month
-- check: checks > 0
with recorded as (
    select records.source, records.site_id, records.indicator, records.month, records.value, 1 as checks
    from raw.records
    inner join ref.indicators on indicators.source = records.source and indicators.indicator = records.indicator
    where indicators.from_crawl is null
),

observed as (
    select
        indicators.source,
        checks.site_id,
        indicators.indicator,
        checks.month,
        case
            when indicators.measure = 'value' then checks.value
            when checks.outcome = 'passed' then 1
            when checks.outcome = 'failed' then 0
        end as value
    from staged.crawl_checks as checks
    inner join ref.indicators on indicators.from_crawl = checks."check"
    where checks.counts
),

crawled as (
    select
        observed.source,
        observed.site_id,
        observed.indicator,
        observed.month,
        cast(cast(sum(observed.value) as double) / count(*) as decimal(30, 14)) as value,
        count(*) as checks
    from observed
    where observed.value is not null
    group by observed.source, observed.site_id, observed.indicator, observed.month
),

every_month as (
    select * from recorded
    union all
    select * from crawled
)

select
    every_month.source,     -- source of the scheme
    every_month.site_id,    -- site of the register
    every_month.indicator,  -- indicator of the source
    every_month.month,      -- YYYY-MM, local
    every_month.value,      -- in the indicator's own unit; the mean, or the share that passed, of a month's checks
    every_month.checks      -- checks behind the value; 1 for a record
from every_month
