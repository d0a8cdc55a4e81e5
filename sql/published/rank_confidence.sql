-- How sure the ranks are: every site's standard error, the ranks that it may have, and how likely it is in the annex (method 11).
-- title: 名次的可靠程度
-- position: 90
-- grain: year, site_id
-- order: year, group, site_id
-- rows: sites
select
    scheme.year,                                                         -- 年度 | of year | evaluated year
    intervals.group_id as "group",                                       -- 组别 | of groups | group of sites
    intervals.site_id,                                                   -- 编号 | site of the register
    cast(round(intervals.se_composite, 4) as decimal(9, 4)) as se_composite,  -- 标准误 | from 0 or empty | standard error of the composite, in points; null where a source gives none, or one of ballots or experts is missing
    intervals.rank_low,                                                  -- 名次最高 | 1 to sites | best rank, at 90 % for the whole group
    intervals.rank_high,                                                 -- 名次最低 | 1 to sites | worst rank
    odds.p_annex                                                         -- 进入附件的可能 | 0 to 1 or empty | share of the drawn rankings that have it in the annex; null without a standard error
from ranked.rank_intervals as intervals
cross join ref.scheme
left join draws.annex_odds as odds on odds.site_id = intervals.site_id
