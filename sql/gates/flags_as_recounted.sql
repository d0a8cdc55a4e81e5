-- 排名表的标注正是：按规则缺的来源，和有效选票少于方案所定数的网站。
with valid as (
    select ballots.source, ballots.site_id, sum(ballots.ballots) as ballots
    from recount.ballots
    where ballots.reason = 'valid'
    group by ballots.source, ballots.site_id
),

flagged as (
    select
        sites.site_id,
        case
            when scores.score is null then concat('missing_', scheme.missing, ':', weights.source)
            when valid.ballots < rules.min_ballots then 'low_base'
        end as flag
    from ref.sites
    cross join ref.scheme
    inner join ref.weights on weights.group_id = sites.group_id and weights.weight > 0
    left join recount.source_scores as scores on scores.site_id = sites.site_id and scores.source = weights.source
    left join ref.ballot_rules as rules on rules.source = weights.source
    left join valid on valid.source = weights.source and valid.site_id = sites.site_id
),

each as (
    select distinct flagged.site_id, flagged.flag
    from flagged
    where flagged.flag is not null
),

expected as (
    select each.site_id, string_agg(each.flag, '|' order by each.flag) as flags
    from each
    group by each.site_id
)

select ranking.site_id, ranking.flags, expected.flags as expected_flags
from published.composite_scores as ranking
left join expected on expected.site_id = ranking.site_id
where ranking.flags is distinct from coalesce(expected.flags, '')
