-- Between which ranks a site lies with a confidence of 90 % for its whole group, going by the chance of who rated it (method 11).
-- grain: site_id
-- check: rank_low >= 1 and rank_low <= rank_high
with scored as (
    select
        ranked.group_id,
        ranked.site_id,
        ranked.composite,
        weights.weight,
        scores.score,
        case
            when scores.score is null or weights.weight = 0 or sources.kind not in ('ballots', 'panel') then 0
            else cast(weights.weight as double) * errors.standard_error
        end as moved
    from ranked.composites as ranked
    inner join ref.weights on weights.group_id = ranked.group_id
    inner join ref.sources on sources.source = weights.source
    left join scored.source_scores as scores on scores.site_id = ranked.site_id and scores.source = weights.source
    left join scored.standard_errors as errors on errors.site_id = ranked.site_id and errors.source = weights.source
),

summed as (
    select
        scored.group_id,
        scored.site_id,
        scored.composite,
        sum(cast(scored.moved * scored.moved as decimal(38, 20))) as squares,
        -- What the other sources' weights are scaled to where one is missing and they are.
        case
            when scheme.missing = 'reweight' then sum(scored.weight) filter (where scored.score is not null)
            else 1
        end as scale,
        count(*) filter (where scored.moved is null) as unknown
    from scored
    cross join ref.scheme
    group by scored.group_id, scored.site_id, scored.composite, scheme.missing
),

intervals as (
    select
        summed.group_id,
        summed.site_id,
        summed.composite,
        case when summed.unknown = 0 then cast(sqrt(summed.squares) / summed.scale as decimal(18, 8)) end as se_composite,
        groups.rank_quantile
    from summed
    inner join ref.groups on groups.group_id = summed.group_id
),

ends as (
    select
        intervals.group_id,
        intervals.site_id,
        0 as is_lower,
        cast(intervals.composite + intervals.rank_quantile * intervals.se_composite as decimal(18, 8)) as place
    from intervals
    where intervals.se_composite is not null
    union all
    select
        intervals.group_id,
        intervals.site_id,
        1,
        cast(intervals.composite - intervals.rank_quantile * intervals.se_composite as decimal(18, 8))
    from intervals
    where intervals.se_composite is not null
),

-- Going down from the top, the lower ends met before a site's upper end are those of the sites wholly above it, and the
-- other way round; where two ends meet, neither site lies wholly above the other.
counted as (
    select
        ends.site_id,
        ends.is_lower,
        sum(ends.is_lower) over (
            partition by ends.group_id order by ends.place desc, ends.is_lower
            rows between unbounded preceding and current row
        ) as wholly_above,
        sum(1 - ends.is_lower) over (
            partition by ends.group_id order by ends.place, ends.is_lower desc
            rows between unbounded preceding and current row
        ) as wholly_below
    from ends
)

select
    intervals.site_id,                                                  -- site of the register
    intervals.group_id,                                                 -- its group
    intervals.composite,                                                -- 0 to 100
    intervals.se_composite,                                             -- standard error of the composite, in points; null where a source has one rater
    cast(1 + coalesce(uppers.wholly_above, 0) as integer) as rank_low,  -- best rank; 1 without a standard error
    cast(
        count(*) over (partition by intervals.group_id) - coalesce(lowers.wholly_below, 0) as integer
    ) as rank_high                                                      -- worst rank; the group's last without a standard error
from intervals
left join counted as uppers on uppers.site_id = intervals.site_id and uppers.is_lower = 0
left join counted as lowers on lowers.site_id = intervals.site_id and lowers.is_lower = 1
