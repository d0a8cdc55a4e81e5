-- What the gaps of every site mean for its score and rank: as they count now, with what is missing left out, and with it counted 0.
-- title: 缺报的影响
-- position: 242
-- grain: year, site_id, source
-- check: score_zero is null or source <> 'all'
select
    scheme.year,                                 -- 年度 | of year | evaluated year
    sites.site_id,                               -- 编号 | site of the register
    variants.source,                             -- 来源 | of sources, all | the source whose gaps are read otherwise; all for all gaps of all sites
    sites.group_id as "group",                   -- 组别 | of groups | group of sites
    scores.score,                                -- 来源得分 | 0 to 100 or empty | as it counts; empty where there is none, and for all
    readings.score_without,                      -- 不计缺项的来源得分 | 0 to 100 or empty | by what came alone; empty where nothing did, and for all
    readings.score_zero,                         -- 缺项计零的来源得分 | 0 to 100 or empty | with what did not come counted 0; empty for all
    ranked.composite,                            -- 综合得分 | 0 to 100 or empty | as it is
    without.composite as composite_without,      -- 不计缺项的综合得分 | 0 to 100 or empty | with that source score
    zero.composite as composite_zero,            -- 缺项计零的综合得分 | 0 to 100 or empty | with that source score
    ranked.rank,                                 -- 名次 | 1 to sites or empty | as it is
    without.rank as rank_without,                -- 不计缺项的名次 | 1 to sites or empty | with that composite; of all, where every site's gaps are left out
    zero.rank as rank_zero                       -- 缺项计零的名次 | 1 to sites or empty | with that composite; of all, where every site's gaps count 0
from (
    select gap.source, gap.site_id from scored.gap_readings as gap
    union
    select 'all', gap.site_id from scored.gap_readings as gap
) as variants
cross join ref.scheme
inner join ref.sites on sites.site_id = variants.site_id
left join scored.gap_readings as readings on readings.source = variants.source and readings.site_id = variants.site_id
left join scored.source_scores as scores on scores.source = variants.source and scores.site_id = variants.site_id
left join ranked.composites as ranked on ranked.site_id = variants.site_id
left join ranked.gap_effects as without
    on without.site_id = variants.site_id and without.source = variants.source and without.reading = 'without'
left join ranked.gap_effects as zero
    on zero.site_id = variants.site_id and zero.source = variants.source and zero.reading = 'zero'
