-- The figures that the portal and the offices report.
-- grain: metric
select
    stats.metric,   -- what is counted
    stats.value,    -- this year
    stats.unit,     -- unit of value and previous; null where not told
    stats.previous  -- last year; null where not told
from raw.portal_stats as stats
