-- The mean of every site and aspect: of the valid ballots' points, or of the experts' scores after trimming (methods 3 and 4).
-- grain: source, site_id, aspect
-- check: mean_score between 0 and 100
-- check: ratings > 0
with ballot_means as (
    select
        counts.source,
        counts.site_id,
        counts.aspect,
        cast(sum(counts.ratings * levels.points) as double) / sum(counts.ratings) as mean_score,
        sum(counts.ratings) as ratings
    from staged.rating_counts as counts
    inner join ref.levels on levels.source = counts.source and levels.level = counts.level
    where counts.aspect <> 'overall'
    group by counts.source, counts.site_id, counts.aspect
),

panel_means as (
    select
        scores.source,
        scores.site_id,
        scores.aspect,
        cast(sum(scores.score) as double) / count(*) as mean_score,
        max(scores.scores) as ratings
    from scored.trimmed_scores as scores
    where scores.counts
    group by scores.source, scores.site_id, scores.aspect
),

means as (
    select * from ballot_means
    union all
    select * from panel_means
)

select
    means.source,                                          -- source of the scheme
    means.site_id,                                         -- site of the register
    means.aspect,                                          -- aspect of the scheme
    cast(round(means.mean_score * 1e12) / 1e12 as decimal(20, 12)) as mean_score,  -- mean points or score, 0 to 100
    cast(means.ratings as bigint) as ratings               -- valid ratings, or scores before trimming
from means
