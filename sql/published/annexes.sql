-- The first ranks of every group, as the bulletin prints them; published as one table a group (method 9).
-- title: 公布的名次
-- position: 20
-- grain: group_id, site_id
-- order: 序号, 网站
-- tables: annex_<group_id>
-- unpublished: site_id
select
    ranked.group_id,               -- 组别 | of groups | group of sites
    ranked.site_id,                -- 编号 | site of the register
    ranked.rank as "序号",          -- 序号 | 1 to sites | rank; all that share the last one are in
    sites.name as "网站",           -- 网站 | name as registered
    ranked.composite as "综合得分"   -- 综合得分 | 0 to 100 | composite
from ranked.composites as ranked
inner join ref.groups on groups.group_id = ranked.group_id
inner join ref.sites on sites.site_id = ranked.site_id
where ranked.rank <= groups.publish_top
