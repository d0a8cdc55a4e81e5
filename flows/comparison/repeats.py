"""The same rows again under other ids: no key is repeated, and yet everything is counted twice."""

from collections.abc import Iterator

from flows.comparison.finding import Finding, share
from flows.warehouse.engine import Connection, first_row, hash_of, quoted

# What makes a row of a raw table besides its own id, and that by which rows are told apart: many ballots of one moment may be alike.
_CONTENT = {
    "ballots": (("source", "submitted_at", "site_id", "ratings", "overall"), ("submitted_at",)),
    "panel_scores": (("source", "site_id", "aspect", "score", "expert_id", "reviewed_on"), ("site_id", "aspect", "expert_id")),
    "audit_items": (
        ("source", "site_id", "name", "item_type", "approval", "reachable", "guide", "form", "online"),
        ("site_id", "name"),
    ),
}
# Of which only the day is known, or nothing, may be alike by chance.
_ONLY = {"ballots": "where timed"}
_LEAST, _FAR = 20, 0.3
# Of larger tables a part is looked at, which equal rows share.
_LOOKED_AT = 1_000_000


def repeats(connection: Connection) -> Iterator[Finding]:
    for table, (content, apart) in _CONTENT.items():
        yield from _repeats(connection, table, content, apart)
    yield from _twins(connection)


def _repeats(connection: Connection, table: str, content: tuple[str, ...], apart: tuple[str, ...]) -> Iterator[Finding]:
    raw = f"raw.{quoted(table)}"
    (number,) = first_row(connection, f"select count(*) from {raw}")
    if number < 2 * _LEAST:
        return
    one_in = 1 + number // _LOOKED_AT
    rows = connection.execute(
        f"""
        with hashed as (
            select file_id, {hash_of(content)} as content, {hash_of(apart)} as apart from {raw} {_ONLY.get(table, "")}
        ),
        looked_at as (
            select file_id, content, apart from hashed where content % {one_in} = 0
        ),
        by_file as (
            select content, apart, file_id, count(*) as number from looked_at group by content, apart, file_id
        ),
        repeated as (
            select content, sum(number) as number, min(file_id) as first_file, max(file_id) as last_file
            from by_file group by content having sum(number) > 1
        ),
        found as (
            select
                by_file.file_id,
                count(distinct by_file.apart) as different,
                count(distinct case when repeated.content is not null then by_file.apart end) as again,
                min(case when repeated.first_file <> by_file.file_id then repeated.first_file end) as earlier,
                max(case when repeated.last_file <> by_file.file_id then repeated.last_file end) as later
            from by_file
            left join repeated on repeated.content = by_file.content
            group by by_file.file_id
        )
        select files.dataset, files.file, found.again, found.different, firsts.file
        from found
        inner join raw.files on files.file_id = found.file_id
        left join raw.files as firsts on firsts.file_id = coalesce(found.earlier, found.later)
        where found.again >= {_LEAST} and found.again >= {_FAR} * found.different
        order by files.dataset, files.file
        """
    ).fetchall()
    for dataset, file, again, different, first in rows:
        where = f"在文件 {first} 里又有一遍" if first else "在本文件里有两遍"
        yield Finding(
            "repeats",
            f"{dataset}/{file}",
            f"{dataset} 的文件 {file} 里 {different} 种内容的 {share(again / different)} 除编号外{where}。请核对是否重复送来。",
        )


def _twins(connection: Connection) -> Iterator[Finding]:
    """Experts whose scores are the same, site by site and aspect by aspect."""
    rows = connection.execute(
        f"""
        with cards as (
            select
                source,
                expert_id,
                count(*) as scores,
                count(distinct score) as different,
                sum({hash_of(("site_id", "aspect", "score"))} % 1000000007) as card
            from raw.panel_scores
            group by source, expert_id
        )
        select source, min(expert_id), max(expert_id), max(scores), count(*)
        from cards
        where scores >= {_LEAST} and different >= 3
        group by source, scores, card
        having count(*) > 1
        order by source, min(expert_id)
        """
    ).fetchall()
    for source, one, other, scores, number in rows:
        yield Finding(
            "repeats",
            f"{source}/{one}",
            f"{source} 的评分人 {one} 和 {other}{f' 等 {number} 人' if number > 2 else ''}的 {scores} 个评分完全相同。"
            "请核对是否同一份打分换了编号。",
        )
