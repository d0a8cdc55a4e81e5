"""Whether a source is scored by last year's rules, and which source of this year it is."""

import pytest

from flows.scheme.changes import counterpart, same_rules
from flows.scheme.file import parse_scheme

BEFORE = """
year = 2007
title = "评议"
timezone = "Asia/Shanghai"
[aspects]
a = { label = "公开", weight = 0.4 }
b = { label = "办事", weight = 0.6 }
[groups.g]
label = "部门"
publish_top = 1
weights = { voted = 0.5, judged = 0.1, claimed = 0.1, recorded = 0.1, audited = 0.1, scored = 0.1 }
[sources.voted]
label = "公众"
kind = "ballots"
opens = 2007-11-01
closes = 2007-12-20
levels = [ { label = "好", points = 100 }, { label = "差", points = 0 } ]
satisfied = ["好"]
min_seconds = 5
min_ballots = 30
[sources.judged]
label = "专家"
kind = "panel"
trim_each_side = 1
trim_from = 5
[sources.claimed]
label = "自查"
kind = "claims"
inflation_penalty = 0.5
indicators = [ { id = "c1", label = "公开", max = 10 }, { id = "c2", label = "互动", max = 5 } ]
[sources.recorded]
label = "日常"
kind = "records"
indicators = [ { id = "r1", label = "报送", max = 20, rule = "ratio", target = 30 }, { id = "r2", label = "死链", max = 10, rule = "deduct", per = 0.5, from_crawl = "dead_links" } ]
[sources.audited]
label = "核查"
kind = "audit"
item_types = { t = "受理", u = "查询" }
item_weights = { t = 3 }
approval_items_for = ["g"]
[sources.scored]
label = "评分"
kind = "given"
[crawl]
confirm = 2
"""
SOURCES = ["voted", "judged", "claimed", "recorded", "audited", "scored"]


def scheme(text: str):
    return parse_scheme(text.encode(), 2007, "2007.toml")


@pytest.mark.parametrize(
    ("old", "new", "changed"),
    [
        ("opens = 2007-11-01", "opens = 2007-11-05", set()),
        ('label = "公众"', 'label = "网民"', set()),
        ("min_ballots = 30", "min_ballots = 50", set()),
        ("voted = 0.5, judged = 0.1", "voted = 0.4, judged = 0.2", set()),
        ('{ id = "c1", label = "公开", max = 10 }, { id = "c2", label = "互动", max = 5 }', '{ id = "c2", label = "互动", max = 5 }, { id = "c1", label = "公开", max = 10 }', set()),
        ("points = 100", "points = 90", {"voted"}),
        ("min_seconds = 5", "min_seconds = 6", {"voted"}),
        ("min_seconds = 5", "burst_limit = 20", {"voted"}),
        ("weight = 0.4 }\nb = { label = \"办事\", weight = 0.6 }", "weight = 0.5 }\nb = { label = \"办事\", weight = 0.5 }", {"voted", "judged"}),
        ("trim_each_side = 1\ntrim_from = 5", "", {"judged"}),
        ("trim_from = 5", "trim_from = 6", {"judged"}),
        ("inflation_penalty = 0.5", "inflation_penalty = 1", {"claimed"}),
        ('label = "互动", max = 5', 'label = "互动", max = 6', {"claimed"}),
        ("target = 30", "target = 40", {"recorded"}),
        ("per = 0.5", "per = 1", {"recorded"}),
        ("confirm = 2", "confirm = 3", {"recorded"}),
        ("confirm = 2", "confirm = { dead_links = 2 }", set()),
        ("item_weights = { t = 3 }", "item_weights = { t = 2 }", {"audited"}),
        ('approval_items_for = ["g"]', "", {"audited"}),
        ('label = "评分"\nkind = "given"', 'label = "评分"\nkind = "panel"', {"scored"}),
    ],
)  # fmt: skip
def test_rules_are_what_makes_the_score(old, new, changed):
    assert BEFORE.count(old) == 1
    before, now = scheme(BEFORE), scheme(BEFORE.replace(old, new))
    assert {source for source in SOURCES if not same_rules(before, source, now, source)} == changed


def test_a_source_is_known_by_its_id_and_else_by_a_label_that_one_new_source_alone_has():
    now = scheme(BEFORE.replace("voted", "netizens").replace('label = "评分"', 'label = "专家"'))
    ids = set(SOURCES)
    assert counterpart("voted", "公众", now, ids) == "netizens"
    assert counterpart("judged", "旧名", now, ids) == "judged"
    # The one that is called so now was there last year, as something else.
    assert counterpart("experts", "专家", now, ids | {"experts"}) is None
    assert counterpart("gone", "市长", now, ids | {"gone"}) is None
    assert counterpart("gone", None, now, ids | {"gone"}) is None
