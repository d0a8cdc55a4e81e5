-- What every site's rank owes to the weights of the sources: between which ranks it lies when all of them are moved at random (method 11).
-- title: 权重变动时的名次
-- position: 100
-- grain: year, site_id
-- order: year, group, site_id
-- rows: sites
-- check: rank_low <= rank_high
select
    scheme.year,                 -- 年度 | of year | evaluated year
    ranked.group_id as "group",  -- 组别 | of groups | group of sites
    ranked.site_id,              -- 编号 | site of the register
    ranks.rank_low,              -- 名次最高 | 1 to sites | rank that at most one in twenty rankings betters
    ranks.rank_high,             -- 名次最低 | 1 to sites | rank that at most one in twenty rankings falls short of
    ranks.p_annex                -- 进入附件的可能 | 0 to 1 | share of the rankings that have it in the annex
from ranked.composites as ranked
cross join ref.scheme
inner join draws.weight_ranks as ranks on ranks.site_id = ranked.site_id
