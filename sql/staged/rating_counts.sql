-- How often the valid ballots gave each level, by site and aspect; the aspect 'overall' is the overall rating (method 3).
-- grain: source, site_id, aspect, level
-- check: ratings > 0
with questions as (
    select aspects.aspect, aspects.position from ref.aspects
    union all
    select 'overall', count(*) + 1 from ref.aspects
),

given_ratings as (
    select
        patterns.source,
        patterns.site_id,
        questions.aspect,
        -- The cast says that it is a place in a list: other engines count from 0, and their SQL is made from this.
        patterns.answers[cast(questions.position as bigint)] as level,
        patterns.ballots
    from staged.rating_patterns as patterns
    cross join questions
)

select
    given_ratings.source,                               -- source of the scheme
    given_ratings.site_id,                              -- site of the register
    given_ratings.aspect,                               -- aspect of the scheme, or overall
    given_ratings.level,                                -- code of the level
    cast(sum(given_ratings.ballots) as bigint) as ratings  -- valid ballots that gave this level
from given_ratings
where given_ratings.level is not null
group by given_ratings.source, given_ratings.site_id, given_ratings.aspect, given_ratings.level
