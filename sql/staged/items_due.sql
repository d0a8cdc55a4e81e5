-- The listed service items of every site and type, and how many of them nobody checked.
-- grain: source, site_id, item
-- check: missing between 0 and expected
-- check: counting between 0 and missing
select
    listed.source,                                  -- audit source
    listed.site_id,                                 -- site of the register
    listed.item_type as item,                       -- item type of the source
    count(*) as expected,                           -- listed items
    count(*) - count(items.item_id) as missing,     -- those that were not checked
    cast(sum(
        case
            when items.item_id is null and (not listed.approval or groups.group_id is not null) then 1
            else 0
        end
    ) as bigint) as counting                        -- those of them that would count in the site's group
from raw.listed_items as listed
inner join ref.sites on sites.site_id = listed.site_id
inner join ref.weights on weights.group_id = sites.group_id and weights.source = listed.source
left join raw.audit_items as items
    on items.source = listed.source and items.site_id = listed.site_id and items.item_id = listed.item_id
left join ref.approval_groups as groups on groups.source = listed.source and groups.group_id = sites.group_id
where weights.weight > 0
group by listed.source, listed.site_id, listed.item_type
