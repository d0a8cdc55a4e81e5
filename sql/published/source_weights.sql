-- What each source weighs in each group's composite.
-- title: 来源和权重
-- position: 130
-- grain: year, group, source
-- rows: weights
select
    scheme.year,                    -- 年度 | of year | evaluated year
    weights.group_id as "group",    -- 组别 | of groups | group of sites
    weights.source,                 -- 来源 | of sources | source of the scheme
    sources.label,                  -- 名称 | what it is called
    sources.kind,                   -- 种类 | its kind of evidence
    weights.weight                  -- 权重 | 0 to 1 | share of the composite, 0 to 1
from ref.weights
inner join ref.sources on sources.source = weights.source
cross join ref.scheme
