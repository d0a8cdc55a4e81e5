"""Faults in deliveries: what senders and transfers do to files, for every file and column that it can befall."""

from collections.abc import Callable, Iterator
from datetime import datetime, timedelta
from random import Random

from .year import Files

Rows = list[list[str]]
_LEVELS = ("满意", "较满意", "一般", "较不满意", "不满意")
_ASPECTS = {"disclosure": "信息公开", "services": "网上办事", "convenience": "便民服务", "interaction": "网上互动", "maintenance": "日常建设"}  # fmt: skip


def delivery_faults(files: Files, last_year: Files, seed: int) -> Iterator[tuple[str, Files]]:
    """Every fault with its name, and the year's files with it."""
    for name, rows in files.items():
        if "/" not in name:
            continue
        for what, changed in _of_file(Random(f"{seed} {name}"), files, last_year, name, rows):
            yield f"{name}: {what}", changed


def _of_file(rng: Random, files: Files, last_year: Files, name: str, rows: Rows) -> Iterator[tuple[str, Files]]:
    dataset = name.partition("/")[0]
    head, body = rows[0], rows[1:]

    def put(changed: Rows) -> Files:
        return files | {name: changed}

    def by(column: str, change: Callable[[str], str], which: Callable[[list[str]], bool] = lambda _: True) -> Files:
        place = head.index(column)
        return put([head, *([*row[:place], change(row[place]), *row[place + 1 :]] if which(row) else row for row in body)])

    yield "missing", {other: content for other, content in files.items() if other != name}
    yield "a third short at the end", put([head, *body[: 2 * len(body) // 3]])
    yield "every third row missing", put([head, *(row for number, row in enumerate(body) if number % 3)])
    yield "only the heading", put([head])
    yield "the last line cut", put([head, *body[:-1], body[-1][: len(head) // 2]])
    if (before := last_year.get(name.replace("2008", "2007"))) is not None:
        yield "last year's file", put(before)
    if "site" in head:
        place = head.index("site")
        names = sorted({row[place] for row in body})
        if len(names) > 1:
            one, other = rng.sample(names, 2)
            both = {one: other, other: one}
            yield "two sites exchanged", by("site", lambda cell: both.get(cell, cell))
            yield "a site's rows missing", put([head, *(row for row in body if row[place] != one)])
            yield "all rows of one site", by("site", lambda _: one)
            yield "sites a row too low", put([head, *([*row[:place], above[place], *row[place + 1 :]] for row, above in zip(body, [body[-1], *body[:-1]], strict=True))])  # fmt: skip
    for column in ("ballot_id", "item_id", "expert_id"):
        if column in head:
            place = head.index(column)
            again = [[*row[:place], f"Z{row[place]}", *row[place + 1 :]] for row in body]
            yield f"again under another {column}", files | {name.replace(".csv", "-2.csv"): [head, *again]}
            yield f"every row twice under another {column}", put([head, *body, *again])
            if "voter" in head:
                voter = head.index("voter")
                strangers = [[*row[:voter], f"z{row[voter]}", *row[voter + 1 :]] for row in again]
                yield "again as other voters", files | {name.replace(".csv", "-3.csv"): [head, *strangers]}
    yield "half of the rows twice", put([head, *body, *body[: len(body) // 2]])
    kind = {"public": _ballots, "expert": _panel, "crawl": _crawl, "service_audit": _audit, "daily_work": _records}.get(dataset)
    yield from kind(rng, head, body, by, put) if kind else _points(rng, head, body, by, put)


def _ballots(rng: Random, head: list[str], body: Rows, by, put) -> Iterator[tuple[str, Files]]:
    upside = {level: _LEVELS[-1 - place] for place, level in enumerate(_LEVELS)} | {
        str(code): str(6 - code) for code in range(1, 6)
    }
    aspects = [head.index(aspect) for aspect in _ASPECTS]
    everything = [*aspects, head.index("overall")]
    yield "levels upside down", put([head, *([upside.get(cell, cell) if place in everything else cell for place, cell in enumerate(row)] for row in body)])  # fmt: skip
    yield "levels one too low", put([head, *([_lower(cell) if place in everything else cell for place, cell in enumerate(row)] for row in body)])  # fmt: skip
    names = list(_ASPECTS)
    rng.shuffle(names)
    for one, other in zip(names[:4:2], names[1:4:2], strict=True):
        yield f"{one} and {other} exchanged", _exchanged(head, body, put, one, other)
    turned = names[1:] + names[:1]
    heading = [turned[names.index(cell)] if cell in names else cell for cell in head]
    yield "all aspects a column further", put([heading, *body])
    yield "one aspect empty", by(names[0], lambda _: "")
    for hours in (8, -8, 12):
        yield f"{hours} hours off", by("submitted_at", lambda cell, hours=hours: _moved(cell, timedelta(hours=hours)))
    yield "a year off", by("submitted_at", lambda cell: cell.replace("2008", "2009"))
    yield "a month off", by("submitted_at", lambda cell: _moved(cell, timedelta(days=30)))
    yield "one terminal for all voters", by("voter", lambda _: "terminal-1")
    if "seconds" in head:
        yield "minutes for seconds", by("seconds", lambda cell: str(int(cell) // 60) if cell.isdigit() else cell)
    if "origin" in head:
        yield "one proxy for all origins", by("origin", lambda _: "10.0.0.1")


def _panel(rng: Random, head: list[str], body: Rows, by, put) -> Iterator[tuple[str, Files]]:
    expert, score = head.index("expert_id"), head.index("score")
    someone = rng.choice(sorted({row[expert] for row in body}))
    for divisor in (10, 5, 2):
        yield f"one expert ÷{divisor}", by("score", lambda cell, divisor=divisor: _divided(cell, divisor), lambda row: row[expert] == someone)  # fmt: skip
    yield "all experts ÷10", by("score", lambda cell: _divided(cell, 10))
    yield "one expert all 100", by("score", lambda _: "100", lambda row: row[expert] == someone)
    yield "one expert upside down", by("score", lambda cell: _hundred_less(cell), lambda row: row[expert] == someone)
    yield "everything upside down", by("score", _hundred_less)
    one, other = rng.sample(sorted(_ASPECTS), 2)
    names = {one: other, other: one, _ASPECTS[one]: _ASPECTS[other], _ASPECTS[other]: _ASPECTS[one]}
    yield f"{one} and {other} exchanged", by("aspect", lambda cell: names.get(cell, cell))
    yield (
        "an expert's scores under another's id",
        by("expert_id", lambda cell: min(row[expert] for row in body) if cell == someone else cell),
    )
    place = head.index("reviewed_on")
    yield "a year off", put([head, *([*row[:place], row[place].replace("2008", "2006"), *row[place + 1 :]] for row in body)])
    shifted = [row[score] for row in body[1:]] + [body[0][score]]
    yield "scores a row too high", put([head, *([*row[:score], cell, *row[score + 1 :]] for row, cell in zip(body, shifted, strict=True))])  # fmt: skip


def _crawl(rng: Random, head: list[str], body: Rows, by, put) -> Iterator[tuple[str, Files]]:
    site = head.index("site")
    someone = rng.choice(sorted({row[site] for row in body}))
    check, passed, value = head.index("check"), head.index("passed"), head.index("value")
    yield "all checks of a site passed", put([head, *([*row[:passed], "true", "0" if row[check] == "dead_links" else row[value]] if row[site] == someone else row for row in body)])  # fmt: skip
    yield "all checks of a site failed", by("passed", lambda _: "false", lambda row: row[site] == someone)
    yield "passed the wrong way round", by("passed", lambda cell: "false" if cell == "true" else "true")
    yield "all passed", by("passed", lambda _: "true")
    yield "8 hours off", by("checked_at", lambda cell: _moved(cell, timedelta(hours=8)))
    yield "a year off", by("checked_at", lambda cell: cell.replace("2008-", "2007-"))
    yield "half a year off", by("checked_at", lambda cell: _moved(cell, timedelta(days=-182)))
    yield "values ÷10", by("value", lambda cell: _divided(cell, 10))
    yield "one site's values ×10", by("value", lambda cell: _divided(cell, 0.1), lambda row: row[site] == someone)
    yield "no values", by("value", lambda _: "")
    yield "a check by another name", by("check", lambda cell: "dead_link" if cell == "dead_links" else cell)
    yield "a month missing", put([head, *(row for row in body if "-05-" not in row[head.index("checked_at")])])


def _audit(rng: Random, head: list[str], body: Rows, by, put) -> Iterator[tuple[str, Files]]:
    site = head.index("site")
    someone = rng.choice(sorted({row[site] for row in body}))
    other = {"通过": "不通过", "不通过": "通过", "pass": "fail", "fail": "pass"}
    for column in ("reachable", "guide", "form", "online"):
        yield f"{column} the wrong way round", by(column, lambda cell: other.get(cell, cell))
    yield "all items of a site passed", put([head, *([("通过" if head[place] in ("reachable", "guide", "form", "online") else cell) for place, cell in enumerate(row)] if row[site] == someone else row for row in body)])  # fmt: skip
    yield "reachable and online exchanged", _exchanged(head, body, put, "reachable", "online")
    yield "guide and form exchanged", _exchanged(head, body, put, "guide", "form")
    yield "forms and sheets exchanged", _exchanged(head, body, put, "forms", "sheets")
    yield "approval the wrong way round", by("approval", lambda cell: "否" if cell in ("是", "true", "1") else "是")
    yield "all items of one type", by("item_type", lambda _: body[0][head.index("item_type")])
    yield "no check applies", put([head, *([("不适用" if head[place] in ("reachable", "guide", "form", "online") else cell) for place, cell in enumerate(row)] for row in body)])  # fmt: skip


def _records(rng: Random, head: list[str], body: Rows, by, put) -> Iterator[tuple[str, Files]]:
    site, indicator, month = head.index("site"), head.index("indicator"), head.index("month")
    someone, something = rng.choice(body)[site], rng.choice(body)[indicator]
    yield "values ÷10", by("value", lambda cell: _divided(cell, 10))
    yield "one indicator ÷10", by("value", lambda cell: _divided(cell, 10), lambda row: row[indicator] == something)
    yield "one site ÷10", by("value", lambda cell: _divided(cell, 10), lambda row: row[site] == someone)
    yield "a year off", by("month", lambda cell: cell.replace("2008", "2007"))
    yield "a month missing", put([head, *(row for row in body if row[month] != body[0][month])])
    yield "all values 0", by("value", lambda _: "0")


def _points(rng: Random, head: list[str], body: Rows, by, put) -> Iterator[tuple[str, Files]]:
    for column in ("points", "score", "views", "value"):
        if column in head:
            yield f"{column} ÷10", by(column, lambda cell: _divided(cell, 10))
            yield f"{column} 0", by(column, lambda _: "0")
            someone = rng.choice(body)
            yield f"one {column} ÷10", by(column, lambda cell: _divided(cell, 10), lambda row, someone=someone: row is someone)
    if "previous" in head:
        yield "value and previous exchanged", _exchanged(head, body, put, "value", "previous")


def _exchanged(head: list[str], body: Rows, put, one: str, other: str) -> Files:
    names = {one: other, other: one}
    return put([[names.get(cell, cell) for cell in head], *body])


def _lower(cell: str) -> str:
    if cell in _LEVELS:
        return _LEVELS[min(_LEVELS.index(cell) + 1, 4)]
    return str(min(int(cell) + 1, 5)) if cell.isdigit() else cell


def _moved(cell: str, by: timedelta) -> str:
    try:
        return (datetime.fromisoformat(cell) + by).isoformat(sep=" " if " " in cell else "T")
    except ValueError:
        return cell


def _divided(cell: str, divisor: float) -> str:
    try:
        return f"{float(cell) / divisor:.4f}"
    except ValueError:
        return cell


def _hundred_less(cell: str) -> str:
    try:
        return f"{100 - float(cell):.1f}"
    except ValueError:
        return cell
