"""A person has the same hash in every spelling, a known name is recognised in every spelling, and a damaged id is refused."""

import io
import json

import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from flows.reading.spelling import fold, heading, narrow, nearest, prose
from flows.receive.hints import hints
from flows.receive.pseudonyms import Pseudonyms
from tests.receive.home import SECRET
from tests.receive.sheets import honest

HEADER = "ballot_id,submitted_at,voter,site,services,origin\n"
PHONE = "13800000001"


def _voters(taken):
    return [row["voter"] for row in taken.rows]


def _ballots(voters, origin=""):
    return HEADER + "".join(
        f'b{number},2007-11-05 10:00:00,"{voter.replace(chr(34), chr(34) * 2)}",s01,满意,{origin}\n'
        for number, voter in enumerate(voters)
    )


SPELLINGS = [
    "13800000001", "13800000001.0", "13800000001.00", "\u202a13800000001\u202c", "\u206813800000001\u2069", "138000\u001f00001", "13800000001\ufe0f", "'13800000001",
    '="13800000001"', "+8613800000001", "008613800000001", "+86 13800000001", "１３８００００００01", " 13800000001\u3000", "138\u00ad00000001", "\u034f13800000001", "138\u200000000001"[:3] + "00000001",
    "\u180e13800000001", "13800000001\U000e0100", "\u3164" + "13800000001", "’13800000001", "'13800000001'", "13800000001\t",
]  # fmt: skip


@pytest.mark.parametrize("spelling", SPELLINGS)
def test_one_person_is_one_under_every_spelling(intake, spelling):
    assert _voters(intake.take("public/a.csv", _ballots([PHONE, spelling]))) == [Pseudonyms(SECRET)(PHONE)] * 2


def test_one_person_is_one_in_every_format(intake):
    row = ["b1", "2007-11-05 10:00:00", PHONE, "s01", "满意"]
    names = HEADER.strip().split(",")[:5]
    buffer = io.BytesIO()
    pq.write_table(
        pa.table({name: [float(PHONE) if name == "voter" else cell] for name, cell in zip(names, row, strict=True)}), buffer
    )
    taken = [
        intake.take("public/a.csv", _ballots([PHONE])),
        intake.take("public/a.jsonl", json.dumps(dict(zip(names, row, strict=True)) | {"voter": int(PHONE)}) + "\n"),
        intake.take("public/a.xlsx", honest(lambda book, sheet: None, [names, [*row[:2], int(PHONE), *row[3:]]])),
        intake.take("public/a.parquet", buffer.getvalue()),
    ]
    assert {voter for file in taken for voter in _voters(file)} == {Pseudonyms(SECRET)(PHONE)}


@pytest.mark.parametrize(
    "voter",
    [
        "张三",
        "zhang@x.cn",
        "310101198001010019",
        "wx_1.5",
        "1.5",
        "+8613800",
        "2e",
        "e5",
        "12e5",
        "1E",
        "1e234567",
        "123.4",
        "0x1E5",
        "12345678901234567890",
        "310101198001010000x",
        "A1.0",
    ],
)
def test_what_is_no_damage_is_left_as_it_is(intake, voter):
    assert _voters(intake.take("public/a.csv", _ballots([voter]))) == [Pseudonyms(SECRET)(voter)]


@pytest.mark.parametrize(
    "voter",
    [
        "3.10101E+17",
        "3.10101e+17",
        "3E+17",
        "3e17",
        "1.38E10",
        "３.１E+17",
        "3,10101E+17",
        "'3.10101E+17",
        '="3.10101E+17"',
        "######",
        "#REF!",
        "#NAME?",
        "#DIV/0!",
        "310.1E+15",
        "31.0101E16",
        "31E+16",
        "3.10101 E+17",
    ],
)
@pytest.mark.parametrize(
    ("dataset", "header", "row"),
    [("public", HEADER, 'b1,2007-11-05 10:00:00,"{}",s01,满意,\n'), ("public", HEADER, 'b1,2007-11-05 10:00:00,v1,s01,满意,"{}"\n'), ("public", HEADER, '"{}",2007-11-05 10:00:00,v1,s01,满意,\n'),
     ("expert", "expert_id,site,aspect,score\n", '"{}",s01,services,9\n'),
     ("service_audit", "item_id,site,name,item_type,approval,reachable,guide,form,online\n", '"{}",s01,登记,apply,是,,,,\n')],
    ids=["voter", "origin", "ballot_id", "expert_id", "item_id"],
)  # fmt: skip
def test_an_id_in_scientific_notation_is_set_aside(intake, dataset, header, row, voter):
    taken = intake.take(f"{dataset}/a.csv", header + row.format(voter.replace('"', '""')))
    assert taken.rows == [] and "被表格软件改写过" in taken.reasons[0] and "文本" in taken.reasons[0]


@pytest.mark.parametrize(
    ("number", "kept"),
    [
        (13800000001, True),
        (123456789012345, True),
        (1234567890123456, False),
        (310101198001010000, False),
        (-310101198001010000, True),
    ],
)
def test_a_workbooks_number_of_more_than_15_digits_is_no_id(intake, number, kept):
    table = [
        ["ballot_id", "submitted_at", "voter", "site"],
        ["b1", "2007-11-05", number, "s01"],
        [number, "2007-11-05", "v", "s01"],
    ]
    taken = intake.take("public/a.xlsx", honest(lambda book, sheet: None, table))
    assert (len(taken.rows), [(line, column) for line, column, _ in taken.faults]) == (
        (2, []) if kept else (0, [(2, "voter"), (3, "ballot_id")])
    )


def test_a_workbooks_long_number_is_still_a_number_where_one_is_wanted(intake):
    taken = intake.take(
        "portal_stats/a.xlsx", honest(lambda book, sheet: None, [["metric", "value"], ["访问量", 1e13], ["字节", 5e15]])
    )
    assert [float(row["value"]) for row in taken.rows] == [1e13]
    assert taken.faults == [(3, "value", "5.00000000000000E+15")]


@pytest.mark.parametrize(
    ("kind", "number", "kept"),
    [
        ("float64", 2.0**53 - 1, True),
        ("float64", 2.0**53, False),
        ("float64", 310101198001010000.0, False),
        ("float32", 2.0**24, False),
        ("float32", 16777215.0, True),
        ("int64", 310101198001010017, True),
    ],
)
def test_a_double_that_cannot_tell_whole_numbers_apart_is_no_id(intake, kind, number, kept):
    buffer = io.BytesIO()
    column = pa.array([number, None], getattr(pa, kind)())
    pq.write_table(
        pa.table({"ballot_id": ["b1", "b2"], "submitted_at": ["2007-11-05"] * 2, "voter": column, "site": ["s01", "s02"]}),
        buffer,
    )
    taken = intake.take("public/a.parquet", buffer.getvalue())
    assert [(line, column) for line, column, _ in taken.faults] == ([] if kept else [(1, "voter")]) + [(2, "voter")]


@pytest.mark.parametrize(
    ("number", "kept"),
    [
        ("310101198001010000", False),
        ("11010519491231002X", True),
        ("110105194912310000", False),
        ("310101198001011000", False),
        ("310101198001010019", True),
        ("440524188001010014", True),
    ],
)
def test_an_identity_number_that_a_spreadsheet_cut_is_set_aside_by_its_check_digit(intake, number, kept):
    assert len(intake.take("public/a.csv", _ballots([number])).rows) == kept


def test_identity_numbers_that_end_in_zeros_by_right_are_kept(intake):
    weights = (7, 9, 10, 5, 8, 4, 2, 1, 6, 3, 7, 9, 10, 5, 8, 4, 2)
    numbers = [f"3101011980{month:02}{day:02}1000" for month in range(1, 13) for day in range(1, 29)]
    right = [
        number
        for number in numbers
        if "10X98765432"[sum(int(a) * b for a, b in zip(number, weights, strict=False)) % 11] == "0"
    ]
    assert 20 < len(right) < 40
    assert len(intake.take("public/a.csv", _ballots(right)).rows) == len(right)
    assert intake.take("public/a.csv", _ballots(sorted(set(numbers) - set(right)))).rows == []


@pytest.mark.parametrize(
    ("number", "kept"),
    [
        ("6217000000000010000", False),
        ("1793847561029380000", False),
        ("12345678901234500", False),
        ("1234567890123450", True),
        ("1793847561029380001", True),
        ("6217000000000010", True),
    ],
)
def test_a_persons_long_number_of_which_fifteen_digits_were_kept_is_set_aside(intake, number, kept):
    assert (len(intake.take("public/a.csv", _ballots([number])).rows) == 1) == kept
    taken = intake.take("expert/a.csv", f"expert_id,site,aspect,score\n{number},s01,services,9\n")
    assert (len(taken.rows) == 1) == kept
    # Two rows with the same ballot_id are reported anyway, and such ids are often made of times.
    assert len(intake.take("public/b.csv", _ballots(["v1"]).replace("b0", number)).rows) == 1


def test_the_letter_of_an_identity_number_is_one_letter(intake):
    voters = _voters(
        intake.take(
            "public/a.csv", _ballots(["11010519491231002X", "11010519491231002x", "１１０１０５１９４９１２３１００２ｘ"])
        )
    )
    assert voters == [Pseudonyms(SECRET)("11010519491231002X")] * 3


NOBODY = [
    "匿名",
    "NULL",
    "null",
    "0",
    "０",
    "None",
    "N/A",
    "#N/A",
    "匿 名",
    "匿\u200b名",
    "匿名用户",
    "anonymous",
    "Guest",
    "-",
    "—",
    "nan",
    "游客",
    "'0",
    "0.0",
    "00000000000",
]


@pytest.mark.parametrize("nobody", NOBODY)
def test_a_placeholder_is_no_person(intake, nobody):
    taken = intake.take("public/a.csv", _ballots([nobody, nobody, "v1", nobody], "10.0.0.1"))
    voters = _voters(taken)
    assert len(set(voters)) == 4 and taken.receipt.nobody == 3
    assert Pseudonyms(SECRET)(fold(nobody)) not in voters


@pytest.mark.parametrize("nobody", NOBODY)
def test_a_placeholder_is_no_origin(intake, nobody):
    assert [row["origin"] for row in intake.take("public/a.csv", _ballots(["v1", "v2"], nobody)).rows] == [None, None]


def test_ballots_of_nobody_are_reported_once_a_source(home):
    home.put("public/web.csv", _ballots(["匿名", "NULL", "v1"]))
    home.put("public/web-2.csv", _ballots(["0"]).replace("b0", "c0"))
    (sentence,) = [hint for hint in hints(home.scheme, home.receive("public")) if "投票人" in hint]
    assert "raw/2007/public 的 2 个文件（web-2.csv 等）有 3 票没有写明投票人" in sentence and "每票各算一人" in sentence


def test_an_expert_must_be_named_but_may_be_number_0(intake):
    taken = intake.take(
        "expert/a.csv", "expert_id,site,aspect,score\n匿名,s01,services,9\n0,s01,services,8\nNULL,s01,services,7\n"
    )
    assert [row["expert_id"] for row in taken.rows] == ["0"]
    assert [line for line, _, _ in taken.faults] == [2, 4] and "没有写明是谁" in taken.reasons[0]


def test_a_scheme_may_list_its_own_placeholders(home):
    home.change_scheme("max_quarantined = 0.5", 'max_quarantined = 0.5\nplaceholders = ["路人"]')
    taken = home.take("public/a.csv", _ballots(["路人", "匿名", "匿名"]))
    assert taken.receipt.nobody == 1 and len(set(_voters(taken))) == 2
    home.change_scheme('placeholders = ["路人"]', "placeholders = []")
    assert home.take("public/a.csv", _ballots(["路人", "0"])).receipt.nobody == 0


@pytest.mark.parametrize(
    "written",
    [
        "市⽔务局",
        "市\u2f54务局",
        "\u202a市水务局\u202c",
        "市水务局\ufe00",
        "市水\u00ad务局",
        '="市水务局"',
        "水⺠局",
        "⽔民局",
        "㈱信",
        "市⻄城分局",
        "市水务局\u2028",
    ],
)
def test_a_known_name_is_known_in_every_form(home, written):
    register = (home.raw / "sites.csv").read_text(encoding="utf-8")
    home.put("sites.csv", register.replace("财政局|市地税局", "市水务局|水民局|(株)信|市西城分局"))
    taken = home.take("superior/a.csv", f'site,score\n"{written.replace(chr(34), chr(34) * 2)}",5\n')
    assert [row["site_id"] for row in taken.rows] == ["s01"], taken.reasons


def test_two_names_that_only_look_different_are_two_owners_of_one(home):
    from flows.errors import OperatorError

    home.put(
        "sites.csv",
        (home.raw / "sites.csv").read_text(encoding="utf-8").replace("财政局|市地税局", "水务局").replace("市教委", "⽔务局"),
    )
    with pytest.raises(OperatorError) as fault:
        _ = home.register
    assert "水务局" in str(fault.value)


@pytest.mark.parametrize("written", ["１²", "5²", "①", "½", "Ⅴ", "٣"])
def test_a_compatibility_form_is_no_digit_of_a_number(intake, written):
    assert intake.take("superior/a.csv", f"site,score\ns01,{written}\n").rows == []


@pytest.mark.parametrize(
    ("written", "meant"),
    [("'88.5", 88.5), ('="88.5"', 88.5), ("88.5\u202c", 88.5), ("\u206888.5\u2069", 88.5), ("８８．５\ufe0f", 88.5)],
)
def test_a_number_is_read_out_of_its_wrapping(intake, written, meant):
    content = f'site,score\ns01,"{written.replace(chr(34), chr(34) * 2)}"\n'
    assert [float(row["score"]) for row in intake.take("superior/a.csv", content).rows] == [meant]


def test_free_text_keeps_its_lines_and_its_signs(intake):
    taken = intake.take("self_check/a.csv", 'site,indicator,points,evidence\ns01,c1,1,"甲：\n\t乙²①（一）\u200b"\n')
    assert taken.rows[0]["evidence"] == "甲：\n\t乙²①（一）"


def test_the_ways_of_spelling():
    assert fold("\u202aＡ水\ufe0f⽔\u3000") == "A水水" and fold("") == "" and fold("'") == "'"
    assert narrow("\ufeff１２．５²") == "12.5²" and prose("Ａ：１\n") == "A：1"
    assert heading(" Submitted_ＡＴ\u3000 ") == "submitted_at" and heading("提交 时间") == heading("提交\n时间")
    assert (
        nearest("serivce", ["services", "site"]) == "services"
        and nearest("备注", ["site"]) is None
        and nearest("x", []) is None
    )
    assert nearest("办事", {"网上办事": "services", "信息公开": "disclosure"}) == "services"
