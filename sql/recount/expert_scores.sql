-- The score that counts of each expert for each site and aspect, once more from the raw rows, with what trimming makes of it (methods 4 and 11).
-- grain: source, site_id, aspect, expert_id
with last_days as (
    select
        scores.source,
        scores.site_id,
        scores.aspect,
        scores.expert_id,
        max(coalesce(scores.reviewed_on, cast('0001-01-01' as date))) as reviewed_on
    from raw.panel_scores as scores
    group by scores.source, scores.site_id, scores.aspect, scores.expert_id
),

last_words as (
    select scores.source, scores.site_id, scores.aspect, scores.expert_id, max(scores.score) as score
    from raw.panel_scores as scores
    inner join last_days
        on
            last_days.source = scores.source
            and last_days.site_id = scores.site_id
            and last_days.aspect = scores.aspect
            and last_days.expert_id = scores.expert_id
            and last_days.reviewed_on = coalesce(scores.reviewed_on, cast('0001-01-01' as date))
    group by scores.source, scores.site_id, scores.aspect, scores.expert_id
),

placed as (
    select
        last_words.*,
        count(*) over (partition by last_words.source, last_words.site_id, last_words.aspect) as scores,
        row_number() over (
            partition by last_words.source, last_words.site_id, last_words.aspect
            order by last_words.score, last_words.expert_id
        ) as from_low,
        row_number() over (
            partition by last_words.source, last_words.site_id, last_words.aspect
            order by last_words.score desc, last_words.expert_id desc
        ) as from_high
    from last_words
),

trimmed as (
    select
        placed.*,
        case when placed.scores < rules.trim_from then 0 else coalesce(rules.trim_each_side, 0) end as trim
    from placed
    inner join ref.panel_rules as rules on rules.source = placed.source
),

kept_ranges as (
    select
        trimmed.source,
        trimmed.site_id,
        trimmed.aspect,
        min(trimmed.score) as lowest,
        max(trimmed.score) as highest,
        count(*) as kept
    from trimmed
    where trimmed.from_low > trimmed.trim and trimmed.from_high > trimmed.trim
    group by trimmed.source, trimmed.site_id, trimmed.aspect
)

select
    trimmed.source,      -- panel source
    trimmed.site_id,     -- site of the register
    trimmed.aspect,      -- aspect of the scheme
    trimmed.expert_id,   -- expert
    trimmed.score,       -- 0 to 100
    trimmed.scores,      -- scores of this site and aspect
    trimmed.from_low > trimmed.trim and trimmed.from_high > trimmed.trim as counts,  -- whether trimming keeps it
    kept_ranges.kept,    -- how many it keeps
    case
        when trimmed.score < kept_ranges.lowest then kept_ranges.lowest
        when trimmed.score > kept_ranges.highest then kept_ranges.highest
        else trimmed.score
    end as winsorised    -- the score, or the nearest kept one
from trimmed
inner join kept_ranges
    on
        kept_ranges.source = trimmed.source
        and kept_ranges.site_id = trimmed.site_id
        and kept_ranges.aspect = trimmed.aspect
