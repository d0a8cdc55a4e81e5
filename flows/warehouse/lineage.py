"""Traces the value of a column through the ctes of a model, and from model to model down to raw, ref and draws."""

from collections.abc import Iterable, Iterator
from functools import cache

import sqlglot
from sqlglot import exp
from sqlglot.optimizer.scope import Scope, build_scope

from flows.warehouse.engine import DIALECT
from flows.warehouse.models import Model

# Table and column: ("raw.ballots", "site_id").
Column = tuple[str, str]
# Stands for a column where a value is a number of rows.
ROWS = "*"


def lineage(models: dict[str, Model], table: str, column: str) -> Iterator[tuple[int, str, str, bool]]:
    """The columns from which a column is computed, depth first: depth, table, column, and whether it was visited before.

    A column that was visited before is listed again without its origins. Columns that only select rows (joins, conditions,
    groups) are not part of a value and are left out.
    """
    visited: set[Column] = set()

    def walk(depth: int, at: Column) -> Iterator[tuple[int, str, str, bool]]:
        yield depth, *at, at in visited
        if at not in visited and at[0] in models:
            visited.add(at)
            for origin in origins(models[at[0]], at[1]):
                yield from walk(depth + 1, origin)

    return walk(0, (table, column))


def origins(model: Model, column: str) -> tuple[Column, ...]:
    """The columns of other tables from which a model computes a column, sorted."""
    return tuple(sorted(_of_output(_scope(model.sql), column)))


@cache
def _scope(sql: str) -> Scope:
    scope = build_scope(sqlglot.parse_one(sql, read=DIALECT))
    if scope is None:
        raise ValueError("a model is a select")
    return scope


@cache
def _of_output(scope: Scope, name: str) -> frozenset[Column]:
    """The origins of the column `name` of a query."""
    query = scope.expression
    if isinstance(query, exp.SetOperation):
        return _of_union(scope, name)
    if not isinstance(query, exp.Select):
        # A lateral table or an unnested list: all its columns come from everything that it reads.
        return _of_expression(scope, query)
    for item in query.expressions:
        if item.alias_or_name == name and not item.is_star:
            return _of_expression(scope, item, name)
    taken = [item.table if isinstance(item, exp.Column) else "" for item in query.expressions if item.is_star]
    sources = {source for star in taken for source in ([star] if star else scope.sources)}
    return _of_any(scope, sources, name)


def _of_union(scope: Scope, name: str) -> frozenset[Column]:
    """The origins in both parts of a union. Columns match by position, or by name where a part has a star."""
    left, right = scope.set_operation_scopes
    names, others = [item.alias_or_name for item in _selects(left)], _selects(right)
    if name not in names or any(item.is_star for item in others):
        return _of_output(left, name) | _of_output(right, name)
    return _of_output(left, name) | _of_expression(right, others[names.index(name)], name)


def _selects(scope: Scope) -> list[exp.Expr]:
    return scope.expression.selects if isinstance(scope.expression, exp.Query) else []


def _of_expression(scope: Scope, expression: exp.Expr, name: str = "") -> frozenset[Column]:
    """The origins of an expression, which is the column `name` of a select; a subquery in it counts with all its columns.

    The origins of a number of rows are the rows of the tables that it counts.
    """
    columns = [column for column in expression.find_all(exp.Column) if not column.is_star and not _is_parameter(column)]
    if columns:
        return frozenset().union(*(_of_column(_around(scope, column), column, name) for column in columns))
    counts = [count for count in expression.find_all(exp.Count) if count.is_star or isinstance(count.this, exp.Star)]
    return frozenset().union(*(_rows(_around(scope, count)) for count in counts))


def _rows(scope: Scope) -> frozenset[Column]:
    """The tables whose rows a query counts."""
    sources = scope.set_operation_scopes or scope.sources.values()
    tables = {(f"{source.db}.{source.name}", ROWS) for source in sources if isinstance(source, exp.Table)}
    return frozenset(tables).union(*(_rows(source) for source in sources if isinstance(source, Scope)))


def _around(scope: Scope, part: exp.Expr) -> Scope:
    """The innermost scope around a part of an expression: a subquery's, or `scope`."""
    select = part.find_ancestor(exp.Select)
    return next((inner for inner in scope.traverse() if inner.expression is select), scope)


def _of_column(scope: Scope, column: exp.Column, name: str) -> frozenset[Column]:
    # source.column, source.column.field, column or column.field
    first, *others = (part.name for part in column.parts)
    outwards: Scope | None = scope
    while others and outwards is not None:
        if first in outwards.sources:
            return _of_source(outwards, first, others[0])
        outwards = outwards.parent
    if _is_to_the_left(scope, first, name):
        return _of_output(scope, first)
    return _of_any(scope, scope.sources, first)


def _of_any(scope: Scope, sources: Iterable[str], name: str) -> frozenset[Column]:
    return frozenset().union(*(_of_source(scope, source, name) for source in sources if _may_have(scope, source, name)))


def _of_source(scope: Scope, source: str, name: str) -> frozenset[Column]:
    origin = scope.sources[source]
    if isinstance(origin, Scope):
        return _of_output(origin, name)
    return frozenset({(f"{origin.db}.{origin.name}", name)}) if isinstance(origin, exp.Table) else frozenset()


def _may_have(scope: Scope, source: str, name: str) -> bool:
    origin = scope.sources[source]
    if not isinstance(origin, Scope) or not isinstance(origin.expression, exp.Query):
        return True
    names = origin.expression.named_selects
    return name in names or "*" in names


def _is_to_the_left(scope: Scope, other: str, name: str) -> bool:
    """Whether a select has a column `other` to the left of its column `name`."""
    names = scope.expression.named_selects if isinstance(scope.expression, exp.Select) else []
    return other in names and name in names and names.index(other) < names.index(name)


def _is_parameter(column: exp.Column) -> bool:
    around = column.find_ancestor(exp.Lambda)
    return around is not None and column.parts[0].name in {parameter.name for parameter in around.expressions}
