-- 名次的可靠程度等于逐个评分人另算一遍的：标准误、名次最高、名次最低；进入附件的可能和权重变动时的名次正是抽签所得。
select
    shown.site_id,
    shown.se_composite,
    expected.se_composite as expected_se,
    shown.rank_low,
    1 + expected.surely_above as expected_rank_low,
    shown.rank_high,
    expected.sites - expected.surely_below as expected_rank_high,
    shown.p_annex,
    odds.p_annex as expected_p_annex,
    moved.rank_low as moved_rank_low,
    ranks.rank_low as expected_moved_rank_low,
    moved.rank_high as moved_rank_high,
    ranks.rank_high as expected_moved_rank_high,
    moved.p_annex as moved_p_annex,
    ranks.p_annex as expected_moved_p_annex
from recount.rank_intervals as expected
left join published.rank_confidence as shown on shown.site_id = expected.site_id and shown."group" = expected.group_id
left join draws.annex_odds as odds on odds.site_id = expected.site_id
left join published.weight_sensitivity as moved on moved.site_id = expected.site_id and moved."group" = expected.group_id
left join draws.weight_ranks as ranks on ranks.site_id = expected.site_id
where
    shown.site_id is null
    or (shown.se_composite is null) <> (expected.se_composite is null)
    or abs(cast(shown.se_composite as double) - expected.se_composite) > 0.0000501
    or not shown.rank_low - 1 between expected.surely_above and expected.perhaps_above
    or not expected.sites - shown.rank_high between expected.surely_below and expected.perhaps_below
    or shown.p_annex is distinct from odds.p_annex
    or moved.rank_low is distinct from ranks.rank_low
    or moved.rank_high is distinct from ranks.rank_high
    or moved.p_annex is distinct from ranks.p_annex
