-- 各组概况等于从排名表另算一遍的：网站数、平均分、高于平均分的个数、最低、最高、中位数、标准差。
with means as (
    select ranking."group" as group_id, avg(cast(ranking.composite as double)) as mean
    from published.composite_scores as ranking
    group by ranking."group"
),

expected as (
    select
        ranking."group" as group_id,
        count(*) as sites,
        round(cast(means.mean as decimal(18, 8)), 1) as mean,
        -- A composite that is the mean itself is not above it, whatever the last digit of a double says.
        sum(case when cast(ranking.composite as double) > means.mean + 0.0000001 then 1 else 0 end) as above_mean,
        min(ranking.composite) as lowest,
        max(ranking.composite) as highest,
        round(cast(median(cast(ranking.composite as double)) as decimal(18, 8)), 2) as median,
        sqrt(avg((cast(ranking.composite as double) - means.mean) * (cast(ranking.composite as double) - means.mean))) as sd
    from published.composite_scores as ranking
    inner join means on means.group_id = ranking."group"
    group by ranking."group", means.mean
)

select
    coalesce(summary."group", expected.group_id) as group_id,
    summary.sites,
    expected.sites as expected_sites,
    summary.mean,
    expected.mean as expected_mean,
    summary.above_mean,
    expected.above_mean as expected_above_mean,
    summary.lowest,
    expected.lowest as expected_lowest,
    summary.highest,
    expected.highest as expected_highest,
    summary.median,
    expected.median as expected_median,
    summary.sd,
    round(cast(expected.sd as decimal(18, 8)), 4) as expected_sd
from published.group_summary as summary
full join expected on expected.group_id = summary."group"
where
    summary.sites is distinct from expected.sites
    or summary.mean is distinct from expected.mean
    or summary.above_mean is distinct from expected.above_mean
    or summary.lowest is distinct from expected.lowest
    or summary.highest is distinct from expected.highest
    or summary.median is distinct from expected.median
    or summary.sd is null
    or abs(cast(summary.sd as double) - expected.sd) > 0.0050001
