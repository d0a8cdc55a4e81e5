-- The months in which a site did not get all points of a recorded indicator (method 6).
-- grain: year, site_id, source, item, month
-- check: points < max_points
with rounded as (
    select
        months.site_id,
        months.source,
        months.indicator,
        months.month,
        months.value,
        months.max_points,
        cast(round(cast(months.points as decimal(18, 8)), 4) as decimal(18, 4)) as points
    from staged.monthly_points as months
    inner join ref.sites on sites.site_id = months.site_id
    inner join ref.weights on weights.group_id = sites.group_id and weights.source = months.source
)

select
    scheme.year,                                                      -- evaluated year
    rounded.site_id,                                                  -- site of the register
    rounded.source,                                                   -- source of the scheme
    rounded.indicator as item,                                        -- indicator of the source
    rounded.month,                                                    -- YYYY-MM, local
    cast(round(cast(rounded.value as decimal(28, 8)), 4) as decimal(28, 4)) as value,  -- measured value
    rounded.points,                                                   -- points for the month
    rounded.max_points                                                -- points at most
from rounded
cross join ref.scheme
where rounded.points < rounded.max_points
