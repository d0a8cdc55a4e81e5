"""Which sites a person may have meant by a name that is not in the register."""

import re
from difflib import SequenceMatcher

import polars as pl

from flows.reading.spelling import fold

_MOST = 8
# How a name may be meant, the surest last.
_ALIKE, _IN_ORDER, _PART, _SAME = range(4)
# Two of three letters right; below that, and far below the best match, a name shares letters by chance only.
_LEAST_ALIKE = 0.6
_BELOW_BEST = 0.15


def resembling(sites: pl.DataFrame, asked: str) -> list[str]:
    """The sites that `asked` may mean, the likeliest first, each with its id and names as one phrase; the last phrase says
    how many more there are. `sites` are a register's rows (site_id, name, aliases, …).

    A short form of a Chinese name keeps some of its characters in their order (市发改 is 市发展改革委), which is surer
    than how alike two names look. A name that only looks alike is offered where there is nothing better.
    """
    wanted = _comparable(asked)
    candidates = []
    for site_id, name, aliases in sites.select("site_id", "name", "aliases").iter_rows():
        spellings = [site_id, name, *(alias for alias in (aliases or "").split("|") if alias)]
        way, alike = max(_likeness(wanted, _comparable(spelling)) for spelling in spellings)
        others = "、".join(spellings[2:])
        candidates.append((way, alike, site_id, f"{name}（{site_id}{f'，也叫 {others}' if others else ''}）"))
    best_way, best_alike = max(((way, alike) for way, alike, _, _ in candidates), default=(_ALIKE, 0.0))
    if best_way == _ALIKE:
        least = (_ALIKE, max(_LEAST_ALIKE, best_alike - _BELOW_BEST))
    else:
        least = (_SAME if best_way == _SAME else _IN_ORDER, 0.0)
    meant = sorted((site for site in candidates if site[:2] >= least), key=lambda site: (-site[0], -site[1], site[2]))
    rest = [f"另有 {len(meant) - _MOST} 个相近的"] if len(meant) > _MOST else []
    return [*(phrase for *_, phrase in meant[:_MOST]), *rest]


def _comparable(name: str) -> str:
    """A name without case, and without the zeros that pad a number."""
    return re.sub(r"(?<![0-9])0+(?=[0-9])", "", fold(name).casefold())


def _likeness(wanted: str, spelling: str) -> tuple[int, float]:
    """In which way a spelling may be meant, and how alike the two are from 0 to 1."""
    if not wanted or not spelling:
        return _ALIKE, 0.0
    alike = SequenceMatcher(None, wanted, spelling, autojunk=False).ratio()
    if wanted == spelling:
        return _SAME, alike
    if wanted in spelling or (len(spelling) > 1 and spelling in wanted):
        return _PART, alike
    # The letters of a short Latin name stand in order in nearly every other one.
    if len(wanted) > 1 and not wanted.isascii() and _in_order(wanted, spelling):
        return _IN_ORDER, alike
    return _ALIKE, alike


def _in_order(letters: str, text: str) -> bool:
    rest = iter(text)
    return all(letter in rest for letter in letters)
