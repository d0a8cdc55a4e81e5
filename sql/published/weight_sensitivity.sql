-- What every site's rank owes to the weights of the sources: between which ranks it lies when all of them are moved at random (method 11).
-- grain: year, site_id
-- check: rank_low <= rank_high
select
    scheme.year,                 -- evaluated year
    ranked.group_id as "group",  -- group of sites
    ranked.site_id,              -- site of the register
    ranks.rank_low,              -- rank that at most one in twenty rankings betters
    ranks.rank_high,             -- rank that at most one in twenty rankings falls short of
    ranks.p_annex                -- share of the rankings that have it in the annex
from ranked.composites as ranked
cross join ref.scheme
inner join drawn.weight_ranks as ranks on ranks.site_id = ranked.site_id
