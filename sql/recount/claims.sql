-- The points of every indicator that a site claimed, once more from the raw rows (method 5).
-- grain: source, site_id, indicator
with claimants as (
    select claims.source, claims.site_id
    from raw.claims
    group by claims.source, claims.site_id
)

select
    claimants.source,                 -- claims source
    claimants.site_id,                -- site of the register
    indicators.indicator,             -- indicator of the source
    cast(indicators.max_points as double) as max_points,  -- points at most
    claims.points as claimed,         -- points claimed; null where the site did not claim
    verifications.points as verified, -- points verified; null where nobody verified
    case
        when claims.points is null then 0
        when verifications.points is null then cast(claims.points as double)
        else greatest(
            cast(verifications.points as double)
            - cast(rules.inflation_penalty as double) * greatest(cast(claims.points - verifications.points as double), 0),
            0
        )
    end as points                     -- points that count
from claimants
inner join ref.claim_rules as rules on rules.source = claimants.source
inner join ref.indicators on indicators.source = claimants.source
left join raw.claims
    on claims.source = claimants.source and claims.site_id = claimants.site_id and claims.indicator = indicators.indicator
left join raw.verifications
    on
        verifications.source = claimants.source
        and verifications.site_id = claimants.site_id
        and verifications.indicator = indicators.indicator
