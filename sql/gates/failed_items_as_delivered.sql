-- 没有通过核查的事项，正是原始核查记录中组别计分的来源里有一项不通过的那些，各列照抄，计分与否按方案。
with expected as (
    select
        items.site_id,
        items.source,
        items.item_id,
        items.name,
        items.item_type,
        case when items.approval then 1 else 0 end as approval,
        case when items.approval and approving.group_id is null then 0 else 1 end as counts,
        items.reachable,
        items.guide,
        items.form,
        items.online,
        cast(items.audited_on as varchar) as audited_on
    from raw.audit_items as items
    inner join ref.sites on sites.site_id = items.site_id
    inner join ref.weights on weights.group_id = sites.group_id and weights.source = items.source
    left join ref.approval_groups as approving on approving.source = items.source and approving.group_id = sites.group_id
    where 'fail' in (items.reachable, items.guide, items.form, items.online)
),

shown as (
    select
        items.site_id,
        items.source,
        items.item_id,
        items.name,
        items.item_type,
        items.approval,
        items.counts,
        items.reachable,
        items.guide,
        items.form,
        items.online,
        items.audited_on
    from published.failed_items as items
),

wrong as (
    select * from shown
    except
    select * from expected
),

absent as (
    select * from expected
    except
    select * from shown
)

select 'shown' as side, wrong.* from wrong
union all
select 'expected', absent.* from absent
