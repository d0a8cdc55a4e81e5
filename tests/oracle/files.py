"""Writes a generated year into a data home, in any mix of the permitted formats. The seed decides the mix."""

from pathlib import Path
from random import Random

import pyarrow as pa
import pyarrow.parquet as pq

from .file_formats import FORMATS, Sheet, write_csv
from .headings import offices
from .mapped import divided, wide, write_mapping
from .model import GeneratedYear, Row
from .spelling import COLUMNS, FULL_WIDTH
from .years import kind_of

# Columns that a file need not have. (So are a ballot's aspects and `overall`, and `value` in a crawl.)
OPTIONAL = {
    "aliases",
    "url",
    "not_made",
    "channel",
    "origin",
    "seconds",
    "category",
    "reviewed_on",
    "evidence",
    "verified_by",
    "note",
    "recorded_by",
    "forms",
    "sheets",
    "audited_on",
    "auditor",
    "detail",
    "unit",
    "previous",
    "document",
    "most",
}


def write_year(year: GeneratedYear, home: Path, seed: int) -> None:
    rng, words = Random(f"files {seed}"), Random(f"words {seed}")
    scheme = home / "schemes" / f"{year.year}.toml"
    scheme.parent.mkdir(parents=True, exist_ok=True)
    scheme.write_text(year.scheme_text, encoding="utf-8")
    raw = home / "raw" / str(year.year)
    for dataset, rows in year.rows.items():
        folder = raw if dataset == "sites" else raw / dataset
        folder.mkdir(parents=True, exist_ok=True)
        if dataset == "sites":
            write_csv(raw / "sites.csv", _sheet(rng, words, year, dataset, rng.sample(rows, len(rows))), rng)
            continue
        exported = Random(f"exports {seed} {dataset}")
        for number, part in enumerate(parts(year, dataset, seed)):
            extension = rng.choice(list(FORMATS))
            name = f"{rng.choice(['part', '第 ', 'A&B_', '导出.'])}{rng.randint(0, 999):03}-{number}{extension}"
            chosen, others = divided(year, dataset, part, exported)
            if chosen:
                other = exported.choice(list(FORMATS))
                FORMATS[other](folder / f"export-{number}{other}", wide(year, dataset, chosen, exported), exported)
                write_mapping(year, dataset, home)
            if others:
                FORMATS[extension](folder / name, _sheet(rng, words, year, dataset, others), rng)
        contents = [path.read_bytes() for path in folder.iterdir()]
        assert len(set(contents)) == len(contents), "a file whose content is another's is not read again"
        _litter(rng, folder)
    if year.previous is not None:
        _publish_before(year, home)


def parts(year: GeneratedYear, dataset: str, seed: int) -> list[list[Row]]:
    """The rows in some order, in a few files. A file has rows of one shape, and none is so short that two could be equal."""
    rng, rows = Random(f"files {seed} {dataset}"), year.rows[dataset]
    found = []
    for shape in dict.fromkeys(tuple(row.spelled) for row in rows):
        alike = [row for row in rows if tuple(row.spelled) == shape]
        rng.shuffle(alike)
        files = rng.randint(1, max(1, min(4, len(alike) // 5)))
        found += [alike[number::files] for number in range(files)]
    return found


def _sheet(rng: Random, words: Random, year: GeneratedYear, dataset: str, rows: list[Row]) -> Sheet:
    kind = kind_of(year.scheme, dataset)
    columns = {column: [row.spelled.get(column) for row in rows] for column in rows[0].spelled}
    for column, values in list(columns.items()):
        optional = column in OPTIONAL or (kind, column) == ("crawl", "value")
        optional |= kind == "ballots" and (column not in COLUMNS["ballots"] or column == "overall")
        if optional and not any(value is not None for value in values) and rng.random() < 0.6:
            del columns[column]
    if rng.random() < 0.25:
        columns["备注 2"] = [rng.choice([None, "未列出", 'a "b", c', "５分"]) for _ in rows]
    if rng.random() < 0.5:
        columns = dict(rng.sample(list(columns.items()), len(columns)))
    titled = rng.random() < 0.3
    titles = {column: _title(rng, year, kind, column) if titled else column for column in columns}
    called = offices()["verified" if dataset not in year.scheme["sources"] and dataset.endswith("_verified") else kind]
    # A scanner's own table has no other headings than the scheme says.
    if words.random() < 0.4 and ("check" in columns or kind != "crawl"):
        titles |= {column: _spelt(words, words.choice(called[column])) for column in columns if column in called}
        if kind == "sites" and words.random() < 0.5:
            columns["group"] = [year.scheme["groups"][row.meant[0]["group"]]["label"] for row in rows]
    return Sheet(columns, year.zone, titles)


def _title(rng: Random, year: GeneratedYear, kind: str, column: str) -> str:
    """A heading in one of the ways in which people write it; an aspect's also by its label."""
    label = year.scheme["aspects"].get(column, {}).get("label") if kind == "ballots" else None
    return _spelt(rng, rng.choice([column, label]) if label else column)


def _spelt(rng: Random, name: str) -> str:
    return rng.choice(
        [name, name.upper(), name.title(), f" {name} ", name.translate(FULL_WIDTH), f"{name[:1]}\u200b{name[1:]}"]
    )


def _litter(rng: Random, folder: Path) -> None:
    """Files that are not deliveries yet, and say so by their names."""
    if rng.random() < 0.3:
        name = rng.choice([".DS_Store", ".hidden.csv", "~$book.xlsx", "late.csv.part", "late.parquet.tmp"])
        (folder / name).write_bytes(b"\0x")


def _publish_before(year: GeneratedYear, home: Path) -> None:
    """The year before, as far as this year's run reads it."""
    tables = home / "results" / str(year.year - 1) / "tables"
    tables.mkdir(parents=True)
    rows = year.previous
    marks = pa.decimal128(5, 2)
    types = {
        "year": pa.int32(),
        "rank": pa.int32(),
        "public": marks,
        "composite": marks,
        "previous_composite": marks,
        "previous_rank": pa.int32(),
    }
    table = pa.table({column: pa.array([row[column] for row in rows], types.get(column, pa.string())) for column in rows[0]})
    pq.write_table(table, tables / "composite_scores.parquet")
    lines = [list(rows[0])] + [["" if value is None else str(value) for value in row.values()] for row in rows]
    text = "".join(",".join(line) + "\r\n" for line in lines)
    (tables / "composite_scores.csv").write_bytes(text.encode("utf-8-sig"))
