-- How often the valid ballots gave each level, by site and aspect; the aspect 'overall' is the overall rating (method 3).
-- grain: source, site_id, aspect, level
-- check: ratings > 0
with valid_ballots as (
    select ballots.source, ballots.site_id, ballots.ratings, ballots.overall
    from raw.ballots
    where not exists (
        select 1 from staged.ballot_exclusions as exclusions where exclusions.ballot_id = ballots.ballot_id
    )
),

given_ratings as (
    select valid_ballots.source, valid_ballots.site_id, aspects.aspect, valid_ballots.ratings[aspects.position] as level
    from valid_ballots
    cross join ref.aspects
    union all
    select valid_ballots.source, valid_ballots.site_id, 'overall', valid_ballots.overall
    from valid_ballots
)

select
    given_ratings.source,   -- source of the scheme
    given_ratings.site_id,  -- site of the register
    given_ratings.aspect,   -- aspect of the scheme, or overall
    given_ratings.level,    -- code of the level
    count(*) as ratings     -- valid ballots that gave this level
from given_ratings
where given_ratings.level is not null
group by given_ratings.source, given_ratings.site_id, given_ratings.aspect, given_ratings.level
