-- What every source is made of (aspects, indicators, item types): what each is called, what it weighs, how it is scored.
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
    scheme.year,        -- evaluated year
    items.source,       -- source of the scheme
    items.item,         -- aspect, indicator or item type
    items.position,     -- aspects and indicators: place in the scheme, from 1
    items.label,        -- what it is called
    items.weight,       -- its share among the source's aspects, its points among the indicators, or what one item of the type weighs
    items.max_points,   -- points at most; 100 for aspects and item types
    items.rule,         -- how a month's value becomes points: points, ratio or deduct; null for all but records
    items.target,       -- ratio: the value that earns the maximum
    items.per,          -- deduct: points lost for every unit of the value
    items.from_crawl    -- crawl check that gives the values
from items
cross join ref.scheme
