-- The service items of every site by type, counted once more from the raw rows (method 7).
-- grain: source, site_id, item_type, approval
with answers as (
    select items.source, items.site_id, items.item_id, items.reachable as answer
    from raw.audit_items as items
    union all
    select items.source, items.site_id, items.item_id, items.guide
    from raw.audit_items as items
    union all
    select items.source, items.site_id, items.item_id, items.form
    from raw.audit_items as items
    union all
    select items.source, items.site_id, items.item_id, items.online
    from raw.audit_items as items
),

results as (
    select
        answers.source,
        answers.site_id,
        answers.item_id,
        sum(case when answers.answer = 'pass' then cast(1 as double) else 0 end) / count(*) as result
    from answers
    where answers.answer in ('pass', 'fail')
    group by answers.source, answers.site_id, answers.item_id
),

tallied as (
    select items.*, results.result
    from raw.audit_items as items
    left join results
        on results.source = items.source and results.site_id = items.site_id and results.item_id = items.item_id
)

select
    tallied.source,            -- audit source
    tallied.site_id,           -- site of the register
    tallied.item_type,         -- item type of the source
    tallied.approval,          -- whether they are approval items (审批事项)
    count(*) as items,         -- items
    sum(case when tallied.online = 'pass' then 1 else 0 end) as online_items,  -- of them, items whose online check passed
    coalesce(sum(tallied.forms), 0) as forms,    -- forms they offer
    coalesce(sum(tallied.sheets), 0) as sheets,  -- sheets in those forms
    count(tallied.result) as judged,             -- items with a check that passed or failed
    coalesce(sum(tallied.result), 0) as results  -- sum of their shares that passed
from tallied
group by tallied.source, tallied.site_id, tallied.item_type, tallied.approval
