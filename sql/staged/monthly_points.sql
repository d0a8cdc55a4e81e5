-- The points that a month's value is worth by the indicator's rule, within 0 and the maximum (method 6).
-- grain: source, site_id, indicator, month
-- check: points between 0 and max_points
with valued as (
    select
        months.source,
        months.site_id,
        months.indicator,
        months.month,
        months.value,
        indicators.max_points,
        case indicators.rule
            when 'points' then cast(months.value as decimal(38, 12))
            when 'ratio'
                then cast(
                    round(
                        cast(indicators.max_points as double)
                        * least(cast(months.value as double) / cast(indicators.target as double), 1) * 1e12
                    ) / 1e12 as decimal(38, 12)
                )
            when 'deduct'
                then cast(
                    round(
                        (cast(indicators.max_points as double) - cast(indicators.per as double) * cast(months.value as double))
                        * 1e12
                    ) / 1e12 as decimal(38, 12)
                )
        end as points
    from staged.monthly_values as months
    inner join ref.indicators on indicators.source = months.source and indicators.indicator = months.indicator
)

select
    valued.source,      -- source of the scheme
    valued.site_id,     -- site of the register
    valued.indicator,   -- indicator of the source
    valued.month,       -- YYYY-MM, local
    valued.value,       -- measured value
    valued.max_points,  -- points at most
    cast(
        greatest(least(valued.points, valued.max_points), 0) as decimal(20, 12)
    ) as points         -- points for the month
from valued
