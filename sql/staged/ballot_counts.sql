-- How many ballots each site got, by what became of them (method 3).
-- grain: source, site_id, reason
-- check: ballots > 0
select
    ballots.source,                                   -- source of the scheme
    ballots.site_id,                                  -- site of the register
    coalesce(exclusions.reason, 'valid') as reason,   -- the rule that excludes them, or valid
    count(*) as ballots                               -- ballots
from raw.ballots
left join staged.ballot_exclusions as exclusions on exclusions.ballot_id = ballots.ballot_id
group by ballots.source, ballots.site_id, coalesce(exclusions.reason, 'valid')
