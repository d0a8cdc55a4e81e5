-- Last year's source scores as they were published, with what each source weighed; none where last year was not published (method 10).
-- title: 上年各来源得分
-- position: 220
-- grain: year, site_id, source
with due as (
    select
        composites.site_id,
        sources.source,
        sources.label,
        sources.weight,
        sources.source_now,
        sources.same_rules
    from ref.previous_composites as composites
    inner join ref.previous_sources as sources on sources.group_id = composites.group_id
),

known as (
    select
        coalesce(scores.site_id, due.site_id) as site_id,
        coalesce(scores.source, due.source) as source,
        scores.score,
        due.label,
        due.weight,
        due.source_now,
        due.same_rules
    from due
    full join ref.previous_scores as scores on scores.site_id = due.site_id and scores.source = due.source
)

select
    scheme.year,                        -- 年度 | of year | evaluated year, the year after
    known.site_id,                      -- 编号 | site of this year's register
    known.source,                       -- 来源 | source of last year's scheme
    known.score as previous_score,      -- 上年得分 | 0 to 100 or empty | its score last year; null where the site had none
    known.label as previous_label,      -- 上年名称 | or empty | what it was called; null where last year's weights are not known
    known.weight as previous_weight,    -- 上年权重 | 0 to 1 or empty | what it weighed in the site's group; null where that is not known, or the group did not weigh it
    coalesce(known.source_now, sources.source) as source_now,  -- 今年的来源 | of sources or empty | source of this year's scheme that it is, by id or label; null for none
    cast(known.same_rules as utinyint) as same_rules           -- 办法与上年相同 | 0 to 1 or empty | 1 where that one is scored by the same rules, 0 where not; null where last year's are not known
from known
inner join ref.sites on sites.site_id = known.site_id
left join ref.sources on sources.source = known.source
cross join ref.scheme
