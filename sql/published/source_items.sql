-- What every source is made of (aspects, indicators, item types): what each is called, what it weighs, how it is scored.
-- title: 来源的构成
-- position: 170
-- grain: year, source, item
with items as (
    select
        items.source,
        items.position,
        items.item,
        items.label,
        items.weight,
        items.max_points,
        indicators.rule,
        indicators.target,
        indicators.per,
        indicators.from_crawl
    from ref.items
    left join ref.indicators on indicators.source = items.source and indicators.indicator = items.item
)

select
    scheme.year,        -- 年度 | of year | evaluated year
    items.source,       -- 来源 | of sources | source of the scheme
    items.item,         -- 分项 | aspect, indicator or item type
    items.position,     -- 次序 | from 1 | aspects and indicators: place in the scheme, from 1
    items.label,        -- 名称 | what it is called
    items.weight,       -- 权重 | from 0 | its share among the source's aspects, its points among the indicators, or what one item of the type weighs
    items.max_points,   -- 满分 | from 0 | points at most; 100 for aspects and item types
    items.rule,         -- 计分办法 | of points, ratio, deduct or empty | how a month's value becomes points; null for all but records
    items.target,       -- 目标 | from 0 or empty | ratio: the value that earns the maximum
    items.per,          -- 每单位扣分 | from 0 or empty | deduct: points lost for every unit of the value
    items.from_crawl    -- 取自检测 | or empty | crawl check that gives the values
from items
cross join ref.scheme
