-- What stands behind every source score, once more: aspects, indicators, item types, or a score that is given (methods 3 to 7).
-- grain: source, site_id, item
with weighed_items as (
    -- Approval items count in the groups of the scheme only.
    select
        items.source,
        items.site_id,
        items.item_type,
        sum(items.results) as results,
        sum(items.judged) as judged
    from recount.service_items as items
    inner join ref.sites on sites.site_id = items.site_id
    left join ref.approval_groups as approving on approving.source = items.source and approving.group_id = sites.group_id
    where not items.approval or approving.group_id is not null
    group by items.source, items.site_id, items.item_type
),

details as (
    select
        means.source,
        means.site_id,
        means.aspect as item,
        means.mean_score as value,
        cast(means.ratings as bigint) as base,
        'weight' as counts
    from recount.aspect_means as means
    union all
    select
        claims.source,
        claims.site_id,
        claims.indicator,
        claims.points,
        case when claims.claimed is null then 0 else 1 end,
        'points'
    from recount.claims
    union all
    -- Where the scheme lets what is missing count 0, so does a site that claimed nothing.
    select indicators.source, sites.site_id, indicators.indicator, 0, 0, 'points'
    from ref.claim_rules as rules
    inner join ref.sources on sources.source = rules.source and sources.incomplete = 'zero'
    inner join ref.indicators on indicators.source = rules.source
    inner join ref.weights on weights.source = rules.source and weights.weight > 0
    inner join ref.sites on sites.group_id = weights.group_id
    where
        not exists (
            select 1 from raw.claims
            where claims.source = rules.source and claims.site_id = sites.site_id
        )
    union all
    select counting.source, counting.site_id, counting.indicator, counting.points, counting.months, 'points'
    from recount.counting_months as counting
    union all
    select
        items.source,
        items.site_id,
        items.item_type,
        100 * items.results / items.judged,
        cast(items.judged as bigint),
        'items'
    from weighed_items as items
    where items.judged > 0
    union all
    select given.source, given.site_id, 'score', cast(given.score as double), 1, 'whole'
    from raw.given_scores as given
)

select
    details.source,   -- source of the scheme
    details.site_id,  -- site of the register
    details.item,     -- aspect, indicator, item type, or score
    details.value,    -- mean points or score, points, or 100 × result
    details.base,     -- ratings, scores, months or items behind it
    details.counts    -- what it counts in the score: its item's weight, its points, the weight of each of its items, or the whole
from details
inner join ref.sites on sites.site_id = details.site_id
inner join ref.weights on weights.group_id = sites.group_id and weights.source = details.source
