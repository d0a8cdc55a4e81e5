-- What is due by days and months, and how much of it did not come: of every site and indicator, of every channel, of the crawl.
-- grain: source, site_id, item
-- check: missing between 0 and expected
with indicators_due as (
    select indicators.source, indicators.indicator as item, count(*) as expected
    from ref.indicators
    inner join ref.due_periods as periods on periods.source = indicators.source
    cross join ref.crawl_rules as rules
    where
        indicators.from_crawl is null
        or (
            periods.period >= coalesce(substring(cast(rules.opens as varchar), 1, 7), periods.period)
            and periods.period <= coalesce(substring(cast(rules.closes as varchar), 1, 7), periods.period)
        )
    group by indicators.source, indicators.indicator
),

days_due as (
    select periods.source, count(*) as expected
    from ref.due_periods as periods
    group by periods.source
),

due as (
    select weights.source, sites.site_id, indicators_due.item, '个月' as unit, indicators_due.expected
    from ref.sites
    inner join ref.weights on weights.group_id = sites.group_id
    inner join indicators_due on indicators_due.source = weights.source
    where weights.weight > 0
    union all
    select rules.source, '', coalesce(categories.category, 'all'), '天', days_due.expected
    from ref.ballot_rules as rules
    inner join days_due on days_due.source = rules.source
    left join ref.categories on categories.source = rules.source
    where rules.source in (select weights.source from ref.weights where weights.weight > 0)
    union all
    select days_due.source, '', 'nights', '夜', days_due.expected
    from days_due
    where days_due.source = 'crawl'
),

numbered as (
    select
        periods.source,
        periods.site_id,
        periods.item,
        periods.position,
        periods.period,
        periods.position - row_number() over (
            partition by periods.source, periods.site_id, periods.item order by periods.position
        ) as run
    from staged.missing_periods as periods
),

runs as (
    select
        numbered.source,
        numbered.site_id,
        numbered.item,
        min(numbered.position) as position,
        min(numbered.period) as first_period,
        max(numbered.period) as last_period,
        count(*) as periods
    from numbered
    group by numbered.source, numbered.site_id, numbered.item, numbered.run
),

-- A day or two without a ballot are nobody's fault.
gaps as (
    select
        runs.source,
        runs.site_id,
        runs.item,
        sum(runs.periods) as missing,
        string_agg(
            case
                when runs.periods = 1 then runs.first_period
                else concat(runs.first_period, ' 至 ', runs.last_period)
            end,
            '、' order by runs.position
        ) as periods
    from runs
    left join ref.ballot_rules as rules on rules.source = runs.source
    where runs.periods > coalesce(rules.quiet_days, 0)
    group by runs.source, runs.site_id, runs.item
)

select
    due.source,                                            -- source of the scheme, or crawl
    due.site_id,                                           -- site of the register; empty for what is nobody's own
    due.item,                                              -- indicator, channel, all for all channels together, or nights
    due.unit,                                              -- what is counted: 个月, 天, 夜
    cast(due.expected as bigint) as expected,              -- days or months that are due
    cast(coalesce(gaps.missing, 0) as bigint) as missing,  -- those of which nothing came; of ballots, more than the quiet days in a row
    coalesce(gaps.periods, '') as periods                  -- which these are
from due
left join gaps on gaps.source = due.source and gaps.site_id = due.site_id and gaps.item = due.item
