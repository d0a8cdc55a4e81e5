-- Who took part: voters by channel and experts by category, with the ballots and scores they gave.
-- title: 参加评议的人
-- position: 120
-- grain: year, source, category
-- check: raters <= ratings
select
    scheme.year,             -- 年度 | of year | evaluated year
    participation.source,    -- 来源 | of sources | source of the scheme
    participation.category,  -- 类别 | channel of the ballots or category of the experts, unknown where not told, other for those of fewer than five persons and those that the scheme does not list, or all
    participation.raters,    -- 人数 | from 1 | different voters or experts
    participation.ratings    -- 评价数 | from 1 | ballots cast or scores given, those that do not count included
from staged.participation
cross join ref.scheme
