-- The mean of every site and aspect once more, of what ballots and experts say (methods 3 and 4).
-- grain: source, site_id, aspect
with answers as (
    select
        ballots.source,
        ballots.site_id,
        aspects.aspect,
        ballots.answers[cast(aspects.position as bigint)] as level,
        ballots.ballots
    from recount.ballots
    cross join ref.aspects
    where ballots.reason = 'valid'
),

voted as (
    select
        answers.source,
        answers.site_id,
        answers.aspect,
        sum(answers.ballots * cast(levels.points as double)) / sum(answers.ballots) as mean_score,
        sum(answers.ballots) as ratings
    from answers
    inner join ref.levels on levels.source = answers.source and levels.level = answers.level
    group by answers.source, answers.site_id, answers.aspect
),

judged as (
    select
        scores.source,
        scores.site_id,
        scores.aspect,
        sum(case when scores.counts then cast(scores.score as double) else 0 end) / max(scores.kept) as mean_score,
        sum(cast(scores.winsorised as double)) / count(*) as centre,
        count(*) as ratings,
        max(scores.kept) as kept
    from recount.expert_scores as scores
    group by scores.source, scores.site_id, scores.aspect
)

select
    means.source,      -- source of the scheme
    means.site_id,     -- site of the register
    means.aspect,      -- aspect of the scheme
    means.mean_score,  -- mean points or score
    means.centre,      -- what raters deviate from: the mean, or that of the winsorised scores
    means.ratings,     -- valid ratings, or scores before trimming
    means.kept         -- and after it
from (
    select
        voted.source,
        voted.site_id,
        voted.aspect,
        voted.mean_score,
        voted.mean_score as centre,
        voted.ratings,
        voted.ratings as kept
    from voted
    union all
    select judged.source, judged.site_id, judged.aspect, judged.mean_score, judged.centre, judged.ratings, judged.kept
    from judged
) as means
