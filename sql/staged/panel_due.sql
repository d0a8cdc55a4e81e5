-- How many experts are to rate every site and aspect, how many experts there are to be, and how many of them are missing.
-- grain: source, site_id, item
-- check: missing between 0 and expected
with listing as (
    select distinct experts.source, experts.expert_id
    from raw.experts
),

listed_for as (
    select experts.source, experts.expert_id, experts.site_id
    from raw.experts
    where experts.site_id is not null
    union
    select experts.source, experts.expert_id, sites.site_id
    from raw.experts
    cross join ref.sites
    where experts.site_id is null
),

rated as (
    select distinct scores.source, scores.expert_id, scores.site_id
    from staged.panel_scores as scores
),

-- Who is listed for a site is to rate all of its aspects; where there is no list, whoever rated any of them.
raters_due as (
    select listed_for.source, listed_for.expert_id, listed_for.site_id
    from listed_for
    union all
    select rated.source, rated.expert_id, rated.site_id
    from rated
    where rated.source not in (select listing.source from listing)
),

raters as (
    select raters_due.source, raters_due.site_id, count(*) as experts
    from raters_due
    group by raters_due.source, raters_due.site_id
),

scored as (
    select
        scores.source,
        scores.site_id,
        scores.aspect,
        count(*) as experts,
        count(raters_due.expert_id) as due_experts
    from staged.panel_scores as scores
    left join raters_due
        on
            raters_due.source = scores.source
            and raters_due.site_id = scores.site_id
            and raters_due.expert_id = scores.expert_id
    group by scores.source, scores.site_id, scores.aspect
),

cells as (
    select
        rules.source,
        sites.site_id,
        rated_aspects.aspect as item,
        coalesce(raters.experts, 0) as due_experts,
        coalesce(scored.due_experts, 0) as came,
        coalesce(rules.min_raters, 1) as least,
        coalesce(scored.experts, 0) as experts
    from ref.sites
    inner join ref.weights on weights.group_id = sites.group_id
    inner join ref.panel_rules as rules on rules.source = weights.source
    inner join ref.rated_aspects on rated_aspects.source = rules.source
    left join raters on raters.source = rules.source and raters.site_id = sites.site_id
    left join scored
        on scored.source = rules.source and scored.site_id = sites.site_id and scored.aspect = rated_aspects.aspect
    where weights.weight > 0
),

active as (
    select rated.source, count(distinct rated.expert_id) as experts, count(distinct listing.expert_id) as due_experts
    from rated
    left join listing on listing.source = rated.source and listing.expert_id = rated.expert_id
    group by rated.source
),

panels as (
    select
        rules.source,
        '' as site_id,
        'experts' as item,
        coalesce(listed.experts, 0) as due_experts,
        coalesce(active.due_experts, 0) as came,
        coalesce(rules.experts, 0) as least,
        coalesce(active.experts, 0) as experts
    from ref.panel_rules as rules
    left join (
        select listing.source, count(*) as experts from listing group by listing.source
    ) as listed on listed.source = rules.source
    left join active on active.source = rules.source
    where
        (listed.experts is not null or rules.experts is not null)
        and rules.source in (select weights.source from ref.weights where weights.weight > 0)
),

due as (
    select * from cells
    union all
    select * from panels
)

select
    due.source,                                                    -- panel source
    due.site_id,                                                   -- site of the register; empty for the panel as a whole
    due.item,                                                      -- aspect of the scheme; experts for the panel as a whole
    cast(greatest(due.due_experts, due.least) as bigint) as expected,  -- experts that are due, at least so many as the scheme says
    cast(greatest(due.due_experts - due.came, due.least - due.experts, 0) as bigint) as missing  -- those who are missing
from due
