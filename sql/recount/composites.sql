-- The composite of every site once more: the sum of weight × score, divided by the weights that count (methods 2 and 8).
-- grain: site_id
with due as (
    select
        sites.site_id,
        sites.group_id,
        weights.weight,
        scores.score,
        scheme.missing = 'reweight' and scores.score is null as given_away
    from ref.sites
    cross join ref.scheme
    inner join ref.weights on weights.group_id = sites.group_id
    left join recount.source_scores as scores on scores.site_id = sites.site_id and scores.source = weights.source
),

sums as (
    select
        due.site_id,
        due.group_id,
        sum(due.weight * coalesce(due.score, 0)) as total,
        sum(case when due.given_away then 0 else due.weight end) as counted,
        sum(case when due.given_away then due.weight else 0 end) as given_away
    from due
    group by due.site_id, due.group_id
)

select
    sums.site_id,   -- site of the register
    sums.group_id,  -- its group
    sums.counted,   -- the weights that count, added up; 1 where nobody's weight is given away
    cast(
        case
            when sums.given_away = 0 then round(sums.total, 2)
            else round(cast(cast(sums.total as double) / nullif(cast(sums.counted as double), 0) as decimal(18, 8)), 2)
        end as decimal(9, 2)
    ) as composite  -- 0 to 100, rounded half up
from sums
