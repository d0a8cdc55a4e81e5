-- What gaps do to composite and rank: those of one source of a site alone, and (source all) those of all sites together, read in both ways.
-- grain: site_id, source, reading
-- check: reading in ('without', 'zero')
-- check: composite is null or composite between 0 and 100
with read as (
    select readings.source, readings.site_id, 'without' as reading, readings.score_without as score
    from scored.gap_readings as readings
    union all
    select readings.source, readings.site_id, 'zero', readings.score_zero
    from scored.gap_readings as readings
),

variants as (
    select read.source, read.site_id, read.reading
    from read
    union
    select 'all', read.site_id, read.reading
    from read
),

-- The score of every source that the composite or the tie-break asks for.
sources as (
    select weights.group_id, weights.source, weights.weight
    from ref.weights
    union all
    select groups.group_id, tie_break.source, 0
    from ref.groups
    cross join ref.tie_break
    left join ref.weights on weights.group_id = groups.group_id and weights.source = tie_break.source
    where weights.source is null
),

scores as (
    select
        variants.source as changed,
        variants.site_id,
        variants.reading,
        sites.group_id,
        sources.source,
        sources.weight,
        case when read.source is not null then read.score else scores.score end as score,
        read.source is not null as is_read
    from variants
    inner join ref.sites on sites.site_id = variants.site_id
    inner join sources on sources.group_id = sites.group_id
    left join read
        on
            read.site_id = variants.site_id
            and read.reading = variants.reading
            and read.source = sources.source
            and (variants.source = 'all' or variants.source = sources.source)
    left join scored.source_scores as scores on scores.site_id = variants.site_id and scores.source = sources.source
),

-- A source that is left out leaves its weight to the others, as one does that the scheme reweights.
bases as (
    select
        scores.changed,
        scores.site_id,
        scores.reading,
        scores.group_id,
        sum(scores.weight * coalesce(scores.score, 0)) as total,
        cast(
            case
                when bool_or(scores.score is null and scores.weight > 0 and not scores.is_read and scheme.missing = 'fail') then null
                else nullif(sum(
                    case
                        when scores.score is not null then scores.weight
                        when scores.is_read or scheme.missing = 'reweight' then 0
                        else scores.weight
                    end
                ), 0)
            end as decimal(14, 8)
        ) as weight_base
    from scores
    cross join ref.scheme
    group by scores.changed, scores.site_id, scores.reading, scores.group_id
),

keys as (
    select
        scores.changed,
        scores.site_id,
        scores.reading,
        string_agg(
            lpad(cast(cast(coalesce(scores.score, 0) * 100 as integer) as varchar), 5, '0'), '' order by tie_break.position
        ) as tie_key
    from scores
    inner join ref.tie_break on tie_break.source = scores.source
    group by scores.changed, scores.site_id, scores.reading
),

composites as (
    select
        bases.changed as source,
        bases.site_id,
        bases.reading,
        bases.group_id,
        cast(
            round(
                case
                    when bases.weight_base = 1 then cast(bases.total as decimal(18, 10))
                    else cast(cast(bases.total as double) / cast(bases.weight_base as double) as decimal(18, 8))
                end,
                2
            ) as decimal(9, 2)
        ) as composite,
        coalesce(keys.tie_key, '') as tie_key
    from bases
    left join keys on keys.changed = bases.changed and keys.site_id = bases.site_id and keys.reading = bases.reading
),

-- One list a source and reading with the composites as they are, among which each changed one finds its place.
placed as (
    select
        composites.source,
        composites.site_id,
        composites.reading,
        composites.group_id,
        composites.composite,
        composites.tie_key,
        false as is_ranked
    from composites
    where composites.composite is not null and composites.source <> 'all'
    union all
    select '', ranked.site_id, '', ranked.group_id, ranked.composite, coalesce(ranked.tie_key, ''), true
    from ranked.composites as ranked
),

counted as (
    select
        placed.*,
        sum(cast(placed.is_ranked as integer)) over (
            partition by placed.group_id
            order by placed.composite desc, placed.tie_key desc
            range between unbounded preceding and current row
        )
        - sum(cast(placed.is_ranked as integer)) over (
            partition by placed.group_id, placed.composite, placed.tie_key
        ) as better
    from placed
),

alone as (
    select
        counted.source,
        counted.site_id,
        counted.reading,
        counted.group_id,
        counted.composite,
        1 + counted.better - case
            when
                ranked.composite > counted.composite
                or (ranked.composite = counted.composite and coalesce(ranked.tie_key, '') > counted.tie_key)
                then 1
            else 0
        end as rank
    from counted
    left join ranked.composites as ranked on ranked.site_id = counted.site_id
    where not counted.is_ranked
),

both_ways as (
    select 'without' as reading
    union all
    select 'zero'
),

-- Where every site's gaps are read so.
everywhere as (
    select
        sites.site_id,
        both_ways.reading,
        sites.group_id,
        composites.site_id is not null as is_changed,
        coalesce(composites.composite, ranked.composite) as composite,
        case when composites.site_id is not null then composites.tie_key else coalesce(ranked.tie_key, '') end as tie_key
    from ref.sites
    cross join both_ways
    left join composites
        on composites.source = 'all' and composites.site_id = sites.site_id and composites.reading = both_ways.reading
    left join ranked.composites as ranked on ranked.site_id = sites.site_id and composites.site_id is null
),

together as (
    select
        everywhere.site_id,
        everywhere.reading,
        everywhere.group_id,
        everywhere.is_changed,
        everywhere.composite,
        rank() over (
            partition by everywhere.group_id, everywhere.reading
            order by everywhere.composite desc, everywhere.tie_key desc
        ) as rank
    from everywhere
    where everywhere.composite is not null
),

effects as (
    select alone.source, alone.site_id, alone.reading, alone.group_id, alone.composite, alone.rank
    from alone
    union all
    select 'all', together.site_id, together.reading, together.group_id, together.composite, together.rank
    from together
    where together.is_changed
)

select
    effects.source,                         -- the source whose gaps are read otherwise; all for all sources of all sites
    effects.site_id,                        -- site of the register
    effects.reading,                        -- without: what did not come is left out; zero: it counts 0
    effects.group_id,                       -- its group
    effects.composite,                      -- 0 to 100, rounded half up
    cast(effects.rank as integer) as rank   -- within the group; of a single source among the others' composites as they are
from effects
