-- Every site with a composite, ranked within its group: by composite, then by the scheme's tie-break sources; equals share a rank (method 2).
-- grain: site_id
-- check: rank >= 1
with tie_keys as (
    -- The tie-break scores written one after another at equal length sort as the list of scores would. A source without a
    -- score decides like one with 0, as it counts in a composite under missing = "zero".
    select
        sites.site_id,
        string_agg(
            lpad(cast(cast(coalesce(scores.score, 0) * 100 as integer) as varchar), 5, '0'),
            '' order by tie_break.position
        ) as tie_key
    from ref.sites
    cross join ref.tie_break
    left join scored.source_scores as scores on scores.site_id = sites.site_id and scores.source = tie_break.source
    group by sites.site_id
)

select
    composites.site_id,    -- site of the register
    composites.group_id,   -- its group
    cast(rank() over (
        partition by composites.group_id
        order by composites.composite desc, tie_keys.tie_key desc
    ) as integer) as rank,  -- 1 is the highest; the next rank after a shared one is skipped
    composites.composite,  -- 0 to 100
    tie_keys.tie_key       -- scores of the tie-break sources in order, five digits each; null without tie-break
from scored.composites
left join tie_keys on tie_keys.site_id = composites.site_id
where composites.composite is not null
