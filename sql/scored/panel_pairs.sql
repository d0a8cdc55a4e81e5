-- How the experts who score two aspects of a site deviate in both, pair by pair, each dropped score set to the nearest kept one (method 11).
-- grain: source, site_id, aspect, other_aspect
-- check: raters > 0
-- check: kept > 0
with trimmed as (
    select
        scores.source,
        scores.site_id,
        scores.aspect,
        scores.expert_id,
        scores.score,
        scores.place_from_low,
        scores.scores,
        case when scores.scores >= rules.trim_from then rules.trim_each_side else 0 end as dropped
    from staged.panel_scores as scores
    inner join ref.panel_rules as rules on rules.source = scores.source
),

bounded as (
    select
        trimmed.source,
        trimmed.site_id,
        trimmed.aspect,
        trimmed.expert_id,
        trimmed.score,
        trimmed.scores - 2 * trimmed.dropped as kept,
        min(trimmed.score) filter (where trimmed.place_from_low > trimmed.dropped) over (
            partition by trimmed.source, trimmed.site_id, trimmed.aspect
        ) as lowest_kept,
        max(trimmed.score) filter (where trimmed.place_from_low <= trimmed.scores - trimmed.dropped) over (
            partition by trimmed.source, trimmed.site_id, trimmed.aspect
        ) as highest_kept
    from trimmed
),

deviations as (
    select
        bounded.source,
        bounded.site_id,
        bounded.aspect,
        aspects.position,
        bounded.expert_id,
        bounded.kept,
        -- From near the mean, not from 0: experts who all say the same then deviate by nothing at all.
        cast(greatest(bounded.lowest_kept, least(bounded.highest_kept, bounded.score)) as decimal(19, 10))
        - cast(means.mean_score as decimal(19, 10)) as deviation
    from bounded
    inner join ref.aspects on aspects.aspect = bounded.aspect
    inner join scored.aspect_means as means
        on means.source = bounded.source and means.site_id = bounded.site_id and means.aspect = bounded.aspect
)

select
    deviations.source,                          -- panel source
    deviations.site_id,                         -- site of the register
    deviations.aspect,                          -- aspect of the scheme
    others.aspect as other_aspect,              -- the same or a later one
    count(*) as raters,                         -- experts who score both
    max(deviations.kept) as kept,               -- scores of the one that trimming keeps
    sum(deviations.deviation) as total,         -- their scores for the one beyond its mean, the mean to ten decimals
    sum(others.deviation) as other_total,       -- the same for the other
    sum(deviations.deviation * others.deviation) as product_total  -- and of the products of the two
from deviations
inner join deviations as others
    on
        others.source = deviations.source
        and others.site_id = deviations.site_id
        and others.expert_id = deviations.expert_id
        and others.position >= deviations.position
group by deviations.source, deviations.site_id, deviations.aspect, others.aspect
