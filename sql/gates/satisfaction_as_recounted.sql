-- 满意率表等于从有效选票另算一遍的：评价数、满意数、满意率和平均得分，分组的和合计的。
with questions as (
    select aspects.aspect, aspects.position
    from ref.aspects
    union all
    select 'overall', count(*) + 1
    from ref.aspects
),

answers as (
    select
        ballots.source,
        sites.group_id,
        questions.aspect,
        cast(ballots.ballots as double) as ballots,
        case when levels.satisfied then cast(ballots.ballots as double) else 0 end as satisfied,
        ballots.ballots * cast(levels.points as double) as points
    from recount.ballots
    inner join ref.sites on sites.site_id = ballots.site_id
    cross join questions
    inner join ref.levels
        on levels.source = ballots.source and levels.level = ballots.answers[cast(questions.position as bigint)]
    where ballots.reason = 'valid'
),

expected as (
    select
        answers.source,
        coalesce(answers.group_id, 'all') as group_id,
        answers.aspect,
        sum(answers.ballots) as ratings,
        sum(answers.satisfied) as satisfied,
        round(cast(sum(answers.satisfied) / sum(answers.ballots) as decimal(18, 8)), 4) as rate,
        round(cast(sum(answers.points) / sum(answers.ballots) as decimal(18, 8)), 2) as score
    from answers
    group by grouping sets ((answers.source, answers.group_id, answers.aspect), (answers.source, answers.aspect))
)

select
    coalesce(shown.source, expected.source) as source,
    coalesce(shown."group", expected.group_id) as group_id,
    coalesce(shown.aspect, expected.aspect) as aspect,
    shown.ratings,
    expected.ratings as expected_ratings,
    shown.satisfied,
    expected.satisfied as expected_satisfied,
    shown.rate,
    expected.rate as expected_rate,
    shown.score,
    expected.score as expected_score
from published.satisfaction as shown
full join expected
    on expected.source = shown.source and expected.group_id = shown."group" and expected.aspect = shown.aspect
where
    shown.ratings is distinct from expected.ratings
    or shown.satisfied is distinct from expected.satisfied
    or shown.rate is distinct from expected.rate
    or shown.score is distinct from expected.score
