-- 每个来源的选票，有效的与各规则剔除的合计等于收到的。
with audited as (
    select audit.source, sum(audit.ballots) as ballots
    from published.ballot_audit as audit
    group by audit.source
),

received as (
    select ballots.source, count(*) as ballots
    from raw.ballots
    group by ballots.source
)

select audited.source, audited.ballots, coalesce(received.ballots, 0) as received
from audited
left join received on received.source = audited.source
where audited.ballots <> coalesce(received.ballots, 0)
