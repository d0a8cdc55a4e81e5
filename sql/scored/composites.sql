-- The composite of every site: the last total of its steps, rounded (method 2).
-- grain: site_id
-- check: composite is null or composite between 0 and 100
with last_steps as (
    select steps.site_id, max(steps.position) as position
    from scored.composite_steps as steps
    group by steps.site_id
)

select
    steps.site_id,                                               -- site of the register
    steps.group_id,                                              -- its group
    cast(round(steps.total, 2) as decimal(9, 2)) as composite    -- 0 to 100, rounded half up; null where the scheme has no rule for what is missing
from last_steps
inner join scored.composite_steps as steps
    on steps.site_id = last_steps.site_id and steps.position = last_steps.position
