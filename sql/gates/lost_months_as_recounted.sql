-- 失分的月份等于从原始记录和检测另算一遍的：数值、得分、满分。
with valued as (
    select
        months.site_id,
        months.source,
        months.indicator as item,
        months.month,
        -- What was recorded is an exact number, and may have more digits than a double.
        round(coalesce(cast(records.value as decimal(28, 8)), cast(months.value as decimal(28, 8))), 4) as value,
        round(cast(months.points as decimal(18, 8)), 4) as points,
        round(cast(months.max_points as decimal(18, 8)), 8) as max_points
    from recount.monthly_points as months
    inner join ref.sites on sites.site_id = months.site_id
    inner join ref.weights on weights.group_id = sites.group_id and weights.source = months.source
    inner join ref.indicators on indicators.source = months.source and indicators.indicator = months.indicator
    left join raw.records
        on
            records.source = months.source
            and records.site_id = months.site_id
            and records.indicator = months.indicator
            and records.month = months.month
            and indicators.from_crawl is null
),

expected as (
    select valued.* from valued
    where valued.points < valued.max_points
)

select
    coalesce(shown.site_id, expected.site_id) as site_id,
    coalesce(shown.source, expected.source) as source,
    coalesce(shown.item, expected.item) as item,
    coalesce(shown.month, expected.month) as month,
    shown.value,
    expected.value as expected_value,
    shown.points,
    expected.points as expected_points,
    shown.max_points,
    expected.max_points as expected_max_points
from published.lost_months as shown
full join expected
    on
        expected.site_id = shown.site_id
        and expected.source = shown.source
        and expected.item = shown.item
        and expected.month = shown.month
where
    shown.value is distinct from expected.value
    or shown.points is distinct from expected.points
    or shown.max_points is distinct from expected.max_points
