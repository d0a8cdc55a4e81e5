-- 每个网站公布的综合得分，等于另算一遍的来源得分按方案的权重加权之和，四舍五入到两位小数。
select
    coalesce(ranking.site_id, expected.site_id) as site_id,
    ranking.composite,
    expected.composite as expected_composite
from recount.composites as expected
full join published.composite_scores as ranking
    on ranking.site_id = expected.site_id and ranking."group" = expected.group_id
where ranking.composite is distinct from expected.composite
