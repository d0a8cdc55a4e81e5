-- 每个附件正是排名表中名次不超过方案所定名次数的网站，名次、名称、综合得分都与排名表和登记册相同。
with expected as (
    select ranking."group" as group_id, ranking.site_id, ranking.rank, sites.name, ranking.composite
    from published.composite_scores as ranking
    inner join ref.groups on groups.group_id = ranking."group"
    inner join ref.sites on sites.site_id = ranking.site_id
    where ranking.rank <= groups.publish_top
)

select
    coalesce(annexes.group_id, expected.group_id) as group_id,
    coalesce(annexes.site_id, expected.site_id) as site_id,
    annexes."序号" as rank,
    expected.rank as expected_rank,
    annexes."网站" as name,
    expected.name as expected_name,
    annexes."综合得分" as composite,
    expected.composite as expected_composite
from published.annexes
full join expected on expected.site_id = annexes.site_id and expected.group_id = annexes.group_id
where
    annexes."序号" is distinct from expected.rank
    or annexes."网站" is distinct from expected.name
    or annexes."综合得分" is distinct from expected.composite
