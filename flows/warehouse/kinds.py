"""Checks that the raw tables of every source lead to the tables of scores.

The SQL has a line in a union for each kind of source. Where somebody forgets that line, nothing fails: the source would be
missing for every site, as if nobody had delivered. So this module checks the graph of the models before anything is built.
"""

from collections.abc import Iterable, Iterator

from flows.errors import OperatorError
from flows.sources import Source
from flows.warehouse.models import Model, ancestors

_SCORES = ("scored.source_scores", "scored.source_details")
_ERRORS = "scored.standard_errors"
# From there deviations are taken, those of every sample from its own: being among the means is not to have a standard error.
_MEANS = "scored.aspect_means"


def check_kinds(sources: Iterable[Source], models: Iterable[Model]) -> None:
    """Raises `OperatorError` for sources whose raw tables do not lead to their scores, and samples without standard errors."""
    by_name = {model.name: model for model in models}
    faults = [
        f"{source.label}（{source.id}）：{source.kind} 类来源的 raw.{table} 没有接到 {goal}"
        for source in sources
        for table, goal in _gaps(source, by_name)
    ]
    if faults:
        raise OperatorError("有的来源在 sql/ 里没有接上，算不出得分，评议没有开始。请把这段话交给系统维护人员：", faults)


def _gaps(source: Source, models: dict[str, Model]) -> Iterator[tuple[str, str]]:
    for goal in (*_SCORES, *((_ERRORS,) if source.is_sample else ())):
        known = {name: model for name, model in models.items() if goal != _ERRORS or name != _MEANS}
        behind = {read for name in ancestors(known, goal) for read in known[name].reads}
        for dataset in source.datasets((), ()):
            if not dataset.about_delivery and f"raw.{dataset.table}" not in behind:
                yield dataset.table, goal
