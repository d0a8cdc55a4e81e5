-- The figures that the portal and the offices report, with their growth over last year.
-- grain: year, metric
select
    scheme.year,                                           -- evaluated year
    stats.metric,                                          -- what is counted
    cast(stats.value as decimal(24, 4)) as value,          -- this year
    stats.unit,                                            -- unit of value and previous
    cast(stats.previous as decimal(24, 4)) as previous,    -- last year
    cast(
        round(
            cast(
                cast(stats.value - stats.previous as double) / nullif(cast(stats.previous as double), 0) as decimal(38, 8)
            ),
            4
        ) as decimal(28, 4)
    ) as growth                                            -- value / previous - 1, four places
from staged.portal_figures as stats
cross join ref.scheme
