"""The JSON Schema of schemes: it follows from the reader, takes whatever the reader takes, and refuses what is misspelt."""

import json
import re
import tomllib
from datetime import date, datetime
from decimal import Decimal
from pathlib import Path
from random import Random
from typing import Any

import pytest
from jsonschema import Draft7Validator

from flows.errors import OperatorError
from flows.reading.recording import schema_of
from flows.reading.section import Section
from flows.scheme.file import parse_scheme, read_keys
from flows.scheme.keys import KEYS, meaning
from flows.scheme.schema import schema_text, scheme_schema
from tests.commands import run
from tests.conftest import ROOT
from tests.oracle.schemes import generate_scheme
from tests.oracle.toml_text import toml_text
from tests.receive.correct import SCHEME, YEAR
from tests.scheme.test_scheme_crawl import test_a_fault_is_reported_under_its_key as of_crawl
from tests.scheme.test_scheme_faults import SINGLE_FAULTS

SCHEMA = scheme_schema()
VALIDATOR = Draft7Validator(SCHEMA)
CRAWL_FAULTS = [case[0] for mark in of_crawl.pytestmark for case in mark.args[1]]

# Of the cases of faults those that no schema of shapes can see: sums, references, words of Unicode, decimal places, days of a
# calendar, what a second key makes of a first one, and how many keys say the same.
BEYOND = {
    'closes = 2007-12-20\nchannels = ["网络", "网络 "]', 'closes = 2007-12-20\nchannels = ["网络", "other"]', 'kind = "panel"\ncategories = ["学者", " "]',
    "public = 0.19,", "public = 0.20000001,", "public = 0.5, superior = 0.6", "weight = 0.59", "citizens = 0.5, superior",
    'target = 30, measure = "passed"', 'kind = "panel"\ntrim_each_side = 1', 'kind = "panel"\ntrim_each_side = 2\ntrim_from = 4',
    'timezone = "Asia/Pudong"', 'timezone = "Asia"', 'timezone = "../etc/passwd"', "year = 2008", f'year = 2007\nnotice = "{"长" * 201}"',
    'year = 2007\nnotice = "a\\u0000b\\u001bc"', 'year = 2007\nnotice = "a\\uFFFE"', "max_quarantined = nan", 'tie_break = ["experts"]',
    'tie_break = ["expert", "public", "expert"]', "points = 59.123456789", 'satisfied = ["很满意"]', 'label = "不满意", points',
    "closes = 2007-10-20", 'id = "c1"', 'item_weights = { buy = 3 }\nitem_types = { apply = "在线受理"', 'approval_items_for = ["bureau"]', "all = ",
}  # fmt: skip
BEYOND_OF_CRAWL = {
    "opens = 2007-02-01\ncloses = 2007-01-31", "confirm = { reachabel = 2 }", 'canaries = ["ftp://a.example/"]', 'canaries = ["a.example"]',
    '[crawl.wide]\nsite = "a"\nchecked_at = "b"\nchecks = { x = { column = "c", not_made = ["?"] } }',
    '[crawl.wide]\nsite = "a"\nchecked_at = "b"\nchecks = { x = { column = "c", passed = ["A"], failed = ["a"] } }',
}  # fmt: skip


def as_editors_see(value: Any) -> Any:
    """A scheme as an editor holds it against a schema: days are texts, numbers are numbers."""
    match value:
        case dict():
            return {key: as_editors_see(each) for key, each in value.items()}
        case list():
            return [as_editors_see(each) for each in value]
        case Decimal():
            return float(value)
        case datetime() | date():
            return value.isoformat()
    return value


def faults(text: str) -> list[str]:
    table = tomllib.loads(text, parse_float=Decimal)
    return [
        f"{'.'.join(map(str, fault.absolute_path))}: {fault.message}" for fault in VALIDATOR.iter_errors(as_editors_see(table))
    ]


def test_it_is_a_schema():
    Draft7Validator.check_schema(SCHEMA)
    assert json.loads(schema_text()) == json.loads(json.dumps(SCHEMA))


@pytest.mark.parametrize(
    "path",
    [*sorted((ROOT / "data").glob("*/schemes/*.toml")), *sorted((ROOT / "tests").rglob("*.toml"))],
    ids=lambda path: path.name,
)
def test_every_scheme_of_the_house_keeps_it(path: Path):
    assert faults(path.read_text(encoding="utf-8")) == []


@pytest.mark.parametrize("seed", range(60))
def test_every_generated_scheme_keeps_it(seed):
    assert faults(toml_text(generate_scheme(Random(seed), 2007))) == []


@pytest.mark.parametrize(
    "text",
    ["confirm = 3", "confirm = { reachable = 3, dead_links = 2 }", 'canaries = []\ncontact = "a@b.example"\npages = 5',
     '[crawl.wide]\nsite = "a"\nchecked_at = "b"\n[crawl.wide.checks]\nx = "c"\ny = ["d", "e"]\n'
     'z = { column = "f", passed = ["ok"], failed = ["bad"], not_made = ["?"], when = { g = ["1", "2"], h = "3" } }'],
)  # fmt: skip
def test_whatever_a_crawl_may_say_keeps_it(text):
    assert faults(f"{SCHEME}\n[crawl]\n{text}") == []


@pytest.mark.parametrize(("old", "new"), [case[:2] for case in SINGLE_FAULTS], ids=[case[1] for case in SINGLE_FAULTS])
def test_what_the_reader_refuses_is_refused_unless_no_schema_can_see_it(old, new):
    assert (faults(SCHEME.replace(old, new, 1)) == []) == (new in BEYOND)


def test_what_no_schema_can_see_are_cases_that_there_are():
    assert {case[1] for case in SINGLE_FAULTS} >= BEYOND
    assert set(CRAWL_FAULTS) >= BEYOND_OF_CRAWL


@pytest.mark.parametrize("text", CRAWL_FAULTS)
def test_of_the_crawl_too(text):
    assert (faults(f"{SCHEME}\n[crawl]\n{text}") == []) == (text in BEYOND_OF_CRAWL)


@pytest.mark.parametrize("text", ['levels = "stop"', 'level = "tell"', 'confirmed = "x"', "confirmed = [1]"])
def test_of_the_comparison_too(text):
    assert faults(f"{SCHEME}\n[comparison]\n{text}") != []
    assert faults(f'{SCHEME}\n[comparison]\nlevels = "gate"\nconfirmed = ["levels:x"]') == []


@pytest.mark.parametrize("value", ["1", '"x"', "[]"])
@pytest.mark.parametrize("table", ["aspects", "groups", "sources", "crawl", "comparison"])
def test_a_value_in_the_place_of_a_table_is_refused(table, value):
    assert faults(f"{table} = {value}\n" + "\n\n".join(part for part in SCHEME.split("\n\n") if f"[{table}" not in part)) != []


def known_to_the_reader() -> dict[str, set[str]]:
    """What the reader says itself of the keys that each table may have, when it meets one that it does not know."""
    whole = f'{SCHEME}\n[crawl]\nzzz = 1\n[crawl.wide]\nzzz = 1\nsite = "a"\nchecked_at = "b"\n[crawl.wide.checks.x]\nzzz = 1\ncolumn = "c"\n[comparison]\nzzz = 1\n'
    text = re.sub(r"(?m)^(\[(?:groups|sources)\.\w+\])$", r"\1\nzzz = 1", whole)
    text = (
        text.replace("year = 2007", "zzz = 1\nyear = 2007")
        .replace("{ label", "{ zzz = 1, label")
        .replace("{ id", "{ zzz = 1, id")
    )
    with pytest.raises(OperatorError) as refused:
        parse_scheme(text.encode(), YEAR, "2007.toml")
    told = [re.fullmatch(r"(?:(.+)\.)?zzz：不认识的键；这里可用的键：(.+)", fault) for fault in refused.value.faults]
    return {match[1] or "": set(match[2].split("、")) for match in told if match}


def in_the_schema(path: str, table: dict) -> set[str]:
    """The keys that the schema gives the same table of the scheme."""
    node, value = SCHEMA, table
    for part in re.findall(r"[^.\[\]]+", path):
        node = _inside(node, value, part)
        value = value[int(part) - 1] if part.isdecimal() and isinstance(value, list) else value[part]
        node = _chosen(node, value)
    return set(_chosen(node, value)["properties"])


def _inside(node: dict, value: Any, part: str) -> dict:
    return node["items"] if isinstance(value, list) else node["properties"].get(part) or node["additionalProperties"]


def _chosen(node: dict, value: Any) -> dict:
    for word in ("oneOf", "anyOf"):
        for each in node.get(word, ()):
            consts = {key: shape["const"] for key, shape in each.get("properties", {}).items() if "const" in shape}
            if (
                isinstance(value, dict)
                and each.get("type") == "object"
                and all(value.get(key) == const for key, const in consts.items())
            ):
                return each
    return node


def test_it_has_exactly_the_keys_that_the_reader_knows():
    table = tomllib.loads(
        SCHEME + '\n[crawl]\n[crawl.wide]\nsite = "a"\nchecked_at = "b"\n[crawl.wide.checks.x]\ncolumn = "c"\n[comparison]\n'
    )
    known = known_to_the_reader()
    assert len(known) >= 20 and {"", "crawl", "crawl.wide", "crawl.wide.checks.x", "comparison", "aspects.services"} <= set(
        known
    )
    for path, keys in known.items():
        # What a rule forbids is known to the reader and refused all the same.
        assert keys - in_the_schema(path, table) <= ({"per"} if ".indicators" in path else set()), path
        # The reader asks for this one only where it stands.
        assert in_the_schema(path, table) - keys <= ({"canaries"} if path == "crawl" else set()), path


def test_every_key_says_in_chinese_what_it_is_and_none_says_what_there_is_not():
    asked: set[str] = set()

    def note(path: tuple[str, ...]) -> str:
        asked.add(".".join(path))
        return meaning(path)

    schema_of(read_keys, note)
    own = {name for name in asked if name in KEYS}
    of_all = {f"sources.*.{key}" for key in ("label", "kind", "incomplete", "due")}
    assert {f"sources.*.{name.split('.')[2]}" for name in asked - own} == of_all
    assert set(KEYS) - own == of_all
    assert [name for name, key in KEYS.items() if not re.search("[\u4e00-\u9fff]", key.meaning)] == []


def test_a_key_that_the_reader_learns_is_in_the_schema_at_once():
    def read(top: Section) -> None:
        read_keys(top)
        if top.choice("colour", ("red", "blue"), default="red") == "blue":
            top.integer("shade", at_least=3)

    made = schema_of(read, ".".join)
    by_colour = {shape["properties"]["colour"]["const"]: shape for shape in made["oneOf"]}
    assert by_colour["blue"]["properties"]["shade"] == {
        "type": "integer",
        "minimum": 3,
        "maximum": 2**31 - 1,
        "description": "shade",
    }
    assert "shade" in by_colour["blue"]["required"] and "shade" not in by_colour["red"]["properties"]


def test_what_a_reader_asks_for_in_a_way_that_has_no_schema_is_an_error():
    with pytest.raises(TypeError, match="no schema for the key colour"):
        schema_of(lambda top: top.value("colour"), ".".join)


def test_the_command_prints_it():
    ran = run("schema")
    assert (ran.status, ran.out) == (0, schema_text())
