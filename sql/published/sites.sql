-- The sites that were evaluated.
-- grain: year, site_id
select
    scheme.year,                -- evaluated year
    sites.site_id,              -- site of the register
    sites.group_id as "group",  -- group of sites
    sites.name,                 -- its name as registered
    sites.url                   -- its address; null where not told
from ref.sites
cross join ref.scheme
