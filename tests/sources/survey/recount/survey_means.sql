-- The mean score of every site and aspect in a survey, once more: each respondent with its weight.
-- grain: source, site_id, aspect
with weighted as (
    select
        scores.source,
        scores.site_id,
        scores.aspect,
        scores.score,
        least(cast(scores.weight as decimal(14, 8)), rules.most_weight) as weight
    from raw.survey_scores as scores
    inner join ref.survey_rules as rules on rules.source = scores.source
)

select
    weighted.source,     -- source of the scheme
    weighted.site_id,    -- site of the register
    weighted.aspect,     -- aspect of the scheme
    cast(
        sum(weighted.score * weighted.weight) / sum(weighted.weight) as decimal(20, 12)
    ) as mean_score,     -- weighted mean
    count(*) as ratings  -- respondents
from weighted
group by weighted.source, weighted.site_id, weighted.aspect
having sum(weighted.weight) > 0
