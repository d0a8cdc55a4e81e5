-- How every composite comes about, step by step: whoever rounds a site's last total, or the sum of its amounts, has its composite.
-- title: 综合得分的步骤
-- position: 55
-- grain: year, site_id, position
-- rows: some
select
    scheme.year,              -- 年度 | of year | evaluated year
    steps.site_id,            -- 编号 | site of the register
    steps.position,           -- 次序 | from 1 | order of the steps
    steps.step,               -- 步骤 | source: a source's weighted score
    steps.source,             -- 来源 | of sources or empty | source of the scheme
    steps.label,              -- 名称 | what the step is called
    steps.weight,             -- 权重 | 0 to 1 or empty | the source's share in the scheme
    steps.counted_weight,     -- 计入的权重 | 0 to 1 or empty | the share that counts for this site, scaled where others are missing
    steps.score,              -- 得分 | 0 to 100 or empty | null where the site has none
    steps.amount,             -- 加上的分数 | -100 to 100 | points that the step adds
    steps.total               -- 累计 | 0 to 100 | points so far
from scored.composite_steps as steps
cross join ref.scheme
