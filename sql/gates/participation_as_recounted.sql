-- 参加评议的人数和评价数，等于从原始选票和专家打分另数一遍的，各类的和合计的。
with told as (
    select
        ballots.source,
        case when coalesce(ballots.channel, 'all') = 'all' then 'unknown' else ballots.channel end as category,
        ballots.voter as rater,
        count(*) as ratings
    from raw.ballots
    group by ballots.source, category, ballots.voter
    union all
    select
        scores.source,
        case when coalesce(scores.category, 'all') = 'all' then 'unknown' else scores.category end,
        scores.expert_id,
        count(*)
    from raw.panel_scores as scores
    group by scores.source, case when coalesce(scores.category, 'all') = 'all' then 'unknown' else scores.category end, scores.expert_id
),

-- Categories of fewer than five persons stand together, with those that a scheme which lists them does not list.
sizes as (
    select told.source, told.category, count(*) as persons
    from told
    group by told.source, told.category
),

lists as (
    select listed.source, count(*) as names
    from ref.categories as listed
    group by listed.source
),

named as (
    select
        sizes.source,
        sizes.category,
        case
            when sizes.category = 'unknown' then true
            else sizes.persons >= 5 and (lists.names is null or listed.category is not null)
        end as by_name
    from sizes
    left join lists on lists.source = sizes.source
    left join ref.categories as listed on listed.source = sizes.source and listed.category = sizes.category
),

raters as (
    select
        told.source,
        case when named.by_name then told.category else 'other' end as category,
        told.rater,
        sum(told.ratings) as ratings
    from told
    inner join named on named.source = told.source and named.category = told.category
    group by told.source, case when named.by_name then told.category else 'other' end, told.rater
),

everyone as (
    select raters.source, raters.rater, sum(raters.ratings) as ratings
    from raters
    group by raters.source, raters.rater
),

expected as (
    select raters.source, raters.category, count(*) as raters, sum(raters.ratings) as ratings
    from raters
    group by raters.source, raters.category
    union all
    select everyone.source, 'all', count(*), sum(everyone.ratings)
    from everyone
    group by everyone.source
)

select
    coalesce(shown.source, expected.source) as source,
    coalesce(shown.category, expected.category) as category,
    shown.raters,
    expected.raters as expected_raters,
    shown.ratings,
    expected.ratings as expected_ratings
from published.participation as shown
full join expected on expected.source = shown.source and expected.category = shown.category
where shown.raters is distinct from expected.raters or shown.ratings is distinct from expected.ratings
