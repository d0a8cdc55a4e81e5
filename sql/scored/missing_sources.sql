-- The sources that a site's group weighs and the site has no score in (method 8).
-- grain: site_id, source
select
    sites.site_id,                          -- site of the register
    sites.group_id,                         -- its group
    sites.name,                             -- its name
    weights.source,                         -- source without a score
    sources.label as source_label           -- what the source is called
from ref.sites
inner join ref.weights on weights.group_id = sites.group_id
inner join ref.sources on sources.source = weights.source
where not exists (
    select 1
    from scored.source_scores as scores
    where scores.site_id = sites.site_id and scores.source = weights.source
)
