-- Rows of the sources' own files that were set aside, by the site and the part of the source that they are about.
-- grain: source, site_id, item
-- check: "rows" > 0
select
    sources.source,                              -- source of the scheme
    coalesce(quarantine.site_id, '') as site_id, -- site of the register; empty where the row does not say
    coalesce(quarantine.item, '') as item,       -- aspect, indicator or item type; empty likewise
    count(*) as "rows"                           -- rows
from raw.quarantine
inner join ref.sources on sources.source = quarantine.dataset
group by sources.source, coalesce(quarantine.site_id, ''), coalesce(quarantine.item, '')
