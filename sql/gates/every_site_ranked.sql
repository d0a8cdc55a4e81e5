-- 登记册中的每个网站在排名表中恰有一行，排名表中没有别的网站。
select coalesce(sites.site_id, scores.site_id) as site_id
from ref.sites
full join published.composite_scores as scores on scores.site_id = sites.site_id
where sites.site_id is null or scores.site_id is null
