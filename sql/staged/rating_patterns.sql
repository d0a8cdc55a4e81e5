-- The valid ballots, counted by their answers: a site's ballots that answer alike are one row (method 3).
-- grain: source, site_id, answers
-- check: ballots > 0
with valid_ballots as (
    select
        ballots.source,
        ballots.site_id,
        list_append(ballots.ratings, ballots.overall) as answers
    from raw.ballots
    where not exists (
        select 1 from staged.ballot_exclusions as exclusions where exclusions.ballot_id = ballots.ballot_id
    )
)

select
    valid_ballots.source,   -- source of the scheme
    valid_ballots.site_id,  -- site of the register
    valid_ballots.answers,  -- level code per aspect, in the scheme's order, then that of the overall rating; null where not rated
    count(*) as ballots     -- valid ballots with these answers
from valid_ballots
group by valid_ballots.source, valid_ballots.site_id, valid_ballots.answers
