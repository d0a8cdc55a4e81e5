-- How many valid ballots every site is to get, and how many it lacks.
-- grain: source, site_id
-- check: missing between 0 and expected
select
    rules.source,                                       -- ballots source
    sites.site_id,                                      -- site of the register
    cast(rules.min_ballots as bigint) as expected,      -- valid ballots at least
    cast(greatest(rules.min_ballots - coalesce(counts.ballots, 0), 0) as bigint) as missing  -- how many fewer there are
from ref.sites
inner join ref.weights on weights.group_id = sites.group_id
inner join ref.ballot_rules as rules on rules.source = weights.source
left join staged.ballot_counts as counts
    on counts.source = rules.source and counts.site_id = sites.site_id and counts.reason = 'valid'
where weights.weight > 0 and rules.min_ballots > 0
