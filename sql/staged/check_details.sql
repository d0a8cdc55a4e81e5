-- What was last seen at every address that failed a crawl check, in the words of whoever looked.
-- grain: site_id, check, url, checked_at
with details as (
    select
        checks.site_id,
        checks."check",
        coalesce(checks.url, '') as url,
        checks.checked_at,
        checks.detail,
        row_number() over (
            partition by checks.site_id, checks."check", coalesce(checks.url, ''), checks.checked_at
            order by checks.detail
        ) as place
    from raw.crawl_checks as checks
    where checks.not_made is null and checks.detail is not null and not coalesce(checks.passed, false)
)

select
    details.site_id,                             -- site of the register
    details."check",                             -- name of the check
    details.url,                                 -- address that was checked; empty where not told
    details.checked_at,                          -- when, UTC
    substr(details.detail, 1, 1000) as detail    -- what was seen, its first thousand characters
from details
where details.place = 1
