-- 每个网站公布的来源得分，等于从原始记录另算一遍的得分；组别不计的来源没有得分。
with expected as (
    select sites.site_id, sources.source, scores.score
    from ref.sites
    cross join ref.sources
    left join recount.source_scores as scores on scores.site_id = sites.site_id and scores.source = sources.source
)

select ranking.site_id, expected.source, ranking.scores[expected.source] as score, expected.score as expected_score
from published.composite_scores as ranking
inner join expected on expected.site_id = ranking.site_id
where ranking.scores[expected.source] is distinct from expected.score
