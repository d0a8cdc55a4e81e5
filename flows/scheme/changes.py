"""Compares the rules of a source with those of the year before."""

from collections.abc import Collection

from flows.scheme import Scheme
from flows.sources import Source


def counterpart(source: str, label: str | None, scheme: Scheme, before: Collection[str]) -> str | None:
    """The id of this year's source that continues an earlier year's: the same id, else the only new source with the same label.

    `before` are the ids of all sources of that year.
    """
    if any(candidate.id == source for candidate in scheme.sources):
        return source
    alike = [candidate.id for candidate in scheme.sources if candidate.label == label and candidate.id not in before]
    return alike[0] if len(alike) == 1 else None


def same_rules(before: Scheme, source: str, now: Scheme, other: str) -> bool:
    """Whether `source` of the scheme `before` makes its scores as `other` of the scheme `now` does.

    Labels, periods and rules that only flag a site do not count.
    """
    return _rules(before, before.source(source)) == _rules(now, now.source(other))


def _rules(scheme: Scheme, source: Source) -> tuple:
    aspects = sorted((aspect.id, aspect.weight) for aspect in scheme.aspects) if source.rates_aspects else []
    confirm = dict(scheme.crawl.confirm_checks)
    confirmed = sorted((check, confirm.get(check, scheme.crawl.confirm)) for check in source.checks)
    return source.kind, source.rules(), aspects, confirmed
