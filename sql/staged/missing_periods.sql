-- The days and months of which something is due and nothing came: a site's values of an indicator, a channel's ballots, a night's checks.
-- grain: source, site_id, item, position
with recorded as (
    select
        weights.source,
        sites.site_id,
        indicators.indicator as item,
        periods.position,
        periods.period
    from ref.sites
    inner join ref.weights on weights.group_id = sites.group_id
    inner join ref.indicators on indicators.source = weights.source
    inner join ref.due_periods as periods on periods.source = weights.source
    cross join ref.crawl_rules as rules
    left join staged.monthly_values as months
        on
            months.source = weights.source
            and months.site_id = sites.site_id
            and months.indicator = indicators.indicator
            and months.month = periods.period
    where
        weights.weight > 0
        and months.month is null
        -- What the crawl does not look at is not due.
        and (
            indicators.from_crawl is null
            or (
                periods.period >= coalesce(substring(cast(rules.opens as varchar), 1, 7), periods.period)
                and periods.period <= coalesce(substring(cast(rules.closes as varchar), 1, 7), periods.period)
            )
        )
),

cast_on as (
    select distinct ballots.source, coalesce(ballots.channel, '') as channel, ballots.submitted_on
    from raw.ballots
),

-- The channels that the scheme lists; where it lists none, all ballots together.
channels as (
    select rules.source, coalesce(categories.category, 'all') as item
    from ref.ballot_rules as rules
    left join ref.categories on categories.source = rules.source
),

voted as (
    select distinct
        channels.source,
        channels.item,
        cast(cast_on.submitted_on as varchar) as period
    from channels
    inner join cast_on
        on cast_on.source = channels.source and (cast_on.channel = channels.item or channels.item = 'all')
),

silent as (
    select channels.source, channels.item, periods.position, periods.period
    from channels
    inner join ref.due_periods as periods on periods.source = channels.source
    left join voted
        on voted.source = channels.source and voted.item = channels.item and voted.period = periods.period
    where voted.period is null
),

looked as (
    select distinct cast(checks.checked_on as varchar) as period
    from raw.crawl_checks as checks
    union
    select distinct cast(scans.checked_on as varchar)
    from raw.crawl_scans as scans
),

unseen as (
    select periods.source, periods.position, periods.period
    from ref.due_periods as periods
    left join looked on looked.period = periods.period
    where periods.source = 'crawl' and looked.period is null
),

missing as (
    select * from recorded
    union all
    select silent.source, '', silent.item, silent.position, silent.period from silent
    union all
    select unseen.source, '', 'nights', unseen.position, unseen.period from unseen
)

select
    missing.source,    -- source of the scheme, or crawl
    missing.site_id,   -- site of the register; empty for what is nobody's own
    missing.item,      -- indicator, channel, all for all channels together, or nights
    missing.position,  -- place among the days or months that are due
    missing.period     -- YYYY-MM-DD or YYYY-MM
from missing
