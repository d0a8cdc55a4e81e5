-- 分项得分表等于从原始记录另算一遍的：各网站、来源、分项的数值和依据数。
with expected as (
    select
        details.site_id,
        details.source,
        details.item,
        cast(round(cast(details.value as decimal(18, 8)), 2) as decimal(9, 2)) as value,
        cast(details.base as bigint) as base
    from recount.source_details as details
)

select
    coalesce(details.site_id, expected.site_id) as site_id,
    coalesce(details.source, expected.source) as source,
    coalesce(details.item, expected.item) as item,
    details.value,
    expected.value as expected_value,
    details.base,
    expected.base as expected_base
from published.source_details as details
full join expected
    on expected.site_id = details.site_id and expected.source = details.source and expected.item = details.item
where details.value is distinct from expected.value or details.base is distinct from expected.base
