"""Every gate of `sql/gates/` finds the break that it is about, and nothing in tables that are right."""

import pytest

from flows.settings import SQL
from flows.warehouse.gates import failed_gates
from tests.models.tables import given

GATED = ["published.composite_scores", "published.composite_steps", "published.ballot_audit", "ranked.composites"]
RIGHT = {
    "raw.ballots": "ballot_id\nx1\nx2\nx3",
    "ref.sites": "site_id | name\ns1 | One\ns2 | Two\ns3 | Three",
    "ref.weights": "source | weight\na | 0.3\nb | 0.7",
    "scored.source_scores": """
        site_id | source | score
        s1      | a      | 90.05
        s1      | b      | 80
        s2      | a      | 70
        s2      | b      | 70
        s3      | b      | 60
    """,
    "published.composite_steps": """
        site_id | source | weight | counted_weight | score | amount
        s1      | a      | 0.3    | 0.3            | 90.05 | 27.015
        s1      | b      | 0.7    | 0.7            | 80    | 56
        s2      | a      | 0.3    | 0.3            | 70    | 21
        s2      | b      | 0.7    | 0.7            | 70    | 49
        s3      | a      | 0.3    | 0              |       | 0
        s3      | b      | 0.7    | 1              | 60    | 60
    """,
    "ranked.composites": """
        site_id | rank | composite | tie_key
        s1      | 1    | 83.02     | 07000
        s2      | 2    | 70        | 07000
        s3      | 3    | 70        | 00000
    """,
    "published.composite_scores": """
        site_id | group | name  | composite
        s1      | g     | One   | 83.02
        s2      | g     | Two   | 70
        s3      | g     | Three | 60
    """,
    "published.ballot_audit": "reason | ballots\nvalid | 2\nburst | 1",
    "raw.crawl_checks": "check | checked_at\nup | 2007-01-01\nup | 2007-01-01\nup | 2007-01-02\nup | 2006-01-01",
    "raw.crawl_scans": "checks\n[{'check': 'up', 'passed': null, 'value': null, 'not_made': 'x'}]",
    "published.check_counts": "check | made | passed | failed | confirmed | not_made | stale | outside_period\n"
    "up | 2 | 2 | 0 | 0 | 1 | 1 | 1",
}


def broken(tables: dict[str, str]) -> list[str]:
    return failed_gates(given(RIGHT | tables, []), SQL / "gates")


def test_tables_that_are_right_break_no_gate():
    assert broken({}) == []


def test_a_step_that_acts_on_the_sum_breaks_no_gate():
    step = "\n        s1      |        |        |                |       | -5"
    tables = {
        "published.composite_steps": RIGHT["published.composite_steps"].rstrip() + step,
        "published.composite_scores": RIGHT["published.composite_scores"].replace("83.02", "78.02"),
    }
    assert broken(tables) == []


@pytest.mark.parametrize(
    ("gate", "tables", "seen"),
    [
        ("ballots_accounted_for", {"published.ballot_audit": "reason | ballots\nvalid | 2"}, "source src，ballots 2，received 3"),
        ("ballots_accounted_for", {"raw.ballots": ""}, "source src，ballots 3，received 0"),
        ("checks_accounted_for", {"raw.crawl_scans": ""}, "check up，checks 5，received 4"),
        ("checks_accounted_for", {"published.check_counts": ""}, "check up，checks None，received 5"),
        (
            "composites_from_published_scores",
            {"published.composite_scores": RIGHT["published.composite_scores"].replace("83.02", "83.01")},
            "site_id s1，composite 83.01，expected_composite 83.02",
        ),
        (
            # A site with a missing source is held against its steps like any other.
            "composites_from_published_scores",
            {"published.composite_scores": RIGHT["published.composite_scores"].replace("60", "60.01")},
            "site_id s3，composite 60.01，expected_composite 60.00",
        ),
        (
            "composites_from_published_scores",
            {"published.composite_steps": "\n".join(RIGHT["published.composite_steps"].splitlines()[:-3])},
            "site_id s3，composite 60.00，expected_composite None",
        ),
        (
            # That nobody has a score in what weighs nothing keeps no composite from being held against its steps.
            "composites_from_published_scores",
            {
                "ref.weights": RIGHT["ref.weights"] + "\nidle | 0",
                "published.composite_scores": RIGHT["published.composite_scores"].replace("83.02", "83.01"),
            },
            "site_id s1，composite 83.01，expected_composite 83.02",
        ),
        *(
            ("steps_from_published_scores", {"published.composite_steps": RIGHT["published.composite_steps"].replace(right, wrong)}, seen)
            for right, wrong, seen in (
                (
                    "0.3    | 0.3            | 90.05",
                    "0.2    | 0.3            | 90.05",
                    "site_id s1，source a，weight 0.20000000，expected_weight 0.30000000，score 90.05，expected_score 90.05，"
                    "amount 27.0150000000，expected_amount 27.01500000000000",
                ),
                (
                    "| 80    | 56",
                    "| 79    | 56",
                    "site_id s1，source b，weight 0.70000000，expected_weight 0.70000000，score 79.00，expected_score 80.00，"
                    "amount 56.0000000000，expected_amount 56.00000000000000",
                ),
                (
                    # Weights that are all wrong alike are in the steps, in their amounts and in the composite.
                    "0.3            | 90.05 | 27.015",
                    "0.15           | 90.05 | 13.5075",
                    "site_id s1，source a，weight 0.30000000，expected_weight 0.30000000，score 90.05，expected_score 90.05，"
                    "amount 13.5075000000，expected_amount 27.01500000000000",
                ),
                (
                    "27.015",
                    "27.0150000001",
                    "site_id s1，source a，weight 0.30000000，expected_weight 0.30000000，score 90.05，expected_score 90.05，"
                    "amount 27.0150000001，expected_amount 27.01500000000000",
                ),
                (
                    "| 60    | 60",
                    "| 60    | 60.00000003",
                    "site_id s3，source b，weight 0.70000000，expected_weight 0.70000000，score 60.00，expected_score 60.00，"
                    "amount 60.0000000300，expected_amount 60.00000000000000",
                ),
                (
                    "| 0              |       | 0",
                    "| 0              |       |",
                    "site_id s3，source a，weight 0.30000000，expected_weight 0.30000000，score None，expected_score None，"
                    "amount None，expected_amount 0E-14",
                ),
                (
                    "s1      | b      | 0.7    | 0.7            | 80    | 56",
                    "other   | b      | 0.7    | 0.7            | 80    | 56",
                    "site_id s1，source b，weight None，expected_weight 0.70000000，score None，expected_score 80.00，"
                    "amount None，expected_amount 56.00000000000000",
                ),
            )
        ),
        (
            "every_site_ranked",
            {"ref.sites": RIGHT["ref.sites"] + "\ns4 | Four"},
            "site_id s4",
        ),
        (
            "every_site_ranked",
            {"ref.sites": "site_id | name\ns1 | One\ns2 | Two"},
            "site_id s3",
        ),
        (
            "ranks_follow_composites",
            {"ranked.composites": RIGHT["ranked.composites"].replace("| 3    |", "| 2    |")},
            "site_id s3，rank 2，expected_rank 3",
        ),
        (
            "ranks_follow_composites",
            {"ranked.composites": RIGHT["ranked.composites"].replace("00000", "07000")},
            "site_id s3，rank 3，expected_rank 2",
        ),
        ("weights_closed", {"ref.weights": "source | weight\na | 0.3\nb | 0.69999999"}, "group_id g，total 0.99999999"),
    ],
)  # fmt: skip
def test_a_broken_table_breaks_its_gate(gate, tables, seen):
    failures = [failure for failure in broken(tables) if f"（{gate}）" in failure]
    assert len(failures) == 1
    assert failures[0].endswith(f"而有 1 处不符，如 {seen}")


def test_every_gate_is_broken_here():
    gates = {path.stem for path in (SQL / "gates").glob("*.sql")}
    marked = next(mark for mark in test_a_broken_table_breaks_its_gate.pytestmark if mark.name == "parametrize")
    assert {case[0] for case in marked.args[1]} == gates
