-- The sites that were evaluated.
-- title: 参加评议的网站
-- position: 160
-- grain: year, site_id
-- rows: sites
select
    scheme.year,                -- 年度 | of year | evaluated year
    sites.site_id,              -- 编号 | site of the register
    sites.group_id as "group",  -- 组别 | of groups | group of sites
    sites.name,                 -- 名称 | its name as registered
    sites.url                   -- 网址 | or empty | its address; null where not told
from ref.sites
cross join ref.scheme
