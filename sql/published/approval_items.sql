-- The approval items (审批事项) and how many of them are online, by group and type.
-- grain: year, source, group, item_type
select
    scheme.year,                     -- evaluated year
    inventory.source,                -- source of the scheme
    inventory.group_id as "group",   -- group of sites, or all
    inventory.item_type,             -- item type of the source, or all
    inventory.approval_items,        -- approval items
    inventory.online_approval_items  -- of them, items whose online check passed
from ranked.service_inventory as inventory
cross join ref.scheme
where inventory.approval_items > 0
