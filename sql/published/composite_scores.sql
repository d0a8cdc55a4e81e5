-- The ranking: every site with its composite, its source scores and last year's composite and rank.
-- grain: year, site_id
-- check: composite between 0 and 100
with score_maps as (
    select scores.site_id, map_from_entries(list((scores.source, scores.score) order by scores.source)) as scores
    from scored.source_scores as scores
    group by scores.site_id
)

select
    scheme.year,                                      -- evaluated year
    ranked.group_id as "group",                       -- group of sites
    ranked.rank,                                      -- within the group; equals share a rank
    ranked.site_id,                                   -- site of the register
    sites.name,                                       -- its name as registered
    score_maps.scores,                                -- source → score; published as one column a source, in the scheme's order
    ranked.composite,                                 -- 0 to 100
    previous.composite as previous_composite,         -- as published last year; null for a new site
    previous.rank as previous_rank,                   -- as published last year; null for a new site
    coalesce(flags.flags, '') as flags                -- low_base, missing_<policy>:<source>, joined by |
from ranked.composites as ranked
cross join ref.scheme
inner join ref.sites on sites.site_id = ranked.site_id
left join score_maps on score_maps.site_id = ranked.site_id
left join ref.previous_composites as previous on previous.site_id = ranked.site_id
left join scored.flags on flags.site_id = ranked.site_id
