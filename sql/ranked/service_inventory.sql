-- How many service items were found, how many of them are approval items, online or both, and their forms, by group and type (method 7).
-- grain: source, group_id, item_type
-- check: approval_items <= items and online_items <= items
-- check: online_approval_items <= approval_items and online_approval_items <= online_items
select
    items.source,                                                            -- source of the scheme
    coalesce(items.group_id, 'all') as group_id,                             -- group of sites, or all
    coalesce(items.item_type, 'all') as item_type,                           -- item type of the source, or all
    count(*) as items,                                                       -- items
    count(*) filter (where items.approval) as approval_items,                -- of them, approval items
    count(*) filter (where items.online) as online_items,                    -- of them, items whose online check passed
    count(*) filter (where items.approval and items.online) as online_approval_items,  -- of them, both
    cast(coalesce(sum(items.forms), 0) as bigint) as forms,                  -- forms they offer
    cast(coalesce(sum(items.sheets), 0) as bigint) as sheets                 -- sheets in those forms
from staged.service_items as items
group by grouping sets (
    (items.source, items.group_id, items.item_type),
    (items.source, items.group_id),
    (items.source, items.item_type),
    (items.source)
)
