-- The months in which a site did not get all points of a recorded indicator (method 6).
-- title: 失分的月份
-- position: 190
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
    scheme.year,                                                      -- 年度 | of year | evaluated year
    rounded.site_id,                                                  -- 编号 | site of the register
    rounded.source,                                                   -- 来源 | of sources | source of the scheme
    rounded.indicator as item,                                        -- 分项 | indicator of the source
    rounded.month,                                                    -- 月份 | YYYY-MM, local
    cast(round(cast(rounded.value as decimal(28, 8)), 4) as decimal(28, 4)) as value,  -- 数值 | -10^14 to 10^14 | measured value
    rounded.points,                                                   -- 得分 | from 0 | points for the month
    rounded.max_points                                                -- 满分 | from 0 | points at most
from rounded
cross join ref.scheme
where rounded.points < rounded.max_points
