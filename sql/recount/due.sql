-- What is due of every site and item and how much of it is missing, once more from the raw rows: what came is counted.
-- grain: source, site_id, item
with weighed as (
    select sites.site_id, weights.source
    from ref.sites
    inner join ref.weights on weights.group_id = sites.group_id
    where weights.weight > 0
),

window_of_crawl as (
    select
        coalesce(substring(cast(rules.opens as varchar), 1, 7), '0000-00') as first_month,
        coalesce(substring(cast(rules.closes as varchar), 1, 7), '9999-99') as last_month
    from ref.crawl_rules as rules
),

months as (
    select
        weighed.source,
        weighed.site_id,
        indicators.indicator as item,
        '个月' as unit,
        count(periods.period) as expected,
        count(points.month) as received
    from weighed
    inner join ref.indicators on indicators.source = weighed.source
    cross join window_of_crawl as crawl
    inner join ref.due_periods as periods
        on
            periods.source = weighed.source
            and (indicators.from_crawl is null or periods.period between crawl.first_month and crawl.last_month)
    left join recount.monthly_points as points
        on
            points.source = weighed.source
            and points.site_id = weighed.site_id
            and points.indicator = indicators.indicator
            and points.month = periods.period
    group by weighed.source, weighed.site_id, indicators.indicator
),

claims as (
    select
        weighed.source,
        weighed.site_id,
        indicators.indicator as item,
        '项' as unit,
        1 as expected,
        count(claims.line) as received
    from weighed
    inner join ref.claim_rules as rules on rules.source = weighed.source
    inner join ref.indicators on indicators.source = weighed.source
    left join raw.claims
        on
            claims.source = weighed.source
            and claims.site_id = weighed.site_id
            and claims.indicator = indicators.indicator
    group by weighed.source, weighed.site_id, indicators.indicator
),

bases as (
    select
        weighed.source,
        weighed.site_id,
        'ballots' as item,
        '票' as unit,
        max(rules.min_ballots) as expected,
        least(coalesce(sum(ballots.ballots), 0), max(rules.min_ballots)) as received
    from weighed
    inner join ref.ballot_rules as rules on rules.source = weighed.source and rules.min_ballots > 0
    left join recount.ballots
        on ballots.source = weighed.source and ballots.site_id = weighed.site_id and ballots.reason = 'valid'
    group by weighed.source, weighed.site_id
),

items as (
    select
        listed.source,
        listed.site_id,
        listed.item_type as item,
        '件' as unit,
        count(*) as expected,
        sum(case when items.line is null then 0 else 1 end) as received
    from raw.listed_items as listed
    inner join weighed on weighed.source = listed.source and weighed.site_id = listed.site_id
    left join raw.audit_items as items
        on items.source = listed.source and items.item_id = listed.item_id and items.site_id = listed.site_id
    group by listed.source, listed.site_id, listed.item_type
),

-- Who rates what: a list of experts and sites, or where there is none, whoever scored the site at all.
assigned as (
    select experts.source, experts.expert_id, weighed.site_id
    from raw.experts
    inner join weighed
        on weighed.source = experts.source and weighed.site_id = coalesce(experts.site_id, weighed.site_id)
    union
    select scores.source, scores.expert_id, scores.site_id
    from raw.panel_scores as scores
    where not exists (select 1 from raw.experts where experts.source = scores.source)
),

given as (
    select distinct scores.source, scores.site_id, scores.aspect, scores.expert_id
    from raw.panel_scores as scores
),

asked as (
    select
        weighed.source,
        weighed.site_id,
        rated_aspects.aspect as item,
        coalesce(rules.min_raters, 1) as least,
        (
            select count(*) from assigned
            where assigned.source = weighed.source and assigned.site_id = weighed.site_id
        ) as assigned,
        (
            select count(*) from given
            where
                given.source = weighed.source
                and given.site_id = weighed.site_id
                and given.aspect = rated_aspects.aspect
        ) as raters,
        (
            select count(*) from given
            inner join assigned
                on
                    assigned.source = given.source
                    and assigned.site_id = given.site_id
                    and assigned.expert_id = given.expert_id
            where
                given.source = weighed.source
                and given.site_id = weighed.site_id
                and given.aspect = rated_aspects.aspect
        ) as came
    from weighed
    inner join ref.panel_rules as rules on rules.source = weighed.source
    inner join ref.rated_aspects on rated_aspects.source = weighed.source
),

panels as (
    select
        rules.source,
        '' as site_id,
        'experts' as item,
        coalesce(rules.experts, 0) as least,
        (select count(distinct experts.expert_id) from raw.experts where experts.source = rules.source) as assigned,
        (select count(distinct scores.expert_id) from raw.panel_scores as scores where scores.source = rules.source) as raters,
        (
            select count(distinct scores.expert_id) from raw.panel_scores as scores
            inner join raw.experts on experts.source = scores.source and experts.expert_id = scores.expert_id
            where scores.source = rules.source
        ) as came
    from ref.panel_rules as rules
    where exists (select 1 from weighed where weighed.source = rules.source)
),

judged as (
    select asked.*, '个评分' as unit from asked
    union all
    select panels.*, '位' as unit from panels
    where panels.least > 0 or panels.assigned > 0
),

experts as (
    select
        judged.source,
        judged.site_id,
        judged.item,
        judged.unit,
        greatest(judged.assigned, judged.least) as expected,
        greatest(judged.assigned - judged.came, judged.least - judged.raters, 0) as missing
    from judged
),

-- The days with a ballot, a day before the first and one behind the last; between two of them lie the days without.
channels as (
    select rules.source, rules.quiet_days, coalesce(categories.category, 'all') as item
    from ref.ballot_rules as rules
    left join ref.categories on categories.source = rules.source
    where exists (select 1 from weighed where weighed.source = rules.source)
),

voted as (
    select distinct ballots.source, ballots.channel, ballots.submitted_on
    from raw.ballots
),

marks as (
    select distinct channels.source, channels.item, channels.quiet_days, periods.position
    from channels
    inner join voted on voted.source = channels.source and (channels.item = 'all' or voted.channel = channels.item)
    inner join ref.due_periods as periods
        on periods.source = channels.source and periods.period = cast(voted.submitted_on as varchar)
    union all
    select channels.source, channels.item, channels.quiet_days, 0 from channels
    union all
    select channels.source, channels.item, channels.quiet_days, 1 + count(*)
    from channels
    inner join ref.due_periods as periods on periods.source = channels.source
    group by channels.source, channels.item, channels.quiet_days
),

spaces as (
    select
        marks.source,
        marks.item,
        marks.quiet_days,
        marks.position,
        lead(marks.position) over (partition by marks.source, marks.item order by marks.position) - marks.position - 1 as silent
    from marks
),

days as (
    select
        spaces.source,
        '' as site_id,
        spaces.item,
        '天' as unit,
        max(spaces.position) - 1 as expected,
        sum(case when spaces.silent > spaces.quiet_days then spaces.silent else 0 end) as missing
    from spaces
    group by spaces.source, spaces.item
    having max(spaces.position) > 1
),

looked as (
    select checks.checked_on from raw.crawl_checks as checks
    union
    select scans.checked_on from raw.crawl_scans as scans
),

nights as (
    select
        periods.source,
        '' as site_id,
        'nights' as item,
        '夜' as unit,
        count(*) as expected,
        count(looked.checked_on) as received
    from ref.due_periods as periods
    left join looked on cast(looked.checked_on as varchar) = periods.period
    where periods.source = 'crawl'
    group by periods.source
),

counted as (
    select source, site_id, item, unit, expected, expected - received as missing from months
    union all
    select source, site_id, item, unit, expected, expected - received from claims
    union all
    select source, site_id, item, unit, expected, expected - received from bases
    union all
    select source, site_id, item, unit, expected, expected - received from items
    union all
    select source, site_id, item, unit, expected, missing from experts
    union all
    select source, site_id, item, unit, expected, missing from days
    union all
    select source, site_id, item, unit, expected, expected - received from nights
),

-- Of a source that says no more, a score a site is due.
whole as (
    select weighed.source, weighed.site_id, 'score' as item, '项' as unit, 1 as expected, 1 - count(scores.score) as missing
    from weighed
    left join recount.source_scores as scores on scores.source = weighed.source and scores.site_id = weighed.site_id
    where
        not exists (
            select 1 from counted where counted.source = weighed.source and counted.site_id = weighed.site_id
        )
    group by weighed.source, weighed.site_id
),

every as (
    select * from counted
    union all
    select * from whole
)

select
    every.source,                                -- source of the scheme, or crawl
    every.site_id,                               -- site of the register; empty for what is nobody's own
    every.item,                                  -- what is due
    every.unit,                                  -- what is counted
    cast(every.expected as bigint) as expected,  -- how many are due
    cast(every.missing as bigint) as missing     -- how many of them did not come
from every
