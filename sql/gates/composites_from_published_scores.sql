-- 每个网站公布的综合得分，等于公布的各步骤所加分数之和，四舍五入到两位小数。
with sums as (
    select steps.site_id, round(sum(steps.amount), 2) as expected_composite
    from published.composite_steps as steps
    group by steps.site_id
)

select scores.site_id, scores.composite, sums.expected_composite
from published.composite_scores as scores
left join sums on sums.site_id = scores.site_id
where scores.composite is distinct from sums.expected_composite
