-- 网站检测次数等于从原始检测记录另数一遍的：做成、通过、没有通过、其中计入、没有做成、重复和检测期以外的。
with expected as (
    select
        checks.site_id,
        checks."check",
        sum(checks.made) as made,
        sum(checks.passed) as passed,
        sum(checks.failed) as failed,
        sum(checks.confirmed) as confirmed,
        sum(checks.not_made) as not_made,
        sum(checks.stale) as stale,
        sum(checks.outside_period) as outside_period
    from recount.crawl_checks as checks
    group by checks.site_id, checks."check"
)

select
    coalesce(counts.site_id, expected.site_id) as site_id,
    coalesce(counts."check", expected."check") as "check",
    counts.made,
    expected.made as expected_made,
    counts.passed,
    expected.passed as expected_passed,
    counts.failed,
    expected.failed as expected_failed,
    counts.confirmed,
    expected.confirmed as expected_confirmed,
    counts.not_made,
    expected.not_made as expected_not_made,
    counts.stale,
    expected.stale as expected_stale,
    counts.outside_period,
    expected.outside_period as expected_outside_period
from published.check_counts as counts
full join expected on expected.site_id = counts.site_id and expected."check" = counts."check"
where
    counts.made is distinct from expected.made
    or counts.passed is distinct from expected.passed
    or counts.failed is distinct from expected.failed
    or counts.confirmed is distinct from expected.confirmed
    or counts.not_made is distinct from expected.not_made
    or counts.stale is distinct from expected.stale
    or counts.outside_period is distinct from expected.outside_period
