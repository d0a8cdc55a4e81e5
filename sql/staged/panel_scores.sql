-- The one score that counts of each expert for each site and aspect, with its place from both ends (method 4).
-- grain: source, site_id, aspect, expert_id
-- check: score between 0 and 100
with newest_first as (
    select
        scores.source,
        scores.site_id,
        scores.aspect,
        scores.expert_id,
        scores.score,
        row_number() over (
            partition by scores.source, scores.site_id, scores.aspect, scores.expert_id
            order by scores.reviewed_on desc nulls last, scores.score desc
        ) as place
    from raw.panel_scores as scores
)

select
    newest_first.source,     -- source of the scheme
    newest_first.site_id,    -- site of the register
    newest_first.aspect,     -- aspect of the scheme
    newest_first.expert_id,  -- expert
    newest_first.score,      -- 0 to 100, of the latest day, the greater on one day
    row_number() over (
        partition by newest_first.source, newest_first.site_id, newest_first.aspect
        order by newest_first.score, newest_first.expert_id
    ) as place_from_low,     -- 1 for the lowest score
    count(*) over (
        partition by newest_first.source, newest_first.site_id, newest_first.aspect
    ) as scores              -- scores of this site and aspect before trimming
from newest_first
where newest_first.place = 1
