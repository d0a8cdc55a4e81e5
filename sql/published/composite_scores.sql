-- The ranking: every site with its composite, its source scores and last year's composite and rank.
-- title: 综合得分和名次
-- position: 10
-- grain: year, site_id
-- order: year, group, rank, site_id
-- key: group, name
-- rows: sites
with score_maps as (
    select scores.site_id, map_from_entries(list((scores.source, scores.score) order by scores.source)) as scores
    from scored.source_scores as scores
    group by scores.site_id
)

select
    scheme.year,                                      -- 年度 | of year | evaluated year
    ranked.group_id as "group",                       -- 组别 | of groups | group of sites
    ranked.rank,                                      -- 名次 | 1 to sites | within the group; equals share a rank
    ranked.site_id,                                   -- 编号 | site of the register
    sites.name,                                       -- 名称 | its name as registered
    score_maps.scores,                                -- 来源得分 | a column a source | source → score
    ranked.composite,                                 -- 综合得分 | 0 to 100 | weighted mean of the source scores
    previous.composite as previous_composite,         -- 上年得分 | 0 to 100 or empty | as published last year; null for a new site
    previous.rank as previous_rank,                   -- 上年名次 | from 1 or empty | as published last year; null for a new site
    coalesce(flags.flags, '') as flags                -- 标注 | low_base, missing_<policy>:<source>, joined by |
from ranked.composites as ranked
cross join ref.scheme
inner join ref.sites on sites.site_id = ranked.site_id
left join score_maps on score_maps.site_id = ranked.site_id
left join ref.previous_composites as previous on previous.site_id = ranked.site_id
left join scored.flags on flags.site_id = ranked.site_id
