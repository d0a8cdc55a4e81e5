-- The mean result of every site and item type (method 7).
-- grain: source, site_id, item_type
-- check: mean_result between 0 and 1
select
    items.source,                                                                -- source of the scheme
    items.site_id,                                                               -- site of the register
    items.item_type,                                                             -- item type of the source
    cast(
        round(cast(sum(items.result) as double) / count(*) * 1e12) / 1e12 as decimal(20, 12)
    ) as mean_result,                                                            -- mean share of passed checks
    count(*) as items                                                            -- items with a result that count
from staged.service_items as items
where items.counts
group by items.source, items.site_id, items.item_type
