-- The service items of every site that failed a check, for the site to mend (method 7).
-- grain: year, site_id, source, item_id
select
    scheme.year,                                  -- evaluated year
    items.site_id,                                -- site of the register
    items.source,                                 -- source of the scheme
    items.item_id,                                -- item, unique for its site in the source
    items.name,                                   -- what the item is called
    items.item_type,                              -- item type of the source
    cast(items.approval as integer) as approval,  -- 1 for an approval item (审批事项)
    cast(tallied.counts as integer) as counts,    -- 1 where the score counts it
    items.reachable,                              -- pass, fail or na: the page can be reached
    items.guide,                                  -- pass, fail or na: the guide
    items.form,                                   -- pass, fail or na: the form
    items.online,                                 -- pass, fail or na: handled online
    items.audited_on                              -- day of the check; null where not told
from staged.failed_items as items
inner join staged.service_items as tallied
    on
        tallied.source = items.source
        and tallied.site_id = items.site_id
        and tallied.item_id = items.item_id
inner join ref.weights on weights.group_id = tallied.group_id and weights.source = items.source
cross join ref.scheme
