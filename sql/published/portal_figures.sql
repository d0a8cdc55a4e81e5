-- The figures that the portal and the offices report, with their growth over last year.
-- title: 门户网站和各单位报送的数字
-- position: 150
-- grain: year, metric
select
    scheme.year,                                           -- 年度 | of year | evaluated year
    stats.metric,                                          -- 内容 | what is counted
    cast(stats.value as decimal(24, 4)) as value,          -- 数值 | -10^14 to 10^14 | this year
    stats.unit,                                            -- 单位 | or empty | unit of value and previous
    cast(stats.previous as decimal(24, 4)) as previous,    -- 上年 | -10^14 to 10^14 or empty | last year
    cast(
        round(
            cast(
                cast(stats.value - stats.previous as double) / nullif(cast(stats.previous as double), 0) as decimal(38, 8)
            ),
            4
        ) as decimal(28, 4)
    ) as growth                                            -- 增长 | -10^24 to 10^24 or empty | value / previous - 1, four places
from staged.portal_figures as stats
cross join ref.scheme
