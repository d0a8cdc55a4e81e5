-- The service items of every site that failed a check, for the site to mend (method 7).
-- title: 没有通过核查的事项
-- position: 200
-- grain: year, site_id, source, item_id
select
    scheme.year,                                  -- 年度 | of year | evaluated year
    items.site_id,                                -- 编号 | site of the register
    items.source,                                 -- 来源 | of sources | source of the scheme
    items.item_id,                                -- 事项编号 | item, unique for its site in the source
    items.name,                                   -- 名称 | what the item is called
    items.item_type,                              -- 事项类型 | item type of the source
    cast(items.approval as integer) as approval,  -- 审批事项 | 0 to 1 | 1 for an approval item (审批事项)
    cast(tallied.counts as integer) as counts,    -- 计分 | 0 to 1 | 1 where the score counts it
    items.reachable,                              -- 打开 | of pass, fail, na | the page can be reached
    items.guide,                                  -- 指南 | of pass, fail, na | the guide
    items.form,                                   -- 表格 | of pass, fail, na | the form
    items.online,                                 -- 网上办理 | of pass, fail, na | handled online
    items.audited_on                              -- 核查日期 | or empty | day of the check; null where not told
from staged.failed_items as items
inner join staged.service_items as tallied
    on
        tallied.source = items.source
        and tallied.site_id = items.site_id
        and tallied.item_id = items.item_id
inner join ref.weights on weights.group_id = tallied.group_id and weights.source = items.source
cross join ref.scheme
