-- The service items that were found, by group and type; an item is online when its online check passed (method 7).
-- title: 网上办事事项
-- position: 80
-- grain: year, source, group, item_type
select
    scheme.year,                     -- 年度 | of year | evaluated year
    inventory.source,                -- 来源 | of sources | source of the scheme
    inventory.group_id as "group",   -- 组别 | of groups, all | group of sites, or all
    inventory.item_type,             -- 事项类型 | item type of the source, or all
    inventory.items,                 -- 事项 | from 0 | items
    inventory.approval_items,        -- 审批事项 | from 0 | of them, approval items
    inventory.online_items,          -- 可网上办理 | from 0 | of them, items whose online check passed
    inventory.forms,                 -- 表格 | from 0 | forms they offer
    inventory.sheets                 -- 张数 | from 0 | sheets in those forms
from ranked.service_inventory as inventory
cross join ref.scheme
