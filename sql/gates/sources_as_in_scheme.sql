-- 来源和权重、来源的构成正是方案所写的。
with expected as (
    select
        'source_weights' as table_name,
        weights.group_id as part,
        weights.source,
        '' as item,
        sources.label,
        weights.weight,
        sources.kind as rule,
        null as number
    from ref.weights
    inner join ref.sources on sources.source = weights.source
    union all
    select
        'source_items',
        cast(items.position as varchar),
        items.source,
        items.item,
        items.label,
        items.weight,
        concat_ws('|', indicators.rule, indicators.target, indicators.per, indicators.from_crawl),
        items.max_points
    from ref.items
    left join ref.indicators on indicators.source = items.source and indicators.indicator = items.item
),

shown as (
    select
        'source_weights' as table_name,
        weights."group" as part,
        weights.source,
        '' as item,
        weights.label,
        weights.weight,
        weights.kind as rule,
        null as number
    from published.source_weights as weights
    union all
    select
        'source_items',
        cast(items.position as varchar),
        items.source,
        items.item,
        items.label,
        items.weight,
        concat_ws('|', items.rule, items.target, items.per, items.from_crawl),
        items.max_points
    from published.source_items as items
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
