-- What became of the ballots: how many are valid and how many each rule excludes.
-- grain: year, source, reason
-- check: ballots >= 0
with reasons as (
    select *
    from (values ('valid'), ('outside_period'), ('no_rating'), ('too_fast'), ('burst'), ('duplicate')) as reasons (reason)
),

totals as (
    select counts.source, counts.reason, sum(counts.ballots) as ballots
    from staged.ballot_counts as counts
    group by counts.source, counts.reason
)

select
    scheme.year,                                            -- evaluated year
    rules.source,                                           -- source of the scheme
    reasons.reason,                                         -- valid, or the rule that excludes
    cast(coalesce(totals.ballots, 0) as bigint) as ballots  -- ballots
from ref.ballot_rules as rules
cross join reasons
cross join ref.scheme
left join totals on totals.source = rules.source and totals.reason = reasons.reason
