"""What a reader reads, without a file: the keys of every table with their types, as a JSON Schema.

The reader itself runs on a `Recorder`, a section that has nothing and notes what it is asked for; so the schema follows from
the reader and cannot differ from it. Where the reader goes on by what a file says (a choice, whether a key is a table), it runs
once for each answer; an answer has a shape of its own where it changes the keys of the table in which it stands. A key that one
answer requires and that the reader faults beside another is refused there.
"""

from collections.abc import Callable, Iterable
from dataclasses import dataclass, field
from decimal import Decimal
from typing import Any

from flows.reading.section import DIGITS, Section

# A name that a file is free to choose, such as that of a group, and an entry of a list.
ANY, ENTRY = "*", "[]"
# The end of a question whether a key is a table.
_IS_TABLE = "?"
Path = tuple[str, ...]
Json = dict[str, Any]

TEXT: Json = {"type": "string", "pattern": r"\S"}
# TOML has days of its own, which editors hold against a schema as texts.
DAY: Json = {"type": "string", "format": "date", "pattern": r"^\d{4}-\d{2}-\d{2}$"}
_BEYOND = 10**DIGITS


@dataclass(frozen=True)
class _Table:
    """A table at a path, or a list of such tables; `filled`: one that is empty is a fault."""

    path: Path
    listed: bool = False
    filled: bool = False


@dataclass
class _Key:
    """A key that a reader asked for: what may stand there, each a schema or the path of a table."""

    required: bool = False
    forms: list[Json | _Table] = field(default_factory=list)


@dataclass
class _Run:
    """One run of the reader: the answers that it was given, the questions that it met, and the keys of every table."""

    answers: dict[Path, Any]
    probe: Path = ()
    met: dict[Path, tuple] = field(default_factory=dict)
    tables: dict[Path, dict[str, _Key]] = field(default_factory=dict)
    faulty: set[Path] = field(default_factory=set)

    def ask(self, question: Path, offered: tuple) -> Any:
        self.met[question] = offered
        return self.answers.get(question, offered[0])


class Recorder(Section):
    """A section without a single key, which notes every key that it is asked for."""

    def __init__(self, run: _Run, path: Path = ()) -> None:
        super().__init__({}, ".".join(path), [], path[-1] if path else "")
        self._run = run
        self._at = path
        self._keys = run.tables.setdefault(path, {})

    def _note(self, key: str, form: Json | _Table, required: bool) -> None:
        noted = self._keys.setdefault(key, _Key())
        noted.required = noted.required or required
        if form not in noted.forms:
            noted.forms.append(form)

    def fault(self, key: str, text: str) -> None:
        self._run.faulty.add((*self._at, key))

    def finish(self) -> None:
        pass

    def value(self, key: str, optional: bool = False) -> Any:
        raise TypeError(f"flows/reading/recording.py has no schema for the key {'.'.join((*self._at, key))}")

    def names(self, key: str) -> set[str]:
        return {ANY}

    def text(self, key: str, optional: bool = False) -> str | None:
        self._note(key, TEXT, not optional)
        return None

    def integer(self, key: str, at_least: int, at_most: int = 2**31 - 1, optional: bool = False) -> int | None:
        self._note(key, {"type": "integer", "minimum": at_least, "maximum": at_most}, not optional)
        return max(1, at_least) if self._run.probe == (*self._at, key) else None

    def flag(self, key: str) -> bool:
        self._note(key, {"type": "boolean", "default": False}, required=False)
        return False

    def decimal(
        self,
        key: str,
        at_least: int | None = None,
        at_most: int | None = None,
        above: int | None = None,
        optional: bool = False,
        default: Decimal | None = None,
    ) -> Decimal | None:
        number = _number(at_least, at_most, above)
        if default is not None:
            number["default"] = float(default)
        self._note(key, number, not optional and default is None)
        return Decimal(1) if self._run.probe == (*self._at, key) else default

    def choice(self, key: str, offered: Iterable[str], optional: bool = False, default: str | None = None) -> Any:
        words = tuple(offered)
        self._note(
            key, {"enum": list(words)} | ({} if default is None else {"default": default}), not optional and default is None
        )
        return self._run.ask((*self._at, key), words)

    def texts(self, key: str, needed: bool = False, default: tuple[str, ...] = (), otherwise: str = "") -> tuple[str, ...]:
        self._note(key, _texts(bool(otherwise)), needed)
        return default

    def words(self, key: str) -> tuple[str, ...]:
        for form in (TEXT, _texts(filled=True)):
            self._note(key, form, required=True)
        return ()

    def day(self, key: str, optional: bool = False) -> None:
        self._note(key, DAY, not optional)

    def has(self, key: str) -> bool:
        return True

    def is_table(self, key: str) -> bool:
        return self._run.ask((*self._at, key, _IS_TABLE), (False, True))

    def words_or_sections(self, key: str) -> list[tuple[str, tuple[str, ...]] | Section]:
        below = self._below_at(key, filled=True, required=True)
        for form in (TEXT, _texts(filled=True), _Table((*below._at, ANY))):
            below._note(ANY, form, required=False)
        return [Recorder(self._run, (*below._at, ANY))]

    def section(self, key: str, needed: bool = False) -> Section:
        return self._below_at(key, filled=needed, required=needed)

    def sections(self, key: str, needed: bool) -> list[Section]:
        below = self._below_at(key, filled=needed, required=needed)
        below._note(ANY, _Table((*below._at, ANY)), required=False)
        return [Recorder(self._run, (*below._at, ANY))]

    def entries(self, key: str) -> list[Section]:
        path = (*self._at, key, ENTRY)
        self._note(key, _Table(path, listed=True, filled=True), required=True)
        return [Recorder(self._run, path)]

    def decimals(self, key: str, optional: bool = False) -> dict[str, Decimal]:
        self._below_at(key, filled=not optional, required=not optional)._note(ANY, _number(0, None, None), required=False)
        return {}

    def labels(self, key: str) -> dict[str, str]:
        self._below_at(key, filled=True, required=True)._note(ANY, TEXT, required=False)
        return {}

    def _below_at(self, key: str, filled: bool, required: bool) -> "Recorder":
        path = (*self._at, key)
        self._note(key, _Table(path, filled=filled), required)
        return Recorder(self._run, path)


def schema_of(read: Callable[[Section], object], describe: Callable[[Path], str]) -> Json:
    """The JSON Schema of what `read` reads from a section. `describe` gives the description of a key by its path, in which `ANY`
    stands for a free name, and for those of a table that a choice decides (a source of a kind) the choice."""
    runs = _explore(read)
    return _Shapes(describe).table((), runs, ())


def _explore(read: Callable[[Section], object]) -> list[_Run]:
    """A run of the reader for every answer to every question, each with the answers that lead to the question."""
    runs: list[_Run] = []
    waiting: list[dict[Path, Any]] = [{}]
    asked: set[Path] = set()
    while waiting:
        run = _Run(waiting.pop(0))
        read(Recorder(run))
        runs.append(run)
        for question, offered in run.met.items():
            if question not in asked:
                asked.add(question)
                waiting += [{**run.answers, question: answer} for answer in offered[1:]]
    needed = {
        (*path, key) for run in runs for path, keys in run.tables.items() for key, noted in keys.items() if noted.required
    }
    for run in runs:
        for path, keys in run.tables.items():
            doubtful = [key for key, noted in keys.items() if not noted.required and (*path, key) in needed]
            for key in doubtful:
                probe = _Run(run.answers, probe=(*path, key))
                read(Recorder(probe))
                if (*path, key) in probe.faulty - run.faulty:
                    del keys[key]
    return runs


class _Shapes:
    """Makes a schema of each table out of the runs that came to it."""

    def __init__(self, describe: Callable[[Path], str]) -> None:
        self._describe = describe

    def table(self, path: Path, runs: list[_Run], named: Path, but: frozenset[str] = frozenset()) -> Json:
        """The schema of the table at `path`; `named` is the path by which its keys are described, `but` the choices that are
        made already."""
        runs = [run for run in runs if path in run.tables]
        questions = {question[-1]: offered for run in runs for question, offered in run.met.items() if question[:-1] == path}
        for key, offered in questions.items():
            if key in but or key == _IS_TABLE:
                continue
            if not _decides((*path, key), path, runs):
                continue
            shapes = []
            for answer in offered:
                of_it = [run for run in runs if run.answers.get((*path, key), offered[0]) == answer]
                name = (*named[:-1], answer) if path[-1:] == (ANY,) else named
                shape = self.table(path, of_it, name, but | {key})
                # A second choice of the same table has made several shapes of it.
                for each in shape.get("oneOf", [shape]):
                    each["properties"][key] = {"const": answer, "description": self._describe((*name, key))}
                    shapes.append(each)
            return {"type": "object", "oneOf": shapes}
        return self._plain(path, runs, named)

    def _plain(self, path: Path, runs: list[_Run], named: Path) -> Json:
        keys = list(dict.fromkeys(key for run in runs for key in run.tables[path]))
        properties = {key: self._key(path, key, runs, named) for key in keys if key != ANY}
        required = [
            key for key in properties if all(key in run.tables[path] and run.tables[path][key].required for run in runs)
        ]
        others = self._key(path, ANY, runs, named) if ANY in keys else False
        return {"type": "object", "properties": properties, "required": required, "additionalProperties": others}

    def _key(self, path: Path, key: str, runs: list[_Run], named: Path) -> Json:
        noted: list[Json | _Table] = []
        for run in runs:
            asked = run.tables[path].get(key)
            noted += [form for form in (asked.forms if asked else ()) if form not in noted]
        forms = [self._form(form, runs, (*named, key)) for form in noted]
        made = dict(forms[0]) if len(forms) == 1 else {"anyOf": forms}
        return made | {"description": self._describe((*named, key))}

    def _form(self, form: Json | _Table, runs: list[_Run], named: Path) -> Json:
        if not isinstance(form, _Table):
            return form
        if form.listed:
            return {"type": "array", "minItems": 1, "items": self.table(form.path, runs, (*named, ENTRY))}
        return self.table(form.path, runs, named) | ({"minProperties": 1} if form.filled else {})


def _decides(question: Path, path: Path, runs: list[_Run]) -> bool:
    """Whether an answer to the question changes what the table at `path` is asked for: beside the run that differs in nothing else."""
    by_answers = {frozenset(run.answers.items()): run for run in runs}
    for run in runs:
        if question in run.answers:
            others = frozenset((asked, answer) for asked, answer in run.answers.items() if asked != question)
            if others in by_answers and run.tables[path] != by_answers[others].tables[path]:
                return True
    return False


def _number(at_least: int | None, at_most: int | None, above: int | None) -> Json:
    bounds = {"minimum": at_least, "maximum": at_most, "exclusiveMinimum": above}
    return {"type": "number", "exclusiveMaximum": _BEYOND} | {
        word: bound for word, bound in bounds.items() if bound is not None
    }


def _texts(filled: bool) -> Json:
    return {"type": "array", "items": {"type": "string", "minLength": 1}} | ({"minItems": 1} if filled else {})
