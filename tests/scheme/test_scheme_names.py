"""Names that a scheme may not give, and schemes that are no TOML or not there."""

import pytest

from flows.errors import OperatorError, UsageError
from flows.home import Home
from flows.scheme.file import parse_scheme, read_scheme
from tests.receive.correct import SCHEME, YEAR

WIDE = '\n[crawl]\nwide = { site = "a", checked_at = "b", checks = { https = "c" } }\n'


def _faults(text):
    with pytest.raises(OperatorError) as fault:
        parse_scheme(text.encode(), YEAR, f"{YEAR}.toml")
    return fault.value.faults


@pytest.mark.parametrize("name", ["site", "site_id", "voter", "ratings", "submitted_on", "overall", "seconds"])
def test_an_aspect_may_not_have_the_name_of_a_ballots_column(name):
    (sentence,) = [
        sentence
        for sentence in _faults(SCHEME.replace("disclosure = {", f"{name} = {{"))
        if sentence.startswith(f"aspects.{name}：")
    ]
    assert "保留名" in sentence


@pytest.mark.parametrize("name", ["crawl", "portal_traffic", "sites", "rank", "composite", "flags", "Year"])
def test_a_source_may_not_have_the_name_of_a_dataset_or_result_column(name):
    text = SCHEME.replace("superior", name)
    assert any(sentence.startswith(f"sources.{name}：") and "保留名" in sentence for sentence in _faults(text))


@pytest.mark.parametrize("name", ["site", "checked_at", "month", "line", "other"])
def test_a_scanners_check_may_not_have_the_name_of_its_tables_columns(name):
    (sentence,) = _faults(SCHEME + WIDE.replace("https", name))
    assert sentence.startswith(f"crawl.wide.checks.{name}：")


@pytest.mark.parametrize("name", ["a/b", "..", "a b", "a.b", "a'b", ""])
def test_a_source_must_be_able_to_be_a_folder(name):
    assert any(
        "文件夹名" in sentence
        for sentence in _faults(
            SCHEME.replace("[sources.superior]", f'[sources."{name}"]').replace("superior =", f'"{name}" =')
        )
    )


def test_a_source_may_not_take_the_folder_of_anothers_verified_claims():
    text = SCHEME.replace("superior", "self_check_verified")
    assert [
        sentence
        for sentence in _faults(text)
        if sentence.startswith("sources.self_check_verified：") and "self_check" in sentence
    ]


def test_sources_that_differ_by_case_only_are_reported():
    assert any("大小写" in sentence for sentence in _faults(SCHEME.replace("superior", "Public")))


@pytest.mark.parametrize(
    ("content", "parts"),
    [(b"year = \n", ["TOML", "line 1"]), (SCHEME.encode() + b"\n[aspects]\n", ["TOML", "line"]), (b"year = 2007\nyear = 2007\n", ["TOML", "line 2"]),
     (SCHEME.encode("gb18030"), ["UTF-8"]), (SCHEME.encode("utf-16"), ["UTF-8"]), (b"year = 2007\0", ["TOML"]), (b"a = {", ["TOML"])],
)  # fmt: skip
def test_what_is_no_toml_is_reported_with_its_place(content, parts):
    with pytest.raises(OperatorError) as fault:
        parse_scheme(content, YEAR, "2007.toml")
    assert all(part in str(fault.value) for part in ["2007.toml", *parts]) and fault.value.exit_status == 1


def test_a_byte_order_mark_and_crlf_are_fine():
    assert parse_scheme(b"\xef\xbb\xbf" + SCHEME.replace("\n", "\r\n").encode(), YEAR, "2007.toml").year == YEAR


def test_a_year_without_a_scheme_is_wrong_usage_and_the_others_are_offered(tmp_path):
    (tmp_path / "schemes").mkdir()
    (tmp_path / "schemes" / f"{YEAR}.toml").write_text(SCHEME, encoding="utf-8")
    with pytest.raises(UsageError) as fault:
        read_scheme(Home(tmp_path), 1999)
    assert "1999" in str(fault.value) and str(YEAR) in str(fault.value) and fault.value.exit_status == 2
    assert read_scheme(Home(tmp_path), None).year == YEAR
