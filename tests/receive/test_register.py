"""The register of sites: everything stands on it, so any fault in it stops the run, all faults at once."""

import pytest

from flows.errors import OperatorError

HEADER = "site_id,group,name,aliases,url\n"
GOOD = "s01,department,市财政局,财政局,\ns02,department,市教委,,\nd01,district,浦东新区,浦东,\n"


def _faults(home, content):
    home.put("sites.csv", content)
    with pytest.raises(OperatorError) as fault:
        home.register  # noqa: B018
    assert "sites.csv" in str(fault.value) and fault.value.exit_status == 1
    return fault.value


def test_sites_are_known_by_id_name_and_every_alias_in_any_width(home):
    home.put(
        "sites.csv",
        HEADER
        + "s01,department,市财政局（本级）, 财政局 ||Ｃ局|市财政局(本级),\ns02,department,市教委,,\nd01,district,浦东新区,,\n",
    )
    names = home.register.names
    assert names == {
        "s01": "s01",
        "市财政局(本级)": "s01",
        "财政局": "s01",
        "C局": "s01",
        "s02": "s02",
        "市教委": "s02",
        "d01": "d01",
        "浦东新区": "d01",
    }


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "gb18030"])
def test_the_register_comes_in_the_encodings_of_csv_and_without_its_starred_columns(home, encoding):
    home.put(
        "sites.csv",
        "name,group,site_id\r\n市财政局,department,s01\r\n市教委,department,s02\r\n浦东新区,district,d01\r\n".encode(encoding),
    )
    assert home.register.sites["name"].to_list() == ["市财政局", "市教委", "浦东新区"]


@pytest.mark.parametrize(
    ("content", "parts"),
    [
        (HEADER + GOOD.replace("s02,department", "s01,department"), ["“s01”", "2 次"]),
        (HEADER + GOOD.replace("市教委,,", "市教委,财政局,"), ["“财政局”", "s01", "s02"]),
        (HEADER + GOOD.replace("市教委,,", "市教委,s01,"), ["“s01”", "s02"]),
        (HEADER + GOOD.replace("浦东新区", "市教委"), ["“市教委”", "d01", "s02"]),
        (HEADER + GOOD.replace("s02,department", "s02,bureau"), ["第 3 行", "group", "“bureau”"]),
        (HEADER + GOOD.replace("s02,", ","), ["第 3 行", "site_id", "缺少"]),
        (HEADER + GOOD.replace("市教委", ""), ["第 3 行", "name", "缺少"]),
        (HEADER + GOOD + "x\n", ["第 5 行", "1", "5 列"]),
        (HEADER + "s01,department,市财政局,,\nd01,district,浦东新区,,\n", ["department", "市政府部门", "1 个", "2"]),
        (HEADER + GOOD + "d02,district,黄浦区,,\n", ["district", "2 个", "1"]),
        (HEADER, ["department", "0 个"]),
    ],
)
def test_a_fault_in_the_register_is_reported_with_its_place(home, content, parts):
    sentences = _faults(home, content).faults
    assert any(all(part in sentence for part in parts) for sentence in sentences), sentences


def test_all_faults_of_the_register_are_in_one_error(home):
    fault = _faults(home, HEADER + "s01,department,甲,,\ns01,bureau,乙,,\n,district,丙,,\nd01,district,甲,,\nx\n")
    assert len(fault.faults) == 5  # an unknown group, no id, a broken row, one name for two sites, too few departments
    assert "5" in fault.summary


@pytest.mark.parametrize(
    "content",
    [
        "",
        "site_id,name\ns01,甲\n",
        "<html>",
        b"PK\x03\x04\0",
        'site_id,group,name\n"s01,department,甲\n',
        b"site_id,group,name\n\xff\n",
    ],
)
def test_a_register_that_cannot_be_read_is_reported_with_the_reason(home, content):
    assert "登记册" in str(_faults(home, content))


def test_a_missing_register_is_reported_with_its_columns(home):
    (home.raw / "sites.csv").unlink()
    with pytest.raises(OperatorError) as fault:
        home.register  # noqa: B018
    assert "sites.csv" in str(fault.value) and "site_id" in str(fault.value)


def test_the_columns_that_the_crawler_looks_at_are_read_under_their_kind(home):
    home.put("sites.csv", _with_columns("news=https://s01.example/news/|公告 = http://s01.example/gg/?a=b"))
    assert (
        home.register.sites.filter(site_id="s01")["columns"].item()
        == "news=https://s01.example/news/|notices=http://s01.example/gg/?a=b"
    )


@pytest.mark.parametrize(
    "written", ["https://s01.example/", "gossip=https://s01.example/", "news=ftp://s01.example/", "news=https://a.example/|"]
)
def test_columns_that_cannot_be_looked_at_are_reported(home, written):
    home.put("sites.csv", _with_columns(written))
    with pytest.raises(OperatorError) as error:
        _ = home.register
    assert "第 2 行 columns 列" in str(error.value) and "news、动态、notices、公告、policy、政策" in str(error.value)


def _with_columns(written):
    header, *rows = (HEADER + GOOD).splitlines()
    return (
        "\n".join([f"{header},columns", *(f'{row},"{written if index == 0 else ""}"' for index, row in enumerate(rows))]) + "\n"
    )


def test_aliases_may_be_joined_by_the_bar_of_a_chinese_keyboard(home):
    home.put(
        "sites.csv", (home.raw / "sites.csv").read_text(encoding="utf-8").replace("财政局|市地税局", "财政局｜市地税局 ｜ 税局")
    )
    assert [home.register.names[name] for name in ("财政局", "市地税局", "税局")] == ["s01"] * 3
