"""Headings match in every spelling; hints report unknown and missing columns."""

import gzip
import json

import pytest

from flows.errors import OperatorError
from flows.receive.chunks import RefusedFile
from flows.receive.hints import hints, register_hints
from tests.receive.sheets import honest

BALLOTS = "ballot_id,submitted_at,voter,site"
ROW = "b1,2007-11-05 10:00:00,v1,s01"


def _hints(home, *names):
    return hints(home.scheme, home.receive(*names))


def _alone(home):
    """The home without any ballot of the source `public`."""
    (home.raw / "public" / "web.csv").unlink()
    return home


@pytest.mark.parametrize(
    "heading", ["services", "Services", "SERVICES", "ｓｅｒｖｉｃｅｓ", " services\u3000", "ser vices", "ser\u200bvices", "\ufeffservices", "services\u202c",
                "网上办事", " 网上 办事 ", "网上\u2060办事", "⽹上办事", '"网上\n办事"', "'services"],
)  # fmt: skip
def test_an_aspect_goes_by_its_id_or_its_label_however_it_is_written(intake, heading):
    taken = intake.take("public/a.csv", f"{BALLOTS},{heading}\n{ROW},不满意\n")
    assert [row["ratings"] for row in taken.rows] == [[None, 3]]
    assert (taken.receipt.unknown, taken.receipt.lacking) == ((), ("disclosure",))


@pytest.mark.parametrize("name", ["a.csv", "a.csv.gz", "a.jsonl", "a.xlsx"])
def test_every_format_has_its_headings_read_alike(intake, name):
    cells = {
        "Ballot_ID": "b1",
        "SUBMITTED_AT": "2007-11-05T10:00:00",
        "Ｖoter": "v1",
        "site ": "s01",
        "网上办事": "满意",
        "Origin": "10.0.0.1",
        "sec onds": "7",
    }
    text = ",".join(cells) + "\n" + ",".join(cells.values()) + "\n"
    content = {
        "a.csv": text,
        "a.csv.gz": gzip.compress(text.encode()),
        "a.jsonl": json.dumps(cells) + "\n",
        "a.xlsx": honest(lambda book, sheet: None, [list(cells), list(cells.values())]),
    }[name]
    (row,) = intake.take(f"public/{name}", content).rows
    assert (row["ballot_id"], row["ratings"], float(row["seconds"])) == ("b1", [None, 1], 7) and row["origin"]


@pytest.mark.parametrize(
    ("dataset", "header", "row", "column", "value"),
    [
        ("expert", "Expert_ID,Site,ASPECT,Score,Reviewed_On", "e1,s01,services,9,2007-11-05", "expert_id", "e1"),
        ("self_check", "SITE,Indicator,POINTS,Evidence", "s01,c1,9,甲", "evidence", "甲"),
        ("daily_work", "site,indicator,Month,VALUE,recorded_BY", "s01,d1,2007-11,9,李", "recorded_by", "李"),
        ("service_audit", "Item_ID,SITE,Name,item type,Approval,Reachable,Guide,Form,Online", "", "", ""),
        ("superior", "Ｓｉｔｅ,ＳＣＯＲＥ", "s01,9", "site_id", "s01"),
    ],
)
def test_every_dataset_has_its_headings_read_alike(intake, dataset, header, row, column, value):
    if dataset == "service_audit":
        with pytest.raises(RefusedFile) as fault:
            intake.take(f"{dataset}/a.csv", f"{header}\n")
        assert "缺少必需的列：item_type（事项类型）；" in str(fault.value) and "item type（是不是 item_type？）" in str(
            fault.value
        )
        return
    assert intake.take(f"{dataset}/a.csv", f"{header}\n{row}\n").rows[0][column] == value


def test_the_register_has_its_headings_read_alike(home):
    home.put(
        "sites.csv",
        (home.raw / "sites.csv")
        .read_text(encoding="utf-8")
        .replace("site_id,group,name,aliases", "Site_ID,GROUP, Name ,Aliases"),
    )
    assert home.register.names["市教委"] == "s02"


def test_a_scanners_table_has_its_headings_read_alike(home):
    home.write_scheme(
        home.scheme_text()
        + '\n[crawl]\nwide = { site = "Target_URL", checked_at = "Scan Date", checks = { up = "final_url_live" } }\n'
    )
    taken = home.take("crawl/a.csv", "target_url,ScanDate,Final_URL_Live,cms\ns01,2007-11-05T10:00:00,true,x\n")
    assert [(row["site_id"], row["checks"][0]["passed"], row["other"]) for row in taken.rows] == [("s01", True, '{"cms":"x"}')]
    assert [column.heading for column in taken.receipt.unknown] == ["cms"]


@pytest.mark.parametrize(
    ("header", "twice"),
    [
        (f"{BALLOTS},services,网上办事", "services、网上办事 都是 services"),
        (f"{BALLOTS},Site", "site、Site 都是 site"),
        (f"{BALLOTS},seconds,Seconds", "seconds、Seconds 都是 seconds"),
    ],
)
def test_two_columns_that_are_one_refuse_the_file(intake, header, twice):
    with pytest.raises(RefusedFile) as fault:
        intake.take("public/a.csv", f"{header}\n")
    assert twice in str(fault.value)


def test_a_label_that_is_another_aspects_id_or_a_column_of_the_contract_is_no_heading(home):
    home.change_scheme('disclosure = { label = "信息公开"', 'disclosure = { label = "services"')
    home.change_scheme('services = { label = "网上办事"', 'services = { label = "Channel"')
    (row,) = home.take("public/a.csv", f"{BALLOTS},services,channel\n{ROW},满意,web\n").rows
    assert (row["ratings"], row["channel"]) == ([None, 1], "web")


@pytest.mark.parametrize(
    ("heading", "resembles"),
    [("serivce", "services"), ("service", "services"), ("servises", "services"), ("网上办事度", "services"), ("办事", "services"), ("Orign", "origin"), ("second", "seconds"),
     ("over_all", "overall"), ("备注", None), ("cms", None), ("姓名", None)],
)  # fmt: skip
def test_an_unknown_column_is_reported_with_the_one_that_it_resembles(home, heading, resembles):
    home.put("public/web.csv", f"{BALLOTS},disclosure,{heading}\n{ROW},满意,x\n")
    (sentence,) = [hint for hint in _hints(home, "public") if "不认得" in hint]
    assert "raw/2007/public/web.csv" in sentence and heading in sentence
    assert ("注意" in sentence) == (resembles is not None)
    assert f"（是不是 {resembles}？）" in sentence if resembles else "是不是" not in sentence


def test_a_column_that_holds_nothing_but_levels_resembles_the_aspect_that_is_missing(home):
    home.put("public/web.csv", f"{BALLOTS},disclosure,Q3,备注\n{ROW},满意,一般,满意的人\n")
    (sentence,) = [hint for hint in _hints(home, "public") if "不认得" in hint]
    assert "Q3（是不是 services？）、备注（" in sentence


def test_files_with_the_same_unknown_columns_are_reported_in_one_sentence(home):
    for number in range(3):
        home.put(f"superior/{number}.csv", f"site,score,备注,经办\ns0{1 + number % 2},8{number},,\n")
    (sentence,) = [hint for hint in _hints(home, "superior") if "不认得" in hint]
    assert "3 个文件（0.csv 等）有 2 列不认得" in sentence and "备注、经办" in sentence


def test_a_comma_at_the_end_of_every_line_is_no_column_but_what_stands_there_is(home):
    home.put("superior/scores.csv", "site,score,\ns01,88,\ns02,77,\nd01,66,\n")
    assert _hints(home, "superior") == []
    home.put("superior/scores.csv", "site,score,\ns01,88,\ns02,77,甲\nd01,66,\n")
    assert "（第 3 列）" in _hints(home, "superior")[0]


def test_a_heading_that_looks_like_data_is_not_repeated(home):
    home.put("public/web.csv", f"{BALLOTS},services,13912345678,a@b.cn,10.1.2.3\n{ROW},满意,,,\n")
    sentence = " ".join(_hints(home, "public"))
    assert (
        "第 6 列，列名像是数据" in sentence
        and "13912345678" not in sentence
        and "a@b.cn" not in sentence
        and "10.1.2.3" not in sentence
    )


def test_a_column_of_the_register_that_nobody_knows_is_reported(home):
    register = (home.raw / "sites.csv").read_text(encoding="utf-8")
    assert register_hints(home.scheme, home.register) == []
    home.put("sites.csv", register.replace(",aliases,", ",aliasses,"))
    (sentence,) = register_hints(home.scheme, home.register)
    assert "注意" in sentence and "raw/2007/sites.csv" in sentence and "aliasses（是不是 aliases？）" in sentence


def test_the_other_sheets_of_a_workbook_are_reported_where_something_stands_in_them(intake):
    def draw(book, sheet):
        for name, cells in (("第二周", ["site", "score"]), ("空表", []), ("13912345678", ["x"])):
            other = book.add_worksheet(name)
            other.write_row(0, 0, cells)

    taken = intake.take("superior/a.xlsx", honest(draw, [["site", "score"], ["s01", 1]]))
    (sentence,) = taken.receipt.warnings
    assert "另有 2 张工作表有 2 行，没有读：第二周（1 行）、" in sentence and "空表" not in sentence and "139" not in sentence


def test_a_file_without_a_header_is_reported_and_nothing_of_it_is_repeated(home):
    with pytest.raises(RefusedFile) as fault:
        home.take(
            "public/web.csv", "b1,2007-11-05 10:00:00,13912345678,张三,满意\nb2,2007-11-05 10:00:00,13912345679,李四,满意\n"
        )
    assert "像是数据而不是表头" in str(fault.value) and "张三" not in str(fault.value) and "139" not in str(fault.value)


def test_a_file_that_lacks_an_aspect_is_reported(home):
    home.put("public/more.csv", f"{BALLOTS},disclosure\nb9,2007-11-05 10:00:00,v9,s01,满意\n")
    (sentence,) = _hints(home, "public")
    assert "注意" in sentence and "raw/2007/public/more.csv" in sentence and "网上办事（services）" in sentence
    with home.loaded() as connection:
        home.check(connection)


@pytest.mark.parametrize(("without", "stops"), [(3, False), (4, True)])
def test_where_most_ballots_have_no_column_for_an_aspect_the_run_stops(home, without, stops):
    lines = "".join(f"x{number},2007-11-05 10:00:00,w{number},s01,满意,一般\n" for number in range(without))
    home.put("public/typo.csv", f"{BALLOTS},disclosure,serivce\n{lines}")
    with home.loaded() as connection:
        if not stops:
            home.check(connection)
            return
        with pytest.raises(OperatorError) as fault:
            home.check(connection)
    sentence, *beside = fault.value.faults
    assert "公众评议（public）的 7 票中有 4 票没有 网上办事（services）的评分" in sentence
    assert (
        "raw/2007/public/typo.csv" in sentence
        and "serivce（是不是 services？）" in sentence
        and 'aspects = ["disclosure"]' in sentence
    )
    assert any("提示" in hint and "serivce" in hint for hint in beside)


def test_a_source_that_says_which_aspects_it_asks_for_lacks_no_others(home):
    _alone(home).put("public/web.csv", f"{BALLOTS},disclosure\n{ROW},满意\n")
    with home.loaded() as connection, pytest.raises(OperatorError):
        home.check(connection)
    home.change_scheme('label = "公众评议"', 'label = "公众评议"\naspects = ["disclosure"]')
    assert _hints(home, "public") == []
    with home.loaded() as connection:
        home.check(connection)


def test_an_aspect_or_a_source_that_weighs_nothing_stops_no_run(home):
    home.put("public/web.csv", f"{BALLOTS},services\n{ROW},满意\n")
    home.change_scheme('label = "信息公开", weight = 0.4', 'label = "信息公开", weight = 0')
    home.change_scheme('label = "网上办事", weight = 0.6', 'label = "网上办事", weight = 1')
    with home.loaded() as connection:
        home.check(connection)


@pytest.mark.parametrize("aspects", ["[]", '["disclosure", "disclosure"]', '["disclosures"]', '"disclosure"', "[1]"])
def test_aspects_of_a_source_that_make_no_sense_are_refused(home, aspects):
    home.change_scheme('label = "公众评议"', f'label = "公众评议"\naspects = {aspects}')
    with pytest.raises(OperatorError) as fault:
        _ = home.scheme
    assert "sources.public.aspects" in str(fault.value)


def test_a_file_that_lacks_a_column_is_reported_all_its_faults_at_once(home):
    rows = "".join(f"b{number},2007.11.{number:02},v,市財政局,满意\n" for number in range(1, 10))
    with pytest.raises(RefusedFile) as fault:
        home.take("public/a.csv", f"ballot_id,submitted_at,vtoer,site,services\n{rows}")
    message = str(fault.value)
    assert "缺少必需的列：voter（评议人）；" in message and "vtoer（是不是 voter？）" in message
    assert "9 行（如第 2 行 submitted_at 列“2007.11.01”）" in message and "9 行（如第 2 行 site 列“市財政局”）" in message


@pytest.mark.parametrize(
    ("header", "what"), [("site，score", "全角逗号"), ("site；score", "分号"), ("site;score,备注", "分号")]
)
def test_a_wrong_separator_is_reported_where_it_is_not_certain(intake, header, what):
    with pytest.raises(RefusedFile) as fault:
        intake.take("superior/a.csv", f"{header}\n")
    assert what in str(fault.value)


@pytest.mark.parametrize("mark", [";", "\t", "|"])
@pytest.mark.parametrize("declared", [True, False])
def test_another_separator_is_read_where_it_is_certain(intake, mark, declared):
    lines = [
        *([f"sep={mark}"] if declared else []),
        f"site{mark}score{mark}note",
        f's01{mark}88.5{mark}"a{mark}, b"',
        f"s02{mark}77{mark}",
    ]
    taken = intake.take("superior/a.csv", "\r\n".join(lines) + "\r\n")
    assert [(row["site_id"], float(row["score"]), row["line"]) for row in taken.rows] == [
        ("s01", 88.5, 2 + declared),
        ("s02", 77, 3 + declared),
    ]
    assert json.loads(taken.rows[0]["other"]) == {"note": f"a{mark}, b"}


def test_a_first_line_may_name_the_comma(intake):
    assert intake.take("superior/a.csv", '"sep=,"\nsite,score\ns01,5\n').rows[0]["line"] == 3


@pytest.mark.parametrize("name", ["a.jsonl", "a.csv", "b.csv"])
def test_ratings_lost_beside_a_column_that_is_mostly_empty_stop_the_run_too(home, name):
    _alone(home)
    right = [
        f'{{"ballot_id": "r{n}", "submitted_at": "2007-11-05 10:00:00", "voter": "v{n}", "site": "s01", "disclosure": 1, "services": 1}}'
        for n in range(2)
    ]
    wrong = [line.replace('"r', '"w').replace('"services"', '"serivces"') for line in right for _ in range(1)] * 4
    wrong = [line.replace('"w', f'"w{n}-') for n, line in enumerate(wrong)]
    lines = "".join(f"b{n},2007-11-05 10:00:00,v{n},s01,满意,,一般\n" for n in range(8))
    content = {
        "a.jsonl": "\n".join([*right, *wrong]) + "\n",
        "a.csv": f"{BALLOTS},disclosure,services,网办\n{lines}",
        "b.csv": f"{BALLOTS},disclosure,services,第三问\n{lines}",
    }[name]
    home.put(f"public/{name}", content)
    (sentence,) = [hint for hint in _hints(home, "public") if "不认得" in hint]
    assert "注意" in sentence and "（是不是 services？）" in sentence
    with home.loaded() as connection, pytest.raises(OperatorError) as fault:
        home.check(connection)
    assert "8 票没有 网上办事（services）的评分" in fault.value.faults[0] and "大多空着" in fault.value.faults[0]


def test_an_aspect_that_few_rate_stops_no_run_where_nothing_else_may_hold_its_ratings(home):
    lines = "".join(f"b{n},2007-11-05 10:00:00,v{n},s01,满意,,好\n" for n in range(8))
    _alone(home).put("public/a.csv", f"{BALLOTS},disclosure,services,备注\n{lines}")
    assert "注意" not in "".join(_hints(home, "public"))
    with home.loaded() as connection:
        home.check(connection)


JOINED = f"{BALLOTS},services,overall"


@pytest.mark.parametrize("again", [JOINED, JOINED.upper(), JOINED.replace("services", "网上办事"), JOINED.replace(",", " ,")])
def test_a_header_in_the_middle_in_the_same_order_is_set_aside_as_one(intake, again):
    taken = intake.take("public/a.csv", f"{JOINED}\n{ROW},满意,满意\n{again}\n{ROW.replace('b1', 'b2')},一般,满意\n")
    assert [row["line"] for row in taken.rows] == [2, 4]
    assert taken.faults == [(3, "", "")] and "又是一行表头" in taken.reasons[0]


@pytest.mark.parametrize(
    "again",
    [f"{BALLOTS},overall,services", "submitted_at,ballot_id,voter,site,services,overall", f"{BALLOTS},disclosure,overall"],
)
def test_a_header_in_the_middle_in_another_order_refuses_the_file(intake, again):
    with pytest.raises(RefusedFile) as fault:
        intake.take("public/a.csv", f"{JOINED}\n{ROW},满意,满意\n{again}\n{ROW.replace('b1', 'b2')},一般,满意\n")
    assert "第 3 行又是一行表头" in str(fault.value) and "次序" in str(fault.value)


def test_a_header_in_the_middle_of_a_workbook_or_a_scanners_table_is_seen_too(home):
    with pytest.raises(RefusedFile):
        home.take(
            "self_check/a.xlsx",
            honest(
                lambda book, sheet: None,
                [["site", "indicator", "points"], ["s01", "c1", 1], ["indicator", "site", "points"], ["c1", "s02", 2]],
            ),
        )
    home.write_scheme(
        home.scheme_text() + '\n[crawl]\nwide = { site = "url", checked_at = "at", checks = { up = "live", https = "tls" } }\n'
    )
    with pytest.raises(RefusedFile):
        home.take(
            "crawl/a.csv",
            "url,at,live,tls\ns01,2007-11-05T10:00:00,true,false\nurl,at,tls,live\ns01,2007-11-06T10:00:00,true,false\n",
        )


def test_words_that_are_headings_too_are_no_header(intake):
    taken = intake.take("self_check/a.csv", "site,indicator,points,evidence\ns01,c1,1,site\ns02,c1,2,points\n")
    assert len(taken.rows) == 2


def test_a_headerless_file_with_equal_cells_is_reported(intake):
    with pytest.raises(RefusedFile) as fault:
        intake.take("public/a.csv", "b1,2007-11-05 10:00:00,13912345678,张三,满意,满意\n")
    assert "像是数据而不是表头" in str(fault.value) and "满意" not in str(fault.value)
