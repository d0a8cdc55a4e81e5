-- The figures of every group, from its published composites (method 9).
-- grain: group_id
-- check: lowest <= median and median <= highest
with totals as (
    select
        ranked.group_id,
        count(*) as sites,
        sum(ranked.composite) as total,
        min(ranked.composite) as lowest,
        max(ranked.composite) as highest,
        median(cast(ranked.composite as double)) as median,
        sum(cast(ranked.composite * 100 as bigint)) as hundredths,
        sum(cast(ranked.composite * 100 as bigint) * cast(ranked.composite * 100 as bigint)) as squared_hundredths
    from ranked.composites as ranked
    group by ranked.group_id
),

above as (
    -- Compared without dividing: the mean itself may have no end.
    select ranked.group_id, count(*) as sites
    from ranked.composites as ranked
    inner join totals on totals.group_id = ranked.group_id
    where ranked.composite * totals.sites > totals.total
    group by ranked.group_id
)

select
    totals.group_id,  -- group
    totals.sites,     -- sites with a composite
    cast(round(cast(cast(totals.total as double) / totals.sites as decimal(18, 8)), 1) as decimal(9, 1)) as mean,  -- mean composite, one place
    coalesce(above.sites, 0) as above_mean,  -- sites above the unrounded mean
    totals.lowest,    -- lowest composite
    totals.highest,   -- highest composite
    cast(round(cast(totals.median as decimal(18, 8)), 2) as decimal(9, 2)) as median,  -- median composite
    cast(
        round(
            cast(
                sqrt(totals.sites * totals.squared_hundredths - totals.hundredths * totals.hundredths)
                / (totals.sites * 100) as decimal(18, 8)
            ),
            2
        ) as decimal(9, 2)
    ) as sd           -- standard deviation of the population
from totals
left join above on above.group_id = totals.group_id
