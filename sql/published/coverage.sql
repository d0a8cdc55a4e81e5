-- The gaps of the year: what was due and did not come, what becomes of it, and who accepts it.
-- title: 缺报
-- position: 241
-- grain: year, site_id, source, item
-- check: received + missing = expected
select
    scheme.year,                             -- 年度 | of year | evaluated year
    gaps.site_id,                            -- 编号 | site of the register; empty for what is nobody's own
    gaps.source,                             -- 来源 | source of the scheme, or crawl
    gaps.item,                               -- 分项 | aspect, indicator, item type or channel; experts, ballots, score, all (channels together) or nights
    gaps.label,                              -- 名称 | what it is called
    gaps.unit,                               -- 单位 | of 个月, 天, 夜, 项, 位, 个评分, 票, 件 | what is counted
    cast(gaps.due_on as varchar) as due,     -- 期限 | or empty | last day on which it might come
    gaps.expected,                           -- 应到 | from 1 | how many are due
    gaps.expected - gaps.missing as received,  -- 已到 | from 0 | how many of them came
    gaps.set_aside,                          -- 不合格 | from 0 | rows about it that came and were set aside
    gaps.missing,                            -- 缺失 | from 1 | how many of them did not come
    gaps.periods,                            -- 缺的日期 | which days or months these are; empty where it is not counted by time
    gaps.treatment,                          -- 处理 | of fail, tell, zero, waived, awaited | what becomes of it: no publication, a remark, 0, accepted by somebody, or not late yet
    coalesce(gaps.reason, '') as reason,     -- 同意缺报的理由 | why it is accepted; empty where it is not
    coalesce(gaps.approved_by, '') as approved_by,  -- 批准人 | who accepts it; empty likewise
    coalesce(cast(gaps.approved_on as varchar), '') as approved_on,  -- 批准日期 | on which day; empty likewise
    coalesce(gaps.document, '') as document  -- 依据 | document that says so; empty likewise
from scored.gaps
cross join ref.scheme
