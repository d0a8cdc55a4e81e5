-- The approval items (审批事项) and how many of them are online, by group and type.
-- grain: year, source, group, item_type
-- check: online_approval_items <= approval_items
with inventory as (
    select
        items.source,
        coalesce(items.group_id, 'all') as group_id,
        coalesce(items.item_type, 'all') as item_type,
        count(*) as approval_items,
        count(*) filter (where items.online) as online_approval_items
    from staged.service_items as items
    where items.approval
    group by grouping sets (
        (items.source, items.group_id, items.item_type),
        (items.source, items.group_id),
        (items.source, items.item_type),
        (items.source)
    )
)

select
    scheme.year,                     -- evaluated year
    inventory.source,                -- source of the scheme
    inventory.group_id as "group",   -- group of sites, or all
    inventory.item_type,             -- item type of the source, or all
    inventory.approval_items,        -- approval items
    inventory.online_approval_items  -- of them, items whose online check passed
from inventory
cross join ref.scheme
