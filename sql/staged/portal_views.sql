-- The page views of every column of the portal (栏目) over all months.
-- grain: column
-- check: views >= 0
select
    traffic."column",            -- column of the portal
    sum(traffic.views) as views  -- page views
from raw.portal_traffic as traffic
group by traffic."column"
