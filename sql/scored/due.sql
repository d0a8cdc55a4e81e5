-- What is due of every source, and how much of it did not come. Of a source that says no more, a score a site is due.
-- grain: source, site_id, item
-- check: missing between 0 and expected
with parts as (
    select periods.source, periods.site_id, periods.item, periods.unit, periods.expected, periods.missing, periods.periods
    from staged.periods_due as periods
    union all
    select claims.source, claims.site_id, claims.item, '项', claims.expected, claims.missing, ''
    from staged.claims_due as claims
    union all
    select
        panel.source,
        panel.site_id,
        panel.item,
        case when panel.site_id = '' then '位' else '个评分' end,
        panel.expected,
        panel.missing,
        ''
    from staged.panel_due as panel
    union all
    select bases.source, bases.site_id, 'ballots', '票', bases.expected, bases.missing, ''
    from staged.bases_due as bases
    union all
    select items.source, items.site_id, items.item, '件', items.expected, items.missing, ''
    from staged.items_due as items
),

told as (
    select distinct parts.source, parts.site_id
    from parts
),

untold as (
    select
        weights.source,
        sites.site_id,
        'score' as item,
        '项' as unit,
        cast(1 as bigint) as expected,
        cast(case when scores.score is null then 1 else 0 end as bigint) as missing,
        '' as periods
    from ref.sites
    inner join ref.weights on weights.group_id = sites.group_id
    left join told on told.source = weights.source and told.site_id = sites.site_id
    left join scored.source_scores as scores on scores.source = weights.source and scores.site_id = sites.site_id
    where weights.weight > 0 and told.source is null
),

due as (
    select * from parts
    union all
    select * from untold
)

select
    due.source,    -- source of the scheme, or crawl
    due.site_id,   -- site of the register; empty for what is nobody's own
    due.item,      -- aspect, indicator, item type or channel; experts, ballots, score, all (channels together) or nights
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
    ) as label,    -- what it is called
    due.unit,      -- what is counted: 个月, 天, 夜, 项, 位 (experts), 个评分, 票, 件 (service items)
    due.expected,  -- how many are due
    due.missing,   -- how many of them did not come
    due.periods    -- which days or months these are; empty where it is not counted by time
from due
left join ref.items on items.source = due.source and items.item = due.item and due.site_id <> ''
