-- 网上办事事项和行政审批事项，等于从原始核查记录另数一遍的，各组别、类型的和合计的。
with expected as (
    select
        items.source,
        coalesce(sites.group_id, 'all') as group_id,
        coalesce(items.item_type, 'all') as item_type,
        sum(items.items) as items,
        sum(case when items.approval then items.items else 0 end) as approval_items,
        sum(items.online_items) as online_items,
        sum(case when items.approval then items.online_items else 0 end) as online_approval_items,
        cast(sum(items.forms) as bigint) as forms,
        cast(sum(items.sheets) as bigint) as sheets
    from recount.service_items as items
    inner join ref.sites on sites.site_id = items.site_id
    group by grouping sets (
        (items.source, sites.group_id, items.item_type),
        (items.source, sites.group_id),
        (items.source, items.item_type),
        (items.source)
    )
)

select
    coalesce(shown.source, expected.source) as source,
    coalesce(shown."group", expected.group_id) as group_id,
    coalesce(shown.item_type, expected.item_type) as item_type,
    shown.items,
    expected.items as expected_items,
    shown.approval_items,
    approvals.approval_items as shown_approval_items,
    expected.approval_items as expected_approval_items,
    shown.online_items,
    expected.online_items as expected_online_items,
    approvals.online_approval_items,
    expected.online_approval_items as expected_online_approval_items,
    shown.forms,
    expected.forms as expected_forms,
    shown.sheets,
    expected.sheets as expected_sheets
from published.service_inventory as shown
full join expected
    on expected.source = shown.source and expected.group_id = shown."group" and expected.item_type = shown.item_type
full join published.approval_items as approvals
    on
        approvals.source = coalesce(shown.source, expected.source)
        and approvals."group" = coalesce(shown."group", expected.group_id)
        and approvals.item_type = coalesce(shown.item_type, expected.item_type)
where
    shown.items is distinct from expected.items
    or shown.approval_items is distinct from expected.approval_items
    or shown.online_items is distinct from expected.online_items
    or shown.forms is distinct from expected.forms
    or shown.sheets is distinct from expected.sheets
    or coalesce(approvals.approval_items, 0) <> coalesce(expected.approval_items, 0)
    or coalesce(approvals.online_approval_items, 0) <> case
        when coalesce(expected.approval_items, 0) > 0 then expected.online_approval_items
        else 0
    end
