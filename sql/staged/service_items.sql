-- Every service item that was found, with the result of its checks and whether it counts for its site's score (method 7).
-- grain: source, site_id, item_id
-- check: result is null or result between 0 and 1
-- check: not counts or result is not null
with tallied as (
    select
        items.source,
        items.item_id,
        items.site_id,
        sites.group_id,
        items.item_type,
        items.approval,
        items.online = 'pass' as online,
        items.forms,
        items.sheets,
        cast(items.reachable = 'pass' as integer) + cast(items.guide = 'pass' as integer)
        + cast(items.form = 'pass' as integer) + cast(items.online = 'pass' as integer) as passes,
        cast(items.reachable = 'fail' as integer) + cast(items.guide = 'fail' as integer)
        + cast(items.form = 'fail' as integer) + cast(items.online = 'fail' as integer) as fails
    from raw.audit_items as items
    inner join ref.sites on sites.site_id = items.site_id
)

select
    tallied.source,     -- source of the scheme
    tallied.item_id,    -- item, unique for its site in the source
    tallied.site_id,    -- site of the register
    tallied.group_id,   -- the site's group
    tallied.item_type,  -- item type of the source
    tallied.approval,   -- whether it is an approval item (审批事项)
    tallied.online,     -- whether its online check passed
    tallied.forms,      -- forms it offers; null where not told
    tallied.sheets,     -- sheets in those forms; null where not told
    tallied.passes,     -- checks that passed
    tallied.fails,      -- checks that failed
    cast(
        round(tallied.passes / nullif(tallied.passes + tallied.fails, 0) * 1e12) / 1e12 as decimal(20, 12)
    ) as result,        -- passes / (passes + fails); null where no check applied
    tallied.passes + tallied.fails > 0
    and (not tallied.approval or groups.group_id is not null) as counts  -- whether the score counts it: it has a result, and approval items count in this group
from tallied
left join ref.approval_groups as groups on groups.source = tallied.source and groups.group_id = tallied.group_id
