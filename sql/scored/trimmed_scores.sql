-- The experts' scores with what trimming makes of them: the highest and lowest of a site and aspect are dropped (methods 4 and 11).
-- grain: source, site_id, aspect, expert_id
-- check: kept > 0
with ruled as (
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

marked as (
    select
        ruled.*,
        ruled.place_from_low > ruled.dropped and ruled.place_from_low <= ruled.scores - ruled.dropped as counts
    from ruled
)

select
    marked.source,                               -- panel source
    marked.site_id,                              -- site of the register
    marked.aspect,                               -- aspect of the scheme
    marked.expert_id,                            -- expert
    marked.score,                                -- 0 to 100
    marked.counts,                               -- whether it is among the kept ones
    marked.scores,                               -- scores of this site and aspect before trimming
    marked.scores - 2 * marked.dropped as kept,  -- and after it
    greatest(
        min(marked.score) filter (where marked.counts) over (
            partition by marked.source, marked.site_id, marked.aspect
        ),
        least(
            max(marked.score) filter (where marked.counts) over (
                partition by marked.source, marked.site_id, marked.aspect
            ),
            marked.score
        )
    ) as winsorised                              -- the score, or the nearest kept one in its place
from marked
