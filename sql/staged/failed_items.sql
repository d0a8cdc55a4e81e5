-- Every service item with a check that failed, as its site needs to find and mend it; who checked it is not told.
-- grain: source, site_id, item_id
select
    items.source,                                     -- source of the scheme
    items.site_id,                                    -- site of the register
    items.item_id,                                    -- item, unique for its site in the source
    items.name,                                       -- what the item is called
    items.item_type,                                  -- item type of the source
    items.approval,                                   -- whether it is an approval item (审批事项)
    items.reachable,                                  -- pass, fail or na: the page can be reached
    items.guide,                                      -- pass, fail or na: the guide
    items.form,                                       -- pass, fail or na: the form
    items.online,                                     -- pass, fail or na: handled online
    cast(items.audited_on as varchar) as audited_on   -- day of the check; null where not told
from raw.audit_items as items
where items.reachable = 'fail' or items.guide = 'fail' or items.form = 'fail' or items.online = 'fail'
