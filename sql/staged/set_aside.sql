-- Rows of the sources' own files, and of the crawl's, that were set aside, by the site and the part of the source that they are about.
-- grain: source, site_id, item
-- check: "rows" > 0
select
    quarantine.dataset as source,                -- source of the scheme, or crawl
    coalesce(quarantine.site_id, '') as site_id, -- site of the register; empty where the row does not say
    coalesce(quarantine.item, '') as item,       -- aspect, indicator or item type; empty likewise
    count(*) as "rows"                           -- rows
from raw.quarantine
left join ref.sources on sources.source = quarantine.dataset
where sources.source is not null or quarantine.dataset = 'crawl'
group by quarantine.dataset, coalesce(quarantine.site_id, ''), coalesce(quarantine.item, '')
