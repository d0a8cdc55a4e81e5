"""The SQL kernel: one file, one query, one table.

`sql/<schema>/<table>.sql` builds the table `<schema>.<table>`. The file says everything about it: its comment lines what
the table is, its grain and its checks; its `from` clauses what it reads, from which the order of building follows; the
notes behind its last select what the columns mean, which become the database's own comments.
"""

import re
from dataclasses import dataclass
from functools import cache
from graphlib import CycleError, TopologicalSorter
from pathlib import Path

import sqlglot
from sqlglot import exp

from flows.errors import GateError
from flows.warehouse.engine import DIALECT, Connection, create_table_as, first_row, quoted

# Reads go down the layers, or stay in one; staged alone reads raw, so that what a raw row means is decided in one place.
LAYERS = ("raw", "ref", "staged", "scored", "ranked", "drawn", "published")
# Those whose tables are made by models. The others are filled by Python: with what was delivered, what the scheme says, and
# rankings drawn at random.
MODEL_SCHEMAS = ("staged", "scored", "ranked", "published")

_NOTE = re.compile(r"^\s*(?P<expression>.*?)\s+-- (?P<note>.+)$")


class ModelFault(Exception):
    """A model file breaks the rules of `sql/`. Meant for whoever edits it, so it speaks English and names the file."""


@dataclass(frozen=True)
class Model:
    """A model file: what it builds, from what, and what must hold for the result."""

    schema: str
    table: str
    sql: str
    summary: str
    grain: tuple[str, ...]
    checks: tuple[str, ...]
    columns: tuple[tuple[str, str], ...]
    reads: frozenset[str]

    @property
    def name(self) -> str:
        return f"{self.schema}.{self.table}"


def read_models(folder: Path) -> tuple[Model, ...]:
    """Every model under `folder`, each after all that it reads; among those that could come next, the first by name."""
    models = {}
    for schema in MODEL_SCHEMAS:
        for path in sorted((folder / schema).glob("*.sql")):
            model = parse_model(path.read_text(encoding="utf-8"), schema, path.stem)
            models[model.name] = model
    for model in models.values():
        for read in model.reads:
            if read.split(".")[0] in MODEL_SCHEMAS and read not in models:
                raise ModelFault(f"{model.name} reads {read}, and there is no sql/{read.replace('.', '/')}.sql")
    return tuple(models[name] for name in _in_order({name: model.reads & set(models) for name, model in models.items()}))


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


@cache
def parse_model(text: str, schema: str, table: str) -> Model:
    """A model from its file's text. Raises `ModelFault`, in words, for whatever breaks the rules of `sql/`."""
    name = f"{schema}.{table}"
    summary, grain, checks = _header(text, name)
    tree = sqlglot.parse_one(text, read=DIALECT)
    if not isinstance(tree, exp.Select):
        raise ModelFault(f"{name}: the file must be one select (a union goes into a cte above the last select)")
    columns = _notes(text, tree.named_selects, name)
    reads = _reads(tree, name)
    for read in sorted(reads):
        layer = read.split(".")[0]
        if layer not in LAYERS or LAYERS.index(layer) > LAYERS.index(schema) or (layer == "raw" and schema != "staged"):
            raise ModelFault(
                f"{name} reads {read}: a model reads its own layer or those before it ({', '.join(LAYERS)}), and raw only in staged"
            )
    for column in grain:
        if column not in tree.named_selects:
            raise ModelFault(f"{name}: the grain names {column}, which is not a column")
    return Model(schema, table, text, summary, grain, checks, columns, reads)


def _header(text: str, name: str) -> tuple[str, tuple[str, ...], tuple[str, ...]]:
    lines = []
    for line in text.splitlines():
        if not line.startswith("-- "):
            break
        lines.append(line[3:])
    if not lines or lines[0].startswith(("grain:", "check:")):
        raise ModelFault(f"{name}: the first line must be a comment that says what the table is")
    grains = [line.removeprefix("grain:") for line in lines if line.startswith("grain:")]
    if len(grains) != 1:
        raise ModelFault(f"{name}: one line '-- grain: column, column' must name the columns that tell rows apart")
    checks = tuple(line.removeprefix("check:").strip() for line in lines if line.startswith("check:"))
    return lines[0], tuple(column.strip() for column in grains[0].split(",")), checks


def _notes(text: str, columns: list[str], name: str) -> tuple[tuple[str, str], ...]:
    """The columns of the last select with their notes, in order."""
    last = re.split(r"(?m)^select$", text)[-1]
    notes = []
    for line in last.splitlines():
        if re.match(r"^from\b", line):
            break
        noted = _NOTE.match(line)
        if noted:
            notes.append(noted["note"])
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


def build(connection: Connection, model: Model) -> int:
    """Builds the model's table and holds it against its grain and checks. Returns the number of rows.

    Raises `GateError` where they do not hold: something is wrong with the data that no contract of a file covers.
    """
    create_table_as(connection, model.name, model.sql, model.summary, model.columns)
    table = f"{quoted(model.schema)}.{quoted(model.table)}"
    (rows,) = first_row(connection, f"select count(*) from {table}")
    faults = [*_grain_faults(connection, table, model), *_check_faults(connection, table, model)]
    if faults:
        raise GateError(f"模型 {model.name} 的结果不合规矩，没有公布任何结果。请把这段话连同日志交给系统维护人员：", faults)
    return rows


def _grain_faults(connection: Connection, table: str, model: Model) -> list[str]:
    columns = ", ".join(quoted(column) for column in model.grain)
    empty = " or ".join(f"{quoted(column)} is null" for column in model.grain)
    found = connection.execute(
        f"select {columns}, count(*) from {table} group by {columns} having count(*) > 1 or {empty} limit 3"
    ).fetchall()
    return [f"粒度 {', '.join(model.grain)} 不唯一或有空值，例如 {row[:-1]}" for row in found]


def _check_faults(connection: Connection, table: str, model: Model) -> list[str]:
    faults = []
    for check in model.checks:
        (count,) = first_row(connection, f"select count(*) from {table} where ({check}) is not true")
        if count:
            example = first_row(connection, f"select * from {table} where ({check}) is not true limit 1")
            faults.append(f"有 {count} 行不满足“{check}”，例如 {example}")
    return faults
