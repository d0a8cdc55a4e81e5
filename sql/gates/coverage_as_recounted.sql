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

expected as (
    select
        due.source,
        due.site_id,
        due.item,
        due.unit,
        due.expected,
        due.missing,
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
    left join waiving on waiving.source = due.source and waiving.site_id = due.site_id and waiving.item = due.item
    left join aside
        on
            aside.source = due.source
            and aside.site_id = due.site_id
            and (aside.item = due.item or (aside.item = '' and due.item in ('ballots', 'score')))
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
    or shown.set_aside is distinct from expected.set_aside
    or shown.treatment is distinct from expected.treatment
    or shown.received is distinct from shown.expected - shown.missing
    or concat(shown.approved_on, chr(9), shown.reason, chr(9), shown.approved_by, chr(9), shown.document)
    is distinct from coalesce(expected.told, concat(chr(9), chr(9), chr(9)))
