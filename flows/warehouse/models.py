"""The SQL kernel: each file has a query, which builds a table.

`sql/<schema>/<table>.sql` builds the table `<schema>.<table>` and declares everything about it. Its comment lines declare the
summary, the grain and the checks. Its `from` clauses name the tables that it reads, which fixes the order of building. The
notes behind the columns of its last select say what they mean (`flows.warehouse.notes`).
"""

import re
from collections.abc import Collection, Iterable, Sequence
from dataclasses import dataclass, replace
from functools import cache
from graphlib import CycleError, TopologicalSorter
from pathlib import Path

import sqlglot
from sqlglot import exp

from flows.errors import GateError
from flows.published.contract import (
    PUBLISHED_WORDS,
    Contract,
    ModelFault,
    Range,
    column_notes,
    declared,
    header_lines,
    read_contract,
)
from flows.warehouse.engine import DIALECT, Connection, Make, column_types, create_table_as, first_row, quoted, table_names
from flows.warehouse.figure_cells import FIGURE_CELLS, figure_cells

# A model reads its own layer or those before it. Only staged reads raw, so that a single layer decides what a raw row means.
LAYERS = ("raw", "ref", "staged", "scored", "ranked", "draws", "published")
# Models build the tables of these schemas. Python fills the others: with deliveries, the scheme, and random rankings.
MODEL_SCHEMAS = ("staged", "scored", "ranked", "published")
# Computes the year once more for the gates, from `raw` and `ref` alone: what it shared with the other models it could not check.
RECOUNT = "recount"

# Words that may begin a line above the select in every model; published models have more (`flows.published.contract`).
_WORDS = ("grain", "check")
_NUMBER = re.compile(r"(?:DECIMAL|DOUBLE|FLOAT|(?:U?(?:TINY|SMALL|BIG|HUGE)INT)|U?INTEGER)\b")


@dataclass(frozen=True)
class Model:
    """A model: the table that its file builds, the tables that it reads, and the checks of the result."""

    schema: str
    table: str
    sql: str
    summary: str
    grain: tuple[str, ...]
    checks: tuple[str, ...]
    columns: tuple[tuple[str, str], ...]
    reads: frozenset[str]
    # How the table is published; None where it is not.
    contract: Contract | None = None

    @property
    def name(self) -> str:
        return f"{self.schema}.{self.table}"


def read_models(folder: Path) -> tuple[Model, ...]:
    """Every model under `folder`, each after the models that it reads; else in the order of layers and names."""
    models = {}
    for schema in MODEL_SCHEMAS:
        for path in sorted((folder / schema).glob("*.sql")):
            model = parse_model(path.read_text(encoding="utf-8"), schema, path.stem)
            models[model.name] = model
    _check_positions(models.values())
    if any(FIGURE_CELLS in model.reads for model in models.values()):
        models[FIGURE_CELLS] = _figure_cells(models.values())
    for model in models.values():
        for read in model.reads:
            if read.split(".")[0] in MODEL_SCHEMAS and read not in models:
                raise ModelFault(f"{model.name} reads {read}, and there is no sql/{read.replace('.', '/')}.sql")
    return tuple(models[name] for name in _in_order({name: model.reads & set(models) for name, model in models.items()}))


def _check_positions(models: Iterable[Model]) -> None:
    """Raises `ModelFault` where two published tables have one position."""
    first: dict[int, str] = {}
    for model in models:
        if model.contract and model.contract.position is not None:
            other = first.setdefault(model.contract.position, model.name)
            if other != model.name:
                raise ModelFault(f"{model.name} has the position of {other}: {model.contract.position}")


def _in_order(reads: dict[str, frozenset[str]]) -> list[str]:
    sorter = TopologicalSorter(reads)
    order: list[str] = []
    try:
        sorter.prepare()
    except CycleError as fault:
        raise ModelFault(f"models read each other in a circle: {' -> '.join(fault.args[1])}") from None
    while sorter.is_active():
        ready = sorted(sorter.get_ready(), key=lambda name: (MODEL_SCHEMAS.index(name.split(".")[0]), name))
        order += ready
        sorter.done(*ready)
    return order


def _figure_cells(models: Iterable[Model]) -> Model:
    """The model of all published numbers, which has no file. It leaves out the published models that read it."""
    contracts = {model.table: model.contract for model in models if model.contract and FIGURE_CELLS not in model.reads}
    return _parsed(figure_cells(contracts), *FIGURE_CELLS.split("."))


@cache
def parse_model(text: str, schema: str, table: str) -> Model:
    """A model from its file's text. Raises `ModelFault`, in words, for whatever breaks the rules of `sql/`."""
    model = _parsed(text, schema, table)
    if schema != "published":
        return model
    contract = read_contract(text, model.name)
    written = [column.name for column in contract.columns]
    for column, (name, _) in zip(written, model.columns, strict=True):
        if column != name:
            raise ModelFault(f"{model.name}: the line of the column {name} must end with that name, not with {column}")
    return replace(model, contract=contract)


@cache
def _parsed(text: str, schema: str, table: str) -> Model:
    name = f"{schema}.{table}"
    summary, grain, checks = _header(text, name, (*_WORDS, *(PUBLISHED_WORDS if schema == "published" else ())))
    tree = sqlglot.parse_one(text, read=DIALECT)
    if not isinstance(tree, exp.Select):
        raise ModelFault(f"{name}: the file must be one select (a union goes into a cte above the last select)")
    columns = _notes(text, tree.named_selects, name)
    reads = _reads(tree, name)
    for read in sorted(reads):
        layer = read.split(".")[0]
        if schema == RECOUNT and layer not in ("raw", "ref", RECOUNT):
            raise ModelFault(f"{name} reads {read}: what is counted once more reads raw, ref and {RECOUNT}, and no other model")
        if schema != RECOUNT and not _may_read(schema, layer):
            raise ModelFault(
                f"{name} reads {read}: a model reads its own layer or those before it ({', '.join(LAYERS)}), and raw only in staged"
            )
    for column in grain:
        if column not in tree.named_selects:
            raise ModelFault(f"{name}: the grain names {column}, which is not a column")
    return Model(schema, table, text, summary, grain, checks, columns, reads)


def _may_read(schema: str, layer: str) -> bool:
    return layer in LAYERS and LAYERS.index(layer) <= LAYERS.index(schema) and (layer != "raw" or schema == "staged")


def _header(text: str, name: str, words: Collection[str]) -> tuple[str, tuple[str, ...], tuple[str, ...]]:
    lines = header_lines(text)
    for line in text.splitlines()[len(lines) :]:
        if line and not line.startswith("--"):
            break
        raise ModelFault(f"{name}: above the select every line begins with '-- ', without an empty one between; not '{line}'")
    if not lines or lines[0].startswith(tuple(f"{word}:" for word in words)):
        raise ModelFault(f"{name}: the first line must be a comment that says what the table is")
    for line in lines[1:]:
        if line.partition(":")[0] not in words:
            raise ModelFault(f"{name}: the line '-- {line}' begins with none of {', '.join(words)}")
    grains = declared(lines, "grain")
    if len(grains) != 1:
        raise ModelFault(f"{name}: one line '-- grain: column, column' must name the columns that tell rows apart")
    return lines[0], tuple(column.strip() for column in grains[0].split(",")), tuple(declared(lines, "check"))


def _notes(text: str, columns: list[str], name: str) -> tuple[tuple[str, str], ...]:
    """The columns of the last select with their notes, in order."""
    notes = [note for _, note in column_notes(text)]
    if len(notes) != len(columns):
        raise ModelFault(
            f"{name}: the last select has {len(columns)} columns and {len(notes)} notes; each needs one, on its line"
        )
    return tuple(zip(columns, notes, strict=True))


def _reads(tree: exp.Expression, name: str) -> frozenset[str]:
    own = {cte.alias for cte in tree.find_all(exp.CTE)}
    reads = set()
    for table in tree.find_all(exp.Table):
        if table.db:
            reads.add(f"{table.db}.{table.name}")
        elif table.name not in own:
            raise ModelFault(f"{name} reads {table.name}: write the schema before every table that is not a cte")
    return frozenset(reads)


def ancestors(models: dict[str, Model], name: str) -> list[str]:
    """The models on which a model depends, and the model itself, in the order of `models` (the order of building)."""
    needed = {name}
    for model in reversed(models.values()):
        if model.name in needed:
            needed |= model.reads & models.keys()
    return [other for other in models if other in needed]


def readers(models: dict[str, Model], name: str) -> list[str]:
    """The models that read a table."""
    return [model.name for model in models.values() if name in model.reads]


def build(connection: Connection, model: Model, make: Make = create_table_as) -> int:
    """Builds the model's table, by an engine's way to `make` it, and holds it against its grain and checks. Returns the number of rows.

    Raises `GateError` where they do not hold: something is wrong with the data that no contract of a file covers.
    """
    make(connection, model.name, model.sql)
    table = f"{quoted(model.schema)}.{quoted(model.table)}"
    if model.contract:
        _check_published(connection, model, model.contract)
    broken = "".join(f", count(*) filter (where ({check}) is not true)" for check in model.checks)
    against = f"(select count(*) from ({_against_grain(table, model)} limit 1))"
    rows, unlike, *counts = first_row(connection, f"select count(*), {against}{broken} from {table}")
    faults = _grain_faults(connection, table, model) if unlike else []
    faults += _check_faults(connection, table, model, counts)
    if faults:
        raise GateError(f"模型 {model.name} 的结果不合规矩，没有公布任何结果。请把这段话连同日志交给系统维护人员：", faults)
    return rows


def _check_published(connection: Connection, model: Model, contract: Contract) -> None:
    """Raises `ModelFault` where what the file says of the published columns does not suit their types, or a needed table is none."""
    if contract.needs and contract.needs not in table_names(connection):
        raise ModelFault(f"{model.name} needs {contract.needs}, and there is no such table")
    types = column_types(connection, model.name)
    for column in contract.columns:
        type_ = types[column.name]
        if column.by_source != type_.startswith("MAP("):
            raise ModelFault(f"{model.name}: a column of maps, and no other, is 'a column a source'; {column.name} is {type_}")
        if not column.by_source and type_.endswith(("]", ")")) and not type_.startswith("DECIMAL("):
            raise ModelFault(f"{model.name}: {column.name} is {type_}, which has no place in a CSV file")
        number = bool(_NUMBER.match(types[column.name]))
        if number and column.bounds is None:
            raise ModelFault(
                f"{model.name}: {column.name} is a number, and its note says no bounds: '-- {column.title} | 0 to 100 | …'"
            )
        if not number and isinstance(column.bounds, Range):
            raise ModelFault(f"{model.name}: {column.name} has the bounds of a number and is {types[column.name]}")


def _against_grain(table: str, model: Model) -> str:
    """A query for the rows that the grain does not tell apart."""
    columns = ", ".join(quoted(column) for column in model.grain)
    empty = " or ".join(f"{quoted(column)} is null" for column in model.grain)
    return f"select {columns}, count(*) from {table} group by {columns} having count(*) > 1 or {empty}"


def _grain_faults(connection: Connection, table: str, model: Model) -> list[str]:
    rows = connection.execute(f"{_against_grain(table, model)} limit 3").fetchall()
    return [f"粒度 {', '.join(model.grain)} 不唯一或有空值，例如 {row[:-1]}" for row in rows]


def _check_faults(connection: Connection, table: str, model: Model, counts: Sequence[int]) -> list[str]:
    """`counts` are the rows that break each check."""
    faults = []
    for check, count in zip(model.checks, counts, strict=True):
        if count:
            example = first_row(connection, f"select * from {table} where ({check}) is not true limit 1")
            faults.append(f"有 {count} 行不满足“{check}”，例如 {example}")
    return faults
