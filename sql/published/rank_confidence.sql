-- How sure the ranks are: every site's standard error, the ranks that it may have, and how likely it is in the annex (method 11).
-- grain: year, site_id
select
    scheme.year,                                                         -- evaluated year
    intervals.group_id as "group",                                       -- group of sites
    intervals.site_id,                                                   -- site of the register
    cast(round(intervals.se_composite, 4) as decimal(9, 4)) as se_composite,  -- standard error of the composite, in points; null where a source gives none, or one of ballots or experts is missing
    intervals.rank_low,                                                  -- best rank, at 90 % for the whole group
    intervals.rank_high,                                                 -- worst rank
    odds.p_annex                                                         -- share of the drawn rankings that have it in the annex; null without a standard error
from ranked.rank_intervals as intervals
cross join ref.scheme
left join drawn.annex_odds as odds on odds.site_id = intervals.site_id
