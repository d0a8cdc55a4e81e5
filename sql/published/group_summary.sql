-- The figures of every group.
-- title: 各组概况
-- position: 30
-- grain: year, group
-- rows: groups
select
    scheme.year,                 -- 年度 | of year | evaluated year
    figures.group_id as "group",  -- 组别 | of groups | group of sites
    figures.sites,               -- 网站数 | 1 to sites | sites with a composite
    figures.mean,                -- 平均分 | 0 to 100 | mean composite, one place
    figures.above_mean,          -- 高于平均分 | 0 to sites | sites above the unrounded mean
    figures.lowest,              -- 最低 | 0 to 100 | lowest composite
    figures.highest,             -- 最高 | 0 to 100 | highest composite
    figures.median,              -- 中位数 | 0 to 100 | median composite
    figures.sd                   -- 标准差 | 0 to 100 | standard deviation of the population
from ranked.group_figures as figures
cross join ref.scheme
