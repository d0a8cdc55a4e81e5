-- How satisfied the voters are: of the valid ballots that rate an aspect (or overall), the share with a satisfied level (method 3).
-- grain: source, group_id, aspect
-- check: satisfied between 0 and ratings
-- check: score between 0 and 100
with by_group as (
    select
        counts.source,
        coalesce(sites.group_id, 'all') as group_id,
        counts.aspect,
        sum(counts.ratings) as ratings,
        sum(case when levels.satisfied then counts.ratings else 0 end) as satisfied,
        sum(counts.ratings * levels.points) as points
    from staged.rating_counts as counts
    inner join ref.levels on levels.source = counts.source and levels.level = counts.level
    inner join ref.sites on sites.site_id = counts.site_id
    group by grouping sets ((counts.source, sites.group_id, counts.aspect), (counts.source, counts.aspect))
)

select
    by_group.source,                          -- source of the scheme
    by_group.group_id,                        -- group, or all
    by_group.aspect,                          -- aspect of the scheme, or overall
    cast(by_group.ratings as bigint) as ratings,      -- valid ballots that rate it
    cast(by_group.satisfied as bigint) as satisfied,  -- of them, with a satisfied level
    cast(round(cast(by_group.satisfied / by_group.ratings as decimal(18, 8)), 4) as decimal(9, 4)) as rate,  -- share, four places
    cast(round(cast(cast(by_group.points as double) / by_group.ratings as decimal(18, 8)), 2) as decimal(9, 2)) as score     -- mean points
from by_group
