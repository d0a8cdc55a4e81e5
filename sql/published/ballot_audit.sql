-- What became of the ballots: how many are valid and how many each rule excludes.
-- title: 选票的去向
-- position: 50
-- grain: year, source, reason
-- rows: 6 * ballot_rules sources
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
    scheme.year,                                            -- 年度 | of year | evaluated year
    rules.source,                                           -- 来源 | of ballot_rules sources | source of the scheme
    reasons.reason,                                         -- 去向 | of valid, outside_period, no_rating, too_fast, burst, duplicate | valid, or the rule that excludes
    cast(coalesce(totals.ballots, 0) as bigint) as ballots  -- 选票 | from 0 | ballots
from ref.ballot_rules as rules
cross join reasons
cross join ref.scheme
left join totals on totals.source = rules.source and totals.reason = reasons.reason
