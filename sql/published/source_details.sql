-- What stands behind every source score, by aspect, indicator or item type.
-- grain: year, site_id, source, item
select
    scheme.year,      -- evaluated year
    details.site_id,  -- site of the register
    details.source,   -- source of the scheme
    details.item,     -- aspect, indicator or item type
    details.value,    -- mean points or score, points, or 100 × result
    details.base      -- ratings, scores, months or items behind it
from scored.source_details as details
cross join ref.scheme
