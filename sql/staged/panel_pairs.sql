-- What the experts who score two aspects of a site sum up to, pair by pair, each dropped score set to the nearest kept one (method 11).
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

winsorised as (
    select
        bounded.source,
        bounded.site_id,
        bounded.aspect,
        aspects.position,
        bounded.expert_id,
        bounded.kept,
        -- Narrower than in the raw table, so that products stay exact within 38 digits.
        cast(greatest(bounded.lowest_kept, least(bounded.highest_kept, bounded.score)) as decimal(19, 10)) as score
    from bounded
    inner join ref.aspects on aspects.aspect = bounded.aspect
)

select
    winsorised.source,                                    -- panel source
    winsorised.site_id,                                   -- site of the register
    winsorised.aspect,                                    -- aspect of the scheme
    others.aspect as other_aspect,                        -- the same or a later one
    count(*) as raters,                                   -- experts who score both
    max(winsorised.kept) as kept,                         -- scores of the one that trimming keeps
    sum(winsorised.score) as total,                       -- the experts' scores for the one
    sum(others.score) as other_total,                     -- their scores for the other
    sum(winsorised.score * others.score) as product_total  -- and the products of the two
from winsorised
inner join winsorised as others
    on
        others.source = winsorised.source
        and others.site_id = winsorised.site_id
        and others.expert_id = winsorised.expert_id
        and others.position >= winsorised.position
group by winsorised.source, winsorised.site_id, winsorised.aspect, others.aspect
