-- The ballots that do not count, each with the first rule that excludes it; every later rule sees what the earlier left (method 3).
-- grain: ballot_id
-- check: reason in ('outside_period', 'no_rating', 'too_fast', 'burst', 'duplicate')
with own_reasons as not materialized (
    -- The rules that need no other ballot.
    select
        ballots.source,
        ballots.ballot_id,
        ballots.site_id,
        ballots.voter,
        ballots.origin,
        ballots.submitted_at,
        case when ballots.timed then date_trunc('minute', ballots.submitted_at) end as minute,
        rules.burst_limit,
        case
            when ballots.submitted_on < rules.opens or ballots.submitted_on > rules.closes then 'outside_period'
            when list_max(ballots.ratings) is null then 'no_rating'
            when ballots.seconds < rules.min_seconds then 'too_fast'
        end as reason
    from raw.ballots
    inner join ref.ballot_rules as rules on rules.source = ballots.source
),

bursts as (
    select own_reasons.source, own_reasons.origin, own_reasons.minute
    from own_reasons
    where
        own_reasons.reason is null
        and own_reasons.origin is not null
        and own_reasons.minute is not null
        and own_reasons.burst_limit is not null
    group by own_reasons.source, own_reasons.origin, own_reasons.minute, own_reasons.burst_limit
    having count(*) > own_reasons.burst_limit
),

burst_ballots as (
    select own_reasons.source, own_reasons.ballot_id
    from own_reasons
    inner join bursts
        on bursts.source = own_reasons.source and bursts.origin = own_reasons.origin and bursts.minute = own_reasons.minute
    where own_reasons.reason is null
),

-- Bursts are taken from the few who may be repeaters, and not from all ballots.
repeaters as (
    select own_reasons.source, own_reasons.voter, own_reasons.site_id
    from own_reasons
    where own_reasons.reason is null
    group by own_reasons.source, own_reasons.voter, own_reasons.site_id
    having count(*) > 1
),

repeated_ballots as (
    select
        own_reasons.source,
        own_reasons.ballot_id,
        row_number() over (
            partition by own_reasons.source, own_reasons.voter, own_reasons.site_id
            order by own_reasons.submitted_at desc, own_reasons.ballot_id desc
        ) as place
    from own_reasons
    inner join repeaters
        on
            repeaters.source = own_reasons.source
            and repeaters.voter = own_reasons.voter
            and repeaters.site_id = own_reasons.site_id
    where
        own_reasons.reason is null
        and not exists (select 1 from burst_ballots where burst_ballots.ballot_id = own_reasons.ballot_id)
),

excluded as (
    select own_reasons.source, own_reasons.ballot_id, own_reasons.reason from own_reasons where own_reasons.reason is not null
    union all
    select burst_ballots.source, burst_ballots.ballot_id, 'burst' from burst_ballots
    union all
    select repeated_ballots.source, repeated_ballots.ballot_id, 'duplicate' from repeated_ballots
    where repeated_ballots.place > 1
)

select
    excluded.source,     -- source of the scheme
    excluded.ballot_id,  -- ballot, unique in the year
    excluded.reason      -- the rule that excludes it
from excluded
