-- What each source weighs in each group's composite.
-- grain: year, group, source
select
    scheme.year,                    -- evaluated year
    weights.group_id as "group",    -- group of sites
    weights.source,                 -- source of the scheme
    sources.label,                  -- what it is called
    sources.kind,                   -- its kind of evidence
    weights.weight                  -- share of the composite, 0 to 1
from ref.weights
inner join ref.sources on sources.source = weights.source
cross join ref.scheme
