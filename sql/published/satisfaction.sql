-- The voters' satisfaction by group and aspect.
-- grain: year, source, group, aspect
select
    scheme.year,                        -- evaluated year
    satisfaction.source,                -- source of the scheme
    satisfaction.group_id as "group",   -- group of sites, or all
    satisfaction.aspect,                -- aspect of the scheme, or overall
    satisfaction.ratings,               -- valid ballots that rate it
    satisfaction.satisfied,             -- of them, with a satisfied level
    satisfaction.rate,                  -- share, four places
    satisfaction.score                  -- mean points
from ranked.satisfaction
cross join ref.scheme
