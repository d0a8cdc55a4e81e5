-- The crawl checks of every site, address and month once more from the raw rows: what came of them and which count (method 6).
-- grain: site_id, check, url, month
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

-- Failed, passed, measured, not made: in this order at one moment.
said as (
    select
        delivered.site_id,
        delivered."check",
        delivered.url,
        delivered.checked_at,
        delivered.checked_on,
        delivered.month,
        delivered.value,
        case
            when delivered.not_made is not null then 4
            when delivered.passed is null then case when delivered.value is null then 4 else 3 end
            when delivered.passed then 2
            else 1
        end as outcome,
        count(*) as deliveries
    from delivered
    group by
        delivered.site_id,
        delivered."check",
        delivered.url,
        delivered.checked_at,
        delivered.checked_on,
        delivered.month,
        delivered.value,
        outcome
),

dated as (
    select
        said.*,
        said.checked_on >= coalesce(rules.opens, said.checked_on)
        and said.checked_on <= coalesce(rules.closes, said.checked_on) as in_period,
        coalesce(named.confirm, rules.confirm) as confirm
    from said
    cross join ref.crawl_rules as rules
    left join ref.confirmations as named on named."check" = said."check"
),

-- Failures with the same number of other outcomes before them stand in one row.
numbered as (
    select
        dated.*,
        count(*) filter (where dated.outcome in (2, 3)) over (
            partition by dated.site_id, dated."check", dated.url
            order by dated.checked_at, dated.outcome
            range between unbounded preceding and current row
        ) as others_before
    from dated
    where dated.in_period and dated.outcome < 4
),

rows_of_failures as (
    select
        numbered.site_id,
        numbered."check",
        numbered.url,
        numbered.others_before,
        count(distinct numbered.checked_at) >= max(numbered.confirm) as confirmed
    from numbered
    where numbered.outcome = 1
    group by numbered.site_id, numbered."check", numbered.url, numbered.others_before
),

counted as (
    select
        numbered.site_id,
        numbered."check",
        numbered.url,
        numbered.month,
        count(*) as made,
        sum(case when numbered.outcome = 2 then 1 else 0 end) as passed,
        sum(case when numbered.outcome = 1 then 1 else 0 end) as failed,
        sum(case when numbered.outcome = 1 and failures.confirmed then 1 else 0 end) as confirmed,
        sum(case when numbered.outcome = 3 and numbered.value > 0 then 1 else 0 end) as above_zero,
        sum(case when (numbered.outcome > 1 or failures.confirmed) then cast(numbered.value as double) end) as total,
        count(case when (numbered.outcome > 1 or failures.confirmed) then numbered.value end) as valued,
        min(case when numbered.outcome = 1 then numbered.checked_at end) as first_failed,
        max(case when numbered.outcome = 1 then numbered.checked_at end) as last_failed,
        min(case when numbered.outcome = 3 and numbered.value > 0 then numbered.checked_at end) as first_above_zero,
        max(case when numbered.outcome = 3 and numbered.value > 0 then numbered.checked_at end) as last_above_zero
    from numbered
    left join rows_of_failures as failures
        on
            failures.site_id = numbered.site_id
            and failures."check" = numbered."check"
            and failures.url = numbered.url
            and failures.others_before = numbered.others_before
    group by numbered.site_id, numbered."check", numbered.url, numbered.month
),

accounts as (
    select
        dated.site_id,
        dated."check",
        dated.url,
        dated.month,
        sum(case when dated.in_period and dated.outcome = 4 then 1 else 0 end) as not_made,
        sum(case when dated.in_period then 0 else 1 end) as outside_period,
        sum(dated.deliveries) - count(*) as stale
    from dated
    group by dated.site_id, dated."check", dated.url, dated.month
)

select
    accounts.site_id,                             -- site of the register
    accounts."check",                             -- name of the check
    accounts.url,                                 -- address that was checked; empty where not told
    accounts.month,                               -- YYYY-MM, local
    coalesce(counted.made, 0) as made,            -- checks that were made in the period
    coalesce(counted.passed, 0) as passed,        -- of them passed
    coalesce(counted.failed, 0) as failed,        -- of them failed
    coalesce(counted.confirmed, 0) as confirmed,  -- failures that enough others in a row confirm
    coalesce(counted.above_zero, 0) as above_zero,  -- checks that only measured, and more than 0
    counted.total,                                -- sum of the values that count
    coalesce(counted.valued, 0) as valued,        -- how many there are
    counted.first_failed,                         -- first failure, UTC
    counted.last_failed,                          -- last failure, UTC
    counted.first_above_zero,                     -- first measured above 0, UTC
    counted.last_above_zero,                      -- last measured above 0, UTC
    accounts.not_made,                            -- checks that were not made
    accounts.stale,                               -- rows that repeat a check
    accounts.outside_period                       -- checks outside the period
from accounts
left join counted
    on
        counted.site_id = accounts.site_id
        and counted."check" = accounts."check"
        and counted.url = accounts.url
        and counted.month = accounts.month
