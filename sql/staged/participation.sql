-- Who took part: voters by channel and experts by category, with the ballots and scores they gave, valid or not.
-- grain: source, category
-- check: raters <= ratings
with raters as (
    select ballots.source, coalesce(nullif(ballots.channel, 'all'), 'unknown') as category, ballots.voter as rater
    from raw.ballots
    union all
    select scores.source, coalesce(nullif(scores.category, 'all'), 'unknown'), scores.expert_id
    from raw.panel_scores as scores
)

select
    raters.source,                                -- source of the scheme
    coalesce(raters.category, 'all') as category,  -- channel or category, unknown where not told, or all
    count(distinct raters.rater) as raters,       -- different voters or experts
    count(*) as ratings                           -- ballots cast or scores given
from raters
group by grouping sets ((raters.source, raters.category), (raters.source))
