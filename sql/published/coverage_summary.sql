-- How complete every source is: how much was due, how much of it came, and whose part is missing.
-- title: 到件
-- position: 240
-- grain: year, source, unit
-- check: received + missing = expected
with rows_aside as (
    select aside.source, sum(aside."rows") as set_aside
    from staged.set_aside as aside
    group by aside.source
),

totals as (
    select
        due.source,
        due.unit,
        sum(due.expected) as expected,
        sum(due.missing) as missing,
        count(distinct case when due.missing > 0 and due.site_id <> '' then due.site_id end) as sites_missing
    from scored.due
    group by due.source, due.unit
),

accepted as (
    select gaps.source, gaps.unit, sum(gaps.missing) as waived
    from scored.gaps
    where gaps.treatment = 'waived'
    group by gaps.source, gaps.unit
)

select
    scheme.year,                                                       -- 年度 | of year | evaluated year
    totals.source,                                                     -- 来源 | source of the scheme, or crawl
    totals.unit,                                                       -- 单位 | of 个月, 天, 夜, 项, 位, 个评分, 票, 件 | what is counted
    cast(totals.expected as bigint) as expected,                       -- 应到 | from 1 | how many are due
    cast(totals.expected - totals.missing as bigint) as received,      -- 已到 | from 0 | how many of them came
    cast(totals.missing as bigint) as missing,                         -- 缺失 | from 0 | how many of them did not come
    cast(coalesce(accepted.waived, 0) as bigint) as waived,            -- 同意缺报 | from 0 | how many of these somebody accepts
    cast(totals.sites_missing as bigint) as sites_missing,             -- 有缺的网站 | 0 to sites | sites of which something is missing
    cast(coalesce(rows_aside.set_aside, 0) as bigint) as set_aside     -- 不合格 | from 0 | rows of the source's own files that were set aside
from totals
cross join ref.scheme
left join rows_aside on rows_aside.source = totals.source
left join accepted on accepted.source = totals.source and accepted.unit = totals.unit
