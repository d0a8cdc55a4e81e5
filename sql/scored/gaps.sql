-- Every gap: something that is due and did not come, whole or in part; what becomes of it, and who accepts it.
-- grain: source, site_id, item
-- check: missing > 0
-- check: treatment in ('fail', 'tell', 'zero', 'waived', 'awaited')
with matched as (
    select
        due.source,
        due.site_id,
        due.item,
        waivers.reason,
        waivers.approved_by,
        waivers.approved_on,
        waivers.document,
        row_number() over (
            partition by due.source, due.site_id, due.item
            order by waivers.approved_on, waivers.reason, waivers.approved_by, waivers.document, waivers.site_id, waivers.item
        ) as place
    from scored.due
    inner join staged.waivers
        on
            waivers.source = due.source
            and (waivers.site_id = due.site_id or waivers.site_id = '')
            and (waivers.item = due.item or waivers.item = due.label or waivers.item = '')
    where due.missing > 0
),

-- The last day on which what is counted by time may come.
last_due as (
    select periods.source, max(periods.due) as due
    from ref.due_periods as periods
    group by periods.source
)

select
    due.source,                       -- source of the scheme, or crawl
    due.site_id,                      -- site of the register; empty for what is nobody's own
    due.item,                         -- aspect, indicator, item type or channel; experts, ballots, score, all (channels together) or nights
    due.label,                        -- what it is called
    due.unit,                         -- what is counted: 个月, 天, 夜, 项, 位, 票, 件
    due.expected,                     -- how many are due
    due.missing,                      -- how many of them did not come
    due.periods,                      -- which days or months these are
    coalesce(aside."rows", 0) as set_aside,  -- rows about it that came and were set aside
    case when due.unit in ('个月', '天', '夜') then last_due.due else sources.due end as due_on,  -- last day on which it may come
    case
        when matched.source is not null then 'waived'
        when due.unit not in ('个月', '天', '夜') and scheme.as_of <= sources.due then 'awaited'
        else coalesce(sources.incomplete, 'tell')
    end as treatment,                 -- waived: somebody accepts it; awaited: it may still come; else what the scheme says of the source
    matched.reason,                   -- why it is accepted; null where it is not
    matched.approved_by,              -- who accepts it; null likewise
    matched.approved_on,              -- on which day; null likewise
    matched.document                  -- document that says so; null likewise
from scored.due
cross join ref.scheme
left join ref.sources on sources.source = due.source
left join last_due on last_due.source = due.source
left join matched
    on matched.source = due.source and matched.site_id = due.site_id and matched.item = due.item and matched.place = 1
-- What is no item of its source, valid ballots and a score, is what all rows of the site are about.
left join ref.items on items.source = due.source and items.item = due.item
left join staged.set_aside as aside
    on
        aside.source = due.source
        and aside.site_id = due.site_id
        and due.site_id <> ''
        and aside.item = case when items.item is null then '' else due.item end
where due.missing > 0
