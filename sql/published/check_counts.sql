-- How many crawl checks of every site and kind were made, passed, failed and not made, and which of the failures count.
-- title: 网站检测次数
-- position: 70
-- grain: year, site_id, check
-- check: confirmed <= failed and passed + failed <= made
with numbers as (
    select
        checks.site_id,
        checks."check",
        sum(case when checks.in_period and checks.outcome <> 'not_made' then 1 else 0 end) as made,
        sum(case when checks.in_period and checks.outcome = 'passed' then 1 else 0 end) as passed,
        sum(case when checks.in_period and checks.outcome = 'failed' then 1 else 0 end) as failed,
        sum(case when checks.confirmed then 1 else 0 end) as confirmed,
        sum(case when checks.in_period and checks.outcome = 'not_made' then 1 else 0 end) as not_made,
        sum(checks.deliveries - 1) as stale,
        sum(case when checks.in_period then 0 else 1 end) as outside_period
    from staged.crawl_checks as checks
    group by checks.site_id, checks."check"
)

select
    scheme.year,                                               -- 年度 | of year | evaluated year
    numbers.site_id,                                           -- 编号 | site of the register
    numbers."check",                                           -- 检测 | name of the check
    cast(numbers.made as bigint) as made,                      -- 做成 | from 0 | checks that were made: passed, failed, or measured only
    cast(numbers.passed as bigint) as passed,                  -- 通过 | from 0 | checks that passed
    cast(numbers.failed as bigint) as failed,                  -- 没有通过 | from 0 | checks that failed
    cast(numbers.confirmed as bigint) as confirmed,            -- 其中计入 | from 0 | failures that enough others in a row confirm; only these count
    cast(numbers.not_made as bigint) as not_made,              -- 没有做成 | from 0 | checks that could not be made: nothing is held against the site
    cast(numbers.stale as bigint) as stale,                    -- 重复 | from 0 | rows that repeat a check; they count once
    cast(numbers.outside_period as bigint) as outside_period   -- 不在检测期内 | from 0 | checks on days that the scheme's period does not hold
from numbers
cross join ref.scheme
