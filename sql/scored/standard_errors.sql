-- How much of a site's score in a ballots or panel source is the chance of who rated it, by linearisation (method 11).
-- grain: source, site_id
-- check: degrees_of_freedom >= 0
-- check: squared_error >= 0 or (squared_error is null and degrees_of_freedom = 0)
with pairs as (
    select
        ballots.source,
        ballots.site_id,
        ballots.aspect,
        ballots.other_aspect,
        ballots.raters,
        ballots.raters as kept,
        cast(ballots.total as double) as total,
        cast(ballots.other_total as double) as other_total,
        cast(ballots.product_total as double) as product_total
    from scored.ballot_pairs as ballots
    union all
    select
        panel.source,
        panel.site_id,
        panel.aspect,
        panel.other_aspect,
        panel.raters,
        panel.kept,
        cast(panel.total as double),
        cast(panel.other_total as double),
        cast(panel.product_total as double)
    from scored.panel_pairs as panel
),

rated as (
    select
        pairs.source,
        pairs.site_id,
        pairs.aspect,
        -- What is left between the mean and where deviations were taken from: nothing, or the last decimals.
        pairs.total / pairs.raters as mean_deviation,
        pairs.kept,
        -- What a rating of this aspect moves the score by, a point up, times √(kept / (kept − 1)); null with one kept.
        cast(aspects.weight as double) / cast(sum(aspects.weight) over (partition by pairs.source, pairs.site_id) as double)
        / sqrt(nullif(pairs.kept * (pairs.kept - 1), 0)) as share
    from pairs
    inner join ref.aspects on aspects.aspect = pairs.aspect
    -- An aspect that weighs nothing is no part of the score.
    where pairs.other_aspect = pairs.aspect and aspects.weight > 0
),

-- Σ z² over the raters, multiplied out: a product of deviations for every two aspects instead of a row for every rater.
products as (
    select
        pairs.source,
        pairs.site_id,
        case when pairs.other_aspect = pairs.aspect then 1 else 2 end * rated.share * others.share * (
            pairs.product_total
            - others.mean_deviation * pairs.total
            - rated.mean_deviation * pairs.other_total
            + pairs.raters * rated.mean_deviation * others.mean_deviation
        ) as product
    from pairs
    inner join rated
        on rated.source = pairs.source and rated.site_id = pairs.site_id and rated.aspect = pairs.aspect
    inner join rated as others
        on others.source = pairs.source and others.site_id = pairs.site_id and others.aspect = pairs.other_aspect
),

spread as (
    -- Sums of whole numbers, of 1e-14 square points each, do not depend on the order of rows.
    select products.source, products.site_id, sum(cast(round(products.product * 1e14) as bigint)) as squares
    from products
    group by products.source, products.site_id
),

freedom as (
    select rated.source, rated.site_id, min(rated.kept) - 1 as degrees_of_freedom
    from rated
    group by rated.source, rated.site_id
)

select
    freedom.source,    -- ballots or panel source
    freedom.site_id,   -- site of the register
    cast(freedom.degrees_of_freedom as bigint) as degrees_of_freedom,  -- one less than the ratings, or kept scores, of the aspect with the fewest
    case
        when freedom.degrees_of_freedom > 0
            then cast(cast(greatest(spread.squares, 0) as bigint) * 0.00000000000001 as decimal(38, 20))
    end as squared_error,  -- square of the score's standard error; null where an aspect has one rating, or one kept score
    case
        when freedom.degrees_of_freedom > 0
            then cast(sqrt(cast(greatest(spread.squares, 0) as double) / 1e14) as decimal(18, 8))
    end as standard_error  -- of the score, in points; null likewise
from freedom
left join spread on spread.source = freedom.source and spread.site_id = freedom.site_id
