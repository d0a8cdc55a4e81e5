"""What is shown in the UI: cells that the server takes, keys that it accepts, and nothing that could end a run."""

import logging
import re
from datetime import date, datetime
from decimal import Decimal

import polars as pl
import pytest
from prefect.types.names import ArtifactKey
from pydantic import TypeAdapter

from flows.orchestrator import artifacts
from flows.orchestrator.artifacts import MOST_ROWS, key_of, listed, show_table, show_text, summary


@pytest.fixture
def shown(monkeypatch):
    """The arguments of every table artifact that is made."""
    made = []
    monkeypatch.setattr(artifacts, "on_prefect", lambda: True)
    monkeypatch.setattr(
        artifacts, "_leave_table", lambda rows, key, said: made.append((rows, {"key": key, "description": said}))
    )
    return made


@pytest.fixture
def logged():
    """What our own modules log, whatever Prefect has set up for them."""
    records = []
    handler = logging.Handler()
    handler.emit = records.append
    artifacts.logger.addHandler(handler)
    yield records
    artifacts.logger.removeHandler(handler)


def test_decimals_dates_and_absent_values_become_what_the_server_takes(shown):
    frame = pl.DataFrame(
        {
            "网站": ["甲", None],
            "得分": [Decimal("85.10"), None],
            "名次": [1, None],
            "日期": [date(2030, 1, 2), None],
            "时间": [datetime(2030, 1, 2, 3, 4, 5), None],
            "通过": [False, None],
        },
        schema_overrides={"得分": pl.Decimal(9, 2)},
    )
    show_table("annex", frame, "附件")
    ((rows, options),) = shown
    first = {"网站": "甲", "得分": "85.10", "名次": 1, "日期": "2030-01-02", "时间": "2030-01-02 03:04:05", "通过": False}
    assert rows == [first, dict.fromkeys(first, "")]
    assert options == {"key": "annex", "description": "附件"}


def test_a_table_without_rows_is_shown_as_one(shown):
    show_table("annex", pl.DataFrame(schema={"a": pl.String}), "附件")
    assert shown[0][0] == []


@pytest.mark.parametrize(("rows", "expected"), [(MOST_ROWS, "附件"), (MOST_ROWS + 1, "附件（共 2001 行，这里是前 2000 行）")])
def test_of_a_long_table_the_first_rows_are_shown_and_that_is_told(shown, rows, expected):
    show_table("annex", pl.DataFrame({"a": range(rows)}), "附件")
    ((cells, options),) = shown
    assert cells == [{"a": number} for number in range(2000)] and options["description"] == expected


@pytest.mark.parametrize(
    ("parts", "key"),
    [
        (("annex", "department"), "annex-department"),
        (("annex", "City_Level_2"), "annex-city-level-2"),
        (("summary",), "summary"),
    ],
)
def test_a_key_has_small_letters_digits_and_hyphens(parts, key):
    assert key_of(*parts) == key


def test_a_group_in_other_letters_has_a_key_of_its_own_that_the_server_accepts():
    keys = [key_of("annex", group) for group in ("市级", "区级", "Ämter", "１")]
    assert [TypeAdapter(ArtifactKey).validate_python(key) for key in keys] == keys and len(set(keys)) == 4


@pytest.mark.parametrize("show", [show_text, lambda key, _, text: show_table(key, pl.DataFrame({"a": [1]}), text)])
def test_an_artifact_that_cannot_be_made_is_logged_and_ends_nothing(monkeypatch, logged, show):
    def away(*_, **__):
        raise ConnectionError("the server is away")

    monkeypatch.setattr(artifacts, "on_prefect", lambda: True)
    for name in ("_leave_text", "_leave_table"):
        monkeypatch.setattr(artifacts, name, away)
    show("summary", "text", "结果摘要")
    (record,) = logged
    assert record.levelno == logging.WARNING
    assert (
        "summary" in record.getMessage()
        and "the server is away" in record.getMessage()
        and "结果不受影响" in record.getMessage()
    )


def test_where_nobody_could_see_it_nothing_is_made(monkeypatch):
    for name in ("_leave_text", "_leave_table"):
        monkeypatch.setattr(artifacts, name, lambda *_: pytest.fail("something was made"))
    show_text("summary", "text", "结果摘要")
    show_table("annex", pl.DataFrame({"a": [1]}), "附件")


def test_a_summary_has_facts_links_and_warnings():
    text = summary("2030年评议", ["草稿 abc"], ["第 3 行不合格"], {"草稿的文件": "http://127.0.0.1/drafts/2030/"})
    assert text.splitlines() == [
        "# 2030年评议", "", "- 草稿 abc", "", "- [草稿的文件](http://127.0.0.1/drafts/2030/)", "", "## 提示（1 条）", "", "- 第 3 行不合格"
    ]  # fmt: skip
    assert summary("2030年评议", ["草稿 abc"], []) == "# 2030年评议\n\n- 草稿 abc"


@pytest.mark.parametrize(("length", "rest"), [(200, []), (203, ["- …… 还有 3 条"])])
def test_of_a_long_list_the_beginning_is_shown_and_the_rest_counted(length, rest):
    assert listed(f"第 {number} 行" for number in range(length)) == [f"- 第 {number} 行" for number in range(200)] + rest


def test_text_of_raw_files_cannot_speak_markdown():
    hostile = "[点此公布](http://elsewhere.example/)\n\n# 一切正常\n<img src=x onerror=alert(1)> ![x](y) **粗** | `列`"
    text = summary("题", [hostile], [hostile])
    lines = [line for line in text.splitlines() if "点此公布" in line]
    assert len(lines) == 2 and all(line.startswith("- \\[点此公布\\]") for line in lines)
    assert [line for line in text.splitlines() if line.startswith("#")] == ["# 题", "## 提示（1 条）"]
    assert not re.search(r"(?<!\\)[\[\]<>*|]", "\n".join(lines))


def test_the_lists_of_a_summary_say_what_they_were_given():
    assert listed(["raw/2030/a_b.csv：1 < 2"]) == ["- raw/2030/a\\_b.csv：1 \\< 2"]
