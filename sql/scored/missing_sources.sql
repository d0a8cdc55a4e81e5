-- The sources that count in a site's group and in which the site has no score; one of weight 0 is never missed (method 8).
-- grain: site_id, source
select
    sites.site_id,                          -- site of the register
    sites.group_id,                         -- its group
    sites.name,                             -- its name
    weights.source,                         -- source without a score
    sources.label as source_label           -- what the source is called
from ref.sites
inner join ref.weights on weights.group_id = sites.group_id and weights.weight > 0
inner join ref.sources on sources.source = weights.source
where not exists (
    select 1
    from scored.source_scores as scores
    where scores.site_id = sites.site_id and scores.source = weights.source
)
