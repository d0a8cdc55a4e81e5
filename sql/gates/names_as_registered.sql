-- 各表中的年度、网站、组别、名称、网址正是方案和登记册的；有一行一站的表，每个网站恰有一行。
with listed as (
    select 'sites' as table_name, sites.year, sites.site_id, sites."group" as group_id, sites.name, coalesce(sites.url, '') as url
    from published.sites
    union all
    select 'composite_scores', scores.year, scores.site_id, scores."group", scores.name, null
    from published.composite_scores as scores
    union all
    select 'rank_confidence', ranks.year, ranks.site_id, ranks."group", null, null
    from published.rank_confidence as ranks
    union all
    select 'weight_sensitivity', ranks.year, ranks.site_id, ranks."group", null, null
    from published.weight_sensitivity as ranks
    union all
    select 'annexes', scheme.year, annexes.site_id, annexes.group_id, annexes."网站", null
    from published.annexes
    cross join ref.scheme
    union all
    select distinct 'composite_steps', steps.year, steps.site_id, null, null, null
    from published.composite_steps as steps
    union all
    select distinct 'source_details', details.year, details.site_id, null, null, null
    from published.source_details as details
    union all
    select distinct 'check_counts', counts.year, counts.site_id, null, null, null
    from published.check_counts as counts
    union all
    select distinct 'failed_checks', checks.year, checks.site_id, null, null, null
    from published.failed_checks as checks
    union all
    select distinct 'failed_items', items.year, items.site_id, null, null, null
    from published.failed_items as items
    union all
    select distinct 'claimed_points', claims.year, claims.site_id, null, null, null
    from published.claimed_points as claims
    union all
    select distinct 'lost_months', months.year, months.site_id, null, null, null
    from published.lost_months as months
    union all
    select distinct 'previous_scores', scores.year, scores.site_id, null, null, null
    from published.previous_scores as scores
    union all
    select distinct 'satisfaction', shown.year, null, null, null, null
    from published.satisfaction as shown
    union all
    select distinct 'ballot_audit', audit.year, null, null, null, null
    from published.ballot_audit as audit
    union all
    select distinct 'group_summary', summary.year, null, null, null, null
    from published.group_summary as summary
    union all
    select distinct 'service_inventory', inventory.year, null, null, null, null
    from published.service_inventory as inventory
    union all
    select distinct 'approval_items', items.year, null, null, null, null
    from published.approval_items as items
    union all
    select distinct 'participation', shown.year, null, null, null, null
    from published.participation as shown
    union all
    select distinct 'portal_columns', columns.year, null, null, null, null
    from published.portal_columns as columns
    union all
    select distinct 'portal_figures', figures.year, null, null, null, null
    from published.portal_figures as figures
    union all
    select distinct 'source_items', items.year, null, null, null, null
    from published.source_items as items
    union all
    select distinct 'source_weights', weights.year, null, null, null, null
    from published.source_weights as weights
),

-- A table without a row has none of the sites.
counted as (
    select tables.table_name, count(listed.site_id) as sites
    from (
        select 'sites' as table_name
        union all
        select 'composite_scores'
        union all
        select 'rank_confidence'
        union all
        select 'weight_sensitivity'
    ) as tables
    left join listed on listed.table_name = tables.table_name
    group by tables.table_name
),

registered as (
    select count(*) as sites from ref.sites
)

select listed.table_name, listed.year, listed.site_id, listed.group_id, listed.name, listed.url
from listed
cross join ref.scheme
left join ref.sites on sites.site_id = listed.site_id
where
    listed.year <> scheme.year
    or (listed.site_id is not null and sites.site_id is null)
    or listed.group_id <> sites.group_id
    or listed.name <> sites.name
    or listed.url <> coalesce(sites.url, '')
union all
select counted.table_name, null, null, null, null, cast(counted.sites as varchar)
from counted
cross join registered
where counted.sites <> registered.sites
