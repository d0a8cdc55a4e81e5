-- The ballots of every site, counted once more from the raw rows: what becomes of them and how they answer (method 3).
-- grain: source, site_id, reason, answers
-- check: ballots > 0
with own_reasons as not materialized (
    -- Every ballot is in here: read again, that takes less room and time than kept.
    select
        ballots.source,
        ballots.site_id,
        ballots.ballot_id,
        ballots.voter,
        ballots.submitted_at,
        case when ballots.timed then ballots.origin end as origin,
        date_trunc('minute', ballots.submitted_at) as minute,
        ballots.ratings,
        ballots.overall,
        rules.burst_limit,
        case
            when not ballots.submitted_on between rules.opens and rules.closes then 'outside_period'
            when list_min(ballots.ratings) is null then 'no_rating'
            when coalesce(ballots.seconds, rules.min_seconds) < rules.min_seconds then 'too_fast'
            else ''
        end as reason
    from raw.ballots
    inner join ref.ballot_rules as rules on rules.source = ballots.source
),

crowds as (
    select own_reasons.source, own_reasons.origin, own_reasons.minute, own_reasons.burst_limit, count(*) as ballots
    from own_reasons
    where own_reasons.reason = '' and own_reasons.origin is not null
    group by own_reasons.source, own_reasons.origin, own_reasons.minute, own_reasons.burst_limit
    having count(*) > own_reasons.burst_limit
),

calmed as not materialized (
    select
        own_reasons.*,
        case when own_reasons.reason = '' and crowds.ballots is not null then 'burst' else own_reasons.reason end as verdict
    from own_reasons
    left join crowds
        on
            crowds.source = own_reasons.source
            and crowds.origin = own_reasons.origin
            and crowds.minute = own_reasons.minute
),

-- Of those who rate a site more than once, the moment of the last ballot, and the greatest id of that moment.
last_moments as (
    select calmed.source, calmed.voter, calmed.site_id, max(calmed.submitted_at) as submitted_at
    from calmed
    where calmed.verdict = ''
    group by calmed.source, calmed.voter, calmed.site_id
    having count(*) > 1
),

last_ballots as (
    select calmed.source, calmed.voter, calmed.site_id, max(calmed.ballot_id) as ballot_id
    from calmed
    inner join last_moments
        on
            last_moments.source = calmed.source
            and last_moments.voter = calmed.voter
            and last_moments.site_id = calmed.site_id
            and last_moments.submitted_at = calmed.submitted_at
    where calmed.verdict = ''
    group by calmed.source, calmed.voter, calmed.site_id
),

judged as (
    select
        calmed.source,
        calmed.site_id,
        calmed.ratings,
        calmed.overall,
        case
            when calmed.verdict <> '' then calmed.verdict
            when last_ballots.ballot_id <> calmed.ballot_id then 'duplicate'
            else 'valid'
        end as reason
    from calmed
    left join last_ballots
        on
            last_ballots.source = calmed.source
            and last_ballots.voter = calmed.voter
            and last_ballots.site_id = calmed.site_id
),

answered as (
    select
        judged.source,
        judged.site_id,
        judged.reason,
        case when judged.reason = 'valid' then list_append(judged.ratings, judged.overall) else [] end as answers
    from judged
)

select
    answered.source,    -- source of the scheme
    answered.site_id,   -- site of the register
    answered.reason,    -- the rule that excludes them, or valid
    answered.answers,   -- of valid ballots: level code per aspect, in the scheme's order, then that of the overall rating
    count(*) as ballots -- ballots
from answered
group by answered.source, answered.site_id, answered.reason, answered.answers
