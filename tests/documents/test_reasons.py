"""The reasons of a changed composite: parts that add up to the change, or none; differences of the method come first."""

from decimal import Decimal

import pytest

from flows.documents.reasons import reasons
from flows.documents.tables import Site
from flows.scheme import Scheme
from tests.documents.results import scheme_of

THREE = """
year = 2007
title = "评议"
timezone = "Asia/Shanghai"
missing = "{missing}"
[aspects]
a = {{ label = "公开", weight = 1 }}
[groups.g]
label = "部门"
publish_top = 1
weights = {weights}
[sources.voted]
label = "公众"
kind = "given"
[sources.judged]
label = "专家"
kind = "given"
[sources.checked]
label = "核查"
kind = "given"
"""
WEIGHTS = "{ voted = 0.3, judged = 0.3, checked = 0.4 }"
KNOWN = {"voted": "0.3", "judged": "0.3", "checked": "0.4"}


def three(weights: str = WEIGHTS, missing: str = "fail") -> Scheme:
    return scheme_of(THREE.format(weights=weights, missing=missing))


def site(scores: str, composite: str, previous: str | None) -> Site:
    given = tuple(None if score == "-" else Decimal(score) for score in scores.split())
    return Site("s1", "g", "一", None, 1, Decimal(composite), given, None if previous is None else Decimal(previous), 1, ())


def before(scores: str, weights: dict[str, str | None] = KNOWN, **differing: dict) -> list[dict]:
    """Last year's rows of the sources in `weights`, one score each; what differs from them is given by source."""
    rows = [
        {"source": source, "source_now": source, "previous_label": f"旧{source}", "same_rules": 1}
        | {
            "previous_weight": None if weight is None else Decimal(weight),
            "previous_score": None if score == "-" else Decimal(score),
        }
        | differing.get(source, {})
        for (source, weight), score in zip(weights.items(), scores.split(), strict=True)
    ]
    # Known by their ids, not by their positions.
    return rows[::-1]


def test_the_parts_add_up_to_the_change():
    change = reasons(three(), site("80 70 90", "81.00", "80.00"), before("80 80 80"))
    assert change.text == "综合得分比上年上升 1.00 分，是各来源之和：核查 +4.00、专家 −3.00。"
    assert change.effects == {"voted": 0, "judged": -3, "checked": 4} and change.rounding == 0


def test_the_rest_of_rounding_is_a_part_and_adds_up():
    # 0.3 × 0.05 is 0.015 twice, 0.02 when rounded; the composites say 0.03.
    now = [Decimal("80.05"), Decimal("80.05"), Decimal(80)]
    composite = Decimal("0.3") * now[0] + Decimal("0.3") * now[1] + Decimal("0.4") * now[2]
    change = reasons(three(), site(" ".join(map(str, now)), f"{composite:.2f}", "80.00"), before("80 80 80"))
    assert change.text == "综合得分比上年上升 0.03 分，是各来源之和：专家 +0.02、公众 +0.02、四舍五入 −0.01。"
    assert sum(change.effects.values()) + change.rounding == Decimal("0.03")


def test_a_composite_that_did_not_change_says_so():
    change = reasons(three(), site("80 80 80", "80.00", "80.00"), before("80 80 80"))
    assert change.text == "综合得分与上年相同，各来源的影响都不到 0.01 分。"


def test_a_new_site_has_no_reasons():
    assert reasons(three(), site("80 80 80", "80.00", None), []) is None


OTHERWISE = [
    # Other weights.
    (before("80 80 80", {"voted": "0.4", "judged": "0.2", "checked": "0.4"}), "公众的权重由 40% 改为 30%；专家的权重由 20% 改为 30%"),
    # A source more, and a source less, which keeps its old name.
    (before("80 80", {"voted": "0.6", "checked": "0.4"}), "公众的权重由 60% 改为 30%；新计入专家（30%）"),
    (
        before("80 80 80 80", {"voted": "0.3", "judged": "0.2", "checked": "0.4", "mayor": "0.1"}, mayor={"source_now": None, "previous_label": "市长"}),
        "专家的权重由 20% 改为 30%；不再计入市长（上年 10%）",
    ),
    (before("80 - 80"), "上年没有专家的得分"),
]  # fmt: skip


@pytest.mark.parametrize(("rows", "differences"), OTHERWISE)
def test_where_the_rules_changed_that_stands_first_and_no_part_follows(rows, differences):
    change = reasons(three(), site("80 70 90", "81.00", "80.00"), rows)
    assert (
        change.text
        == f"今年与上年不同的是：{differences}。综合得分比上年上升 1.00 分，各来源的影响相加不等于这一变化，不逐项列出。"
    )
    assert change.effects == {} and change.rounding == 0


def test_a_score_that_is_missing_this_year_leaves_nothing_to_add_up():
    change = reasons(three(missing="reweight"), site("80 - 90", "85.71", "80.00"), before("80 80 80"))
    assert change.text.startswith("今年与上年不同的是：今年没有专家的得分。") and change.effects == {}


def test_a_source_of_weight_0_is_no_reason():
    weights = "{ voted = 0.6, judged = 0, checked = 0.4 }"
    rows = before("80 10 80", {"voted": "0.6", "judged": "0", "checked": "0.4"})
    for scores in ("80 70 90", "80 - 90"):
        change = reasons(three(weights), site(scores, "84.00", "80.00"), rows)
        assert change.text == "综合得分比上年上升 4.00 分，是各来源之和：核查 +4.00。"


def test_another_way_of_scoring_stands_first_and_the_parts_still_add_up():
    change = reasons(
        three(), site("80 70 90", "81.00", "80.00"), before("80 80 80", judged={"same_rules": 0}, voted={"same_rules": None})
    )
    assert change.text == (
        "今年与上年不同的是：专家的计分办法有变动，它的升降有一部分可能由此而来。综合得分比上年上升 1.00 分，是各来源之和：核查 +4.00、专家 −3.00。"
    )


def test_a_source_that_was_called_otherwise_is_known_by_what_it_is_now():
    rows = before("80 80 80", {"voted": "0.3", "panel": "0.3", "checked": "0.4"}, panel={"source_now": "judged"})
    assert reasons(three(), site("80 70 90", "81.00", "80.00"), rows).effects["judged"] == -3


UNKNOWN = dict.fromkeys(KNOWN)


@pytest.mark.parametrize(
    ("previous", "rows", "effects"),
    [
        ("80.00", before("80 80 80", UNKNOWN), {"voted": 0, "judged": -3, "checked": 4}),
        # Whatever they weighed, it was not this.
        ("79.98", before("80 80 80", UNKNOWN), {}),
        ("80.00", before("80 80", {"voted": None, "checked": None}), {}),
        ("80.00", before("80 80 80 80", UNKNOWN | {"mayor": None}, mayor={"source_now": None}), {}),
        ("80.00", [], {}),
    ],
)
def test_where_last_years_weights_are_not_known_the_sum_alone_decides(previous, rows, effects):
    assert reasons(three(), site("80 70 90", "81.00", previous), rows).effects == effects
