-- What a reader must know of a site's composite: a source that was missing, a score on too few ballots (methods 3 and 8).
-- grain: site_id
-- check: flags <> ''
with missing as (
    select missing.site_id, concat('missing_', scheme.missing, ':', missing.source) as flag
    from scored.missing_sources as missing
    cross join ref.scheme
),

low_bases as (
    select distinct steps.site_id, 'low_base' as flag
    from scored.composite_steps as steps
    inner join ref.ballot_rules as rules on rules.source = steps.source
    inner join staged.ballot_counts as counts on counts.source = steps.source and counts.site_id = steps.site_id
    where steps.weight > 0 and steps.score is not null and counts.reason = 'valid' and counts.ballots < rules.min_ballots
),

flagged as (
    select * from missing
    union all
    select * from low_bases
)

select
    flagged.site_id,                                              -- site of the register
    string_agg(flagged.flag, '|' order by flagged.flag) as flags  -- low_base, missing_<policy>:<source>
from flagged
group by flagged.site_id
