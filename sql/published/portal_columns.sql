-- The portal's columns (栏目) by page views.
-- title: 门户网站栏目访问量
-- position: 140
-- grain: year, column
with everything as (
    select sum(totals.views) as views
    from staged.portal_views as totals
)

select
    scheme.year,                                 -- 年度 | of year | evaluated year
    totals."column",                             -- 栏目 | column of the portal
    cast(totals.views as decimal(24, 0)) as views,  -- 访问量 | from 0 | page views of all months
    cast(
        round(cast(cast(totals.views as double) / nullif(cast(everything.views as double), 0) as decimal(18, 8)), 4)
        as decimal(9, 4)
    ) as share,                                  -- 占比 | 0 to 1 or empty | of all columns' views, four places
    cast(rank() over (order by totals.views desc) as integer) as rank  -- 名次 | from 1 | 1 has the most views
from staged.portal_views as totals
cross join everything
cross join ref.scheme
