-- The score of every site in every source that its group weighs, exact to two decimals from here on (methods 2 to 7).
-- grain: source, site_id
-- check: score between 0 and 100
with by_aspect as (
    select
        means.source,
        means.site_id,
        cast(sum(aspects.weight * means.mean_score) as double) / nullif(cast(sum(aspects.weight) as double), 0) as score
    from scored.aspect_means as means
    inner join ref.aspects on aspects.aspect = means.aspect
    group by means.source, means.site_id
),

by_indicator as (
    select
        points.source,
        points.site_id,
        100 * (cast(sum(points.points) as double) / cast(sum(points.max_points) as double)) as score
    from scored.indicator_points as points
    group by points.source, points.site_id
),

by_item as (
    select
        items.source,
        items.site_id,
        100 * (cast(sum(types.weight * items.result) as double) / nullif(cast(sum(types.weight) as double), 0)) as score
    from staged.service_items as items
    inner join ref.item_types as types on types.source = items.source and types.item_type = items.item_type
    where items.counts
    group by items.source, items.site_id
),

computed as (
    select * from by_aspect
    union all
    select * from by_indicator
    union all
    select * from by_item
    union all
    select given.source, given.site_id, cast(given.score as double) from staged.given_scores as given
)

select
    computed.source,                                                                 -- source of the scheme
    computed.site_id,                                                                -- site of the register
    cast(round(cast(computed.score as decimal(18, 8)), 2) as decimal(9, 2)) as score  -- 0 to 100, rounded half up
from computed
inner join ref.sites on sites.site_id = computed.site_id
inner join ref.weights on weights.group_id = sites.group_id and weights.source = computed.source
where computed.score is not null
