-- The approval items (审批事项) and how many of them are online, by group and type.
-- title: 行政审批事项
-- position: 110
-- grain: year, source, group, item_type
select
    scheme.year,                     -- 年度 | of year | evaluated year
    inventory.source,                -- 来源 | of sources | source of the scheme
    inventory.group_id as "group",   -- 组别 | of groups, all | group of sites, or all
    inventory.item_type,             -- 事项类型 | item type of the source, or all
    inventory.approval_items,        -- 审批事项 | from 1 | approval items
    inventory.online_approval_items  -- 可网上办理的审批事项 | from 0 | of them, items whose online check passed
from ranked.service_inventory as inventory
cross join ref.scheme
where inventory.approval_items > 0
