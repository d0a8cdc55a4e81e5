-- The voters' satisfaction by group and aspect.
-- title: 公众满意率
-- position: 40
-- grain: year, source, group, aspect
select
    scheme.year,                        -- 年度 | of year | evaluated year
    satisfaction.source,                -- 来源 | of sources | source of the scheme
    satisfaction.group_id as "group",   -- 组别 | of groups, all | group of sites, or all
    satisfaction.aspect,                -- 评议内容 | aspect of the scheme, or overall
    satisfaction.ratings,               -- 评价数 | from 1 | valid ballots that rate it
    satisfaction.satisfied,             -- 满意数 | from 0 | of them, with a satisfied level
    satisfaction.rate,                  -- 满意率 | 0 to 1 | share, four places
    satisfaction.score                  -- 平均得分 | 0 to 100 | mean points
from ranked.satisfaction
cross join ref.scheme
