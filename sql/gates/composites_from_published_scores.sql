-- 没有缺项的网站，用公布的来源得分和权重能逐一算出公布的综合得分。
with recomputed as (
    select
        scores.site_id,
        scores.composite,
        round(sum(weights.weight * source_scores.score), 2) as expected_composite,
        count(*) as sources,
        count(source_scores.score) as scored_sources
    from published.composite_scores as scores
    inner join ref.weights on weights.group_id = scores."group" and weights.weight > 0
    left join scored.source_scores on source_scores.site_id = scores.site_id and source_scores.source = weights.source
    group by scores.site_id, scores.composite
)

select recomputed.site_id, recomputed.composite, recomputed.expected_composite
from recomputed
where recomputed.sources = recomputed.scored_sources and recomputed.composite <> recomputed.expected_composite
