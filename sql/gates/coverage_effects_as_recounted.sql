-- 缺报的影响等于另算一遍的：两种读法的来源得分，用它换出的综合得分，和它在本组的名次。
with shown as (
    select effects.*, coalesce(scheme.missing, '') as policy
    from published.coverage_effects as effects
    cross join ref.scheme
),

-- A line a reading, so that both are held to one rule.
readings as (
    select
        shown.site_id,
        shown."group" as group_id,
        shown.source,
        shown.policy,
        'without' as reading,
        shown.composite_without as composite,
        shown.rank_without as rank
    from shown
    union all
    select shown.site_id, shown."group", shown.source, shown.policy, 'zero', shown.composite_zero, shown.rank_zero
    from shown
),

gap_scores as (
    select gaps.source, gaps.site_id, 'without' as reading, gaps.score_without as score
    from recount.gap_scores as gaps
    union all
    select gaps.source, gaps.site_id, 'zero', gaps.score_zero
    from recount.gap_scores as gaps
),

parts as (
    select
        readings.site_id,
        readings.source,
        readings.reading,
        readings.policy,
        weights.weight,
        gap_scores.source is not null as is_read,
        case when gap_scores.source is not null then gap_scores.score else scores.score end as score
    from readings
    inner join ref.weights on weights.group_id = readings.group_id
    left join gap_scores
        on
            gap_scores.site_id = readings.site_id
            and gap_scores.reading = readings.reading
            and gap_scores.source = weights.source
            and readings.source in (weights.source, 'all')
    left join recount.source_scores as scores on scores.site_id = readings.site_id and scores.source = weights.source
),

composites as (
    select
        parts.site_id,
        parts.source,
        parts.reading,
        case
            when not bool_or(parts.score is null and parts.weight > 0 and not parts.is_read and parts.policy = 'fail')
                then round(
                    cast(
                        cast(sum(parts.weight * coalesce(parts.score, 0)) as double)
                        / nullif(cast(1 - sum(
                            case when parts.score is null and (parts.is_read or parts.policy = 'reweight') then parts.weight else 0 end
                        ) as double), 0) as decimal(18, 8)
                    ),
                    2
                )
        end as composite
    from parts
    group by parts.site_id, parts.source, parts.reading
),

-- Of two composites that differ, the higher has the better rank, among those as they are and among those that are read otherwise.
together as (
    select
        readings.group_id,
        readings.reading,
        readings.composite,
        readings.rank,
        lag(readings.composite) over (
            partition by readings.group_id, readings.reading order by readings.composite desc, readings.rank
        ) as above,
        lag(readings.rank) over (
            partition by readings.group_id, readings.reading order by readings.composite desc, readings.rank
        ) as rank_above
    from readings
    where readings.source = 'all' and readings.composite is not null
),

-- How many of the others are above it, and how many beside it, by the published ranking.
listed as (
    select readings.group_id, readings.site_id, readings.source, readings.reading, readings.composite, 0 as counts
    from readings
    where readings.source <> 'all' and readings.composite is not null
    union all
    select ranking."group", ranking.site_id, '', '', ranking.composite, 1
    from published.composite_scores as ranking
),

counted as (
    select
        listed.*,
        sum(listed.counts) over (partition by listed.group_id order by listed.composite desc) as not_below,
        sum(listed.counts) over (partition by listed.group_id, listed.composite) as level
    from listed
),

bounds as (
    select
        counted.site_id,
        counted.source,
        counted.reading,
        1 + counted.not_below - counted.level - case when own.composite > counted.composite then 1 else 0 end as best,
        1 + counted.not_below - case when own.composite >= counted.composite then 1 else 0 end as worst
    from counted
    left join published.composite_scores as own on own.site_id = counted.site_id
    where counted.counts = 0
)

select shown.site_id, shown.source, 'score' as what, shown.score_without as found, gaps.score_without as wanted
from shown
left join recount.gap_scores as gaps on gaps.site_id = shown.site_id and gaps.source = shown.source
where shown.score_without is distinct from gaps.score_without
union all
select shown.site_id, shown.source, 'score', shown.score_zero, gaps.score_zero
from shown
left join recount.gap_scores as gaps on gaps.site_id = shown.site_id and gaps.source = shown.source
where shown.score_zero is distinct from gaps.score_zero
union all
select shown.site_id, shown.source, 'score', shown.score, scores.score
from shown
left join recount.source_scores as scores on scores.site_id = shown.site_id and scores.source = shown.source
where shown.score is distinct from scores.score
union all
select shown.site_id, shown.source, 'composite', shown.composite, ranking.composite
from shown
left join published.composite_scores as ranking on ranking.site_id = shown.site_id
where shown.composite is distinct from ranking.composite or shown.rank is distinct from ranking.rank
union all
select readings.site_id, readings.source, readings.reading, readings.composite, composites.composite
from readings
left join composites
    on composites.site_id = readings.site_id and composites.source = readings.source and composites.reading = readings.reading
where readings.composite is distinct from composites.composite
union all
select readings.site_id, readings.source, 'rank', readings.rank, bounds.best
from readings
inner join bounds
    on bounds.site_id = readings.site_id and bounds.source = readings.source and bounds.reading = readings.reading
where readings.rank is null or readings.rank not between bounds.best and bounds.worst
union all
select 'all', together.group_id, together.reading, together.rank, together.rank_above
from together
where together.composite < together.above and together.rank <= together.rank_above
union all
select sites.site_id, shown.source, 'group', shown.year, scheme.year
from shown
cross join ref.scheme
left join ref.sites on sites.site_id = shown.site_id
where shown.year is distinct from scheme.year or shown."group" is distinct from sites.group_id
union all
select wanted.site_id, wanted.source, 'row', null, null
from (
    select gaps.site_id, gaps.source from recount.gap_scores as gaps
    union
    select gaps.site_id, 'all' from recount.gap_scores as gaps
) as wanted
left join shown on shown.site_id = wanted.site_id and shown.source = wanted.source
where shown.site_id is null
