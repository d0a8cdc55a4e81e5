"""The reconstruction of 2007: the committed files, and their results."""

import csv
import hashlib
import shutil
from decimal import Decimal as D
from fractions import Fraction
from pathlib import Path

import pytest

from flows.errors import UsageError
from flows.home import Home
from flows.simulate import simulate

from ..oracle.exact import evaluate
from ..oracle.rounding import half_up
from .reading import Delivered, read_year

HOME = Path(__file__).resolve().parents[2] / "data" / "shanghai"
# What git keeps of the data home; the rest is derived by whoever has run something in this checkout.
KEPT = ("schemes", "reference", "raw/2007/sites.csv")


def bare_home(folder: Path) -> Path:
    """The data home without raw files."""
    for name in KEPT:
        source, target = HOME / name, folder / name
        target.parent.mkdir(parents=True, exist_ok=True)
        shutil.copytree(source, target) if source.is_dir() else shutil.copy(source, target)
    return folder


def hashes(home: Path) -> dict[str, str]:
    raw = home / "raw" / "2007"
    files = [path for path in raw.rglob("*") if path.is_file()]
    return {str(path.relative_to(raw)): hashlib.sha256(path.read_bytes()).hexdigest() for path in files}


@pytest.fixture(scope="module")
def home(tmp_path_factory: pytest.TempPathFactory) -> Path:
    made = bare_home(tmp_path_factory.mktemp("shanghai"))
    simulate(Home(made), 2007)
    return made


@pytest.fixture(scope="module")
def other_home(tmp_path_factory: pytest.TempPathFactory) -> Path:
    made = bare_home(tmp_path_factory.mktemp("other"))
    simulate(Home(made), 2007, seed=7)
    return made


@pytest.fixture(scope="module", params=["home", "other_home"])
def delivered(request: pytest.FixtureRequest) -> Delivered:
    return read_year(request.getfixturevalue(request.param), 2007)


@pytest.fixture(scope="module")
def tables(delivered: Delivered) -> dict:
    return evaluate(delivered.year)


def test_the_committed_files_come_from_the_seed_byte_for_byte(home: Path) -> None:
    # What somebody accepts is no delivery, and nothing that could be simulated.
    committed = {name: sha256 for name, sha256 in hashes(HOME).items() if not name.startswith("waivers/")}
    assert hashes(home) == committed


def test_another_seed_gives_other_files(home: Path, other_home: Path) -> None:
    first, second = hashes(home), hashes(other_home)
    assert first.keys() == second.keys()
    assert {name for name in first if first[name] == second[name]} == {"sites.csv"}


@pytest.mark.parametrize("group", ["department", "district"])
def test_the_annexes_are_those_printed(tables: dict, group: str) -> None:
    with (HOME / "reference" / "2007" / f"annex_{group}.csv").open(encoding="utf-8") as file:
        printed = [(int(row["序号"]), row["网站"], D(row["综合得分"])) for row in csv.DictReader(file)]
    assert [(row["序号"], row["网站"], row["综合得分"]) for row in tables[f"annex_{group}"]] == printed


def test_the_groups_are_those_printed(tables: dict) -> None:
    department, district = tables["group_summary"]
    columns = ("sites", "mean", "above_mean", "lowest")
    assert [department[column] for column in columns] == [50, D("79.2"), 26, D("55.90")]
    assert [district[column] for column in columns] == [19, D("82.6"), 10, D("75.90")]


def test_unprinted_composites_are_distinct_and_below_the_annex(tables: dict) -> None:
    for group, top, last in (("department", 20, D("83.26")), ("district", 10, D("82.72"))):
        marks = [row["composite"] for row in tables["composite_scores"] if row["group"] == group]
        assert len(set(marks)) == len(marks)
        assert sum(mark >= last for mark in marks) == top


def test_every_site_has_natural_scores(tables: dict) -> None:
    for row in tables["composite_scores"]:
        scores = [row[source] for source in ("public", "expert", "self_check", "daily_work", "service_audit")]
        assert all(25 <= score <= 99 for score in scores), row
        assert abs(row["public"] - row["composite"]) < 20, row
        assert row["flags"] is None, row


def test_ballots_and_satisfaction_are_those_printed(tables: dict) -> None:
    audit = {row["reason"]: row["ballots"] for row in tables["ballot_audit"]}
    assert sum(audit.values()) == 24_900
    assert all(count > 100 for count in audit.values())
    rates = {(row["group"], row["aspect"]): row for row in tables["satisfaction"]}
    assert half_up(100 * rates["all", "overall"]["rate"], 0) == 96
    assert half_up(rates["all", "interaction"]["score"], 0) == 90


def test_experts_are_those_printed(delivered: Delivered) -> None:
    scores = delivered.year.meant("expert")
    assert len({row["expert_id"] for row in scores}) == 120
    kinds = {row["category"] for row in scores}
    assert kinds == {"市人大代表", "市政协委员", "政风行风监督员", "新闻记者", "电子政务学者", "信息技术专家"}


def test_service_items_are_those_printed(delivered: Delivered, tables: dict) -> None:
    inventory = {row["item_type"]: row for row in tables["service_inventory"] if row["group"] == "all"}
    assert (inventory["all"]["items"], inventory["all"]["forms"], inventory["all"]["sheets"]) == (1644, 1473, 5627)
    by_type = ["online_acceptance", "status_query", "result_feedback", "information", "consultation", "complaint"]
    assert [inventory[name]["items"] for name in by_type] == [796, 151, 172, 415, 56, 54]
    approvals = [row for row in delivered.year.meant("service_audit") if row["approval"] and row["site"].startswith("q")]
    online = [row for row in approvals if row["online"] == "pass"]
    accepted = [row for row in online if row["item_type"] == "online_acceptance"]
    assert half_up(Fraction(100 * len(online), len(approvals)), 0) == 88
    assert half_up(Fraction(100 * len(accepted), len(online)), 0) == 67


def test_the_portal_is_as_printed(tables: dict) -> None:
    columns = {row["column"]: row for row in tables["portal_columns"]}
    total = sum(row["views"] for row in columns.values())
    assert len(columns) == 26
    assert (columns["新闻"]["rank"], columns["政府信息公开"]["rank"]) == (1, 2)

    def views(start: str) -> Fraction:
        return Fraction(sum(row["views"] for name, row in columns.items() if name.startswith(start)))

    printed = (("新闻", 4158, 0), ("政府信息公开", 1416, 0), ("网上办事·", D("989.4"), 1), ("便民服务·", 2219, 0))
    assert [half_up(views(start) / 10_000, places) for start, _, places in printed] == [number for _, number, _ in printed]
    assert [half_up(100 * views(start) / total, 1) for start in ("网上办事·", "便民服务·")] == [D("8.7"), D("19.6")]
    growths = {row["metric"]: row["growth"] for row in tables["portal_figures"]}
    assert (growths["政府信息公开栏目访问量"], growths["新闻栏目访问量"]) == (D("0.2960"), D("0.8420"))
    values = {row["metric"]: row["value"] for row in tables["portal_figures"]}
    assert values["新闻栏目访问量"] == columns["新闻"]["views"]
    assert 164_000 < values["主动公开信息目录条目"] < 164_500
    assert (values["发布新闻"], values["部门和区县报送的新闻"]) == (49_615, 43_067)


def test_faulty_rows_are_there_and_few(delivered: Delivered) -> None:
    assert sum(faulty for faulty, _ in delivered.set_aside.values()) > 20
    assert all(100 * faulty <= rows for faulty, rows in delivered.set_aside.values())


def test_a_reconstruction_takes_no_options_that_contradict_it(home: Path) -> None:
    with pytest.raises(UsageError, match="--ballots"):
        simulate(Home(home), 2007, ballots=100)
    with pytest.raises(UsageError, match="--sites"):
        simulate(Home(home), 2007, sites=100)
