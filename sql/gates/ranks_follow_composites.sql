-- 每个网站的名次等于本组中排在它前面的网站数加一：综合得分更高，或同分而先行比较的来源得分更高。
with standings as (
    select ranked.group_id, ranked.composite, ranked.tie_key, count(*) as sites
    from ranked.composites as ranked
    group by ranked.group_id, ranked.composite, ranked.tie_key
),

expected as (
    select
        standings.group_id,
        standings.composite,
        standings.tie_key,
        1 + coalesce(
            sum(standings.sites) over (
                partition by standings.group_id
                order by standings.composite desc, standings.tie_key desc
                rows between unbounded preceding and 1 preceding
            ),
            0
        ) as expected_rank
    from standings
)

select ranked.site_id, ranked.rank, expected.expected_rank
from ranked.composites as ranked
inner join expected
    on
        expected.group_id = ranked.group_id
        and expected.composite = ranked.composite
        and expected.tie_key is not distinct from ranked.tie_key
where ranked.rank <> expected.expected_rank
