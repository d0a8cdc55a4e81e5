"""A year of one's own, from an empty folder to a ranking of six sites, with files as offices have them: how many red answers it
takes, and that nothing but data is ever edited."""

import csv
from collections.abc import Iterator
from decimal import Decimal
from pathlib import Path

import pytest

YEAR = 2025
SITES = ["市发展改革委", "市教委", "市公安局", "市民政局", "市财政局", "市卫生健康委"]
LEVELS = ["满意", "较满意", "一般", "较不满意", "不满意"]
POINTS = [100, 80, 60, 30, 0]
PROGRAMME = (
    "--title", "2025年市政府部门网站评议", "--group", "市政府部门=3", "--source", "公众评议=ballots:60", "--source", "专家评议=panel:40",
    "--aspect", "内容=50", "--aspect", "服务=50",
)  # fmt: skip


def survey(head: list[str], person: list[str]) -> list[list[str]]:
    """What a survey platform exports: 50 answers a site, with a time, `36秒` and an address; `person` is the first column that the
    office may have added. The k-th site gets its levels from k on."""
    rows = [head]
    for number in range(300):
        site = number % 6
        levels = [LEVELS[(site + number // 6 % 2) % 5], LEVELS[site % 5]]
        at = f"2025/11/{1 + number % 28} {8 + number % 12}:{number % 60:02}:14"
        rows.append(
            [
                str(number + 1),
                *[f"v{number}" for _ in person],
                at,
                f"{20 + number % 50}秒",
                f"10.0.{number % 7}.{number}",
                SITES[site],
                *levels,
            ]
        )
    return rows


def cards() -> list[list[str]]:
    """Cards of five experts: one a row, a column an aspect."""
    return [["专家", "网站", "内容", "服务"]] + [
        [f"专家{expert}", site, str(90 - 5 * place + expert), str(80 - 3 * place - expert)]
        for expert in range(5)
        for place, site in enumerate(SITES)
    ]


def unfolded(rows: list[list[str]]) -> list[list[str]]:
    """The same scores as the contract has them, one a row."""
    head, *others = rows
    return [["专家", "网站", "评议内容", "得分"]] + [
        [*row[:2], aspect, score] for row in others for aspect, score in zip(head[2:], row[2:], strict=True)
    ]


def written(path: Path, rows: list[list[str]], encoding: str = "gb18030") -> None:
    with path.open("w", encoding=encoding, newline="") as file:
        csv.writer(file).writerows(rows)


class Office:
    """Somebody who types commands, edits data and counts the red answers."""

    def __init__(self, run, home: Path) -> None:
        self._run, self.home, self.red = run, home, 0
        self.raw = home / "raw" / str(YEAR)

    def types(self, *words: object) -> str:
        ran = self._run(*words, "--data", self.home)
        self.red += ran.status != 0
        return ran.out + ran.err

    def fills_in_the_register(self) -> None:
        # As Excel saves what it has opened: the heading stays as it is.
        path = self.raw / "sites.csv"
        head = path.read_text(encoding="utf-8-sig").strip().split(",")
        assert head == ["编号", "组别", "名称", "别名", "网址"]
        rows = [[f"b{place}", "市政府部门", name, "", ""] for place, name in enumerate(SITES, start=1)]
        written(path, [head, *rows], "utf-8-sig")

    def not_data(self) -> dict[str, bytes]:
        return {path.name: path.read_bytes() for path in (self.home / "schemes").iterdir()}


def expected() -> Iterator[tuple[str, Decimal]]:
    """The composite of each site, by hand: means of the levels, and the middle three of five experts."""
    for place, site in enumerate(SITES):
        content = Decimal(POINTS[place % 5] + POINTS[(place + 1) % 5]) / 2
        public = (content + POINTS[place % 5]) / 2
        expert = (Decimal(90 - 5 * place + 2) + Decimal(80 - 3 * place - 2)) / 2
        yield site, (Decimal("0.6") * public + Decimal("0.4") * expert).quantize(Decimal("0.01"))


def ranking(folder: Path) -> list[tuple[str, Decimal]]:
    with (folder / "tables" / "composite_scores.csv").open(encoding="utf-8-sig", newline="") as file:
        return [(row["name"], Decimal(row["composite"])) for row in csv.DictReader(file)]


@pytest.fixture
def office(run, folder) -> Office:
    return Office(run, folder)


def test_from_an_empty_folder_to_a_ranking_with_two_red_answers_at_most(office):
    office.types("new", YEAR, *PROGRAMME)
    before = office.not_data()
    office.fills_in_the_register()
    head = ["序号", "提交答卷时间", "所用时间", "来自IP", "您评议的网站", "内容", "服务"]
    written(office.raw / "公众评议" / "问卷导出.csv", survey(head, []))
    written(office.raw / "专家评议" / "打分卡.csv", cards())
    told = office.types("check", YEAR)
    assert office.red == 1
    # All that is wrong with both files is told at once, and in which words it may be written.
    for part in ("问卷导出.csv", "打分卡.csv", "票号", "评议人", "网站", "评议内容", "得分"):
        assert part in told, part
    head = ["票号", "评议人", "提交答卷时间", "所用时间", "来自IP", "网站", "内容", "服务"]
    written(office.raw / "公众评议" / "问卷导出.csv", survey(head, ["v"]))
    written(office.raw / "专家评议" / "打分卡.csv", unfolded(cards()))
    assert "方案无误，3 个原始文件可以接收" in office.types("check", YEAR)
    office.types("yearly", YEAR, "--draft")
    assert office.red <= 2
    assert ranking(office.home / "drafts" / str(YEAR)) == sorted(expected(), key=lambda site: -site[1])
    assert office.not_data() == before


def test_whoever_writes_the_heads_as_the_year_says_needs_no_red_answer(office):
    office.types("new", YEAR, *PROGRAMME)
    office.fills_in_the_register()
    head = ["票号", "评议人", "提交时间", "用时", "IP", "被评网站", "内容", "服务"]
    written(office.raw / "公众评议" / "票.csv", survey(head, ["v"]))
    written(office.raw / "专家评议" / "分.csv", unfolded(cards()))
    assert "300 行 = 接收 300 + 不合格 0" in office.types("check", YEAR)
    office.types("yearly", YEAR, "--draft")
    assert office.red == 0


def test_a_check_right_after_the_beginning_does_not_say_that_all_is_well(office):
    office.types("new", YEAR, *PROGRAMME)
    told = office.types("check", YEAR)
    assert office.red == 1 and "方案无误" not in told and "登记册" in told
