-- How far the chance of who rated it may move a site's score, once more: rater by rater, as the method says it (method 11).
-- grain: source, site_id
with steps as (
    select
        means.source,
        means.site_id,
        aspects.aspect,
        aspects.position,
        means.centre,
        means.kept,
        cast(aspects.weight as double) / sum(cast(aspects.weight as double)) over (partition by means.source, means.site_id)
        * sqrt(cast(means.kept as double) / nullif(means.kept - 1, 0)) / means.kept as step
    from recount.aspect_means as means
    inner join ref.aspects on aspects.aspect = means.aspect
    where aspects.weight > 0
),

voters as (
    select
        ballots.source,
        ballots.site_id,
        ballots.answers,
        max(ballots.ballots) as raters,
        sum(steps.step * (cast(levels.points as double) - steps.centre)) as move
    from recount.ballots
    inner join steps on steps.source = ballots.source and steps.site_id = ballots.site_id
    inner join ref.levels on levels.source = ballots.source and levels.level = ballots.answers[cast(steps.position as bigint)]
    where ballots.reason = 'valid'
    group by ballots.source, ballots.site_id, ballots.answers
),

experts as (
    select
        scores.source,
        scores.site_id,
        scores.expert_id,
        sum(steps.step * (cast(scores.winsorised as double) - steps.centre)) as move
    from recount.expert_scores as scores
    inner join steps on steps.source = scores.source and steps.site_id = scores.site_id and steps.aspect = scores.aspect
    group by scores.source, scores.site_id, scores.expert_id
),

squares as (
    select voters.source, voters.site_id, voters.raters * voters.move * voters.move as square
    from voters
    union all
    select experts.source, experts.site_id, experts.move * experts.move
    from experts
),

sums as (
    select squares.source, squares.site_id, sum(squares.square) as square
    from squares
    group by squares.source, squares.site_id
),

fewest as (
    select steps.source, steps.site_id, min(steps.kept) - 1 as degrees
    from steps
    group by steps.source, steps.site_id
)

select
    fewest.source,    -- ballots or panel source
    fewest.site_id,   -- site of the register
    fewest.degrees,   -- one less than the ratings, or kept scores, of the aspect with the fewest
    case when fewest.degrees > 0 then sums.square end as square  -- of the standard error; null where an aspect has one
from fewest
left join sums on sums.source = fewest.source and sums.site_id = fewest.site_id
