-- Every crawl check once, from both forms of delivery, with its outcome and whether it counts (method 6).
-- grain: site_id, check, checked_at, url, place
-- check: outcome in ('passed', 'failed', 'measured', 'not_made')
-- check: deliveries > 0
with delivered as (
    select
        checks.site_id,
        checks."check",
        checks.checked_at,
        checks.checked_on,
        checks.month,
        coalesce(checks.url, '') as url,
        checks.passed,
        checks.value,
        checks.not_made
    from raw.crawl_checks as checks
    union all
    select
        scans.site_id,
        scans.seen."check",
        scans.checked_at,
        scans.checked_on,
        scans.month,
        '' as url,
        scans.seen.passed,
        scans.seen.value,
        scans.seen.not_made
    from (select *, unnest(checks) as seen from raw.crawl_scans) as scans
),

outcomes as (
    select
        delivered.*,
        case
            when delivered.not_made is not null then 'not_made'
            when delivered.passed then 'passed'
            when not delivered.passed then 'failed'
            when delivered.value is not null then 'measured'
            else 'not_made'
        end as outcome
    from delivered
),

-- A scanner repeats a site's row until the next scan: the same check with the same outcome counts once.
distinct_checks as (
    select
        outcomes.site_id,
        outcomes."check",
        outcomes.checked_at,
        outcomes.checked_on,
        outcomes.month,
        outcomes.url,
        outcomes.outcome,
        outcomes.value,
        min(outcomes.not_made) as not_made,
        count(*) as deliveries
    from outcomes
    group by
        outcomes.site_id,
        outcomes."check",
        outcomes.checked_at,
        outcomes.checked_on,
        outcomes.month,
        outcomes.url,
        outcomes.outcome,
        outcomes.value
),

-- 'failed' sorts first: among the outcomes of one moment, a failure has place 1.
checks as (
    select
        distinct_checks.*,
        row_number() over (
            partition by distinct_checks.site_id, distinct_checks."check", distinct_checks.checked_at, distinct_checks.url
            order by distinct_checks.outcome, distinct_checks.value
        ) as place,
        coalesce(distinct_checks.checked_on >= rules.opens, true)
            and coalesce(distinct_checks.checked_on <= rules.closes, true) as in_period,
        coalesce(named.confirm, rules.confirm) as confirm
    from distinct_checks
    cross join ref.crawl_rules as rules
    left join ref.confirmations as named on named."check" = distinct_checks."check"
),

-- A check that was not made, or that is outside the period, neither confirms a failure nor ends a row of failures.
streaks as (
    select
        checks.site_id,
        checks."check",
        checks.url,
        checks.checked_at,
        checks.place,
        checks.outcome,
        checks.confirm,
        sum(case when checks.outcome = 'failed' then 0 else 1 end) over (
            partition by checks.site_id, checks."check", checks.url
            order by checks.checked_at, checks.place
            rows between unbounded preceding and current row
        ) as streak
    from checks
    where checks.outcome <> 'not_made' and checks.in_period
),

failures as (
    select
        streaks.site_id,
        streaks."check",
        streaks.url,
        streaks.checked_at,
        streaks.place,
        count(*) filter (where streaks.place = 1) over (
            partition by streaks.site_id, streaks."check", streaks.url, streaks.streak
        ) >= streaks.confirm as confirmed
    from streaks
    where streaks.outcome = 'failed'
)

select
    checks.site_id,                         -- site of the register
    checks."check",                         -- name of the check
    checks.checked_at,                      -- when, UTC
    checks.url,                             -- address that was checked; empty where not told
    cast(checks.place as bigint) as place,  -- of checks of one moment that disagree, from 1
    checks.month,                           -- YYYY-MM, local
    checks.outcome,                         -- passed, failed, measured (a value only) or not_made
    checks.value,                           -- what was measured
    checks.not_made,                        -- why it was not made
    checks.deliveries,                      -- number of rows that say this; all but one are stale
    checks.in_period,                       -- whether the scheme's period holds its local day
    coalesce(failures.confirmed, false) as confirmed,  -- a failure that enough others in a row confirm
    checks.outcome <> 'not_made' and checks.in_period and coalesce(failures.confirmed, true) as counts  -- whether it enters a month's value
from checks
left join failures
    on
        failures.site_id = checks.site_id
        and failures."check" = checks."check"
        and failures.url = checks.url
        and failures.checked_at = checks.checked_at
        and failures.place = checks.place
