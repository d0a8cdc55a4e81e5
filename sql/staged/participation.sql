-- Who took part: voters by channel and experts by category, with the ballots and scores they gave, valid or not.
-- grain: source, category
-- check: raters <= ratings
with raters as (
    select ballots.source, coalesce(nullif(ballots.channel, 'all'), 'unknown') as kind, ballots.voter as rater
    from raw.ballots
    union all
    select scores.source, coalesce(nullif(scores.category, 'all'), 'unknown'), scores.expert_id
    from raw.panel_scores as scores
),

kinds as (
    select
        raters.source,
        raters.kind,
        -- A channel of a few voters would tell what they did, or may be the number of one of them.
        case when count(distinct raters.rater) < 5 and raters.kind <> 'unknown' then 'other' else raters.kind end as category
    from raters
    group by raters.source, raters.kind
)

select
    raters.source,                                -- source of the scheme
    coalesce(kinds.category, 'all') as category,  -- channel or category, unknown where not told, other for the small ones, or all
    count(distinct raters.rater) as raters,       -- different voters or experts
    count(*) as ratings                           -- ballots cast or scores given
from raters
inner join kinds on raters.source = kinds.source and raters.kind = kinds.kind
group by grouping sets ((raters.source, kinds.category), (raters.source))
