-- Between which ranks a site lies with a confidence of 90 % for its whole group, going by the chance of who rated it (method 11).
-- grain: site_id
-- check: rank_low >= 1 and rank_low <= rank_high
-- check: (half_width is null) = (se_composite is null)
-- check: degrees_of_freedom >= 1 or (degrees_of_freedom is null and coalesce(se_composite, 0) = 0)
with due as (
    -- A source that weighs nothing has no say.
    select
        ranked.group_id,
        ranked.site_id,
        ranked.composite,
        steps.weight,
        steps.counted_weight,
        steps.score,
        sources.is_sample,
        errors.squared_error,
        errors.degrees_of_freedom,
        cast(steps.weight_base as double) as scale
    from ranked.composites as ranked
    inner join scored.composite_steps as steps on steps.site_id = ranked.site_id and steps.weight > 0
    inner join ref.sources on sources.source = steps.source
    left join scored.standard_errors as errors on errors.site_id = steps.site_id and errors.source = steps.source
),

parts as (
    select
        due.group_id,
        due.site_id,
        due.composite,
        due.degrees_of_freedom,
        -- The square of weight × standard error; null where the source has none. A missing source that counts 0 by the
        -- scheme's rule does not err; one whose weight the others take would have told more than any of them.
        cast(
            case
                when not due.is_sample or (due.score is null and due.counted_weight > 0) then 0
                when due.score is not null
                    then cast(due.weight * due.weight as double) * cast(due.squared_error as double) / (due.scale * due.scale)
            end as decimal(38, 20)
        ) as square
    from due
),

site_sums as (
    select
        parts.group_id,
        parts.site_id,
        parts.composite,
        case when count(*) = count(parts.square) then sum(parts.square) end as squares
    from parts
    group by parts.group_id, parts.site_id, parts.composite
),

fractions as (
    select
        parts.site_id,
        parts.degrees_of_freedom,
        cast(parts.square as double) / cast(site_sums.squares as double) as fraction
    from parts
    inner join site_sums on site_sums.site_id = parts.site_id
    where site_sums.squares > 0 and parts.square > 0
),

shares as (
    -- Welch and Satterthwaite: what each source's share in the square of the error, squared, is to its degrees of freedom.
    select
        fractions.site_id,
        sum(cast(fractions.fraction * fractions.fraction / fractions.degrees_of_freedom as decimal(38, 30))) as share
    from fractions
    group by fractions.site_id
),

errors as (
    select
        site_sums.group_id,
        site_sums.site_id,
        site_sums.composite,
        site_sums.squares,
        case
            when shares.share is not null
                then greatest(cast(floor(cast(1 / cast(shares.share as double) as decimal(18, 8))) as bigint), 1)
        end as degrees_of_freedom
    from site_sums
    left join shares on shares.site_id = site_sums.site_id
),

-- Each quantile with the degrees of freedom from which on the next one holds.
quantiles as (
    select
        quantiles.group_id,
        quantiles.quantile,
        quantiles.degrees_of_freedom as first_degrees,
        lead(quantiles.degrees_of_freedom) over (
            partition by quantiles.group_id order by quantiles.degrees_of_freedom
        ) as next_degrees
    from ref.rank_quantiles as quantiles
),

intervals as (
    select
        errors.group_id,
        errors.site_id,
        errors.composite,
        errors.degrees_of_freedom,
        cast(sqrt(cast(errors.squares as double)) as decimal(18, 8)) as se_composite,
        cast(
            case
                when errors.squares = 0 then 0
                else cast(quantiles.quantile as double) * sqrt(cast(errors.squares as double))
            end as decimal(24, 8)
        ) as half_width
    from errors
    left join quantiles
        on
            quantiles.group_id = errors.group_id
            and errors.degrees_of_freedom >= quantiles.first_degrees
            and (errors.degrees_of_freedom < quantiles.next_degrees or quantiles.next_degrees is null)
),

ends as (
    select intervals.group_id, intervals.site_id, 0 as is_lower, intervals.composite + intervals.half_width as place
    from intervals
    where intervals.half_width is not null
    union all
    select intervals.group_id, intervals.site_id, 1, intervals.composite - intervals.half_width
    from intervals
    where intervals.half_width is not null
),

-- Going down from the top, the lower ends met before a site's upper end are those of the sites wholly above it, and the
-- other way round; where two ends meet, neither site lies wholly above the other.
counts as (
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
    intervals.se_composite,                                             -- standard error of the composite, in points; null where a source has none, or is missing and the others take its weight
    intervals.degrees_of_freedom,                                       -- of the standard error; null where that is null or 0
    intervals.half_width,                                               -- how far the composite's interval reaches to each side, in points
    cast(1 + coalesce(uppers.wholly_above, 0) as integer) as rank_low,  -- best rank; 1 without a standard error
    cast(
        count(*) over (partition by intervals.group_id) - coalesce(lowers.wholly_below, 0) as integer
    ) as rank_high                                                      -- worst rank; the group's last without a standard error
from intervals
left join counts as uppers on uppers.site_id = intervals.site_id and uppers.is_lower = 0
left join counts as lowers on lowers.site_id = intervals.site_id and lowers.is_lower = 1
