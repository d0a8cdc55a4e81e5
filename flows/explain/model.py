"""Shows a developer one model: its description, its tables and readers, its rows, and the lineage of a column. The model and all
models that it depends on are built in memory from the data of the warehouse; nothing is changed."""

import time
from collections.abc import Generator, Iterable, Iterator
from contextlib import ExitStack, contextmanager
from difflib import get_close_matches
from pathlib import Path

from rich.cells import cell_len, set_cell_size

from flows.errors import OperatorError, UsageError
from flows.host.columns import aligned
from flows.settings import ROOT, SQL
from flows.warehouse.engine import Connection, EngineError, beside, first_row, notes_beside, quoted, show_table
from flows.warehouse.lineage import ROWS, lineage
from flows.warehouse.models import Model, ModelFault, ancestors, build, read_models, readers

# Wider cells are cut.
_WIDEST = 40


def all_models() -> dict[str, Model]:
    """Every model by its name, in the order of building."""
    try:
        return {model.name: model for model in read_models(SQL)}
    except ModelFault as fault:
        raise OperatorError(f"sql/ 里有模型不合规矩：{fault}") from None


def find(models: dict[str, Model], text: str) -> Model:
    """The model that is meant by its name, its table's name or its file."""
    name = text.removeprefix("./").removeprefix("sql/").removesuffix(".sql").replace("/", ".")
    meant = [model for model in models.values() if name in (model.name, model.table)]
    if len(meant) == 1:
        return meant[0]
    if meant:
        raise UsageError(f"“{text}”可以是 {' 或 '.join(model.name for model in meant)}，请写全。")
    near = get_close_matches(name, [*models, *(model.table for model in models.values())], 3)
    hint = f"你是不是要 {'、'.join(near)}？" if near else ""
    raise UsageError(f"sql/ 里没有模型“{text}”。{hint}pingyi model 列出全部模型。")


def card(models: dict[str, Model], model: Model) -> Iterator[str]:
    """The description in a model's file, and its neighbours in the graph."""
    file = f"sql/{model.schema}/{model.table}.sql"
    yield f"{model.name}（{file if (ROOT / file).is_file() else '没有文件，由别的模型的声明生成'}）"
    yield model.summary
    yield f"粒度：{', '.join(model.grain)}"
    for check in model.checks:
        yield f"检查：{check}"
    yield f"读取：{'、'.join(sorted(model.reads))}"
    yield f"被读取：{'、'.join(readers(models, model.name)) or '没有模型读它'}"


def table(models: dict[str, Model], model: Model, warehouse: Path, where: str, rows: int) -> Iterator[str]:
    """The columns of a model and the rows asked for. The model and all that it depends on are built in a database in memory.

    Raises `GateError` where grain or checks fail.
    """
    before = time.monotonic()
    with _beside(warehouse) as connection:
        needed = [models[name] for name in ancestors(models, model.name)]
        _show_given(connection, {read for node in needed for read in node.reads - models.keys()} | {"ref.scheme"}, warehouse)
        for node in needed:
            try:
                build(connection, node)
            except EngineError as fault:
                raise OperatorError(f"模型 {node.name} 算不出来：{fault}") from None
        seconds = time.monotonic() - before
        (year,) = first_row(connection, "select year from ref.scheme")
        columns = connection.execute(
            "select column_name, data_type from information_schema.columns where table_schema = ? and table_name = ?",
            [model.schema, model.table],
        ).fetchall()
        types = dict(columns)
        chosen = f"from {quoted(model.schema)}.{quoted(model.table)} where ({where or 'true'})"
        cells = ", ".join(f"cast({quoted(name)} as varchar)" for name, _ in model.columns)
        order = ", ".join(map(quoted, model.grain))
        try:
            (count,) = first_row(connection, f"select count(*) {chosen}")
            listed = connection.execute(f"select {cells} {chosen} order by {order} limit {rows}").fetchall()
        except EngineError as fault:
            raise UsageError(f"--where 的条件不能用：{fault}") from None
    yield "列："
    yield from (f"  {line}" for line in aligned((name, types[name], note) for name, note in model.columns))
    held = f"粒度和 {len(model.checks)} 项检查" if model.checks else "粒度"
    yield (
        f"按 {warehouse}（{year} 年）的数据另外计算，用时 {seconds:.2f} 秒，{held}都符合；没有改动任何东西。"
        f"符合条件的有 {count} 行，列出 {len(listed)} 行："
    )
    header = tuple(name for name, _ in model.columns)
    yield from (f"  {line}" for line in aligned([header, *(tuple(map(_shown, row)) for row in listed)]))


@contextmanager
def _beside(warehouse: Path) -> Generator[Connection]:
    if not warehouse.is_file():
        raise OperatorError(f"没有 {warehouse}。请先运行 pingyi nightly 或 yearly。")
    with ExitStack() as stack:
        try:
            connection = stack.enter_context(beside(warehouse))
        except EngineError as fault:
            raise OperatorError(f"{warehouse} 打不开，也许正被别的程序打开，也许已经损坏：{fault}") from None
        yield connection


def _show_given(connection: Connection, tables: Iterable[str], warehouse: Path) -> None:
    """Shows the warehouse's tables of raw, ref and draws under the names by which models read them."""
    for name in sorted(tables):
        try:
            show_table(connection, name)
        except EngineError:
            raise OperatorError(
                f"{warehouse} 里没有表 {name}：它是旧的版本生成的。请先运行 pingyi nightly 或 yearly。"
            ) from None


def trace(models: dict[str, Model], model: Model, column: str, warehouse: Path) -> Generator[str]:
    """The lineage of a column down to raw, ref and draws, a line a column, with its note."""
    if column not in dict(model.columns):
        raise UsageError(f"{model.name} 没有列“{column}”，它的列：{'、'.join(name for name, _ in model.columns)}。")
    notes = {(other.name, name): note for other in models.values() for name, note in other.columns}
    # The tables that no model makes have comments where there is a warehouse already.
    if warehouse.is_file():
        with _beside(warehouse) as connection:
            notes |= notes_beside(connection)
    lines = []
    for depth, at, name, again in lineage(models, model.name, column):
        shown = f"{at} 的行数" if name == ROWS else f"{at}.{name}"
        note = "见上" if again and at in models and name != ROWS else notes.get((at, name), "")
        lines.append((f"{'  ' * depth}{shown}", note))
    yield from aligned(lines)


def _shown(value: str | None) -> str:
    text = "null" if value is None else value.replace("\n", "⏎")
    return text if cell_len(text) <= _WIDEST else f"{set_cell_size(text, _WIDEST - 1).rstrip()}…"
