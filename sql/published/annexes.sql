-- The first ranks of every group, as the bulletin prints them; published as one table a group (method 9).
-- grain: group_id, site_id
select
    ranked.group_id,               -- group of sites
    ranked.site_id,                -- site of the register
    ranked.rank as "序号",          -- rank; all that share the last one are in
    sites.name as "网站",           -- name as registered
    ranked.composite as "综合得分"   -- composite
from ranked.composites as ranked
inner join ref.groups on groups.group_id = ranked.group_id
inner join ref.sites on sites.site_id = ranked.site_id
where ranked.rank <= groups.publish_top
