"""Composites: the exact weighted sum, and the policies for missing sources (methods 2 and 8)."""

from fractions import Fraction

import pytest

from flows.errors import GateError
from flows.explain.composite import explain_steps
from flows.settings import SQL
from flows.warehouse.models import build, read_models
from tests.models.tables import expect, given, rows, text_rows, to

MODELS = {model.name: model for model in read_models(SQL)}

STEPS = "scored.composite_steps"
COMPOSITES = "scored.composites"
WEIGHTS = """
    source | weight
    a      | 0.3
    b      | 0.2
    c      | 0.5
"""


def sources(weights: str) -> str:
    """The sources that are weighed, in their order."""
    names = dict.fromkeys(row["source"] for row in text_rows(weights))
    return "\n".join(["source | label", *(f"{name} | {name.upper()}" for name in names)])


def composed(scores: str, expected, missing: str = "fail", weights: str = WEIGHTS) -> None:
    expect(
        COMPOSITES,
        {
            "ref.scheme": f"missing\n{missing}",
            "ref.sites": "site_id\ns1",
            "ref.weights": weights,
            "ref.sources": sources(weights),
            "scored.source_scores": f"source | score\n{scores}",
        },
        "site_id composite",
        [("s1", expected)],
        [STEPS],
    )


def test_the_composite_is_the_exact_weighted_sum():
    exact = Fraction("0.3") * Fraction("80.11") + Fraction("0.2") * Fraction("90.22") + Fraction("0.5") * Fraction("70.33")
    composed("a | 80.11\nb | 90.22\nc | 70.33", to(2, exact))


def test_half_a_hundredth_goes_up():
    exact = Fraction("0.5") * Fraction("85.12") + Fraction("0.5") * Fraction("85.13")
    assert exact == Fraction("85.125")
    composed("a | 85.12\nb | 85.13", to(2, exact), weights="source | weight\na | 0.5\nb | 0.5")


def test_the_sum_is_not_brought_to_eight_decimals_first():
    # 0.49999999 × 0.01 + 0.50000001 × 0 is 0.0049999999, just below half a hundredth.
    composed("a | 0.01\nb | 0", to(2, "0.0049999999"), weights="source | weight\na | 0.49999999\nb | 0.50000001")


def test_zero_counts_a_missing_source_as_0():
    composed("a | 80\nc | 70", to(2, Fraction("0.3") * 80 + Fraction("0.5") * 70), missing="zero")


def test_zero_gives_a_site_without_any_score_0():
    composed("other | 80", 0, missing="zero")


def test_reweight_scales_the_remaining_weights_to_1():
    composed("a | 80\nc | 70", to(2, (Fraction("0.3") * 80 + Fraction("0.5") * 70) / Fraction("0.8")), missing="reweight")


def test_reweight_rounds_every_half_up():
    # (0.3 × 1.67 + 0.3 × 1.68) / 0.6 is 1.6749999999999998 in binary.
    pairs = [(low, low + 1) for low in range(160, 260)]
    lines = [f"s{low} | a | {low / 100:.2f}\ns{low} | b | {high / 100:.2f}" for low, high in pairs]
    expect(
        COMPOSITES,
        {
            "ref.scheme": "missing\nreweight",
            "ref.sites": "\n".join(["site_id", *(f"s{low}" for low, _ in pairs)]),
            "ref.weights": "source | weight\na | 0.3\nb | 0.3\nc | 0.4",
            "ref.sources": "source\na\nb\nc",
            "scored.source_scores": "\n".join(["site_id | source | score", *lines]),
        },
        "site_id composite",
        [(f"s{low}", to(2, Fraction(low + high, 200))) for low, high in pairs],
        [STEPS],
    )


def test_reweight_rounds_once():
    # 85.1245 is not first 85.125 and then 85.13.
    exact = (Fraction("0.18") * Fraction("85.13") + Fraction("0.22") * Fraction("85.12")) / Fraction("0.4")
    assert exact == Fraction("85.1245")
    weights = "source | weight\na | 0.18\nb | 0.22\nc | 0.6"
    composed("a | 85.13\nb | 85.12", to(2, exact), missing="reweight", weights=weights)


def test_reweight_changes_nothing_where_nothing_is_missing():
    composed("a | 1\nb | 2\nc | 3", to(2, Fraction("0.3") + 2 * Fraction("0.2") + 3 * Fraction("0.5")), missing="reweight")


def test_reweight_cannot_help_a_site_without_any_score():
    composed("other | 80", None, missing="reweight")


def test_fail_gives_no_composite_where_a_source_is_missing():
    composed("a | 80\nc | 70", None, missing="fail")


@pytest.mark.parametrize("missing", ["fail", "zero", "reweight"])
@pytest.mark.parametrize("idle", ["", "\nidle | 33"])
def test_a_source_of_weight_0_is_not_missed_and_has_no_say(missing, idle):
    exact = Fraction("0.3") * Fraction("80.11") + Fraction("0.2") * Fraction("90.22") + Fraction("0.5") * Fraction("70.33")
    composed(f"a | 80.11\nb | 90.22\nc | 70.33{idle}", to(2, exact), missing, WEIGHTS + "    idle | 0\n")


def test_a_source_of_weight_0_alone_gives_no_composite_under_reweight():
    composed("idle | 80", None, missing="reweight", weights=WEIGHTS + "    idle | 0\n")


def test_a_source_that_the_group_does_not_weigh_has_no_say():
    composed("a | 10\nb | 10\nc | 10\nother | 100", 10)


def test_every_group_has_its_own_weights():
    expect(
        COMPOSITES,
        {
            "ref.sites": "site_id | group_id\ns1 | g\ns2 | h",
            "ref.weights": "group_id | source | weight\ng | a | 0.25\ng | b | 0.75\nh | a | 1",
            "ref.sources": "source\na\nb",
            "scored.source_scores": "site_id | source | score\ns1 | a | 80\ns1 | b | 60\ns2 | a | 80",
        },
        "site_id group_id composite",
        [("s1", "g", to(2, Fraction(80 + 3 * 60, 4))), ("s2", "h", 80)],
        [STEPS],
    )


def test_a_composite_above_100_stops_the_run():
    with pytest.raises(GateError, match=r"scored\.composites"):
        rows(
            COMPOSITES,
            {
                "ref.sites": "site_id\ns1",
                "ref.weights": "source | weight\na | 0.6\nb | 0.6",
                "ref.sources": "source\na\nb",
                "scored.source_scores": "source | score\na | 100\nb | 100",
            },
            "composite",
            [STEPS],
        )


def stepped(scores: str, expected: list[tuple], missing: str = "fail", weights: str = WEIGHTS) -> None:
    """`expected`: source, counted weight, amount and total of every step."""
    tables = {
        "ref.scheme": f"missing\n{missing}",
        "ref.sites": "site_id\ns1",
        "ref.weights": weights,
        "ref.sources": sources(weights),
        "scored.source_scores": f"source | score\n{scores}",
    }
    expect(STEPS, tables, "source counted_weight amount total", expected)


def product(weight: str, score: str) -> Fraction:
    return Fraction(weight) * Fraction(score)


def test_every_source_is_a_step_with_its_amount_and_the_total_so_far():
    a, b, c = product("0.3", "80.11"), product("0.2", "90.22"), product("0.5", "70.33")
    stepped(
        "a | 80.11\nb | 90.22\nc | 70.33",
        [
            ("a", to(12, "0.3"), to(10, a), to(10, a)),
            ("b", to(12, "0.2"), to(10, b), to(10, a + b)),
            ("c", to(12, "0.5"), to(10, c), to(10, a + b + c)),
        ],
    )


def test_the_steps_are_in_the_order_of_the_scheme_and_say_what_they_are():
    expect(
        STEPS,
        {
            "ref.sites": "site_id | group_id\ns1 | g\ns2 | h",
            "ref.weights": "group_id | source | weight\ng | z | 0.25\ng | a | 0.75\nh | a | 1",
            "ref.sources": "position | source | label\n1 | z | Z\n2 | a | A",
            "scored.source_scores": "site_id | source | score\ns1 | z | 80\ns1 | a | 60\ns2 | a | 80",
        },
        "site_id group_id position step source label weight weight_base score",
        [
            ("s1", "g", 1, "source", "z", "Z", to(8, "0.25"), 1, 80),
            ("s1", "g", 2, "source", "a", "A", to(8, "0.75"), 1, 60),
            ("s2", "h", 2, "source", "a", "A", 1, 1, 80),
        ],
    )


def test_a_missing_source_that_counts_0_keeps_its_weight_and_adds_nothing():
    a, c = product("0.3", "80"), product("0.5", "70")
    stepped(
        "a | 80\nc | 70",
        [
            ("a", to(12, "0.3"), to(10, a), to(10, a)),
            ("b", to(12, "0.2"), 0, to(10, a)),
            ("c", to(12, "0.5"), to(10, c), to(10, a + c)),
        ],
        missing="zero",
    )


def test_under_reweight_the_weights_that_count_are_those_of_the_sources_with_a_score():
    # 0.3 + 0.4 of the weights are there: 3/7 and 4/7, which no decimal is.
    a, c = product("0.3", "80") / Fraction("0.7"), product("0.4", "70.01") / Fraction("0.7")
    stepped(
        "a | 80\nc | 70.01",
        [
            ("a", to(12, Fraction(3, 7)), to(8, a), to(8, a)),
            ("b", 0, 0, to(8, a)),
            ("c", to(12, Fraction(4, 7)), to(8, a + c) - to(8, a), to(8, a + c)),
        ],
        missing="reweight",
        weights="source | weight\na | 0.3\nb | 0.3\nc | 0.4",
    )


@pytest.mark.parametrize("missing", ["fail", "zero", "reweight"])
def test_a_source_of_weight_0_is_a_step_that_adds_nothing(missing):
    weights = "source | weight\nidle | 0\na | 1\nother | 0"
    for scores in ("a | 33", "a | 33\nidle | 70"):
        stepped(scores, [("idle", 0, 0, 0), ("a", 1, 33, 33), ("other", 0, 0, 33)], missing, weights)


@pytest.mark.parametrize(("missing", "scores"), [("fail", "a | 80\nc | 70"), ("reweight", "other | 80")])
def test_where_no_rule_says_what_to_do_the_steps_have_no_amounts(missing, scores):
    tables = {
        "ref.scheme": f"missing\n{missing}",
        "ref.sites": "site_id\ns1",
        "ref.weights": WEIGHTS,
        "ref.sources": sources(WEIGHTS),
        "scored.source_scores": f"source | score\n{scores}",
    }
    expect(STEPS, tables, "source amount total", [("a", None, None), ("b", None, None), ("c", None, None)])


def test_the_steps_are_published_as_they_are():
    tables = {
        "scored.composite_steps": """
            site_id | position | step   | source | label | weight | weight_base | counted_weight | score | amount | total
            s1      | 1        | source | a      | A     | 0.5    | 1           | 0.5            | 80.02 | 40.01  | 40.01
            s1      | 2        | other  |        | Cap   |        |             |                |       | -0.01  | 40
        """
    }
    expected = [
        (2007, "s1", 1, "source", "a", "A", to(8, "0.5"), to(12, "0.5"), to(2, "80.02"), to(10, "40.01"), to(10, "40.01")),
        (2007, "s1", 2, "other", None, "Cap", None, None, None, to(10, "-0.01"), 40),
    ]
    columns = "year site_id position step source label weight counted_weight score amount total"
    expect("published.composite_steps", tables, columns, expected)


def explained(tables: dict[str, str], models: list[str]) -> list[str]:
    connection = given(tables, models)
    for name in models:
        build(connection, MODELS[name])
    return [line.strip() for line in explain_steps(connection, "s1")]


@pytest.mark.parametrize(
    ("missing", "lines"),
    [
        (
            "zero",
            ["A（a）：0.3 × 80.00 = 24", "B（b）：0.2 × 没有得分，按 0 计", "C（c）：0.5 × 70.00 = 35", "合计 59 → 59.00"],
        ),
        (
            "reweight",
            [
                "A（a）：0.3 ÷ 0.8 × 80.00 = 30",
                "B（b）：0.2 × 没有得分，不计，其余来源的权重按比例补足",
                "C（c）：0.5 ÷ 0.8 × 70.00 = 43.75",
                "合计 73.75 → 73.75",
            ],
        ),
    ],
)
def test_an_explanation_says_every_step(missing, lines):
    tables = {
        "ref.scheme": f"missing\n{missing}",
        "ref.sites": "site_id\ns1",
        "ref.weights": WEIGHTS + "    idle | 0\n",
        "ref.sources": sources(WEIGHTS + "    idle | 0\n"),
        "scored.source_scores": "source | score\na | 80\nc | 70",
    }
    idle = "IDLE（idle）：权重为 0，没有得分也不影响综合得分"
    assert explained(tables, [STEPS, COMPOSITES]) == [*lines[:-1], idle, lines[-1]]


def test_an_explanation_says_a_step_that_is_no_source():
    steps = """
        position | source | label | weight | weight_base | counted_weight | score | amount | total
        1        | a      | A     | 1      | 1           | 1              | 80    | 80     | 80
        2        |        | 扣分  |        |             |                |       | -5     | 75
    """
    assert explained({STEPS: steps}, [COMPOSITES]) == ["A（a）：1 × 80.00 = 80", "扣分：-5", "合计 75 → 75.00"]


def test_the_composite_is_the_last_total_whatever_acted_on_the_sum():
    expect(
        COMPOSITES,
        {"scored.composite_steps": "position | amount | total\n1 | 90 | 90\n10 | -90 | 0.005\n2 | 0 | 90"},
        "site_id composite",
        [("s1", to(2, "0.005"))],
    )


def test_missing_sources_are_listed_by_site():
    expect(
        "scored.missing_sources",
        {
            "ref.sites": "site_id | name\ns1 | One\ns2 | Two",
            "ref.sources": "source | label\na | A\nb | B\nc | C\nidle | I",
            "ref.weights": WEIGHTS + "    idle | 0\n",
            "scored.source_scores": "site_id | source | score\ns1 | a | 1\ns1 | b | 0\ns1 | c | 1\ns2 | b | 1",
        },
        "site_id name source source_label",
        [("s2", "Two", "a", "A"), ("s2", "Two", "c", "C")],
        [STEPS],
    )


def flagged(tables: dict[str, str], expected) -> None:
    expect("scored.flags", tables, "site_id flags", expected, [STEPS])


@pytest.mark.parametrize("policy", ["zero", "reweight"])
def test_a_missing_source_is_flagged_with_the_policy(policy):
    flagged(
        {"ref.scheme": f"missing\n{policy}", "scored.missing_sources": "site_id | source\ns1 | b\ns1 | a\ns2 | c"},
        [("s1", f"missing_{policy}:a|missing_{policy}:b"), ("s2", f"missing_{policy}:c")],
    )


LOW_BASE = {
    "ref.sites": "site_id\ns1\ns2\ns3\ns4\ns5",
    "ref.weights": "source | weight\nsrc | 0.5\nunlimited | 0.5\nidle | 0",
    "ref.sources": "source\nsrc\nunlimited\nidle",
    "ref.ballot_rules": "source | min_ballots\nsrc | 3\nunlimited |\nidle | 3",
    "scored.source_scores": "source | site_id\nsrc | s1\nsrc | s2\nunlimited | s3\nidle | s5",
}


def test_fewer_valid_ballots_than_min_ballots_are_flagged():
    flagged(
        LOW_BASE
        | {
            "staged.ballot_counts": """
                source    | site_id | reason | ballots
                src       | s1      | valid  | 2
                src       | s1      | burst  | 90
                src       | s2      | valid  | 3
                unlimited | s3      | valid  | 1
                src       | s4      | valid  | 1
                idle      | s5      | valid  | 1
            """
        },
        [("s1", "low_base")],
    )


def test_two_low_bases_and_a_missing_source_make_two_flags():
    flagged(
        {
            "ref.scheme": "missing\nzero",
            "ref.sites": "site_id\ns1",
            "ref.weights": "source | weight\nx | 0.5\ny | 0.3\nz | 0.2",
            "ref.sources": "source\nx\ny\nz",
            "ref.ballot_rules": "source | min_ballots\nx | 3\ny | 3",
            "scored.source_scores": "source\nx\ny",
            "staged.ballot_counts": "source | reason | ballots\nx | valid | 1\ny | valid | 2",
            "scored.missing_sources": "source\nz",
        },
        [("s1", "low_base|missing_zero:z")],
    )
