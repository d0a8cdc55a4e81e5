-- 步骤表中每个来源有一步：次序、名称、权重按方案，得分是另算一遍的；缺来源的网站，权重按其余来源折算；加上的分数和累计由此而来。
with due as (
    select
        sites.site_id,
        weights.source,
        sources.position,
        sources.label,
        weights.weight,
        scores.score,
        case when scheme.missing = 'reweight' then composites.counted else 1 end as base,
        scheme.missing = 'reweight' and scores.score is null and weights.weight > 0 as given_away
    from ref.sites
    cross join ref.scheme
    inner join ref.weights on weights.group_id = sites.group_id
    inner join ref.sources on sources.source = weights.source
    inner join recount.composites on composites.site_id = sites.site_id
    left join recount.source_scores as scores on scores.site_id = sites.site_id and scores.source = weights.source
),

expected_steps as (
    select
        due.site_id,
        due.source,
        due.position,
        due.label,
        due.weight,
        due.score,
        case when due.given_away then 0 else cast(due.weight as double) / cast(due.base as double) end as counted_weight,
        cast(due.weight * coalesce(due.score, 0) as double) / cast(due.base as double) as amount,
        cast(
            sum(due.weight * coalesce(due.score, 0)) over (
                partition by due.site_id order by due.position rows between unbounded preceding and current row
            ) as double
        ) / cast(due.base as double) as total,
        -- An unscaled sum is exact, a double tells it to twelve decimals. A scaled amount is the difference of two quotients.
        case when due.base = 1 then 0.00000000005 else 0.00000002 end as tolerance
    from due
)

select
    coalesce(steps.site_id, expected_steps.site_id) as site_id,
    coalesce(steps.source, expected_steps.source) as source,
    steps.position,
    expected_steps.position as expected_position,
    steps.weight,
    expected_steps.weight as expected_weight,
    steps.counted_weight,
    expected_steps.counted_weight as expected_counted,
    steps.score,
    expected_steps.score as expected_score,
    steps.amount,
    expected_steps.amount as expected_amount,
    steps.total,
    expected_steps.total as expected_total
from published.composite_steps as steps
full join expected_steps on expected_steps.site_id = steps.site_id and expected_steps.source = steps.source
where
    -- A step that acts on the sum of the sources has none.
    (steps.site_id is null or steps.source is not null)
    and (
        steps.position is distinct from expected_steps.position
        or steps.step is distinct from 'source'
        or steps.label is distinct from expected_steps.label
        or steps.weight is distinct from expected_steps.weight
        or steps.score is distinct from expected_steps.score
        or steps.amount is null
        or steps.total is null
        or abs(cast(steps.counted_weight as double) - expected_steps.counted_weight) > 0.0000000000006
        or abs(cast(steps.amount as double) - expected_steps.amount) > expected_steps.tolerance
        or abs(cast(steps.total as double) - expected_steps.total) > expected_steps.tolerance
    )
