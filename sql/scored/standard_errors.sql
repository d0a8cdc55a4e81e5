-- How much of a site's score in a ballots or panel source is the chance of who rated it, by linearisation (method 11).
-- grain: source, site_id
-- check: raters > 0
-- check: standard_error >= 0 or (standard_error is null and raters = 1)
with pairs as (
    select
        ballots.source, ballots.site_id, ballots.aspect, ballots.other_aspect,
        ballots.raters, ballots.raters as kept, ballots.total, ballots.other_total, ballots.product_total
    from scored.ballot_pairs as ballots
    union all
    select
        panel.source, panel.site_id, panel.aspect, panel.other_aspect,
        panel.raters, panel.kept, panel.total, panel.other_total, panel.product_total
    from scored.panel_pairs as panel
),

rated as (
    select
        pairs.source,
        pairs.site_id,
        pairs.aspect,
        -- What is left between the mean and where deviations were taken from: nothing, or the last decimals.
        pairs.total / pairs.raters as mean_deviation,
        -- What a rating of this aspect moves the score by, a point up.
        aspects.weight / nullif(sum(aspects.weight) over (partition by pairs.source, pairs.site_id), 0) / pairs.kept as share
    from pairs
    inner join ref.aspects on aspects.aspect = pairs.aspect
    where pairs.other_aspect = pairs.aspect
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
    -- Sums of decimals do not depend on the order of rows.
    select products.source, products.site_id, sum(cast(products.product as decimal(38, 20))) as squares
    from products
    group by products.source, products.site_id
),

raters as (
    select counts.source, counts.site_id, counts.ballots as raters
    from staged.ballot_counts as counts
    where counts.reason = 'valid'
    union all
    select scores.source, scores.site_id, count(distinct scores.expert_id)
    from staged.panel_scores as scores
    group by scores.source, scores.site_id
)

select
    spread.source,    -- ballots or panel source
    spread.site_id,   -- site of the register
    raters.raters,    -- valid ballots, or experts
    cast(
        sqrt(greatest(spread.squares, 0) * (raters.raters / nullif(raters.raters - 1, 0))) as decimal(18, 8)
    ) as standard_error  -- of the score, in points; null with one rater
from spread
inner join raters on raters.source = spread.source and raters.site_id = spread.site_id
where spread.squares is not null
