-- 选票的去向等于从原始选票另数一遍的：各来源有效的和按每条规则剔除的。
with expected as (
    select ballots.source, ballots.reason, sum(ballots.ballots) as ballots
    from recount.ballots
    group by ballots.source, ballots.reason
)

select
    coalesce(audit.source, expected.source) as source,
    coalesce(audit.reason, expected.reason) as reason,
    audit.ballots,
    expected.ballots as expected_ballots
from published.ballot_audit as audit
full join expected on expected.source = audit.source and expected.reason = audit.reason
where audit.ballots is distinct from coalesce(expected.ballots, 0)
