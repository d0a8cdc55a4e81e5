-- The sources that count in a site's group and in which the site has no score; one of weight 0 is never missed (method 8).
-- grain: site_id, source
select
    steps.site_id,                  -- site of the register
    steps.group_id,                 -- its group
    sites.name,                     -- its name
    steps.source,                   -- source without a score
    steps.label as source_label     -- what the source is called
from scored.composite_steps as steps
inner join ref.sites on sites.site_id = steps.site_id
where steps.source is not null and steps.weight > 0 and steps.score is null
