-- The ballots that do not count, each with the first rule that excludes it; every later rule sees what the earlier left (method 3).
-- grain: ballot_id
-- check: reason in ('outside_period', 'no_rating', 'too_fast', 'burst', 'duplicate')
with judged as (
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
    select judged.source, judged.origin, judged.minute
    from judged
    where
        judged.reason is null
        and judged.origin is not null
        and judged.minute is not null
        and judged.burst_limit is not null
    group by judged.source, judged.origin, judged.minute, judged.burst_limit
    having count(*) > judged.burst_limit
),

burst_ballots as (
    select judged.source, judged.ballot_id
    from judged
    inner join bursts
        on bursts.source = judged.source and bursts.origin = judged.origin and bursts.minute = judged.minute
    where judged.reason is null
),

calm_ballots as (
    select judged.source, judged.ballot_id, judged.site_id, judged.voter, judged.submitted_at
    from judged
    where
        judged.reason is null
        and not exists (select 1 from burst_ballots where burst_ballots.ballot_id = judged.ballot_id)
),

repeaters as (
    select calm_ballots.source, calm_ballots.voter, calm_ballots.site_id
    from calm_ballots
    group by calm_ballots.source, calm_ballots.voter, calm_ballots.site_id
    having count(*) > 1
),

repeated_ballots as (
    select
        calm_ballots.source,
        calm_ballots.ballot_id,
        row_number() over (
            partition by calm_ballots.source, calm_ballots.voter, calm_ballots.site_id
            order by calm_ballots.submitted_at desc, calm_ballots.ballot_id desc
        ) as place
    from calm_ballots
    inner join repeaters
        on
            repeaters.source = calm_ballots.source
            and repeaters.voter = calm_ballots.voter
            and repeaters.site_id = calm_ballots.site_id
),

excluded as (
    select judged.source, judged.ballot_id, judged.reason from judged where judged.reason is not null
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
