-- What every site claimed, what was verified and what counts (method 5); who verified is not told.
-- title: 自查和核实
-- position: 180
-- grain: year, site_id, source, item
select
    scheme.year,                                                       -- 年度 | of year | evaluated year
    claims.site_id,                                                    -- 编号 | site of the register
    claims.source,                                                     -- 来源 | of sources | source of the scheme
    claims.indicator as item,                                          -- 分项 | indicator of the source
    cast(claims.claimed_points as decimal(18, 4)) as claimed_points,    -- 自报 | from 0 or empty | points claimed; null where the site did not claim
    cast(claims.verified_points as decimal(18, 4)) as verified_points,  -- 核实 | from 0 or empty | points verified; null where nobody verified
    cast(round(cast(claims.points as decimal(18, 8)), 4) as decimal(18, 4)) as points  -- 得分 | from 0 | points that count
from staged.claimed_points as claims
inner join ref.sites on sites.site_id = claims.site_id
inner join ref.weights on weights.group_id = sites.group_id and weights.source = claims.source
cross join ref.scheme
