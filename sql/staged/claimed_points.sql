-- Every indicator of every site that claimed anything: what it claimed, what was verified, what counts (method 5).
-- grain: source, site_id, indicator
-- check: points between 0 and max_points
with claimants as (
    select distinct claims.source, claims.site_id
    from raw.claims
),

claimed as (
    select
        indicators.source,
        claimants.site_id,
        indicators.indicator,
        indicators.max_points,
        claims.points as claimed_points,
        verifications.points as verified_points,
        rules.inflation_penalty
    from claimants
    inner join ref.indicators on indicators.source = claimants.source
    inner join ref.claim_rules as rules on rules.source = claimants.source
    left join raw.claims
        on
            claims.source = claimants.source
            and claims.site_id = claimants.site_id
            and claims.indicator = indicators.indicator
    left join raw.verifications
        on
            verifications.source = claimants.source
            and verifications.site_id = claimants.site_id
            and verifications.indicator = indicators.indicator
)

select
    claimed.source,           -- source of the scheme
    claimed.site_id,          -- site of the register
    claimed.indicator,        -- indicator of the source
    claimed.max_points,       -- points at most
    claimed.claimed_points,   -- points claimed; null where the site did not claim
    claimed.verified_points,  -- points verified; null where nobody verified
    cast(
        case
            when claimed.claimed_points is null then 0
            when claimed.verified_points is null then claimed.claimed_points
            when claimed.claimed_points <= claimed.verified_points then claimed.verified_points
            else greatest(
                claimed.verified_points
                - claimed.inflation_penalty * (claimed.claimed_points - claimed.verified_points),
                0
            )
        end as decimal(20, 12)
    ) as points               -- points that count: unclaimed 0, verified before claimed, less the penalty, not below 0
from claimed
