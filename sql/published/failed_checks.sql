-- The addresses of every site that failed a crawl check, each once, however often it failed (method 6).
-- title: 没有通过检测的地址
-- position: 210
-- grain: year, site_id, check, url
-- check: confirmed <= failures
with costly as (
    -- A check that only measures takes points off where an indicator deducts for its value.
    select distinct indicators.from_crawl as "check"
    from ref.indicators
    where indicators.rule = 'deduct' and indicators.measure = 'value'
),

failures as (
    select
        checks.site_id,
        checks."check",
        checks.url,
        checks.checked_at,
        checks.value,
        checks.confirmed or checks.outcome = 'measured' as confirmed,
        row_number() over (
            partition by checks.site_id, checks."check", checks.url
            order by checks.checked_at desc, checks.place
        ) as place
    from staged.crawl_checks as checks
    left join costly on costly."check" = checks."check"
    where
        checks.in_period
        and (
            checks.outcome = 'failed'
            or (checks.outcome = 'measured' and costly."check" is not null and checks.value > 0)
        )
),

totals as (
    select
        failures.site_id,
        failures."check",
        failures.url,
        count(*) as failures,
        sum(case when failures.confirmed then 1 else 0 end) as confirmed,
        min(failures.checked_at) as first_at,
        max(failures.checked_at) as last_at,
        max(case when failures.place = 1 then failures.value end) as last_value
    from failures
    group by failures.site_id, failures."check", failures.url
)

select
    scheme.year,                                                            -- 年度 | of year | evaluated year
    totals.site_id,                                                         -- 编号 | site of the register
    totals."check",                                                         -- 检测 | name of the check
    totals.url,                                                             -- 网址 | address that was checked; empty where not told
    cast(totals.failures as bigint) as failures,                            -- 次数 | from 1 | failed checks, and measured values above 0 that cost points
    cast(totals.confirmed as bigint) as confirmed,                          -- 其中计入 | from 0 | of them, those that count
    cast(date_trunc('second', totals.first_at) as varchar) as first_failed,  -- 首次（世界时） | the first one, UTC
    cast(date_trunc('second', totals.last_at) as varchar) as last_failed,    -- 最近（世界时） | the last one, UTC
    cast(round(cast(totals.last_value as decimal(28, 8)), 4) as decimal(28, 4)) as last_value,  -- 最近测得 | -10^14 to 10^14 or empty | what was measured then; null where nothing was
    details.detail                                                          -- 当时看到 | or empty | what was seen then; null where not told
from totals
left join staged.check_details as details
    on
        details.site_id = totals.site_id
        and details."check" = totals."check"
        and details.url = totals.url
        and details.checked_at = totals.last_at
cross join ref.scheme
