-- Between which ranks a site lies at 90 %, once more: its interval beside that of every other site (method 11).
-- grain: site_id
with weighed as (
    select
        sites.group_id,
        sites.site_id,
        weights.source,
        cast(weights.weight as double) as weight,
        scores.score,
        cast(composites.counted as double) as base,
        errors.square,
        errors.degrees,
        case
            when not sources.is_sample or (scores.score is null and scheme.missing <> 'reweight') then 0
            when scores.score is null or errors.square is null then 1
            else 0
        end as unknown
    from ref.sites
    cross join ref.scheme
    inner join ref.weights on weights.group_id = sites.group_id and weights.weight > 0
    inner join ref.sources on sources.source = weights.source
    inner join recount.composites on composites.site_id = sites.site_id
    left join recount.source_scores as scores on scores.site_id = sites.site_id and scores.source = weights.source
    left join recount.standard_errors as errors on errors.site_id = sites.site_id and errors.source = weights.source
),

shares as (
    select
        weighed.group_id,
        weighed.site_id,
        weighed.unknown,
        weighed.degrees,
        case
            when weighed.score is null or weighed.square is null then 0
            else weighed.weight * weighed.weight / (weighed.base * weighed.base) * weighed.square
        end as square
    from weighed
),

sums as (
    select
        shares.group_id,
        shares.site_id,
        case when sum(shares.unknown) = 0 then sum(shares.square) end as square,
        sum(case when shares.square > 1e-19 then shares.square * shares.square / shares.degrees end) as harmonic
    from shares
    group by shares.group_id, shares.site_id
),

freedoms as (
    select
        sums.group_id,
        sums.site_id,
        sums.square,
        greatest(floor(cast(sums.square * sums.square / nullif(sums.harmonic, 0) as decimal(18, 8))), 1) as degrees
    from sums
),

-- The quantile of the greatest degrees of freedom in the table that are not above the site's.
quantiles as (
    select freedoms.site_id, max(quantiles.degrees_of_freedom) as degrees
    from freedoms
    inner join ref.rank_quantiles as quantiles
        on quantiles.group_id = freedoms.group_id and quantiles.degrees_of_freedom <= freedoms.degrees
    group by freedoms.site_id
),

widths as (
    select
        freedoms.group_id,
        freedoms.site_id,
        freedoms.square,
        cast(scores.composite as double) as composite,
        case when freedoms.square < 1e-19 then 0 else cast(known.quantile as double) * sqrt(freedoms.square) end as width
    from freedoms
    inner join recount.composites as scores on scores.site_id = freedoms.site_id
    left join quantiles on quantiles.site_id = freedoms.site_id
    left join ref.rank_quantiles as known
        on known.group_id = freedoms.group_id and known.degrees_of_freedom = quantiles.degrees
),

-- Upside down, who lies wholly below lies wholly above.
turned as (
    select widths.group_id, widths.site_id, 'above' as side, widths.composite, widths.width
    from widths
    union all
    select widths.group_id, widths.site_id, 'below', -widths.composite, widths.width
    from widths
),

-- Where two ends all but meet, both answers are right: a question each, a little above and below a site's upper end.
places as (
    select turned.group_id, turned.site_id, turned.side, 'end' as asks, turned.composite - turned.width as place, 1 as ends
    from turned
    where turned.width is not null
    union all
    select turned.group_id, turned.site_id, turned.side, 'surely', turned.composite + turned.width + 0.000001, 0
    from turned
    where turned.width is not null
    union all
    select turned.group_id, turned.site_id, turned.side, 'perhaps', turned.composite + turned.width - 0.000001, 0
    from turned
    where turned.width is not null
),

answers as (
    select
        places.site_id,
        places.side,
        places.asks,
        sum(places.ends) over (
            partition by places.group_id, places.side order by places.place desc
            rows between unbounded preceding and current row
        ) as sites
    from places
),

counts as (
    select
        answers.site_id,
        max(case when answers.side = 'above' and answers.asks = 'surely' then answers.sites end) as surely_above,
        max(case when answers.side = 'above' and answers.asks = 'perhaps' then answers.sites end) as perhaps_above,
        max(case when answers.side = 'below' and answers.asks = 'surely' then answers.sites end) as surely_below,
        max(case when answers.side = 'below' and answers.asks = 'perhaps' then answers.sites end) as perhaps_below
    from answers
    group by answers.site_id
)

select
    widths.site_id,                                             -- site of the register
    widths.group_id,                                            -- its group
    sqrt(widths.square) as se_composite,                        -- standard error of the composite; null where a source has none
    count(*) over (partition by widths.group_id) as sites,      -- sites of its group
    coalesce(counts.surely_above, 0) as surely_above,           -- sites whose intervals lie wholly above
    coalesce(counts.perhaps_above, 0) as perhaps_above,         -- with those whose ends meet
    coalesce(counts.surely_below, 0) as surely_below,           -- sites whose intervals lie wholly below
    coalesce(counts.perhaps_below, 0) as perhaps_below          -- with those whose ends meet
from widths
left join counts on counts.site_id = widths.site_id
