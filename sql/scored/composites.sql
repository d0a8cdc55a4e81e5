-- The composite of every site: the exact weighted sum of its source scores, with what is missing told (methods 2 and 8).
-- grain: site_id
-- check: composite is null or composite between 0 and 100
with due as (
    select sites.site_id, sites.group_id, weights.source, weights.weight, scores.score
    from ref.sites
    -- A source that weighs nothing cannot be missed.
    inner join ref.weights on weights.group_id = sites.group_id and weights.weight > 0
    left join scored.source_scores as scores on scores.site_id = sites.site_id and scores.source = weights.source
),

summed as (
    select
        due.site_id,
        due.group_id,
        coalesce(sum(due.weight * due.score), 0) as weighted_sum,
        sum(due.weight) filter (where due.score is not null) as present_weight,
        count(*) filter (where due.score is null) as missing_sources
    from due
    group by due.site_id, due.group_id
)

select
    summed.site_id,   -- site of the register
    summed.group_id,  -- its group
    cast(
        case
            when summed.missing_sources = 0 or scheme.missing = 'zero' then round(summed.weighted_sum, 2)
            when scheme.missing = 'reweight'
                then round(
                    cast(
                        cast(summed.weighted_sum as double) / nullif(cast(summed.present_weight as double), 0) as decimal(18, 8)
                    ),
                    2
                )
        end as decimal(9, 2)
    ) as composite    -- 0 to 100, rounded half up; null where the scheme has no rule for what is missing
from summed
cross join ref.scheme
