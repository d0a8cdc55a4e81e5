-- The score of every site in every source that its group weighs, once more: from the unrounded details (methods 2 to 7).
-- grain: source, site_id
with weighed as (
    -- What an item's value counts, in hundredths of the score: aspects by their weight, indicators by their points, items each.
    select
        details.source,
        details.site_id,
        details.value,
        details.counts,
        case
            when details.counts = 'weight' then cast(items.weight as double)
            when details.counts = 'points' then cast(items.max_points as double)
            when details.counts = 'items' then cast(items.weight as double) * details.base
            else 1
        end as weight
    from recount.source_details as details
    left join ref.items on items.source = details.source and items.item = details.item
),

totals as (
    select
        weighed.source,
        weighed.site_id,
        sum(case when weighed.counts = 'points' then 100 * weighed.value else weighed.weight * weighed.value end) as total,
        sum(weighed.weight) as weight
    from weighed
    group by weighed.source, weighed.site_id
)

select
    totals.source,   -- source of the scheme
    totals.site_id,  -- site of the register
    cast(round(cast(totals.total / totals.weight as decimal(18, 8)), 2) as decimal(9, 2)) as score  -- 0 to 100, rounded half up
from totals
where totals.weight > 0
