-- 上年的综合得分、名次和各来源得分、权重，正是上年公布的。
with before as (
    select
        composites.site_id,
        '' as source,
        composites.composite as score,
        cast(composites.rank as decimal(14, 8)) as weight,
        '' as label,
        '' as source_now,
        null as same_rules
    from ref.previous_composites as composites
    inner join ref.sites on sites.site_id = composites.site_id
),

scored_before as (
    select
        sites.site_id,
        scores.source,
        scores.score,
        weighed.weight,
        weighed.label,
        coalesce(weighed.source_now, sources.source) as source_now,
        cast(weighed.same_rules as integer) as same_rules
    from ref.previous_scores as scores
    inner join ref.sites on sites.site_id = scores.site_id
    left join ref.previous_composites as composites on composites.site_id = scores.site_id
    left join ref.previous_sources as weighed on weighed.group_id = composites.group_id and weighed.source = scores.source
    left join ref.sources on sources.source = scores.source
    union all
    -- What was weighed and gave the site no score.
    select
        sites.site_id,
        weighed.source,
        null,
        weighed.weight,
        weighed.label,
        coalesce(weighed.source_now, sources.source),
        cast(weighed.same_rules as integer)
    from ref.previous_sources as weighed
    inner join ref.previous_composites as composites on composites.group_id = weighed.group_id
    inner join ref.sites on sites.site_id = composites.site_id
    left join ref.sources on sources.source = weighed.source
    left join ref.previous_scores as scores on scores.site_id = sites.site_id and scores.source = weighed.source
    where scores.site_id is null
),

expected as (
    select before.* from before
    union all
    select scored_before.* from scored_before
),

shown as (
    select
        ranking.site_id,
        '' as source,
        ranking.previous_composite as score,
        cast(ranking.previous_rank as decimal(14, 8)) as weight,
        '' as label,
        '' as source_now,
        null as same_rules
    from published.composite_scores as ranking
    where ranking.previous_composite is not null or ranking.previous_rank is not null
    union all
    select
        scores.site_id,
        scores.source,
        scores.previous_score,
        scores.previous_weight,
        scores.previous_label,
        scores.source_now,
        cast(scores.same_rules as integer)
    from published.previous_scores as scores
),

wrong as (
    select * from shown
    except
    select * from expected
),

absent as (
    select * from expected
    except
    select * from shown
)

select 'shown' as side, wrong.* from wrong
union all
select 'expected', absent.* from absent
