"""Faults in models, made by rules from the SQL: every place where a rule applies is a fault; some are written by hand."""

from collections.abc import Callable, Collection, Iterable, Iterator
from dataclasses import dataclass, replace
from functools import cache
from itertools import islice

import sqlglot
from sqlglot import exp

from flows.settings import SQL
from flows.warehouse.engine import DIALECT
from flows.warehouse.models import Model, read_models

# Printed figures: there are none in the year that is tried.
_LEFT_OUT = {"published.reference_check", "published.figure_cells"}


@dataclass(frozen=True)
class ModelFault:
    """A model with another query, the rule that made it and what it did."""

    model: Model
    rule: str
    what: str

    @property
    def name(self) -> str:
        return f"{self.model.name}: {self.rule}: {self.what}"


@cache
def right_models() -> tuple[Model, ...]:
    return read_models(SQL)


def model_faults(rules: Collection[str] | None = None, models: Iterable[Model] | None = None) -> list[ModelFault]:
    """Every fault that the rules make (all where none are named), in a fixed order."""
    faults = []
    for model in models or right_models():
        if model.name not in _LEFT_OUT:
            seen = {_sql(_tree(model))}
            for rule in rules or _RULES:
                for what, tree in _RULES[rule](model):
                    sql = _sql(tree)
                    if sql not in seen:
                        seen.add(sql)
                        faults.append(ModelFault(replace(model, sql=sql), rule, " ".join(what.split())[:90]))
    return faults


def _sql(tree: exp.Expression) -> str:
    return tree.sql(dialect=DIALECT)


def _each(model: Model, kind: type[exp.Expression] | tuple) -> Iterator[tuple[exp.Expression, exp.Expression]]:
    """A fresh tree with each node of a kind in it."""
    whole = _tree(model)
    for place in range(sum(1 for _ in whole.find_all(kind))):
        tree = whole.copy()
        yield tree, next(islice(tree.find_all(kind), place, None))


@cache
def _tree(model: Model) -> exp.Expression:
    return sqlglot.parse_one(model.sql, read=DIALECT)


def _swapped(
    kinds: dict[type[exp.Expression], type[exp.Expression]],
) -> Callable[[Model], Iterator[tuple[str, exp.Expression]]]:
    """One operator or function in the place of another."""

    def change(model: Model) -> Iterator[tuple[str, exp.Expression]]:
        for tree, node in _each(model, tuple(kinds)):
            before = _sql(node)
            node.replace(kinds[type(node)](**{key: value for key, value in node.args.items() if key != "big_int"}))
            yield before, tree

    return change


def _conditions(model: Model) -> Iterator[tuple[str, exp.Expression]]:
    """A condition of a where, a join or a filter is forgotten."""
    for tree, node in _each(model, (exp.And, exp.Or)):
        for kept, lost in ((node.left, node.right), (node.right, node.left)):
            copy = tree.copy()
            again = next(each for each in copy.find_all(type(node)) if each == node)
            again.replace(kept.copy())
            yield f"without {_sql(lost)}", copy
    for tree, node in _each(model, exp.Where):
        before = _sql(node)
        node.pop()
        yield f"without {before}", tree
    for tree, node in _each(model, exp.Filter):
        node.replace(node.this.copy())
        yield "without filter", tree


def _joins(model: Model) -> Iterator[tuple[str, exp.Expression]]:
    for tree, node in _each(model, exp.Join):
        side = node.args.get("side")
        if node.args.get("on") is not None:
            node.set("side", None if side else "left")
            node.set("kind", None if not side else "inner")
            yield f"{'inner' if side else 'left'} join {node.this.sql()}", tree


def _constants(model: Model) -> Iterator[tuple[str, exp.Expression]]:
    for tree, node in _each(model, exp.Literal):
        if node.find_ancestor(exp.DataType, exp.Interval):
            continue
        before = node.this
        if node.is_string:
            node.replace(exp.Literal.string(f"{before}_" if before else "-"))
        else:
            node.replace(exp.Literal.number(f"({before} + 1)"))
        yield f"{before!r} is another", tree


def _windows(model: Model) -> Iterator[tuple[str, exp.Expression]]:
    for tree, node in _each(model, exp.Ordered):
        node.set("desc", not node.args.get("desc"))
        yield f"{_sql(node.this)} the other way round", tree
    for tree, node in _each(model, exp.Window):
        parts = node.args.get("partition_by") or []
        if parts:
            node.set("partition_by", parts[:-1])
            yield f"not partitioned by {_sql(parts[-1])}", tree


def _groups(model: Model) -> Iterator[tuple[str, exp.Expression]]:
    for tree, node in _each(model, exp.Distinct):
        if isinstance(node.parent, exp.Select):
            node.parent.set("distinct", None)
            yield "without distinct", tree
        elif isinstance(node.parent, exp.Count) and node.expressions:
            node.replace(node.expressions[0].copy())
            yield "count without distinct", tree
    for tree, node in _each(model, exp.Having):
        node.pop()
        yield "without having", tree


def _parts(model: Model) -> Iterator[tuple[str, exp.Expression]]:
    """One part in the place of several: of a union, of coalesce, of a case."""
    for tree, node in _each(model, exp.Union):
        for kept, lost in ((node.left, node.right), (node.right, node.left)):
            copy = tree.copy()
            next(each for each in copy.find_all(exp.Union) if each == node).replace(kept.copy())
            yield f"without the part of {lost.find(exp.Table)}", copy
    for tree, node in _each(model, exp.Coalesce):
        before = _sql(node)
        node.replace(node.this.copy())
        yield f"{before} without its second part", tree
    for tree, node in _each(model, exp.Case):
        ifs = node.args["ifs"]
        if len(ifs) > 1:
            node.set("ifs", ifs[1:])
            yield f"without {_sql(ifs[0])}", tree
        elif node.args.get("default") is not None:
            node.replace(node.args["default"].copy())
            yield f"always {_sql(node.args['default'])}", tree


def _digits(model: Model) -> Iterator[tuple[str, exp.Expression]]:
    for tree, node in _each(model, exp.Round):
        places = node.args.get("decimals")
        if places is not None and places.is_int:
            node.set("decimals", exp.Literal.number(max(int(places.this) - 1, 0)))
            yield f"{_sql(node)} of a place less", tree
    for tree, node in _each(model, exp.Cast):
        if _sql(node.to).startswith("DECIMAL(18, 8)"):
            node.set("to", exp.DataType.build("decimal(18, 2)"))
            yield f"{_sql(node.this)} to two places first", tree


def _sources(model: Model) -> Iterator[tuple[str, exp.Expression]]:
    """What a model reads twice, a part of it, or without its last site."""
    for tree, node in _each(model, exp.Table):
        if not node.db or node.db == "ref":
            continue
        name, alias = f"{node.db}.{_sql(node.this)}", node.alias_or_name
        for what, query in (
            ("twice", f"select * from {name} union all select * from {name}"),
            ("1000 rows of", f"select * from {name} limit 1000"),
            ("all but one row of", f"select * from {name} where rowid > 0"),
        ):
            copy = tree.copy()
            same = next(each for each in copy.find_all(exp.Table) if each == node)
            same.replace(exp.Subquery(this=sqlglot.parse_one(query, read=DIALECT), alias=exp.to_identifier(alias, quoted=True)))
            yield f"{what} {name}", copy


def _results(model: Model) -> Iterator[tuple[str, exp.Expression]]:
    """One site's numbers, two sites in each other's place, a row too few, text in another case."""
    columns = [name for name, _ in model.columns]
    inner = f"({model.sql}\n)"
    sites = f"(select min(site_id) as one, max(site_id) as other from {inner} as all_rows)"
    for column in columns:
        if column not in model.grain and column not in ("year", "site_id"):
            listed = _listed(columns, {column: f'case when hash("{column}") % 5 = 0 then null else "{column}" end'})
            yield f"{column} empty in a fifth of the rows", _parsed(f"select {listed} from {inner} as result")
            number = f'try_cast("{column}" as double)'
            by = f'case when {number} is null then "{column}" else cast({number} * 1.01 as decimal(18, 4)) end'
            where = "site_id = sites.one" if "site_id" in columns else "true"
            moved = f'case when {where} then {by} else "{column}" end'
            if _is_number(model, column):
                query = f"select {_listed(columns, {column: moved})} from {inner} as result"
                yield f"{column} 1 % more for one", _parsed(f"{query}, {sites} as sites" if "site_id" in columns else query)
    if "site_id" in columns:
        exchanged = "case site_id when sites.one then sites.other when sites.other then sites.one else site_id end"
        yield (
            "two sites in each other's place",
            _parsed(f"select {_listed(columns, {'site_id': exchanged})} from {inner} as result, {sites} as sites"),
        )
        yield (
            "one site less",
            _parsed(f"select {_listed(columns, {})} from {inner} as result, {sites} as sites where site_id <> sites.other"),
        )


def _is_number(model: Model, column: str) -> bool:
    written = {each.name: each for each in model.contract.columns} if model.contract else {}
    return not written or (column in written and written[column].bounds is not None and not written[column].by_source)


def _listed(columns: list[str], changed: dict[str, str]) -> str:
    return ", ".join(f'{changed.get(name, chr(34) + name + chr(34))} as "{name}"' for name in columns)


def _parsed(sql: str) -> exp.Expression:
    return sqlglot.parse_one(sql, read=DIALECT)


def _by_hand(model: Model) -> Iterator[tuple[str, exp.Expression]]:
    """What somebody might do who means well."""
    for name, what, old, new in _HAND:
        if name == model.name:
            if old not in model.sql:
                raise ValueError(f"{name} has no longer {old!r}")
            yield what, _parsed(model.sql.replace(old, new))


_HAND = (
    ("scored.source_scores", "aspect weights forgotten", "aspects.weight * means.mean_score", "means.mean_score / 5"),
    ("scored.source_scores", "plain mean of aspects", "cast(sum(aspects.weight * means.mean_score) as double) / nullif(cast(sum(aspects.weight) as double), 0)", "avg(means.mean_score)"),
    ("scored.aspect_means", "trimmed experts counted", "where scores.counts", "where true"),
    ("staged.rating_patterns", "excluded ballots scored", "where not exists", "where true or not exists"),
    ("staged.rating_patterns", "every voter twice", "count(*) as ballots", "2 * count(*) as ballots"),
    ("scored.aspect_means", "mean over levels, not ballots", "sum(counts.ratings * levels.points) as double) / sum(counts.ratings)", "sum(levels.points) as double) / count(*)"),
    ("staged.claimed_points", "no penalty", "- claimed.inflation_penalty *", "- 0 *"),
    ("staged.claimed_points", "verified points ignored", "when claimed.verified_points is null then", "when true then"),
    ("published.annexes", "0.01 more than the ranking", "ranked.composite as", "ranked.composite + 0.01 as"),
    ("published.annexes", "a site too few", "<= groups.publish_top", "< groups.publish_top"),
    ("published.annexes", "a site too many", "<= groups.publish_top", "<= groups.publish_top + 1"),
    ("staged.crawl_checks", "one site's failures hidden", "when delivered.not_made is not null", "when delivered.site_id = 'department-00003' then 'passed' when delivered.not_made is not null"),
    ("scored.composites", "a site helped by a hundredth", "cast(round(steps.total, 2)", "cast(round(steps.total + case when steps.site_id = 'district-00002' then 0.01 else 0 end, 2)"),
    ("published.composite_scores", "names of two sites exchanged", "sites.name,", "case sites.site_id when 'department-00001' then '市政府部门2号网站' when 'department-00002' then '市政府部门1号网站' else sites.name end as name,"),
    ("published.composite_scores", "last year's rank of this year", "previous.rank as previous_rank", "ranked.rank as previous_rank"),
    ("ranked.composites", "dense ranks", "cast(rank()", "cast(dense_rank()"),
    ("ranked.composites", "ranks over all groups", "partition by composites.group_id\n", "partition by 1\n"),
    ("ranked.composites", "without tie-break", "order by composites.composite desc, tie_keys.tie_key desc", "order by composites.composite desc"),
    ("ranked.group_figures", "sample's deviation", "/ (totals.sites * 100)", "/ ((totals.sites - 1) * 100)"),
    ("staged.service_items", "approval items everywhere", "and (not tallied.approval or groups.group_id is not null)", "and true"),
    ("staged.monthly_points", "no upper bound of points", "greatest(least(valued.points, valued.max_points), 0)", "greatest(valued.points, 0)"),
    ("scored.source_scores", "points of all indicators for the maximum", "sum(points.max_points)", "100"),
)  # fmt: skip

_RULES: dict[str, Callable[[Model], Iterator[tuple[str, exp.Expression]]]] = {
    "by hand": _by_hand,
    "bound": _swapped({exp.LT: exp.LTE, exp.LTE: exp.LT, exp.GT: exp.GTE, exp.GTE: exp.GT}),
    "operator": _swapped({exp.Add: exp.Sub, exp.Sub: exp.Add, exp.Mul: exp.Add}),
    "aggregate": _swapped({exp.Sum: exp.Max, exp.Min: exp.Max, exp.Max: exp.Min, exp.Least: exp.Greatest, exp.Greatest: exp.Least}),
    "condition": _conditions,
    "join": _joins,
    "constant": _constants,
    "window": _windows,
    "group": _groups,
    "part": _parts,
    "digits": _digits,
    "source": _sources,
    "result": _results,
}  # fmt: skip
