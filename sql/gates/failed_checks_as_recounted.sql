-- 没有通过检测的地址等于从原始检测记录另数一遍的：次数、其中计入的、首次和最近，当时测得和看到的出自原始记录。
with costly as (
    select distinct indicators.from_crawl as "check"
    from ref.indicators
    where indicators.rule = 'deduct' and indicators.measure = 'value'
),

expected as (
    select
        checks.site_id,
        checks."check",
        checks.url,
        sum(checks.failed) + coalesce(sum(case when costly."check" is not null then checks.above_zero end), 0) as failures,
        sum(checks.confirmed) + coalesce(sum(case when costly."check" is not null then checks.above_zero end), 0) as confirmed,
        min(
            least(checks.first_failed, case when costly."check" is not null then checks.first_above_zero end)
        ) as first_at,
        max(
            greatest(checks.last_failed, case when costly."check" is not null then checks.last_above_zero end)
        ) as last_at
    from recount.crawl_checks as checks
    left join costly on costly."check" = checks."check"
    group by checks.site_id, checks."check", checks.url
),

-- What rows say of the moment that is shown as the last one, in both forms of delivery.
said as (
    select checks.site_id, checks."check", coalesce(checks.url, '') as url, checks.checked_at, checks.value, checks.detail
    from raw.crawl_checks as checks
    where checks.not_made is null and not coalesce(checks.passed, false)
    union all
    select scans.site_id, scans.seen."check", '', scans.checked_at, scans.seen.value, null
    from (select *, unnest(checks) as seen from raw.crawl_scans) as scans
    where scans.seen.not_made is null and not coalesce(scans.seen.passed, false)
),

last_said as (
    select
        expected.site_id,
        expected."check",
        expected.url,
        list(round(cast(said.value as decimal(28, 8)), 4)) as seen_values,
        min(round(cast(said.value as decimal(28, 8)), 4)) as seen_value,
        min(substr(said.detail, 1, 1000)) as detail
    from expected
    inner join said
        on
            said.site_id = expected.site_id
            and said."check" = expected."check"
            and said.url = expected.url
            and said.checked_at = expected.last_at
    where expected.failures > 0
    group by expected.site_id, expected."check", expected.url
)

select
    coalesce(shown.site_id, expected.site_id) as site_id,
    coalesce(shown."check", expected."check") as "check",
    coalesce(shown.url, expected.url) as url,
    shown.failures,
    expected.failures as expected_failures,
    shown.confirmed,
    expected.confirmed as expected_confirmed,
    shown.first_failed,
    expected.first_at as expected_first,
    shown.last_failed,
    expected.last_at as expected_last,
    shown.last_value,
    last_said.seen_value as expected_value,
    shown.detail,
    last_said.detail as expected_detail
from published.failed_checks as shown
full join expected
    on expected.site_id = shown.site_id and expected."check" = shown."check" and expected.url = shown.url
left join last_said
    on last_said.site_id = expected.site_id and last_said."check" = expected."check" and last_said.url = expected.url
where
    coalesce(expected.failures, 0) <> coalesce(shown.failures, 0)
    or shown.failures is not null and (
        shown.confirmed is distinct from expected.confirmed
        or shown.first_failed is distinct from cast(date_trunc('second', expected.first_at) as varchar)
        or shown.last_failed is distinct from cast(date_trunc('second', expected.last_at) as varchar)
        or not coalesce(list_contains(last_said.seen_values, shown.last_value), shown.last_value is null)
        or shown.detail is distinct from last_said.detail
    )
