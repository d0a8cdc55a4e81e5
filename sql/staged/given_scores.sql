-- The scores that someone else computed.
-- grain: source, site_id
-- check: score between 0 and 100
select
    given.source,   -- source of the scheme
    given.site_id,  -- site of the register
    given.score     -- 0 to 100
from raw.given_scores as given
