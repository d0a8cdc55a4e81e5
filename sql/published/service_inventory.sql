-- The service items that were found, by group and type; an item is online when its online check passed (method 7).
-- grain: year, source, group, item_type
select
    scheme.year,                     -- evaluated year
    inventory.source,                -- source of the scheme
    inventory.group_id as "group",   -- group of sites, or all
    inventory.item_type,             -- item type of the source, or all
    inventory.items,                 -- items
    inventory.approval_items,        -- of them, approval items
    inventory.online_items,          -- of them, items whose online check passed
    inventory.forms,                 -- forms they offer
    inventory.sheets                 -- sheets in those forms
from ranked.service_inventory as inventory
cross join ref.scheme
