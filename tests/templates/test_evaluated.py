"""A year whose evidence has come back on handouts alone gets the scores that one computes by hand."""

import csv
import io

from flows.home import Home
from flows.templates import write_templates
from tests.flows.homes import YEAR, evaluated_tables, small_home
from tests.templates.filling import Value, Workbook

# What is typed into each handout, by line; the site of a line is the handout's own unless it is typed.
TYPED: dict[str, list[dict[str, Value]]] = {
    "voted/voted.xlsx": [
        {"票号": "b1", "提交时间": "2030-01-02 10:00:00", "评议人": "v1", "网站": "第一局", "内容": "满意", "服务": "不满意"},
        {"票号": "b2", "提交时间": "2030-01-02 10:00:00", "评议人": "v2", "网站": "第二局", "内容": "满意", "服务": "满意"},
    ],
    "judged/judged.xlsx": [{"专家": "e1", "得分": 90}, {"得分": 80}, {}, {"得分": 70}],
    "claimed/s1_第一局.xlsx": [{"得分": 9}, {}],
    "claimed/s2_第二局.xlsx": [{"得分": 8}, {"得分": 20, "依据": "公示栏"}],
    "claimed_verified/claimed_verified.xlsx": [{}, {}, {"得分": 7, "核实人": "王"}, {}],
    "recorded/recorded.xlsx": [{"数值": 15}, {"数值": 30}, *[{}] * 10, {"数值": 6}],
    "audited/audited.xlsx": [
        {"事项编号": "1", "网站": "第一局", "事项名称": "登记", "事项类型": "在线受理", "审批事项": "是", "能否打开": "通过", "办事指南": "不通过"},
        {"事项编号": "1", "网站": "第二局", "事项名称": "许可", "事项类型": "在线受理", "审批事项": "是", "能否打开": "通过"},
    ],
    "given/given.xlsx": [{"得分": 88}, {"得分": 77.5}],
}  # fmt: skip

# By hand: what was not answered of a claim counts 0, of the other sources nothing.
FIRST = 0.3 * (0.4 * 100 + 0.6 * 0) + 0.2 * (0.4 * 90 + 0.6 * 80) + 0.1 * 100 * (9 + 0) / 40 + 0.2 * 75 + 0.1 * 50 + 0.1 * 88
# The verified points of the first indicator are those that count.
SECOND = 0.3 * 100 + 0.2 * 70 + 0.1 * 100 * (7 + 20) / 40 + 0.2 * 20 + 0.1 * 100 + 0.1 * 77.5


def test_handouts_are_evaluated_to_the_scores_computed_by_hand(tmp_path):
    folder = small_home(tmp_path / "home")
    scheme = folder / "schemes" / f"{YEAR}.toml"
    one, two = '{ id = "c1", label = "公开", max = 10 }', '{ id = "c2", label = "公示", max = 30 }'
    text = scheme.read_text(encoding="utf-8")
    assert one in text
    scheme.write_text(text.replace(one, f"{one}, {two}"), encoding="utf-8")
    raw = folder / "raw" / str(YEAR)
    for path in raw.glob("*/*"):
        path.unlink()
    home = Home(folder)
    write_templates(home, YEAR)
    for name, lines in TYPED.items():
        book = Workbook.of(home.templates(YEAR) / name)
        for line, cells in enumerate(lines, start=2):
            for heading, value in cells.items():
                book.put(heading, line, value)
        path = raw / name
        path.parent.mkdir(exist_ok=True)
        path.write_bytes(book.saved())
    table = evaluated_tables(folder, YEAR)["composite_scores.csv"].decode("utf-8-sig")
    composites = {row["site_id"]: float(row["composite"]) for row in csv.DictReader(io.StringIO(table))}
    assert composites == {"s1": round(FIRST, 2), "s2": round(SECOND, 2)}
