-- The figures of every group.
-- grain: year, group
select
    scheme.year,                 -- evaluated year
    figures.group_id as "group",  -- group of sites
    figures.sites,               -- sites with a composite
    figures.mean,                -- mean composite, one place
    figures.above_mean,          -- sites above the unrounded mean
    figures.lowest,              -- lowest composite
    figures.highest,             -- highest composite
    figures.median,              -- median composite
    figures.sd                   -- standard deviation of the population
from ranked.group_figures as figures
cross join ref.scheme
