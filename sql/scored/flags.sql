-- What a reader must know of a site's composite: a source that was missing, a score on too few ballots (methods 3 and 8).
-- grain: site_id
-- check: flags <> ''
with missing as (
    select missing.site_id, concat('missing_', scheme.missing, ':', missing.source) as flag
    from scored.missing_sources as missing
    cross join ref.scheme
),

low_bases as (
    select distinct scores.site_id, 'low_base' as flag
    from scored.source_scores as scores
    inner join ref.sites on sites.site_id = scores.site_id
    inner join ref.weights
        on weights.group_id = sites.group_id and weights.source = scores.source and weights.weight > 0
    inner join ref.ballot_rules as rules on rules.source = scores.source
    inner join staged.ballot_counts as counts on counts.source = scores.source and counts.site_id = scores.site_id
    where counts.reason = 'valid' and counts.ballots < rules.min_ballots
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
