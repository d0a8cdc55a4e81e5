-- 缺报表等于从原始记录另数一遍的：应到、缺、单位、不合格的行数、谁同意缺报，一行不多，一行不少。
with waiving as (
    select
        due.source,
        due.site_id,
        due.item,
        min(
            concat(
                cast(waivers.approved_on as varchar),
                chr(9), waivers.reason,
                chr(9), waivers.approved_by,
                chr(9), coalesce(waivers.document, '')
            )
        ) as told
    from recount.due
    left join ref.items on items.source = due.source and items.item = due.item
    inner join published.coverage as shown
        on shown.source = due.source and shown.site_id = due.site_id and shown.item = due.item
    inner join raw.waivers
        on
            waivers.source = due.source
            and coalesce(waivers.site_id, due.site_id) = due.site_id
            and coalesce(waivers.item, due.item) in (due.item, coalesce(items.label, shown.label))
    where due.missing > 0
    group by due.source, due.site_id, due.item
),

aside as (
    select quarantine.dataset as source, quarantine.site_id, coalesce(quarantine.item, '') as item, count(*) as set_aside
    from raw.quarantine
    where quarantine.site_id is not null
    group by quarantine.dataset, quarantine.site_id, coalesce(quarantine.item, '')
),

last_periods as (
    select periods.source, max(periods.due) as due
    from ref.due_periods as periods
    group by periods.source
),

expected as (
    select
        due.source,
        due.site_id,
        due.item,
        due.unit,
        due.expected,
        due.missing,
        scheme.year,
        coalesce(periods.periods, '') as periods,
        coalesce(
            items.label,
            case due.item
                when 'experts' then '专家'
                when 'ballots' then '有效选票'
                when 'score' then '得分'
                when 'all' then '全部渠道'
                when 'nights' then '网站检测'
                else due.item
            end
        ) as label,
        cast(case when due.unit in ('个月', '天', '夜') then last_periods.due else sources.due end as varchar) as due_on,
        coalesce(aside.set_aside, 0) as set_aside,
        waiving.told,
        case
            when waiving.told is not null then 'waived'
            when due.unit not in ('个月', '天', '夜') and scheme.as_of <= sources.due then 'awaited'
            when sources.source is null then 'tell'
            else sources.incomplete
        end as treatment
    from recount.due
    cross join ref.scheme
    left join ref.sources on sources.source = due.source
    left join ref.items on items.source = due.source and items.item = due.item and due.site_id <> ''
    left join last_periods on last_periods.source = due.source
    left join recount.missing_periods as periods
        on periods.source = due.source and periods.site_id = due.site_id and periods.item = due.item
    left join waiving on waiving.source = due.source and waiving.site_id = due.site_id and waiving.item = due.item
    left join ref.items as aspects_and_more on aspects_and_more.source = due.source and aspects_and_more.item = due.item
    left join aside
        on
            aside.source = due.source
            and aside.site_id = due.site_id
            and aside.item = case when aspects_and_more.item is null then '' else due.item end
    where due.missing > 0
)

select
    coalesce(shown.source, expected.source) as source,
    coalesce(shown.site_id, expected.site_id) as site_id,
    coalesce(shown.item, expected.item) as item,
    shown.expected,
    expected.expected as expected_due,
    shown.missing,
    expected.missing as expected_missing,
    shown.set_aside,
    expected.set_aside as expected_aside,
    shown.treatment,
    expected.treatment as expected_treatment
from published.coverage as shown
full join expected
    on expected.source = shown.source and expected.site_id = shown.site_id and expected.item = shown.item
where
    shown.expected is distinct from expected.expected
    or shown.missing is distinct from expected.missing
    or shown.unit is distinct from expected.unit
    or shown.year is distinct from expected.year
    or shown.label is distinct from expected.label
    or shown.due is distinct from expected.due_on
    or shown.periods is distinct from expected.periods
    or shown.set_aside is distinct from expected.set_aside
    or shown.treatment is distinct from expected.treatment
    or shown.received is distinct from shown.expected - shown.missing
    or concat(shown.approved_on, chr(9), shown.reason, chr(9), shown.approved_by, chr(9), shown.document)
    is distinct from coalesce(expected.told, concat(chr(9), chr(9), chr(9)))
