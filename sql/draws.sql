-- The schema `draws`: rankings at random (section 11). `flows/warehouse/draws.py` fills it.

-- How likely a site is in its group's annex with other voters and experts, by drawing every composite around its value.
create table draws.annex_odds (
    site_id varchar not null,  -- site of the register
    p_annex decimal(5, 4)      -- share of the rankings with the site in the annex; null where its standard error is
);

-- What a site's rank owes to the weights of the sources, by drawing all of them around those of the scheme.
create table draws.weight_ranks (
    site_id varchar not null,       -- site of the register
    rank_low integer not null,      -- rank that at most one in twenty rankings betters
    rank_high integer not null,     -- rank that at most one in twenty rankings falls short of
    p_annex decimal(5, 4) not null  -- share of the rankings with the site in the annex
);
