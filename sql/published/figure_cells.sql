-- The cells of the published tables that a printed figure can be held against, one row a cell; the key joins a row's key columns by /.
-- grain: table_name, row_key, column_name
with cells as (
    select
        'composite_scores' as table_name,
        concat_ws('/', scores."group", scores.name) as row_key,
        cell.column_name,
        cell.value
    from published.composite_scores as scores
    cross join lateral (
        values ('rank', cast(scores.rank as decimal(28, 4))), ('composite', cast(scores.composite as decimal(28, 4)))
    ) as cell (column_name, value)
    union all
    select 'group_summary', summary."group", cell.column_name, cell.value
    from published.group_summary as summary
    cross join lateral (
        values
        ('sites', cast(summary.sites as decimal(28, 4))),
        ('mean', cast(summary.mean as decimal(28, 4))),
        ('above_mean', cast(summary.above_mean as decimal(28, 4))),
        ('lowest', cast(summary.lowest as decimal(28, 4))),
        ('highest', cast(summary.highest as decimal(28, 4))),
        ('median', cast(summary.median as decimal(28, 4))),
        ('sd', cast(summary.sd as decimal(28, 4)))
    ) as cell (column_name, value)
    union all
    select
        'satisfaction',
        concat_ws('/', satisfaction.source, satisfaction."group", satisfaction.aspect),
        cell.column_name,
        cell.value
    from published.satisfaction
    cross join lateral (
        values
        ('ratings', cast(satisfaction.ratings as decimal(28, 4))),
        ('satisfied', cast(satisfaction.satisfied as decimal(28, 4))),
        ('rate', cast(satisfaction.rate as decimal(28, 4))),
        ('score', cast(satisfaction.score as decimal(28, 4)))
    ) as cell (column_name, value)
    union all
    select 'ballot_audit', concat_ws('/', audit.source, audit.reason), 'ballots', cast(audit.ballots as decimal(28, 4))
    from published.ballot_audit as audit
    union all
    select
        'source_details',
        concat_ws('/', sites.name, details.source, details.item),
        cell.column_name,
        cell.value
    from published.source_details as details
    inner join ref.sites on sites.site_id = details.site_id
    cross join lateral (
        values ('value', cast(details.value as decimal(28, 4))), ('base', cast(details.base as decimal(28, 4)))
    ) as cell (column_name, value)
    union all
    select
        'service_inventory',
        concat_ws('/', inventory.source, inventory."group", inventory.item_type),
        cell.column_name,
        cell.value
    from published.service_inventory as inventory
    cross join lateral (
        values
        ('items', cast(inventory.items as decimal(28, 4))),
        ('approval_items', cast(inventory.approval_items as decimal(28, 4))),
        ('online_items', cast(inventory.online_items as decimal(28, 4))),
        ('forms', cast(inventory.forms as decimal(28, 4))),
        ('sheets', cast(inventory.sheets as decimal(28, 4)))
    ) as cell (column_name, value)
    union all
    select
        'approval_items',
        concat_ws('/', items.source, items."group", items.item_type),
        cell.column_name,
        cell.value
    from published.approval_items as items
    cross join lateral (
        values
        ('approval_items', cast(items.approval_items as decimal(28, 4))),
        ('online_approval_items', cast(items.online_approval_items as decimal(28, 4)))
    ) as cell (column_name, value)
    union all
    select 'participation', concat_ws('/', participation.source, participation.category), cell.column_name, cell.value
    from published.participation
    cross join lateral (
        values
        ('raters', cast(participation.raters as decimal(28, 4))),
        ('ratings', cast(participation.ratings as decimal(28, 4)))
    ) as cell (column_name, value)
    union all
    select
        'source_weights',
        concat_ws('/', weights."group", weights.source),
        'weight',
        cast(weights.weight as decimal(28, 4))
    from published.source_weights as weights
    union all
    select 'portal_columns', portal."column", cell.column_name, cell.value
    from published.portal_columns as portal
    cross join lateral (
        values
        ('views', cast(portal.views as decimal(28, 4))),
        ('share', cast(portal.share as decimal(28, 4))),
        ('rank', cast(portal.rank as decimal(28, 4)))
    ) as cell (column_name, value)
    union all
    select 'portal_figures', figures.metric, cell.column_name, cell.value
    from published.portal_figures as figures
    cross join lateral (
        values
        ('value', cast(figures.value as decimal(28, 4))),
        ('previous', cast(figures.previous as decimal(28, 4))),
        ('growth', cast(figures.growth as decimal(28, 4)))
    ) as cell (column_name, value)
)

select
    cells.table_name,   -- published table
    cells.row_key,      -- its row: the values of the key columns but the year
    cells.column_name,  -- its column
    cells.value         -- what stands there; never null
from cells
where cells.value is not null
