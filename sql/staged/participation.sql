-- Who took part: voters by channel and experts by category, with the ballots and scores they gave, valid or not.
-- grain: source, category
-- check: raters <= ratings
with raters as (
    select ballots.source, coalesce(nullif(ballots.channel, 'all'), 'unknown') as kind, ballots.voter as rater, count(*) as ratings
    from raw.ballots
    group by ballots.source, coalesce(nullif(ballots.channel, 'all'), 'unknown'), ballots.voter
    union all
    select scores.source, coalesce(nullif(scores.category, 'all'), 'unknown'), scores.expert_id, count(*)
    from raw.panel_scores as scores
    group by scores.source, coalesce(nullif(scores.category, 'all'), 'unknown'), scores.expert_id
),

-- Sources whose channels or categories the scheme lists: any other is not published by its name.
listing as (
    select distinct categories.source
    from ref.categories
),

kinds as (
    select
        raters.source,
        raters.kind,
        -- A channel of a few voters would tell what they did, or may be the number of one of them.
        case
            when raters.kind = 'unknown' then 'unknown'
            when count(*) < 5 then 'other'
            when max(listing.source) is not null and max(categories.category) is null then 'other'
            else raters.kind
        end as category
    from raters
    left join listing on raters.source = listing.source
    left join ref.categories on raters.source = categories.source and raters.kind = categories.category
    group by raters.source, raters.kind
)

select
    raters.source,                                -- source of the scheme
    coalesce(kinds.category, 'all') as category,  -- channel or category, unknown where not told, other for small and unlisted ones, or all
    count(distinct raters.rater) as raters,       -- different voters or experts
    cast(sum(raters.ratings) as bigint) as ratings  -- ballots cast or scores given
from raters
inner join kinds on raters.source = kinds.source and raters.kind = kinds.kind
group by grouping sets ((raters.source, kinds.category), (raters.source))
