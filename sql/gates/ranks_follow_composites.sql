-- 每个网站的名次等于本组中排在它前面的网站数加一：综合得分更高，或同分而先行比较的来源得分更高。
with merits as (
    -- Scores of the tie-break written one after another at equal length; a missing one decides like 0.
    select
        ranking."group" as group_id,
        ranking.site_id,
        ranking.rank,
        ranking.composite,
        coalesce(
            string_agg(
                lpad(cast(cast(100 * coalesce(scores.score, 0) as integer) as varchar), 5, '0'), '' order by tie_break.position
            ),
            ''
        ) as merit
    from published.composite_scores as ranking
    left join ref.tie_break on true
    left join recount.source_scores as scores on scores.site_id = ranking.site_id and scores.source = tie_break.source
    group by ranking."group", ranking.site_id, ranking.rank, ranking.composite
),

standings as (
    select merits.group_id, merits.composite, merits.merit, count(*) as sites
    from merits
    group by merits.group_id, merits.composite, merits.merit
),

expected as (
    select
        standings.group_id,
        standings.composite,
        standings.merit,
        1 + sum(standings.sites) over (
            partition by standings.group_id order by standings.composite desc, standings.merit desc
        ) - standings.sites as expected_rank
    from standings
)

select merits.site_id, merits.rank, expected.expected_rank
from merits
inner join expected
    on
        expected.group_id = merits.group_id
        and expected.composite = merits.composite
        and expected.merit = merits.merit
where merits.rank is distinct from expected.expected_rank
