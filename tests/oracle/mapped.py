"""Writes some of a generated year's ballots and scores as wide exports, with the mapping that reads them.

A ballot is a line with a column for every site and aspect, of which only its site's are filled; the scores that an expert gave a
site are one line with a column for every aspect.
"""

import re
from collections import Counter, defaultdict
from pathlib import Path
from random import Random
from unicodedata import normalize

from .file_formats import Sheet
from .model import GeneratedYear, Row, Value
from .years import kind_of

# What the tool calls the columns; neither the contract nor any office does.
_HEADS = {
    "ballots": {
        "ballot_id": "卷号",
        "submitted_at": "交卷",
        "voter": "谁",
        "channel": "途径",
        "origin": "何处",
        "seconds": "秒数",
    },
    "panel": {"expert_id": "评者", "category": "哪类", "site": "被评", "reviewed_on": "哪天"},
}
# Columns of which a mapping makes others than those that it names as columns.
_MADE = {"ballots": 'ballot_id = "{卷号}"\nvoter = "谁"\n', "panel": ""}
_CELLS = {"ballots": '"对{site}的——{aspect}" = "{aspect}"\n', "panel": '"{aspect}（分）" = "score"\n'}
_OVERALL = '"对{site}的总印象" = "overall"\n'
# A file of fewer rows could be the same as another.
_LEAST = 5


def divided(year: GeneratedYear, dataset: str, rows: list[Row], rng: Random) -> tuple[list[Row], list[Row]]:
    """The rows of a file that are written as a wide export instead, and the others."""
    kind = kind_of(year.scheme, dataset)
    if kind not in _HEADS or rng.random() < 0.5:
        return [], rows
    shape = tuple(year.rows[dataset][0].spelled)
    ids = _ids(year)
    able = [tuple(row.spelled) == shape and _is_able(kind, row, ids) for row in rows]
    chosen = [row for row, is_able in zip(rows, able, strict=True) if is_able]
    others = [row for row, is_able in zip(rows, able, strict=True) if not is_able]
    return (chosen, others) if len(chosen) >= _LEAST else ([], rows)


def _is_able(kind: str, row: Row, ids: Counter[str]) -> bool:
    """Whether a row can stand in a wide export: it is a good one, rates something, and is the only one with its id."""
    if len(row.meant) != 1 or any(
        row.spelled.get(column) is None for column in ("voter", "expert_id") if column in row.spelled
    ):
        return False
    if kind == "panel":
        return row.spelled.get("score") is not None
    rates = any(str(row.spelled[column] or "").strip() for column in _ratings(row))
    return rates and ids[_plain(row.spelled["ballot_id"])] == 1


def _ids(year: GeneratedYear) -> Counter[str]:
    """How often each ballot id is written in the year, in whatever spelling."""
    return Counter(
        _plain(row.spelled["ballot_id"]) for rows in year.rows.values() for row in rows if "ballot_id" in row.spelled
    )


def _plain(written: Value) -> str:
    return "".join(re.findall(r"\w+", normalize("NFKC", str(written)).split(".")[0]))


def _ratings(row: Row) -> list[str]:
    """The columns of a ballot that are its ratings."""
    return [column for column in row.spelled if column not in _HEADS["ballots"] and column != "site"]


def wide(year: GeneratedYear, dataset: str, rows: list[Row], rng: Random) -> Sheet:
    """A wide export of these rows."""
    return _ballots(year, rows, rng) if kind_of(year.scheme, dataset) == "ballots" else _scores(year, rows)


def _ballots(year: GeneratedYear, rows: list[Row], rng: Random) -> Sheet:
    names = {record["site_id"]: [record["site_id"], record["name"]] for record in year.meant("sites")}
    titles = {column: head for column, head in _HEADS["ballots"].items() if column in rows[0].spelled}
    columns: dict[str, list[Value]] = {column: [row.spelled[column] for row in rows] for column in titles}
    for site in dict.fromkeys(str(row.meant[0]["site"]) for row in rows):
        called = rng.choice(names[site])
        for rating in _ratings(rows[0]):
            key = f"{site}/{rating}"
            columns[key] = [row.spelled[rating] if row.meant[0]["site"] == site else None for row in rows]
            titles[key] = f"对{called}的总印象" if rating == "overall" else f"对{called}的——{rating}"
    return Sheet(columns, year.zone, titles)


def _scores(year: GeneratedYear, rows: list[Row]) -> Sheet:
    titles = {column: head for column, head in _HEADS["panel"].items() if column in rows[0].spelled}
    lines: dict[tuple, list[dict[str, Row]]] = defaultdict(list)
    for row in rows:
        (score,) = row.meant
        alike, aspect = lines[tuple(score[column] for column in titles)], str(score["aspect"])
        free = next((line for line in alike if aspect not in line), None)
        if free is None:
            alike.append({aspect: row})
        else:
            free[aspect] = row
    cards = [line for alike in lines.values() for line in alike]
    firsts = [next(iter(card.values())) for card in cards]
    columns: dict[str, list[Value]] = {column: [row.spelled[column] for row in firsts] for column in titles}
    for aspect in year.scheme["aspects"]:
        columns[aspect] = [card[aspect].spelled["score"] if aspect in card else None for card in cards]
        titles[aspect] = f"{aspect}（分）"
    return Sheet(columns, year.zone, titles)


def write_mapping(year: GeneratedYear, dataset: str, home: Path) -> None:
    """Writes the mapping of a dataset's wide exports."""
    kind, row = kind_of(year.scheme, dataset), year.rows[dataset][0]
    named = [column for column in row.spelled if column in _HEADS[kind] and column not in ("ballot_id", "voter")]
    columns = "".join(f'"{_HEADS[kind][column]}" = "{column}"\n' for column in named)
    overall = _OVERALL if kind == "ballots" and "overall" in row.spelled else ""
    path = home / "mappings" / f"{dataset}.toml"
    path.parent.mkdir(exist_ok=True)
    path.write_text(f"[wide]\n{_MADE[kind]}[wide.columns]\n{columns}{overall}{_CELLS[kind]}", encoding="utf-8")
