-- Which days and months are missing, in words, once more: what lies between those of which something came.
-- grain: source, site_id, item
with window_of_crawl as (
    select
        coalesce(substring(cast(rules.opens as varchar), 1, 7), '0000-00') as first_month,
        coalesce(substring(cast(rules.closes as varchar), 1, 7), '9999-99') as last_month
    from ref.crawl_rules as rules
),

voted as (
    select distinct ballots.source, ballots.channel, cast(ballots.submitted_on as varchar) as period
    from raw.ballots
),

looked as (
    select cast(checks.checked_on as varchar) as period from raw.crawl_checks as checks
    union
    select cast(scans.checked_on as varchar) from raw.crawl_scans as scans
),

-- Every day and month that is asked for where any is missing, and whether something came of it.
asked as (
    select
        due.source,
        due.site_id,
        due.item,
        0 as quiet_days,
        periods.position,
        periods.period,
        exists (
            select 1 from recount.monthly_points as points
            where
                points.source = due.source
                and points.site_id = due.site_id
                and points.indicator = due.item
                and points.month = periods.period
        ) as came
    from recount.due
    inner join ref.indicators on indicators.source = due.source and indicators.indicator = due.item
    cross join window_of_crawl as crawl
    inner join ref.due_periods as periods
        on
            periods.source = due.source
            and (indicators.from_crawl is null or periods.period between crawl.first_month and crawl.last_month)
    where due.unit = '个月' and due.missing > 0
    union all
    select
        due.source,
        due.site_id,
        due.item,
        rules.quiet_days,
        periods.position,
        periods.period,
        exists (
            select 1 from voted
            where
                voted.source = due.source
                and (due.item = 'all' or voted.channel = due.item)
                and voted.period = periods.period
        )
    from recount.due
    inner join ref.ballot_rules as rules on rules.source = due.source
    inner join ref.due_periods as periods on periods.source = due.source
    where due.unit = '天' and due.missing > 0
    union all
    select
        due.source,
        due.site_id,
        due.item,
        0,
        periods.position,
        periods.period,
        exists (select 1 from looked where looked.period = periods.period)
    from recount.due
    inner join ref.due_periods as periods on periods.source = due.source
    where due.unit = '夜' and due.missing > 0
),

marks as (
    select asked.source, asked.site_id, asked.item, asked.quiet_days, asked.position
    from asked
    where asked.came
    union all
    select asked.source, asked.site_id, asked.item, asked.quiet_days, min(asked.position) - 1
    from asked
    group by asked.source, asked.site_id, asked.item, asked.quiet_days
    union all
    select asked.source, asked.site_id, asked.item, asked.quiet_days, max(asked.position) + 1
    from asked
    group by asked.source, asked.site_id, asked.item, asked.quiet_days
),

spaces as (
    select
        marks.*,
        lead(marks.position) over (
            partition by marks.source, marks.site_id, marks.item order by marks.position
        ) as next_position
    from marks
)

select
    spaces.source,   -- source of the scheme, or crawl
    spaces.site_id,  -- site of the register; empty for what is nobody's own
    spaces.item,     -- indicator, channel, all or nights
    string_agg(
        case
            when spaces.next_position - spaces.position = 2 then firsts.period
            else concat(firsts.period, ' 至 ', lasts.period)
        end,
        '、' order by spaces.position
    ) as periods     -- the days and months in a row that are missing
from spaces
inner join ref.due_periods as firsts on firsts.source = spaces.source and firsts.position = spaces.position + 1
inner join ref.due_periods as lasts on lasts.source = spaces.source and lasts.position = spaces.next_position - 1
where spaces.next_position - spaces.position - 1 > spaces.quiet_days
group by spaces.source, spaces.site_id, spaces.item
