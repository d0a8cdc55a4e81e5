"""Every link of the documentation leads to a file, and to a heading of it by the name that GitHub gives it."""

import re
from collections import Counter
from collections.abc import Iterator
from pathlib import Path
from urllib.parse import unquote

import pytest

from tests.conftest import ROOT

PAGES = sorted(
    page.relative_to(ROOT)
    for folder in (".", "data", "data/*", "flows", "flows/*", "sql", "tests", "tests/*")
    for page in ROOT.glob(f"{folder}/*.md")
)
# What stands in Chinese too, so that who reads Chinese is led there.
IN_CHINESE = {Path("README.md"): Path("README.zh.md"), Path("data/README.md"): Path("data/README.zh.md")}


def text_of(page: Path) -> str:
    """A page without its blocks of code."""
    return re.sub(r"(?ms)^ *```.*?^ *```", "", (ROOT / page).read_text(encoding="utf-8"))


def anchors(text: str) -> set[str]:
    """The names of a page's headings: in small letters, without marks, with hyphens for spaces; numbered where one stands again."""
    seen: Counter[str] = Counter()
    found = set()
    for heading in re.findall(r"(?m)^#+ +(.+?) *$", text):
        name = re.sub(r"[^\w\- ]", "", heading.lower()).replace(" ", "-")
        found.add(f"{name}-{seen[name]}" if seen[name] else name)
        seen[name] += 1
    return found


def links(page: Path) -> Iterator[tuple[Path, str]]:
    """The files, from the root, and the anchors to which a page links; whatever has a scheme of its own is left out."""
    for target in re.findall(r"\]\(([^)\s]+)\)", text_of(page)):
        if not re.match(r"[a-z]+:", target):
            file, _, anchor = unquote(target).partition("#")
            path = (ROOT / page.parent / file).resolve() if file else (ROOT / page).resolve()
            yield path.relative_to(ROOT.resolve()), anchor


def test_all_pages_are_looked_at():
    assert {Path("README.md"), Path("README.zh.md"), Path("data/README.zh.md"), Path("flows/operate/README.md")} <= set(PAGES)


@pytest.mark.parametrize("page", PAGES, ids=str)
def test_links_lead_to_files_and_headings(page):
    for file, anchor in links(page):
        assert (ROOT / file).exists(), f"{page}: {file}"
        assert not anchor or anchor in anchors(text_of(file)), f"{page}: {file}#{anchor}"


@pytest.mark.parametrize("page", IN_CHINESE.values(), ids=str)
def test_who_reads_chinese_is_led_to_chinese(page):
    """To the English page only as a whole, as the other language or for what is told there only, and to none of its sections."""
    assert [(file, anchor) for file, anchor in links(page) if file in IN_CHINESE and anchor] == []
