-- What stands behind every source score: one row an aspect, indicator or item type, of the sources that the site's group weighs.
-- grain: site_id, source, item
-- check: value >= 0
-- check: base >= 0
with details as (
    select means.site_id, means.source, means.aspect as item, means.mean_score as value, means.ratings as base
    from scored.aspect_means as means
    union all
    select points.site_id, points.source, points.indicator, points.points, points.base
    from scored.indicator_points as points
    union all
    select results.site_id, results.source, results.item_type, 100 * results.mean_result, results.items
    from scored.item_type_results as results
    union all
    select given.site_id, given.source, 'score', given.score, 1
    from staged.given_scores as given
)

select
    details.site_id,                                                                  -- site of the register
    details.source,                                                                   -- source of the scheme
    details.item,                                                                     -- aspect, indicator or item type
    cast(round(cast(details.value as decimal(18, 8)), 2) as decimal(9, 2)) as value,  -- mean points or score, points, or 100 × result
    details.base                                                                      -- ratings, scores, months or items behind it
from details
inner join ref.sites on sites.site_id = details.site_id
inner join ref.weights on weights.group_id = sites.group_id and weights.source = details.source
