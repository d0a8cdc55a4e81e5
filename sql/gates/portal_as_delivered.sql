-- 门户栏目的访问量、占比、名次和各单位报送的数字，等于从原始报送另算一遍的。
with views as (
    select traffic."column" as subject, cast(sum(traffic.views) as double) as views
    from raw.portal_traffic as traffic
    group by traffic."column"
),

every_view as (
    select sum(views.views) as views from views
),

expected as (
    select
        'column' as sort,
        views.subject,
        views.views as value,
        round(cast(views.views / nullif(every_view.views, 0) as decimal(18, 8)), 4) as share,
        null as unit,
        null as previous,
        cast(rank() over (order by views.views desc) as integer) as rank
    from views
    cross join every_view
    union all
    select
        'figure',
        stats.metric,
        round(cast(stats.value as double), 4),
        round(
            cast(
                cast(stats.value - stats.previous as double)
                / case when stats.previous <> 0 then cast(stats.previous as double) end as decimal(38, 8)
            ),
            4
        ),
        stats.unit,
        round(cast(stats.previous as double), 4),
        null
    from raw.portal_stats as stats
),

shown as (
    select
        'column' as sort,
        columns."column" as subject,
        cast(columns.views as double) as value,
        columns.share,
        null as unit,
        null as previous,
        columns.rank
    from published.portal_columns as columns
    union all
    select
        'figure',
        figures.metric,
        cast(figures.value as double),
        figures.growth,
        figures.unit,
        cast(figures.previous as double),
        null
    from published.portal_figures as figures
)

select
    coalesce(shown.subject, expected.subject) as subject,
    shown.value,
    expected.value as expected_value,
    shown.share,
    expected.share as expected_share,
    shown.previous,
    expected.previous as expected_previous,
    shown.rank,
    expected.rank as expected_rank
from shown
full join expected on expected.sort = shown.sort and expected.subject = shown.subject
where
    shown.value is distinct from expected.value
    or shown.share is distinct from expected.share
    or shown.unit is distinct from expected.unit
    or shown.previous is distinct from expected.previous
    or shown.rank is distinct from expected.rank
