-- The indicators that every site is to claim, and which of them it did not.
-- grain: source, site_id, item
-- check: missing between 0 and expected
select
    rules.source,                                                      -- claims source
    sites.site_id,                                                     -- site of the register
    indicators.indicator as item,                                      -- indicator of the source
    cast(1 as bigint) as expected,                                     -- one claim
    cast(case when claims.points is null then 1 else 0 end as bigint) as missing  -- 1 where it did not come
from ref.sites
inner join ref.weights on weights.group_id = sites.group_id
inner join ref.claim_rules as rules on rules.source = weights.source
inner join ref.indicators on indicators.source = rules.source
left join raw.claims
    on
        claims.source = rules.source
        and claims.site_id = sites.site_id
        and claims.indicator = indicators.indicator
where weights.weight > 0
