"""The style of the files in `sql/`, as rules that a test applies to every one of them.

The kernel refuses what would build a wrong table; what is only hard to read is refused here.
"""

import re
from collections.abc import Iterator

import sqlglot
from sqlglot import exp
from sqlglot.tokens import TokenType

LONGEST = 130
_STRINGS = re.compile(r"'(?:[^']|'')*'|\"[^\"]*\"")
_WORDS_OF_OTHERS = {"!=": "<>", "::": "cast( … as … )", "ifnull(": "coalesce(", "nvl(": "coalesce(", "count(1)": "count(*)"}


def faults(text: str) -> list[str]:
    """What breaks the style in a file's text: a sentence each, with the line where there is one."""
    return [fault for rule in (_lines, _words, _commas, _joins, _blocks, _names) for fault in rule(text)]


def _code(text: str) -> Iterator[tuple[int, str]]:
    """The lines, numbered from 1, without comments and with empty strings and quoted names."""
    for number, line in enumerate(text.splitlines(), start=1):
        yield number, _STRINGS.sub("''", line).split("--")[0].rstrip()


def _lines(text: str) -> Iterator[str]:
    if not text.endswith("\n") or text.endswith("\n\n"):
        yield "the file ends with one line end"
    for number, line in enumerate(text.splitlines(), start=1):
        if line != line.rstrip() or "\t" in line:
            yield f"line {number}: a tab, or a space at the end"
        indent = len(line) - len(line.lstrip(" "))
        if indent % 4:
            yield f"line {number}: indented by {indent}, not by fours"
    for number, line in _code(text):
        if len(line) > LONGEST:
            yield f"line {number}: {len(line)} characters before the note, {LONGEST} at most"
    if "\n\n\n" in text:
        yield "two empty lines"


def _words(text: str) -> Iterator[str]:
    for number, line in _code(text):
        if re.search(r"[A-Z]", line):
            yield f"line {number}: write lower case"
        for other, ours in _WORDS_OF_OTHERS.items():
            if other in line.replace("''", ""):
                yield f"line {number}: write {ours} instead of {other}"


def _commas(text: str) -> Iterator[str]:
    for number, line in _code(text):
        if line.lstrip().startswith(","):
            yield f"line {number}: a comma stands at the end of a line"
        if re.search(r",\S", line.replace("''", "")):
            yield f"line {number}: a space follows a comma"


def _joins(text: str) -> Iterator[str]:
    code = dict(_code(text))
    for number, line in code.items():
        if re.search(r"\bjoin\b", line) and not re.match(r"\s*(inner|left|full|cross|asof left) join \S", line):
            yield f"line {number}: a join has a line of its own, which begins with inner, left, full, cross or asof left join"
        following = code.get(number + 1, "")
        if re.match(r"\s*on\b", line):
            alone = line.strip() == "on"
            if alone != bool(re.match(r"\s*(and|or)\b", code.get(number + 2 if alone else number + 1, ""))):
                yield f"line {number}: conditions stand on one line with `on`, or one a line below it"
        elif re.search(r"\bjoin\b.* on ", line) and re.match(r"\s*(and|or)\b", following):
            yield f"line {number}: conditions stand on one line with `on`, or one a line below it"


def _blocks(text: str) -> Iterator[str]:
    code = dict(_code(text))
    for number, line in code.items():
        if line in (")", "),") and text.splitlines()[number : number + 1] not in ([""], []):
            yield f"line {number}: an empty line follows a cte"
        if re.match(r"\s*select (distinct )?\S", line) and line.endswith(","):
            yield f"line {number}: a select's columns stand on its line, or one a line below it"


def _names(text: str) -> Iterator[str]:
    """Once there is a join, every column says where it comes from; nothing is renamed without `as`."""
    tree = sqlglot.parse_one(text, read="duckdb")
    for select in tree.find_all(exp.Select):
        if select.args.get("joins"):
            for column in _own(select, exp.Column):
                if not column.table and not column.find_ancestor(exp.Lambda) and not _is_lateral(select, column):
                    yield f"column {column.name} is read without its table, and there is a join"
    for table in tree.find_all(exp.Table):
        if table.alias and table.alias == table.name:
            yield f"{table.name} is renamed to what it is called"
    written = sum(token.token_type == TokenType.ALIAS for token in sqlglot.tokenize(text, read="duckdb"))
    if written != sum(1 for _ in tree.find_all(exp.Alias, exp.Aliases, exp.TableAlias, exp.Cast, exp.TryCast)):
        yield "something is renamed without `as`"


def _own(select: exp.Select, kind: type[exp.Expression]) -> Iterator[exp.Expression]:
    return (node for node in select.find_all(kind) if node.find_ancestor(exp.Select) is select)


def _is_lateral(select: exp.Select, column: exp.Column) -> bool:
    return column.name in {alias.alias for alias in select.expressions}
