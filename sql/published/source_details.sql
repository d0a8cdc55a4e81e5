-- What stands behind every source score, by aspect, indicator or item type.
-- title: 各网站分项得分
-- position: 60
-- grain: year, site_id, source, item
-- rows: some
select
    scheme.year,      -- 年度 | of year | evaluated year
    details.site_id,  -- 编号 | site of the register
    details.source,   -- 来源 | of sources | source of the scheme
    details.item,     -- 分项 | aspect, indicator or item type
    details.value,    -- 数值 | 0 to 10^6 | mean points or score, points, or 100 × result
    details.base      -- 依据数 | from 0 | ratings, scores, months or items behind it
from scored.source_details as details
cross join ref.scheme
