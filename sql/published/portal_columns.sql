-- The portal's columns (栏目) by page views.
-- grain: year, column
-- check: share is null or share between 0 and 1
with everything as (
    select sum(totals.views) as views
    from staged.portal_views as totals
)

select
    scheme.year,                                 -- evaluated year
    totals."column",                             -- column of the portal
    cast(totals.views as decimal(24, 0)) as views,  -- page views of all months
    cast(
        round(cast(cast(totals.views as double) / nullif(cast(everything.views as double), 0) as decimal(18, 8)), 4)
        as decimal(9, 4)
    ) as share,                                  -- of all columns' views, four places
    cast(rank() over (order by totals.views desc) as integer) as rank  -- 1 has the most views
from staged.portal_views as totals
cross join everything
cross join ref.scheme
