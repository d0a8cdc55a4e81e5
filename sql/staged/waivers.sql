-- The gaps that somebody accepts; of several waivers of one gap the first by day, reason and name counts.
-- grain: source, site_id, item
with numbered as (
    select
        waivers.source,
        coalesce(waivers.site_id, '') as site_id,
        coalesce(waivers.item, '') as item,
        waivers.reason,
        waivers.approved_by,
        waivers.approved_on,
        coalesce(waivers.document, '') as document,
        row_number() over (
            partition by waivers.source, waivers.site_id, waivers.item
            order by waivers.approved_on, waivers.reason, waivers.approved_by, coalesce(waivers.document, '')
        ) as place
    from raw.waivers
)

select
    numbered.source,       -- source of the scheme
    numbered.site_id,      -- site of the register; empty for every site, and for what is nobody's own
    numbered.item,         -- what is missing, by its id or label; empty for all of it
    numbered.reason,       -- why it is accepted
    numbered.approved_by,  -- who accepts it
    numbered.approved_on,  -- on which day
    numbered.document      -- document that says so; empty where not told
from numbered
where numbered.place = 1
