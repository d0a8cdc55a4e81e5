"""Suites: their outcomes, reports and progress."""

import json
import re
from html.parser import HTMLParser

import duckdb
import pytest

from flows.validation.outcomes import Outcome, SuiteOutcome, add_outcomes
from flows.validation.page import page
from flows.validation.run import ExpectationError, validate
from flows.validation.suites import Expectation, Suite
from flows.warehouse.engine import create_tables
from tests.validation.year import evaluated, suites

ROWS = Expectation("恰有 2 行", "select count(*)::varchar as wrong from things having count(*) <> 2", total=True)
NEVER_NULL = Expectation("size 没有空值", "select 'size 是空的' as wrong from things where size is null")
BETWEEN = Expectation("size 在 0 到 5 之间", "select 'size 是 ' || size as wrong from things where size not between 0 and 5")


def silent(what: str, finished: int, of: int) -> None:
    pass


def suite(*expectations: Expectation) -> Suite:
    return Suite("things", "东西", expectations)


def validated(values: str, *expectations: Expectation) -> SuiteOutcome:
    with duckdb.connect() as connection:
        connection.execute(f"create table things as select * from (values {values}) as things (size)")
        return validate(connection, [suite(*expectations)], silent)[0]


def test_expectations_that_hold():
    outcome = validated("(0), (5)", ROWS, NEVER_NULL, BETWEEN)
    assert outcome.holds
    assert outcome.failures == []
    assert [item.expectation for item in outcome.outcomes] == [ROWS, NEVER_NULL, BETWEEN]


def test_what_fails_is_reported_in_words_with_what_was_seen():
    assert validated("(0), (null), (6), (7.5)", ROWS, NEVER_NULL, BETWEEN).failures == [
        "东西：应当“恰有 2 行”，实际为 4",
        "东西：应当“size 没有空值”，实际有 1 行不符，如 size 是空的",
        "东西：应当“size 在 0 到 5 之间”，实际有 2 行不符，如 size 是 6.0、size 是 7.5",
    ]


def test_at_most_three_values_are_shown():
    assert validated("(6), (7), (8), (9)", BETWEEN).failures == [
        "东西：应当“size 在 0 到 5 之间”，实际有 4 行不符，如 size 是 6、size 是 7、size 是 8"
    ]


def test_what_looks_like_a_parameter_in_a_query_is_a_text():
    odd = "{batch} {} {0} :size ::size a:b %s %(size)s \\:size '' \"quoted\""
    outcome = validated("(0)", Expectation("没有怪字", f"select '{odd}' as wrong from things"))
    assert outcome.failures == ["东西：应当“没有怪字”，实际有 1 行不符，如 " + odd.replace("''", "'")]


def test_nothing_is_printed(capfd):
    validated("(0), (5)", ROWS, NEVER_NULL, BETWEEN)
    assert capfd.readouterr() == ("", "")


def test_an_expectation_on_a_column_that_is_not_there_is_an_error_and_not_bad_data():
    gone = Expectation("weight 没有空值", "select '空' as wrong from things where weight is null")
    with pytest.raises(ExpectationError, match=r"things: expect_query_to_list_nothing could not run: .*weight"):
        validated("(1), (2)", NEVER_NULL, gone)


def test_an_expectation_on_text_that_is_about_numbers_is_an_error_and_not_bad_data():
    with pytest.raises(ExpectationError, match="things: expect_query_to_list_nothing could not run"):
        validated("('one'), ('two')", BETWEEN)


def test_a_query_on_a_table_that_is_not_there_is_an_error():
    with duckdb.connect() as connection, pytest.raises(ExpectationError, match="things"):
        validate(connection, [suite(ROWS)], silent)


def test_the_connection_and_its_transaction_are_left_as_they_were():
    with duckdb.connect() as connection:
        connection.execute("create table things as select unnest([1, 2]) as size")
        connection.execute("begin")
        connection.execute("insert into things values (99)")
        (outcome,) = validate(connection, [suite(ROWS)], silent)
        assert outcome.failures == ["东西：应当“恰有 2 行”，实际为 3"]
        connection.execute("rollback")
        assert connection.execute("select size from things order by size").fetchall() == [(1,), (2,)]


def test_nothing_is_made_among_the_temporary_files(tmp_path, monkeypatch):
    # A folder would have to be made there, and be taken away again.
    monkeypatch.setattr("tempfile.tempdir", str(tmp_path / "nowhere"))
    with duckdb.connect() as connection:
        connection.execute("create table things as select unnest([1, 2]) as size")
        (outcome,) = validate(connection, [suite(ROWS)], silent)
    assert outcome.failures == []


def test_progress_is_reported_by_suite():
    reports = []
    with duckdb.connect() as connection:
        connection.execute("create table things as select unnest([1, 2]) as size")
        two = [suite(ROWS), Suite("more", "更多", (ROWS,))]
        validate(connection, two, lambda what, finished, of: reports.append((what, finished, of)), "检查")
    assert reports == [("检查", 0, 2), ("检查", 1, 2), ("检查", 2, 2)]


def reports() -> str:
    with evaluated() as evaluation:
        outcomes = validate(evaluation.connection, suites(evaluation), silent)
    return json.dumps([outcome.report for outcome in outcomes], ensure_ascii=False, sort_keys=True, default=str)


def test_the_reports_of_two_runs_are_equal_and_tell_no_time_and_no_id():
    first, second = reports(), reports()
    assert first == second
    assert len(json.loads(first)) == 38
    # A bound may have as many digits as an id; an id has letters too.
    assert re.findall(r"[0-9a-f]{8}-[0-9a-f]{4}|(?=[0-9]*[a-f])[0-9a-f]{16}", first) == []
    assert re.findall(r"\d{4}-\d\d-\d\dT|\d\d:\d\d", first) == []
    assert re.findall(r"batch|run_id|run_name|run_time|duckdb\+run", first) == []


def test_a_report_says_what_was_expected_and_what_was_seen():
    report = validated("(0), (6)", ROWS, BETWEEN).report
    assert (report["suite"], report["title"], report["success"]) == ("things", "东西", False)
    rows, between = sorted(report["results"], key=lambda result: result["success"], reverse=True)
    assert between["expectation"] == {
        "type": "expect_query_to_list_nothing",
        "kwargs": {"unexpected_rows_query": f"select wrong, count(*) over () as number from ({BETWEEN.wrong}) order by wrong"},
        "description": "size 在 0 到 5 之间",
    }
    assert (between["success"], between["result"]["unexpected_count"]) == (False, 1)
    assert (rows["success"], rows["result"]) == (True, {"unexpected_count": 0, "partial_unexpected_list": []})


class Elements(HTMLParser):
    """The elements of a page, their addresses and its text."""

    def __init__(self, text: str) -> None:
        super().__init__()
        self.tags: set[str] = set()
        self.attributes: set[str] = set()
        self.text = ""
        self.feed(text)

    def handle_starttag(self, tag, attrs):
        self.tags.add(tag)
        self.attributes |= {name for name, _ in attrs}

    def handle_data(self, data):
        self.text += data


SCRIPT = "<script>alert('&')</script>"


def shown() -> str:
    hostile = Suite("x", f"组 {SCRIPT}", (Expectation(f"列 {SCRIPT}", "select 1"),))
    outcomes = (Outcome(hostile.expectations[0], True, {}), Outcome(NEVER_NULL, False, {}))
    results = [{"expectation": {"description": outcome.expectation.says}} for outcome in outcomes]
    outcome = SuiteOutcome(hostile, outcomes, {"results": results})
    with duckdb.connect() as connection:
        create_tables(connection, "run")
        add_outcomes(connection, [outcome])
        return page(connection, f"评议 {SCRIPT}")


def test_the_page_escapes_what_it_shows():
    elements = Elements(shown())
    assert "script" not in elements.tags
    assert elements.text.count(SCRIPT) == 4  # the title twice, the suite, what it says


def test_the_page_refers_to_nothing_elsewhere():
    text = shown()
    assert Elements(text).tags.isdisjoint({"script", "link", "img", "iframe", "object", "base", "form", "a"})
    assert Elements(text).attributes.isdisjoint({"src", "href", "action", "style", "onload", "onerror"})
    assert re.findall(r"https?:|//|url\(|@import", text) == []


def test_the_page_counts_what_holds():
    text = Elements(shown()).text
    assert "共 1 组 2 项检查，1 项符合，1 项不符合。" in text
    assert (text.count("✓ 符合"), text.count("✗ 不符")) == (1, 1)
