-- 每个组别的来源权重之和恰为 1。
select weights.group_id, sum(weights.weight) as total
from ref.weights
group by weights.group_id
having sum(weights.weight) <> 1
