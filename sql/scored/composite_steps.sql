-- How every composite comes about, a row a step with the total so far; the last total, rounded, is the composite (methods 2 and 8).
-- grain: site_id, position
-- check: counted_weight is null or counted_weight between 0 and 1
-- check: total is null or amount is not null
with due as (
    select
        sites.site_id,
        sites.group_id,
        sources.position,
        weights.source,
        sources.label,
        weights.weight,
        scores.score,
        scheme.missing,
        -- A source that weighs nothing cannot be missed.
        scores.score is null and weights.weight > 0 as is_missing
    from ref.sites
    cross join ref.scheme
    inner join ref.weights on weights.group_id = sites.group_id
    inner join ref.sources on sources.source = weights.source
    left join scored.source_scores as scores on scores.site_id = sites.site_id and scores.source = weights.source
),

bases as (
    select
        due.site_id,
        cast(
            case
                when due.missing = 'zero' or not bool_or(due.is_missing) then 1
                when due.missing = 'reweight' then nullif(sum(case when due.score is null then 0 else due.weight end), 0)
            end as decimal(14, 8)
        ) as weight_base
    from due
    group by due.site_id, due.missing
),

running as (
    select
        due.*,
        bases.weight_base,
        sum(due.weight * coalesce(due.score, 0)) over (
            partition by due.site_id order by due.position rows between unbounded preceding and current row
        ) as weighted_sum
    from due
    inner join bases on bases.site_id = due.site_id
),

-- A sum of products is exact; a quotient is brought to eight decimals.
reached as (
    select
        running.*,
        case
            when running.weight_base = 1 then cast(running.weighted_sum as decimal(18, 10))
            else cast(cast(running.weighted_sum as double) / cast(running.weight_base as double) as decimal(18, 8))
        end as sources_total
    from running
),

-- What acts on the sum of the sources (a deduction, a cap, a veto) is a further row: a later position, no source, an amount.
steps as (
    select
        reached.site_id,
        reached.group_id,
        reached.position,
        'source' as step,
        reached.source,
        reached.label,
        reached.weight,
        reached.weight_base,
        case
            when reached.is_missing and reached.missing = 'reweight' then 0
            else cast(
                round(cast(reached.weight as double) / cast(reached.weight_base as double) * 1e12) / 1e12 as decimal(14, 12)
            )
        end as counted_weight,
        reached.score,
        -- What the total grows by: so the amounts add up to it where weights are scaled, too.
        reached.sources_total - coalesce(
            lag(reached.sources_total) over (partition by reached.site_id order by reached.position), 0
        ) as amount
    from reached
)

select
    steps.site_id,                                              -- site of the register
    steps.group_id,                                             -- its group
    cast(steps.position as integer) as position,                -- order of the steps: the sources as in the scheme, then what acts on their sum
    steps.step,                                                 -- source: a source's weighted score
    steps.source,                                               -- source of the scheme
    steps.label,                                                -- what the step is called
    steps.weight,                                               -- the source's share in the scheme
    steps.weight_base,                                          -- what the weights are divided by: 1, or under reweight the sum of those with a score; null where there is no composite
    cast(steps.counted_weight as decimal(14, 12)) as counted_weight,  -- the share that counts for this site
    steps.score,                                                -- 0 to 100; null where the site has none
    cast(steps.amount as decimal(18, 10)) as amount,            -- points that the step adds; null where there is no composite
    cast(
        sum(steps.amount) over (
            partition by steps.site_id order by steps.position rows between unbounded preceding and current row
        ) as decimal(18, 10)
    ) as total                                                  -- points so far: an exact sum, or a quotient to eight decimals; null likewise
from steps
