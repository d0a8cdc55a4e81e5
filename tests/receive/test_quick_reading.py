"""What is read quickly (plain cells, alike cells, cells that have a type) is what is read with care, a cell at a time."""

import hmac
import pickle
import random
from dataclasses import fields
from datetime import date
from decimal import Decimal

import polars as pl
import pytest

from flows.datasets import (
    Check,
    Day,
    Flag,
    Id,
    Meaning,
    Month,
    Number,
    Observation,
    OneOf,
    Personal,
    Rating,
    Seconds,
    Site,
    Text,
    Time,
)
from flows.receive import meanings
from flows.receive.cells import lists_of, text_of
from flows.receive.meanings import Context, Reading, is_day_only, read
from flows.receive.plain import plain_ids, plain_instants
from flows.receive.pseudonyms import Pseudonyms, pseudonyms_of

SECRET = b"a key of the tests, of 32 bytes."
NOBODY = ("匿名", "NULL", "0", "none")
# Its clocks skip an hour and have one twice.
CONTEXT = Context({"d01": "d01", "市教委": "d02", "x 3": "d03"}, "America/New_York", Pseudonyms(SECRET))
PARTS = (
    *(
        "",
        "0",
        "00",
        "1",
        "7",
        "86",
        "138001380",
        "110105194912310",
        "0000000",
        "e",
        "E",
        "x",
        "X",
        "A",
        "b",
        "#",
        "null",
        "匿名",
        "０",
    ),
    *(
        ".",
        ".0",
        ",",
        "+",
        "-",
        "_",
        " ",
        "\t",
        "\u3000",
        "'",
        '="',
        '"',
        "：",
        ":",
        "d0",
        "市教委",
        "none",
        "ｘ",
        "ﬁ",
        "10.",
        "秒",
        "分",
    ),
)
IDS = (
    "1380013800",
    "8613800138000",
    "008613800138000",
    "11010519491231002X",
    "11010519491231002x",
    "110105194912310000",
    "10.0.12.7",
)
INSTANTS = (
    *("2007-11-05 10:30:00", "2007-11-05T10:30:00", "2007-11-05", "2007-11-05 00:00:00", "2007-11-05T00:00", "2007/11/5 8:05"),
    *("2007-03-11 02:30:00", "2007-11-04 01:30:00", "2007-02-30 10:00:00", "2007-11-05 24:00:00", "2007-11-05 10:60:00"),
    *("2007-11-05 10:30:60", "2007-11-05  10:30:00", "+007-11-05 10:30:00", "2007-1-05 010:30:00", "0007-11-05 10:30:00"),
    *("2007-11-05 10:30:00.25", "2007-11-05T10:30:00Z", "2007-11-05 10:30:00+08:00", "２007-11-05 10:30:00", "早上"),
)
OTHERS = (
    "1",
    "1.0",
    "5",
    "3.5",
    "是",
    "TRUE",
    "pass",
    "通过",
    "2007-11",
    "2007-11-05",
    "2007年11月5日",
    "36秒",
    "1分5秒",
    "1e1",
    "网络",
    "d01",
)
MEANINGS = (
    Text(names=("网络", "信函")),
    Id(),
    Id(person=True, placeholders=NOBODY),
    Personal(placeholders=NOBODY),
    Site(),
    OneOf({"A": "a", "0": "zero"}, "词"),
    Rating({"1": 1, "7": 7, "网络": 3}),
    Flag(),
    Check(),
    Seconds(Decimal(0), Decimal(1000)),
    Number(Decimal(0), Decimal(100)),
    Month("2007-01", "2007-12"),
    Day(date(2007, 1, 1), date(2007, 12, 31)),
    Time(),
    Observation(),
)
NAMES = [f"{type(meaning).__name__}-{number}" for number, meaning in enumerate(MEANINGS)]


def _cell(draw: random.Random) -> str | None:
    match draw.randrange(8):
        case 0:
            return None
        case 1:
            return draw.choice(IDS)
        case 2:
            return draw.choice(INSTANTS)
        case 3:
            return draw.choice(OTHERS)
        case _:
            return "".join(draw.choices(PARTS, k=draw.randint(1, 5)))


def _texts(seed: int, count: int) -> pl.Series:
    draw = random.Random(seed)
    return pl.Series([_cell(draw) for _ in range(count)], dtype=pl.String)


def _same(one: Reading, other: Reading) -> None:
    for field in fields(Reading):
        left, right = getattr(one, field.name), getattr(other, field.name)
        assert (left is None) == (right is None)
        if left is not None:
            assert left.dtype == right.dtype
            assert left.to_list() == right.to_list(), field.name


def _read_in_parts(cells: pl.Series, meaning: Meaning) -> Reading:
    """The reading of so few cells at a time that nobody looks for those that are alike."""
    parts = [read(cells.slice(start, 500), meaning, CONTEXT, {}) for start in range(0, len(cells), 500)]
    found = {field.name: [getattr(part, field.name) for part in parts] for field in fields(Reading)}
    return Reading(**{name: None if columns[0] is None else pl.concat(columns) for name, columns in found.items()})


@pytest.mark.parametrize("meaning", MEANINGS, ids=NAMES)
def test_plain_cells_are_read_as_by_the_rules(meaning: Meaning, monkeypatch: pytest.MonkeyPatch):
    texts = _texts(1, 6_000)
    quick = _read_in_parts(texts, meaning)
    monkeypatch.setattr(meanings, "plain_ids", lambda cells: pl.repeat(None, len(cells), dtype=pl.String, eager=True))
    monkeypatch.setattr(
        meanings, "plain_instants", lambda cells: pl.repeat(None, len(cells), dtype=pl.Datetime("us"), eager=True)
    )
    _same(quick, _read_in_parts(texts, meaning))


@pytest.mark.parametrize("meaning", MEANINGS, ids=NAMES)
def test_cells_that_are_alike_are_read_as_each_by_itself(meaning: Meaning, monkeypatch: pytest.MonkeyPatch):
    few = _texts(2, 400)
    cells = pl.concat([few] * 8).shuffle(seed=3)
    made: list[int] = []
    different = meanings.Different
    monkeypatch.setattr(meanings, "Different", lambda cells: made.append(len(cells)) or different(cells))
    whole = read(cells, meaning, CONTEXT, {})
    assert made[0] == len(cells)
    _same(whole, _read_in_parts(cells, meaning))


def test_the_cells_of_the_tests_are_of_every_sort():
    texts = _texts(1, 6_000)
    for plain in (plain_ids(texts), plain_instants(texts)):
        assert 100 < plain.count() < len(texts) / 2
    assert {text for text in IDS if plain_ids(pl.Series([text])).item() is not None} == {
        *("1380013800", "8613800138000", "11010519491231002X", "10.0.12.7")
    }


@pytest.mark.parametrize("unit", ["ms", "us", "ns"])
@pytest.mark.parametrize("zone", [None, "UTC"])
def test_instants_with_a_type_are_read_as_their_text(unit: str, zone: str | None):
    draw = random.Random(4)
    texts = [
        f"2007-11-0{draw.randint(1, 9)}T{draw.randint(0, 23):02d}:00:00.{draw.choice(('000', '250'))}" for _ in range(3_000)
    ]
    texts += ["2007-03-11T02:30:00.000", "2007-11-04T01:30:00.000", "2007-11-04T00:00:00.000"]
    cells = pl.Series([*texts, None]).str.to_datetime(time_unit=unit).dt.replace_time_zone(zone)
    for some in (cells, cells.tail(5), cells.dt.truncate("1d")):
        typed, read_ = (read(column, Time(), CONTEXT, {}) for column in (some, text_of(some)))
        _same(typed, read_)
        assert is_day_only(typed).to_list() == is_day_only(read_).to_list()
    assert is_day_only(read(cells.dt.truncate("1d"), Time(), CONTEXT, {})).sum() == len(texts)


@pytest.mark.parametrize("length", [1, 32, 64, 65, 200])
def test_a_pseudonym_is_the_hmac_of_the_text(length: int):
    secret = bytes(number % 251 for number in range(length))
    pseudonyms = Pseudonyms(secret)
    for text in ("", "138", "王", "a" * 500):
        assert pseudonyms(text) == hmac.digest(secret, text.encode(), "sha256").hex()[:32]
        assert pickle.loads(pickle.dumps(pseudonyms))(text) == pseudonyms(text)


@pytest.mark.parametrize(("count", "different"), [(5_000, 3), (5_000, 5_000), (50_000, 30_000), (50_000, 50_000)])
def test_every_text_has_its_pseudonym_whether_few_or_many_are_different(count: int, different: int):
    texts = pl.Series([None if number % 7 == 3 else f"王{number % different}\0" for number in range(count)], dtype=pl.String)
    expected = [None if text is None else CONTEXT.pseudonym(text) for text in texts]
    assert pseudonyms_of(texts, CONTEXT.pseudonym).to_list() == expected


@pytest.mark.parametrize("height", [0, 1, 5])
def test_lists_have_the_cells_of_each_row(height: int):
    columns = [
        pl.Series([None if row == place else row + 10 * place for row in range(height)], dtype=pl.UInt8) for place in range(3)
    ]
    assert lists_of(columns).dtype == pl.List(pl.UInt8)
    assert lists_of(columns).to_list() == [[column[row] for column in columns] for row in range(height)]
