-- The service items that were found, by group and type; an item is online when its online check passed (method 7).
-- grain: year, source, group, item_type
-- check: approval_items <= items and online_items <= items
with inventory as (
    select
        items.source,
        coalesce(items.group_id, 'all') as group_id,
        coalesce(items.item_type, 'all') as item_type,
        count(*) as items,
        count(*) filter (where items.approval) as approval_items,
        count(*) filter (where items.online) as online_items,
        coalesce(sum(items.forms), 0) as forms,
        coalesce(sum(items.sheets), 0) as sheets
    from staged.service_items as items
    group by grouping sets (
        (items.source, items.group_id, items.item_type),
        (items.source, items.group_id),
        (items.source, items.item_type),
        (items.source)
    )
)

select
    scheme.year,                                    -- evaluated year
    inventory.source,                               -- source of the scheme
    inventory.group_id as "group",                  -- group of sites, or all
    inventory.item_type,                            -- item type of the source, or all
    inventory.items,                                -- items
    inventory.approval_items,                       -- of them, approval items
    inventory.online_items,                         -- of them, items whose online check passed
    cast(inventory.forms as bigint) as forms,       -- forms they offer
    cast(inventory.sheets as bigint) as sheets      -- sheets in those forms
from inventory
cross join ref.scheme
