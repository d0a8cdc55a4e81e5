-- 每项网站检测，做了的、没有做的、重复送来的与检测期以外的合计等于收到的。
with accounts as (
    select counts."check", sum(counts.made + counts.not_made + counts.stale + counts.outside_period) as checks
    from published.check_counts as counts
    group by counts."check"
),

delivered as (
    select checks."check" from raw.crawl_checks as checks
    union all
    select scans.seen."check" from (select unnest(checks) as seen from raw.crawl_scans) as scans
),

received as (
    select delivered."check", count(*) as checks
    from delivered
    group by delivered."check"
)

select coalesce(accounts."check", received."check") as "check", accounts.checks, received.checks as received
from accounts
full join received on received."check" = accounts."check"
where accounts.checks is distinct from received.checks
