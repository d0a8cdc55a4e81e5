"""What an office puts beside the raw files (printed figures, last year's results, a scheme) is read with the same care: every
fault is a sentence, all of them come together, and nothing is waited for."""

import io
import os
from decimal import Decimal

import polars as pl
import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from flows.errors import OperatorError, UsageError
from flows.home import Home
from flows.host.regular import changed_since, noted
from flows.results.manifest import check_as_read, consulted
from flows.scheme.file import read_scheme
from flows.warehouse.previous import previous_rows
from flows.warehouse.reference_figures import read_reference_figures
from tests.receive.correct import SCHEME, YEAR
from tests.receive.home import small_home

pytestmark = pytest.mark.timeout(60)

ANNEX = "序号,网站,综合得分\n1,市财政局,92.55\n2,市教委,80\n"
FIGURES = "figure,section,subject,printed,value,scale,table,column,rows,measure,per_table,per_column,per_rows,per_measure,per_value,remark\n"
RANKING = "year,group,rank,site_id,name,public,composite\n2006,department,1,s01,市财政局,88.13,77.00\n2006,department,2,s02,市教委,,70.5\n"


def _write(path, content):
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_bytes(content.encode() if isinstance(content, str) else content)
    return path


@pytest.fixture
def place(tmp_path):
    return Home(small_home(tmp_path / "home").folder)


def _reference(place, name, content):
    _write(place.reference(YEAR) / name, content)
    return read_reference_figures(place, YEAR)


def _faults(call, *arguments):
    with pytest.raises(OperatorError) as fault:
        call(*arguments)
    assert "请" in fault.value.summary
    return fault.value.faults


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "gb18030"])
@pytest.mark.parametrize("end", ["\n", "\r\n"])
def test_an_annex_is_read_in_every_encoding_of_a_delivery(place, encoding, end):
    figures = _reference(place, "annex_department.csv", ANNEX.replace("\n", end).encode(encoding))
    assert [(figure.subject, figure.value, figure.units) for figure in figures] == [
        ("市财政局序号", Decimal(1), 1), ("市财政局综合得分", Decimal("92.55"), 100),
        ("市教委序号", Decimal(2), 1), ("市教委综合得分", Decimal(80), 1)]  # fmt: skip


@pytest.mark.parametrize(
    ("content", "words"),
    [
        ("序号,网站,综合得分\n1,市财政局\n", "第 2 行：字段个数"),
        ("序号,网站,综合得分\n1,市财政局,NaN\n", "第 2 行 综合得分：“NaN”不是数字"),
        ("序号,网站,综合得分\n1,市财政局,Infinity\n", "不是数字"),
        (f"序号,网站,综合得分\n1,市财政局,{'9' * 40}\n", "大得不合情理"),
        ("序号,网站,综合得分\n1,市财政局,1e99\n", "大得不合情理"),
        ("序号,网站,综合得分\n1,市财政局,1.0000000001\n", "小数超过"),
        ("序号,网站,综合得分\n1,市财政局,1_0\n", "不是数字"),
        ("序号,网站,综合得分\n1,,92\n", "没有写网站"),
        ("序号,网站,综合得分\n1,\0,92\n", "NUL"),
        ("序号,网站\n1,市财政局\n", "缺少列 综合得分"),
        ("序号,网站,综合得分,网站\n1,市财政局,92,x\n", "重复"),
        ('序号,网站,综合得分\n1,"市财政局,92\n', "引号"),
        ("", "空文件"),
        (ANNEX.encode("utf-16"), "UTF-16"),
        (ANNEX.encode("gb18030")[:-20] + b"\xff\xff", "GB18030"),
        (b"PK\x03\x04\0\0", "XLSX"),
        ("序号,网站,综合得分\n" + "1,市财政局,92\n" * 2, "出现了 2 次"),
    ],
)
def test_a_wrong_annex_is_told_with_its_line(place, content, words):
    faults = _faults(_reference, place, "annex_department.csv", content)
    assert any(words in fault for fault in faults) and all("annex_department" in fault for fault in faults)


def test_all_faults_of_all_files_come_together(place):
    _write(place.reference(YEAR) / "annex_a.csv", "序号,网站,综合得分\nx,甲,y\n1,乙\n")
    _write(place.reference(YEAR) / "annex_b.csv", "序号\n")
    os.mkfifo(place.reference(YEAR) / "annex_c.csv")
    (place.reference(YEAR) / "annex_d.csv").mkdir()
    (place.reference(YEAR) / "annex_e.csv").symlink_to("/dev/zero")
    (place.reference(YEAR) / "annex_f.csv").symlink_to("nowhere")
    faults = _faults(read_reference_figures, place, YEAR)
    assert len(faults) == 8
    assert [sum(f"annex_{letter}" in fault for fault in faults) for letter in "abcdef"] == [3, 1, 1, 1, 1, 1]


@pytest.mark.parametrize(
    ("row", "words"),
    [
        ("a,s,x,1,1,0,,,,,,,,,,", "scale：是 0"),
        ("a,s,x,1,1,,composite_scores,composite,%,sum,,,,,0,", "per_value：是 0"),
        ("a,s,x,1,1,,composite_scores,composite,abc\\,sum,,,,,,", "结尾"),
        ("a,s,x,1,1,,composite_scores,composite,%,mean,,,,,,", "sum 或 count"),
        ("a,s,x,1,eins,,,,,,,,,,,", "不是数字"),
    ],
)
def test_a_wrong_figure_is_told_with_its_line(place, row, words):
    (fault,) = _faults(_reference, place, "figures.csv", f"{FIGURES}{row}\n")
    assert "figures.csv 第 2 行" in fault and words in fault


def test_a_reference_that_is_no_folder_is_told(place):
    _write(place.reference(YEAR), "figures")
    with pytest.raises(OperatorError, match="应是文件夹"):
        read_reference_figures(place, YEAR)


def _previous(place, content, name="composite_scores.csv"):
    _write(place.results(YEAR - 1) / "tables" / name, content)
    return previous_rows(place, read_scheme(place, YEAR))


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "gb18030"])
def test_last_years_ranking_is_read_in_every_encoding_of_a_delivery(place, encoding):
    rows = _previous(place, RANKING.encode(encoding))
    assert [(row["site_id"], row["composite"], row["rank"]) for row in rows["previous_composites"]] == [
        ("s01", "77.00", "1"), ("s02", "70.5", "2")]  # fmt: skip
    assert rows["previous_scores"] == [{"site_id": "s01", "source": "public", "score": "88.13"}]


@pytest.mark.parametrize(
    ("old", "new", "words"),
    [
        ("77.00", "NaN", "第 2 行 composite：“NaN”不是数字"),
        ("77.00", "七十七", "不是数字"),
        ("77.00", "9" * 40, "大得不合情理"),
        ("77.00", "77.001", "小数超过 2 位"),
        (",77.00", "", "字段个数"),
        ("77.00", "77\0", "NUL"),
        ("1,s01", "eins,s01", "rank：“eins”不是名次"),
        ("1,s01", "1.5,s01", "不是名次"),
        ("site_id", "site", "缺少列 site_id"),
        ("s02", "s01", "site_id“s01”出现了 2 次"),
        ("s02", "", "site_id：没有值"),
        ("88.13", "gut", "public：“gut”不是数字"),
    ],
)
def test_a_wrong_ranking_of_last_year_is_told_with_its_line(place, old, new, words):
    scheme = read_scheme(place, YEAR)
    _write(place.scheme(YEAR - 1), SCHEME.replace(f"year = {YEAR}", f"year = {YEAR - 1}"))
    _write(place.results(YEAR - 1) / "tables" / "source_weights.csv", "group,source,label,weight\ndepartment,public,公众,1\n")
    _write(place.results(YEAR - 1) / "tables" / "composite_scores.csv", RANKING.replace(old, new, 1))
    faults = _faults(previous_rows, place, scheme)
    assert any(words in fault for fault in faults), faults


def test_a_wrong_weight_of_last_year_is_told(place):
    _write(place.results(YEAR - 1) / "tables" / "composite_scores.csv", RANKING)
    faults = _faults(_previous, place, "group,source,label,weight\ndepartment,,公众,viel\n", "source_weights.csv")
    assert len(faults) == 2 and "source：没有值" in faults[0] and "“viel”不是数字" in faults[1]


def _parquet(table):
    buffer = io.BytesIO()
    pq.write_table(table, buffer, compression="zstd")
    return buffer.getvalue()


@pytest.mark.parametrize(
    "content",
    [
        b"", b"PAR1", RANKING.encode(), _parquet(pa.table({"site_id": ["s01"]})),
        _parquet(pa.table({"site_id": ["s01"], "composite": [1.0], "rank": [1], "x": pa.array([2**31 - 1], pa.int32()).cast(pa.date32())})),
        _parquet(pa.table({"site_id": ["s01"] * 9_000, "composite": [1.0] * 9_000, "rank": [1] * 9_000,
                           "x": pa.DictionaryArray.from_arrays(pa.array([0] * 9_000, pa.int32()), pa.array(["x" * (1 << 20)]))})),
    ],
    ids=["empty", "cut", "csv", "columns", "panic", "bomb"],
)  # fmt: skip
def test_a_wrong_parquet_file_of_last_year_is_told(place, content):
    faults = _faults(_previous, place, content, "composite_scores.parquet")
    assert all("composite_scores.parquet" in fault for fault in faults)


@pytest.mark.parametrize(
    "make", [os.mkfifo, os.mkdir, lambda path: path.symlink_to("/dev/zero"), lambda path: path.symlink_to("no")]
)
@pytest.mark.parametrize("name", ["composite_scores.parquet", "composite_scores.csv", "source_weights.csv"])
def test_what_is_no_file_of_last_year_is_never_taken_for_none(place, make, name):
    tables = place.results(YEAR - 1) / "tables"
    if name != "composite_scores.csv":
        _write(tables / "composite_scores.csv", RANKING)
    tables.mkdir(parents=True, exist_ok=True)
    make(tables / name)
    (fault,) = _faults(previous_rows, place, read_scheme(place, YEAR))
    assert name in fault and "读不出来" in fault


@pytest.mark.parametrize(
    "make", [os.mkfifo, os.mkdir, lambda path: path.symlink_to("/dev/zero"), lambda path: path.symlink_to("no")]
)
def test_a_scheme_that_is_no_file_is_told(place, make):
    place.scheme(YEAR).unlink()
    make(place.scheme(YEAR))
    with pytest.raises((OperatorError, UsageError), match=f"{YEAR}.*请"):
        read_scheme(place, YEAR)


@pytest.mark.parametrize(
    "content",
    [b"\0", b"\xff\xfe", "year = 2007".encode("utf-16"), b"x = " + b"[" * 5_000, b"x = " + b"{a=" * 3_000, b"x = " + b"9" * 10_000,
     b"x = 1e" + b"9" * 400, b"x.y" * 9_000, b"year = 2007\n" * 2, b"#" * (5 << 20)],
)  # fmt: skip
def test_a_scheme_of_nonsense_is_told(place, content):
    place.scheme(YEAR).write_bytes(content)
    with pytest.raises(OperatorError, match=r"2007\.toml.*请"):
        read_scheme(place, YEAR)


@pytest.mark.parametrize("moment", ["between", "back again"])
def test_a_file_that_changes_while_a_year_is_evaluated_writes_no_results(place, moment):
    path = _write(place.reference(YEAR) / "annex_department.csv", ANNEX)
    with noted():
        if moment == "back again":
            path.write_text(ANNEX.replace("92.55", "92.56"), encoding="utf-8")
        read_reference_figures(place, YEAR)
        path.write_text(ANNEX if moment == "back again" else ANNEX.replace("80", "81"), encoding="utf-8")
        (fault,) = _faults(check_as_read, place, YEAR, consulted(place, YEAR))
    assert str(path) in fault


def test_a_file_that_is_gone_after_it_was_read_writes_no_results(place):
    path = _write(place.reference(YEAR) / "annex_department.csv", ANNEX)
    with noted():
        read_reference_figures(place, YEAR)
        check_as_read(place, YEAR, consulted(place, YEAR))
        path.unlink()
        _faults(check_as_read, place, YEAR, consulted(place, YEAR))
    assert changed_since({}, [place.path]) == []


def test_a_pipe_among_the_files_that_are_only_named_is_told_and_not_waited_for(place):
    place.reference(YEAR).mkdir(parents=True)
    os.mkfifo(place.reference(YEAR) / "note.txt")
    (fault,) = _faults(consulted, place, YEAR)
    assert "note.txt" in fault and "FIFO" in fault


def test_tables_of_last_year_as_this_system_writes_them_are_read(place):
    frame = pl.DataFrame(
        {"site_id": ["s01"], "composite": [Decimal("77.00")], "rank": [1], "group": ["g"], "public": [Decimal("5.10")]}
    )
    rows = _previous(place, _parquet(frame.to_arrow()), "composite_scores.parquet")
    assert rows["previous_composites"] == [{"site_id": "s01", "group_id": "g", "composite": "77.00", "rank": "1"}]
    assert rows["previous_scores"] == [{"site_id": "s01", "source": "public", "score": "5.10"}]
