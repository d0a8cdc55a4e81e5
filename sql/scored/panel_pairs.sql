-- How the experts who score two aspects of a site deviate in both, pair by pair, each dropped score set to the nearest kept one (method 11).
-- grain: source, site_id, aspect, other_aspect
-- check: raters > 0
-- check: kept > 0
with deviations as (
    select
        scores.source,
        scores.site_id,
        scores.aspect,
        aspects.position,
        scores.expert_id,
        scores.kept,
        -- From near the mean, not from 0: experts who all say the same then deviate by nothing at all.
        cast(
            cast(scores.winsorised as decimal(19, 10)) - cast(means.mean_score as decimal(19, 10)) as decimal(14, 10)
        ) as deviation
    from scored.trimmed_scores as scores
    inner join ref.aspects on aspects.aspect = scores.aspect
    inner join scored.aspect_means as means
        on means.source = scores.source and means.site_id = scores.site_id and means.aspect = scores.aspect
)

select
    deviations.source,                          -- panel source
    deviations.site_id,                         -- site of the register
    deviations.aspect,                          -- aspect of the scheme
    others.aspect as other_aspect,              -- the same or a later one
    count(*) as raters,                         -- experts who score both
    max(deviations.kept) as kept,               -- scores of the one that trimming keeps
    cast(sum(deviations.deviation) as decimal(38, 10)) as total,         -- their scores for the one beyond its mean, the mean to ten decimals
    cast(sum(others.deviation) as decimal(38, 10)) as other_total,       -- the same for the other
    cast(sum(deviations.deviation * others.deviation) as decimal(38, 20)) as product_total  -- and of the products of the two
from deviations
inner join deviations as others
    on
        others.source = deviations.source
        and others.site_id = deviations.site_id
        and others.expert_id = deviations.expert_id
        and others.position >= deviations.position
group by deviations.source, deviations.site_id, deviations.aspect, others.aspect
