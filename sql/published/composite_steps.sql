-- How every composite comes about, step by step: whoever rounds a site's last total, or the sum of its amounts, has its composite.
-- grain: year, site_id, position
select
    scheme.year,              -- evaluated year
    steps.site_id,            -- site of the register
    steps.position,           -- order of the steps
    steps.step,               -- source: a source's weighted score
    steps.source,             -- source of the scheme
    steps.label,              -- what the step is called
    steps.weight,             -- the source's share in the scheme
    steps.counted_weight,     -- the share that counts for this site, scaled where others are missing
    steps.score,              -- 0 to 100; null where the site has none
    steps.amount,             -- points that the step adds
    steps.total               -- points so far
from scored.composite_steps as steps
cross join ref.scheme
