-- The score of every site and source with a gap, read in two ways: by what came alone, and with what did not come counted 0.
-- grain: source, site_id
-- check: score_without is null or score_without between 0 and 100
-- check: score_zero between 0 and 100
with gapped as (
    select distinct gaps.source, gaps.site_id
    from scored.gaps
    where gaps.site_id <> ''
),

months as (
    select months.source, months.site_id, months.indicator, sum(months.points) as points, count(*) as months
    from staged.monthly_points as months
    group by months.source, months.site_id, months.indicator
),

-- What came, and the weight of it; the same with what did not come, which adds weight and nothing else.
parts as (
    select
        due.source,
        due.site_id,
        cast(round(cast(months.points as double) / months.months * 1e12) / 1e12 as decimal(20, 12)) as points,
        case when months.source is not null then indicators.max_points end as most,
        cast(
            round(coalesce(cast(months.points as double), 0) / (coalesce(months.months, 0) + due.missing) * 1e12) / 1e12
            as decimal(20, 12)
        ) as points_zero,
        indicators.max_points as most_zero
    from staged.periods_due as due
    inner join ref.indicators on indicators.source = due.source and indicators.indicator = due.item
    left join months on months.source = due.source and months.site_id = due.site_id and months.indicator = due.item
    where coalesce(months.months, 0) + due.missing > 0
    union all
    select
        due.source,
        due.site_id,
        case when due.missing = 0 then points.points end,
        case when due.missing = 0 then indicators.max_points end,
        case when due.missing = 0 then points.points else 0 end,
        indicators.max_points
    from staged.claims_due as due
    inner join ref.indicators on indicators.source = due.source and indicators.indicator = due.item
    left join scored.indicator_points as points
        on points.source = due.source and points.site_id = due.site_id and points.indicator = due.item
),

by_points as (
    select
        parts.source,
        parts.site_id,
        100 * (cast(sum(parts.points) as double) / nullif(cast(sum(parts.most) as double), 0)) as score_without,
        100 * (cast(sum(parts.points_zero) as double) / cast(sum(parts.most_zero) as double)) as score_zero
    from parts
    group by parts.source, parts.site_id
),

by_aspect as (
    select
        gapped.source,
        gapped.site_id,
        cast(sum(aspects.weight * means.mean_score) as double)
        / nullif(cast(sum(case when means.source is not null then aspects.weight end) as double), 0) as score_without,
        cast(coalesce(sum(aspects.weight * means.mean_score), 0) as double)
        / nullif(cast(sum(aspects.weight) as double), 0) as score_zero
    from gapped
    inner join ref.rated_aspects on rated_aspects.source = gapped.source
    inner join ref.aspects on aspects.aspect = rated_aspects.aspect
    left join scored.aspect_means as means
        on means.source = gapped.source and means.site_id = gapped.site_id and means.aspect = rated_aspects.aspect
    group by gapped.source, gapped.site_id
),

items as (
    select items.source, items.site_id, types.weight, types.weight * items.result as points, types.weight as weight_zero
    from staged.service_items as items
    inner join ref.item_types as types on types.source = items.source and types.item_type = items.item_type
    where items.counts
    union all
    select due.source, due.site_id, null, null, types.weight * due.counting
    from staged.items_due as due
    inner join ref.item_types as types on types.source = due.source and types.item_type = due.item
    where due.counting > 0
),

by_item as (
    select
        items.source,
        items.site_id,
        100 * (cast(sum(items.points) as double) / nullif(cast(sum(items.weight) as double), 0)) as score_without,
        100 * (coalesce(cast(sum(items.points) as double), 0) / nullif(cast(sum(items.weight_zero) as double), 0)) as score_zero
    from items
    group by items.source, items.site_id
),

read_both_ways as (
    select * from by_points
    union all
    select * from by_aspect
    union all
    select * from by_item
)

select
    gapped.source,   -- source of the scheme
    gapped.site_id,  -- site of the register
    cast(
        round(
            cast(
                case when reading.source is not null then reading.score_without else cast(scores.score as double) end
                as decimal(18, 8)
            ),
            2
        ) as decimal(9, 2)
    ) as score_without,  -- the score by what came; null where nothing did
    cast(
        round(cast(coalesce(reading.score_zero, cast(scores.score as double), 0) as decimal(18, 8)), 2) as decimal(9, 2)
    ) as score_zero      -- the score with what did not come counted 0
from gapped
left join read_both_ways as reading on reading.source = gapped.source and reading.site_id = gapped.site_id
left join scored.source_scores as scores on scores.source = gapped.source and scores.site_id = gapped.site_id
