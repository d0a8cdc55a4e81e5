-- Who took part: voters by channel and experts by category, with the ballots and scores they gave.
-- grain: year, source, category
-- check: raters <= ratings
select
    scheme.year,             -- evaluated year
    participation.source,    -- source of the scheme
    participation.category,  -- channel of the ballots or category of the experts, unknown where not told, or all
    participation.raters,    -- different voters or experts
    participation.ratings    -- ballots cast or scores given, those that do not count included
from staged.participation
cross join ref.scheme
