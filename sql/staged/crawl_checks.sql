-- Every crawl check once, in whichever form it was delivered, with its outcome and whether it counts (method 6).
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

judged as (
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

-- A scanner repeats a site's row until it scans it again: the same check that says the same counts once.
once as (
    select
        judged.site_id,
        judged."check",
        judged.checked_at,
        judged.checked_on,
        judged.month,
        judged.url,
        judged.outcome,
        judged.value,
        min(judged.not_made) as not_made,
        count(*) as deliveries
    from judged
    group by
        judged.site_id, judged."check", judged.checked_at, judged.checked_on, judged.month, judged.url, judged.outcome, judged.value
),

-- 'failed' sorts first: of what was seen at one moment, a failure is at place 1.
placed as (
    select
        once.*,
        row_number() over (
            partition by once.site_id, once."check", once.checked_at, once.url
            order by once.outcome, once.value
        ) as place,
        coalesce(once.checked_on >= rules.opens, true) and coalesce(once.checked_on <= rules.closes, true) as in_period,
        coalesce(named.confirm, rules.confirm) as confirm
    from once
    cross join ref.crawl_rules as rules
    left join ref.confirmations as named on named."check" = once."check"
),

-- What was not made, or lies outside the period, neither confirms a failure nor ends its row.
streaks as (
    select
        placed.site_id,
        placed."check",
        placed.url,
        placed.checked_at,
        placed.place,
        placed.outcome,
        placed.confirm,
        sum(case when placed.outcome = 'failed' then 0 else 1 end) over (
            partition by placed.site_id, placed."check", placed.url
            order by placed.checked_at, placed.place
            rows between unbounded preceding and current row
        ) as streak
    from placed
    where placed.outcome <> 'not_made' and placed.in_period
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
    placed.site_id,                         -- site of the register
    placed."check",                         -- name of the check
    placed.checked_at,                      -- when, UTC
    placed.url,                             -- address that was checked; empty where not told
    cast(placed.place as bigint) as place,  -- of checks of one moment that disagree, from 1
    placed.month,                           -- YYYY-MM, local
    placed.outcome,                         -- passed, failed, measured (a value only) or not_made
    placed.value,                           -- what was measured
    placed.not_made,                        -- why it was not made
    placed.deliveries,                      -- how many rows say this; all but one are stale
    placed.in_period,                       -- whether the scheme's period holds its local day
    coalesce(failures.confirmed, false) as confirmed,  -- a failure that enough others in a row confirm
    placed.outcome <> 'not_made' and placed.in_period and coalesce(failures.confirmed, true) as counts  -- whether it enters a month's value
from placed
left join failures
    on
        failures.site_id = placed.site_id
        and failures."check" = placed."check"
        and failures.url = placed.url
        and failures.checked_at = placed.checked_at
        and failures.place = placed.place
