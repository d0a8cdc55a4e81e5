-- The score of every site and source by what came alone, and with what did not come counted 0, once more.
-- grain: source, site_id
with gapped as (
    select distinct due.source, due.site_id
    from recount.due
    where due.missing > 0 and due.site_id <> ''
),

-- Points and their maxima, of what came and of all that is due.
points as (
    select
        due.source,
        due.site_id,
        valued.points / valued.months as points,
        case when valued.months > 0 then indicators.max_points end as most,
        coalesce(valued.points, 0) / (coalesce(valued.months, 0) + due.missing) as points_due,
        indicators.max_points as most_due
    from recount.due
    inner join ref.indicators on indicators.source = due.source and indicators.indicator = due.item
    left join (
        select months.source, months.site_id, months.indicator, sum(months.points) as points, count(*) as months
        from recount.monthly_points as months
        group by months.source, months.site_id, months.indicator
    ) as valued
        on valued.source = due.source and valued.site_id = due.site_id and valued.indicator = due.item
    where due.unit = '个月' and coalesce(valued.months, 0) + due.missing > 0
    union all
    select
        due.source,
        due.site_id,
        case when claims.claimed is not null then claims.points end,
        case when claims.claimed is not null then claims.max_points end,
        coalesce(claims.points, 0),
        indicators.max_points
    from recount.due
    inner join ref.indicators on indicators.source = due.source and indicators.indicator = due.item
    left join recount.claims
        on claims.source = due.source and claims.site_id = due.site_id and claims.indicator = due.item
    where due.unit = '项'
),

by_points as (
    select
        points.source,
        points.site_id,
        100 * sum(points.points) / cast(sum(points.most) as double) as score_without,
        100 * sum(points.points_due) / cast(sum(points.most_due) as double) as score_zero
    from points
    group by points.source, points.site_id
),

aspects as (
    select
        gapped.source,
        gapped.site_id,
        sum(cast(aspects.weight as double) * means.mean_score)
        / nullif(sum(case when means.mean_score is not null then cast(aspects.weight as double) end), 0) as score_without,
        coalesce(sum(cast(aspects.weight as double) * means.mean_score), 0)
        / nullif(sum(cast(aspects.weight as double)), 0) as score_zero
    from gapped
    inner join ref.rated_aspects on rated_aspects.source = gapped.source
    inner join ref.aspects on aspects.aspect = rated_aspects.aspect
    left join recount.aspect_means as means
        on means.source = gapped.source and means.site_id = gapped.site_id and means.aspect = aspects.aspect
    group by gapped.source, gapped.site_id
),

unchecked as (
    select listed.source, listed.site_id, sum(cast(types.weight as double)) as weight
    from raw.listed_items as listed
    inner join ref.sites on sites.site_id = listed.site_id
    inner join ref.item_types as types on types.source = listed.source and types.item_type = listed.item_type
    left join ref.approval_groups as approving on approving.source = listed.source and approving.group_id = sites.group_id
    left join raw.audit_items as items
        on items.source = listed.source and items.site_id = listed.site_id and items.item_id = listed.item_id
    where items.line is null and (not listed.approval or approving.group_id is not null)
    group by listed.source, listed.site_id
),

checked as (
    select
        details.source,
        details.site_id,
        sum(cast(types.weight as double) * details.base) as weight,
        sum(cast(types.weight as double) * details.base * details.value) as points
    from recount.source_details as details
    inner join ref.item_types as types on types.source = details.source and types.item_type = details.item
    group by details.source, details.site_id
),

items as (
    select
        gapped.source,
        gapped.site_id,
        checked.points / nullif(checked.weight, 0) as score_without,
        coalesce(checked.points, 0) / nullif(coalesce(checked.weight, 0) + coalesce(unchecked.weight, 0), 0) as score_zero
    from gapped
    inner join (select distinct types.source from ref.item_types as types) as audits on audits.source = gapped.source
    left join checked on checked.source = gapped.source and checked.site_id = gapped.site_id
    left join unchecked on unchecked.source = gapped.source and unchecked.site_id = gapped.site_id
),

both_ways as (
    select by_points.source, by_points.site_id, by_points.score_without, by_points.score_zero from by_points
    union all
    select aspects.source, aspects.site_id, aspects.score_without, aspects.score_zero from aspects
    union all
    select items.source, items.site_id, items.score_without, items.score_zero from items
)

select
    gapped.source,   -- source of the scheme
    gapped.site_id,  -- site of the register
    cast(
        round(
            cast(case when both_ways.source is null then scores.score else both_ways.score_without end as decimal(18, 8)), 2
        ) as decimal(9, 2)
    ) as score_without,  -- by what came alone; null where nothing did
    cast(
        round(cast(coalesce(both_ways.score_zero, scores.score, 0) as decimal(18, 8)), 2) as decimal(9, 2)
    ) as score_zero      -- with what did not come counted 0
from gapped
left join both_ways on both_ways.source = gapped.source and both_ways.site_id = gapped.site_id
left join recount.source_scores as scores on scores.source = gapped.source and scores.site_id = gapped.site_id
