"""The contract exists in Chinese and says the same: section by section and row by row it names the same keys, columns and files."""

import re
from collections import Counter

import pytest

from flows.scheme.keys import KEYS
from tests.conftest import ROOT
from tests.docs.test_headings import rows as headings_of_offices

# Sections of the English contract, by their heading, that nobody has translated yet.
NOT_YET: tuple[str, ...] = ()

# What is called otherwise in Chinese, beside what it is called in English.
SECTIONS = {
    "The contract of a data home": "数据目录的约定",
    "The scheme": "评议方案",
    "Raw files": "送来的文件",
    "What is due": "应到什么",
    "What offices call the columns": "各单位怎样称呼这些列",
    "Handouts": "填报表",
    "Mappings": "映射",
    "Persons": "人",
    "Keys and purges": "密钥和清除",
    "What stands out": "与众不同的地方",
    "Results": "结果",
    "The reference": "参照数字",
    "What people read": "给人看的文件",
    "通报模板怎么写": "通报模板怎么写",
}


def sections(page: str) -> dict[str, str]:
    """The text of each section by its heading; a line that begins with # inside a block of code is none."""
    found, heading, inside = {}, "", False
    for line in (ROOT / "data" / page).read_text(encoding="utf-8").splitlines():
        inside ^= line.startswith("```")
        if not inside and (match := re.fullmatch(r"#+ (.+)", line)):
            heading = match[1]
            found[heading] = f"{line}\n"
        else:
            found[heading] += f"{line}\n"
    return found


ENGLISH, CHINESE = sections("README.md"), sections("README.zh.md")
TRANSLATED = [heading for heading in ENGLISH if heading not in NOT_YET]


def said(text: str) -> Counter[str]:
    """What a text names as code, without the blocks of code."""
    plain = re.sub(r"(?s)```.*?```", "", text)
    return Counter(re.findall(r"`([^`]+)`", plain))


def table_rows(text: str) -> list[str]:
    return [line for line in text.splitlines() if line.startswith("|") and not line.startswith("|---")]


def test_it_has_the_same_sections_in_the_same_order():
    assert [SECTIONS[heading] for heading in TRANSLATED] == list(CHINESE)
    levels = [len(ENGLISH[heading].partition(" ")[0]) for heading in TRANSLATED]
    assert levels == [len(text.partition(" ")[0]) for text in CHINESE.values()]


@pytest.mark.parametrize("heading", TRANSLATED)
def test_a_section_names_the_same_things_as_often(heading):
    english, chinese = said(ENGLISH[heading]), said(CHINESE[SECTIONS[heading]])
    assert english - chinese == Counter() and chinese - english == Counter()


@pytest.mark.parametrize("heading", TRANSLATED)
def test_the_rows_of_its_tables_name_the_same_things(heading):
    english, chinese = table_rows(ENGLISH[heading]), table_rows(CHINESE[SECTIONS[heading]])
    assert len(english) == len(chinese)
    for left, right in zip(english, chinese, strict=True):
        assert said(left) == said(right)
        assert len(left.split("|")) == len(right.split("|"))


@pytest.mark.parametrize("heading", TRANSLATED)
def test_it_has_the_same_numbers_and_the_same_files(heading):
    """Blocks of code apart, whose remarks are Chinese, and numbers that the one page writes as a word."""
    blocks = [re.findall(r"(?s)```\w*\n(.*?)```", text) for text in (ENGLISH[heading], CHINESE[SECTIONS[heading]])]
    first_words = [[[line.split()[0] for line in block.splitlines() if line] for block in of_it] for of_it in blocks]
    assert first_words[0] == first_words[1]
    numbers = [
        set(re.findall(r"(?<![\w.])\d{2,}(?:\.\d+)?(?![\w.]*\d)", text))
        for text in (ENGLISH[heading], CHINESE[SECTIONS[heading]])
    ]
    assert numbers[0] - numbers[1] == set(), numbers


def test_the_headings_of_offices_are_those_that_are_declared():
    listed = [row for row in table_rows(CHINESE["各单位怎样称呼这些列"]) if "表头" not in row]
    declared = [re.sub(r"^\| (?:an?|its)? ?(`[^`]+`)(?: source)? \|", r"\1 |", row) for row in headings_of_offices()]
    assert [re.sub(r"^\| (?:它的 )?(`[^`]+`)(?: 来源)? \|", r"\1 |", row) for row in listed] == declared


def test_every_key_of_a_scheme_is_in_it():
    names = {name.rpartition(".")[2] for name in KEYS} - {"*"}
    words = set(re.findall(r"\w+", " ".join(said(CHINESE["评议方案"]))))
    assert names - words == set()


def test_how_to_write_a_template_is_the_same_in_both():
    assert CHINESE["通报模板怎么写"] == ENGLISH["通报模板怎么写"].replace("“Results”一节", "“结果”一节")


def test_every_link_leads_somewhere():
    anchors = {heading.lower().replace(" ", "-") for heading in CHINESE}
    page = (ROOT / "data" / "README.zh.md").read_text(encoding="utf-8")
    links = re.findall(r"\]\(([^)\s]+)\)", page)
    assert len(links) >= 10
    for link in links:
        file, _, anchor = link.partition("#")
        assert not file or (ROOT / "data" / file).exists(), link
        assert not anchor or file or anchor in anchors, link


@pytest.mark.parametrize(
    ("page", "link"),
    [("README.zh.md", "(data/README.zh.md)"), ("README.md", "(data/README.zh.md)"), ("data/README.md", "(README.zh.md)")],
)
def test_who_reads_chinese_finds_it(page, link):
    assert link in (ROOT / page).read_text(encoding="utf-8")
