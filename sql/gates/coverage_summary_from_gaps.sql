-- 到件表等于另数一遍的应到数减去缺报表所列，同意缺报的、有缺的网站和不合格的行数都对得上。
with due as (
    select due.source, due.unit, sum(due.expected) as expected, sum(due.missing) as missing
    from recount.due
    group by due.source, due.unit
),

gaps as (
    select
        coverage.source,
        coverage.unit,
        sum(coverage.missing) as missing,
        sum(case when coverage.treatment = 'waived' then coverage.missing else 0 end) as waived,
        count(distinct nullif(coverage.site_id, '')) as sites
    from published.coverage
    group by coverage.source, coverage.unit
),

aside as (
    select quarantine.dataset as source, count(*) as set_aside
    from raw.quarantine
    group by quarantine.dataset
)

select
    coalesce(shown.source, due.source) as source,
    coalesce(shown.unit, due.unit) as unit,
    shown.expected,
    due.expected as expected_due,
    shown.missing,
    due.missing as expected_missing
from published.coverage_summary as shown
full join due on due.source = shown.source and due.unit = shown.unit
cross join ref.scheme
left join gaps on gaps.source = shown.source and gaps.unit = shown.unit
left join aside on aside.source = shown.source
where
    shown.year is distinct from scheme.year
    or shown.expected is distinct from due.expected
    or shown.missing is distinct from due.missing
    or shown.missing is distinct from coalesce(gaps.missing, 0)
    or shown.received is distinct from due.expected - due.missing
    or shown.waived is distinct from coalesce(gaps.waived, 0)
    or shown.sites_missing is distinct from coalesce(gaps.sites, 0)
    or shown.set_aside is distinct from coalesce(aside.set_aside, 0)
