-- The source scores of last year as they were published; none where last year was not published (method 10).
-- grain: year, site_id, source
select
    scheme.year,                        -- evaluated year, the year after
    previous.site_id,                   -- site of this year's register
    previous.source,                    -- source of last year's scheme
    previous.score as previous_score    -- its score last year
from ref.previous_scores as previous
inner join ref.sites on sites.site_id = previous.site_id
cross join ref.scheme
