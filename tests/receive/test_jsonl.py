"""JSON lines: each line has an object, lines count from 1, digits stay as written; other lines are set aside."""

import json
from decimal import Decimal

import pytest

from flows.receive.chunks import RefusedFile

GOOD = '{"site": "s01", "score": 88.5}\n'


def _scores(taken):
    return [(row["site_id"], row["score"], row["line"]) for row in taken.rows]


def test_the_first_row_is_line_1_and_blank_lines_count(intake):
    taken = intake.take("superior/a.jsonl", GOOD + "\n  \n" + '{"score": "77", "site": "s02"}\r\n{"site": "?", "score": 1}')
    assert _scores(taken) == [("s01", Decimal("88.5"), 1), ("s02", Decimal(77), 4)]
    assert taken.faults == [(5, "site", "?")]


@pytest.mark.parametrize(
    "broken",
    ['{"site": "s02", "score": 7', '{"site": "s02", "score": 77} x', "{'site': 's02'}", '{"site": "s02", "score": 077}', '{"site": "s02",}', "not json",
     '{"site": "s02", "score": .5}', '{"site": "s02", "score": 0x1A}', '{"site": "s02"} {"score": 77}', '{"a":' * 100_000, "{\"site\": \"s\n02\"}"],
    ids=lambda line: line[:24],
)  # fmt: skip
def test_a_line_that_is_not_whole_json_is_set_aside_and_the_others_load(intake, broken):
    taken = intake.take("superior/a.jsonl", GOOD + broken + "\n" + GOOD)
    extra = broken.count("\n")
    assert [line for _, _, line in _scores(taken)] == [1, 3 + extra]
    assert taken.faults == [(2 + index, "", "") for index in range(1 + extra)]
    assert all("JSON" in reason for reason in taken.reasons)


@pytest.mark.parametrize("broken", ["[]", '["s02", 77]', '"s02"', "77", "null", "true", '[["site", "s02"], ["score", 77]]'])
def test_a_line_that_is_no_object_is_set_aside(intake, broken):
    taken = intake.take("superior/a.jsonl", GOOD + broken + "\n")
    assert (len(taken.rows), taken.faults) == (1, [(2, "", "")])
    assert "对象" in taken.reasons[0]


def test_a_key_that_comes_twice_is_set_aside_whichever_was_meant(intake):
    taken = intake.take("superior/a.jsonl", GOOD + '{"site": "s02", "score": 1, "score": 99}\n')
    assert (len(taken.rows), taken.faults) == (1, [(2, "", "")])
    assert "同一个键" in taken.reasons[0]


@pytest.mark.parametrize(("written", "shown"), [("NaN", "NaN"), ("Infinity", "Infinity"), ("-Infinity", "-Infinity"), ("1e400", "1e400"), ("[1]", '["1"]'),
                                                ('{"value": 1}', '{"value": "1"}'), ("true", "true"), ('"x"', "x"), ("100.01", "100.01")])  # fmt: skip
def test_what_is_no_score_goes_to_quarantine(intake, written, shown):
    taken = intake.take("superior/a.jsonl", GOOD + f'{{"site": "s02", "score": {written}}}\n')
    assert (len(taken.rows), taken.faults) == (1, [(2, "score", shown)])


@pytest.mark.parametrize("missing", ['{"site": "s02"}', '{"site": "s02", "score": null}', '{"site": "s02", "score": ""}'])
def test_a_missing_key_null_and_the_empty_text_are_missing_values(intake, missing):
    taken = intake.take("superior/a.jsonl", GOOD + missing + "\n")
    assert (len(taken.rows), taken.faults) == (1, [(2, "score", "")])
    assert "缺少" in taken.reasons[0]


def test_an_empty_object_is_a_row_without_its_first_value(intake):
    assert intake.take("superior/a.jsonl", GOOD + "{}\n").faults == [(2, "site", "")]


@pytest.mark.parametrize("escape", [r"\ud800", r"\udfff", r"\ud83d"])
@pytest.mark.parametrize(
    "line",
    [
        '{{"site": "s02", "score": 1, "x": "{0}"}}',
        '{{"site": "s02", "score": 1, "x{0}": 1}}',
        '{{"site": "s02", "score": 1, "x": [["{0}"]]}}',
    ],
)
def test_half_a_character_is_set_aside(intake, escape, line):
    taken = intake.take("superior/a.jsonl", GOOD + line.format(escape) + "\n")
    assert (len(taken.rows), taken.faults) == (1, [(2, "", "")])
    assert "\\u" in taken.reasons[0]


def test_a_whole_character_by_escapes_is_read(intake):
    taken = intake.take(
        "self_check/a.jsonl",
        r'{"site": "\u5e02\u6559\u59d4", "indicator": "c1", "points": 1, "evidence": "\ud83d\ude00"}' + "\n",
    )
    assert [(row["site_id"], row["evidence"]) for row in taken.rows] == [("s02", "😀")]


@pytest.mark.parametrize("digits", ["12345678901234567890123", "9007199254740993", "1" * 5000])
def test_big_numbers_keep_their_digits(intake, digits):
    line = f'{{"expert_id": {digits}, "site": "s01", "aspect": "services", "score": 1, "n": {digits}}}'
    (row,) = intake.take("expert/a.jsonl", line + "\n").rows
    assert (row["expert_id"], json.loads(row["other"])) == (digits, {"n": digits})


@pytest.mark.parametrize(
    ("written", "meant"),
    [("0.1234567890", "0.123456789"), ("33.3333333333", "33.3333333333"), ("5.0", "5"), ("1E1", "10"), ("92.50", "92.5")],
)
def test_numbers_are_never_doubles(intake, written, meant):
    assert intake.take("superior/a.jsonl", f'{{"site": "s01", "score": {written}}}\n').rows[0]["score"] == Decimal(meant)


def test_nested_values_and_unlisted_keys_are_kept(intake):
    taken = intake.take(
        "superior/a.jsonl",
        '{"site": "s01", "score": 1, "who": {"name": "王", "at": [1, null, {"a": true}]}}\n'
        + '{"site": "s02", "score": 2, "b": false}\n',
    )
    others = [json.loads(row["other"]) for row in taken.rows]
    assert json.loads(others[0].pop("who")) == {"name": "王", "at": ["1", None, {"a": True}]}
    assert others == [{"b": None}, {"b": "false", "who": None}]


@pytest.mark.parametrize("content", ["", "\n\n", "[]\n", "x\ny\n", "\ufeff"])
def test_a_file_without_any_object_is_refused(intake, content):
    with pytest.raises(RefusedFile) as fault:
        intake.take("superior/a.jsonl", content)
    assert "JSON" in str(fault.value)


def test_a_key_that_no_line_has_is_a_missing_column(intake):
    with pytest.raises(RefusedFile) as fault:
        intake.take("superior/a.jsonl", '{"site": "s01"}\n{"points": 1}\n')
    assert "score" in str(fault.value)


def test_a_byte_order_mark_and_gb18030_are_read_as_in_csv(intake):
    for name, encoding in (("a", "utf-8-sig"), ("b", "gb18030")):
        taken = intake.take(f"superior/{name}.jsonl", '{"site": "市财政局", "score": 1}\n'.encode(encoding))
        assert _scores(taken) == [("s01", 1, 1)]
