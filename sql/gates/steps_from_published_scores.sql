-- 每个来源在步骤表中加上的分数，等于它的权重乘以来源得分；缺来源的网站，权重按其余来源折算。
with due as (
    select
        scores.site_id,
        weights.source,
        steps.weight,
        weights.weight as expected_weight,
        steps.score,
        source_scores.score as expected_score,
        steps.amount,
        -- What the steps say of their own weights is not believed: only which missing source counts for nothing.
        sum(case when source_scores.score is null and steps.counted_weight = 0 then 0 else weights.weight end) over (
            partition by scores.site_id
        ) as weight_base
    from published.composite_scores as scores
    inner join ref.weights on weights.group_id = scores."group"
    left join published.composite_steps as steps on steps.site_id = scores.site_id and steps.source = weights.source
    left join scored.source_scores on source_scores.site_id = scores.site_id and source_scores.source = weights.source
),

expected_steps as (
    select
        due.*,
        -- An unscaled amount is exact. A scaled one is the difference of two quotients to eight decimals.
        case
            when due.weight_base = 1 then cast(due.expected_weight * coalesce(due.expected_score, 0) as decimal(18, 14))
            else cast(
                cast(due.expected_weight * coalesce(due.expected_score, 0) as double)
                / cast(due.weight_base as double) as decimal(18, 10)
            )
        end as expected_amount,
        case when due.weight_base = 1 then 0 else 0.00000002 end as tolerance
    from due
)

select
    expected_steps.site_id,
    expected_steps.source,
    expected_steps.weight,
    expected_steps.expected_weight,
    expected_steps.score,
    expected_steps.expected_score,
    expected_steps.amount,
    expected_steps.expected_amount
from expected_steps
where
    expected_steps.weight is distinct from expected_steps.expected_weight
    or expected_steps.score is distinct from expected_steps.expected_score
    or expected_steps.amount is null
    or abs(expected_steps.amount - expected_steps.expected_amount) > expected_steps.tolerance
