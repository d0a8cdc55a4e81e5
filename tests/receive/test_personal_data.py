"""Voters and origins are in no file of the data home but the raw ones, whatever is wrong with them or their row."""

import gzip

import polars as pl
import pytest

from flows.errors import OperatorError
from flows.receive import refusals
from flows.receive.chunks import RefusedFile
from flows.receive.pseudonyms import Pseudonyms
from flows.results.quarantine import write_quarantine
from tests.receive.correct import YEAR
from tests.receive.home import SECRET
from tests.receive.sheets import honest

VOTER, ORIGIN = "13912345678张", "203.0.113.77甲"
HEADER = "ballot_id,submitted_at,voter,site,services,origin"
GOOD = f"b1,2007-11-05,{VOTER},s01,1,{ORIGIN}"


def assert_nowhere(home, *values):
    """No byte of a file outside `raw/` is part of one of the values, in either encoding; Parquet pages are read as well."""
    plain = [value.encode(encoding) for value in values for encoding in ("utf-8", "gb18030", "utf-16-le")]
    looked = 0
    for path in home.folder.rglob("*"):
        if path.is_file() and home.raw not in path.parents:
            content = path.read_bytes() + (_pages(path) if path.suffix == ".parquet" else b"")
            assert not any(value in content for value in plain), path
            looked += 1
    assert looked > 2


def _pages(path):
    return repr(pl.read_parquet(path).to_dict(as_series=False)).encode()


def _through(home):
    """Receives, loads and writes out the ballots' quarantine; returns its text."""
    received = home.receive("public")
    assert refusals(YEAR, received) == []
    with home.loaded("public") as connection:
        write_quarantine(connection, home.folder / "quarantine" / str(YEAR))
        connection.execute("copy raw.ballots to ? (format csv)", [str(home.folder / "ballots.csv")])
        connection.execute("checkpoint")
    path = home.folder / "quarantine" / str(YEAR) / "public.csv"
    return path.read_text(encoding="utf-8-sig") if path.exists() else ""


ROWS = {
    "a good row": GOOD,
    "a fault in another cell": f"b1,2007-13-01,{VOTER},s01,1,{ORIGIN}",
    "an unknown site": f"b1,2007-11-05,{VOTER},s99,1,{ORIGIN}",
    "no ballot_id": f",2007-11-05,{VOTER},s01,1,{ORIGIN}",
    "no voter": f"b1,2007-11-05,,s01,1,{ORIGIN}",
    "one field too few": f"b1,{VOTER},s01,1,{ORIGIN}",
    "one field too many": f"b1,2007-11-05,x,{VOTER},s01,1,{ORIGIN}",
    "a stray quote": f'b1,"2007-11-05"x,{VOTER},s01,1,{ORIGIN}',
    "a stray quote in the cell": f'b1,2007-11-05,"{VOTER}"x,s01,1,{ORIGIN}',
    "everything wrong": f",x,{VOTER},?,?,{ORIGIN}",
    "one ballot twice": f"{GOOD}\n{GOOD}",
    "spaces around": f"b1,2007-11-05,  {VOTER}\u3000,s01,1,\u200b{ORIGIN}",
}


@pytest.mark.parametrize("rows", ROWS.values(), ids=ROWS.keys())
def test_no_row_brings_the_plain_value_into_the_home(home, rows):
    home.put("public/web.csv", f"{HEADER}\n{rows}\n".encode("gb18030" if "x" in rows else "utf-8"))
    _through(home)
    assert_nowhere(home, VOTER, ORIGIN)


def test_a_missing_voter_is_reported_without_a_value(home):
    taken = home.take("public/web.csv", f"{HEADER}\n{ROWS['no voter']}\n")
    assert taken.faults == [(2, "voter", "")] and ORIGIN not in taken.reasons[0]


def test_the_number_of_a_person_is_no_time_that_he_took(home):
    home.put("public/web.csv", f"{HEADER},seconds\nb1,2007-11-05,v,s01,1,,13912345678\nb2,2007-11-05,w,s01,1,,30\n")
    assert "第 2 行" in _through(home) or "seconds" in _through(home)
    assert_nowhere(home, "13912345678")


@pytest.mark.parametrize("name", ["a.jsonl", "a.csv.gz", "a.xlsx"])
def test_no_format_brings_the_plain_value_into_the_home(home, name):
    (home.raw / "public" / "web.csv").unlink()
    cells = dict(zip(HEADER.split(","), GOOD.split(","), strict=True))
    broken = f'{{"voter": "{VOTER}", "origin": "{ORIGIN}"'
    content = {
        "a.jsonl": "\n".join(str(cells).replace("'", '"') for _ in range(2)) + f'\n{broken}\n{broken}}}\n["{VOTER}"]\n',
        "a.csv.gz": gzip.compress(f"{HEADER}\n{GOOD}\n{GOOD}\n".encode()),
        "a.xlsx": honest(lambda book, sheet: None, [list(cells), list(cells.values()), [None, None, VOTER, "?", None, ORIGIN]]),
    }[name]
    home.put(f"public/{name}", content)
    assert "public" in _through(home)
    assert_nowhere(home, VOTER, ORIGIN)


@pytest.mark.parametrize(
    "content", [f"{GOOD}\n{GOOD}\n", f"x{HEADER}\n{GOOD}\n", f'{HEADER}\n"{GOOD}\n', f"<p>{VOTER}{ORIGIN}\n"]
)
def test_no_refusal_shows_the_plain_value(home, content):
    home.put("public/web.csv", content)
    (refused,) = refusals(YEAR, home.receive("public"))
    assert VOTER not in refused and ORIGIN not in refused
    with pytest.raises(RefusedFile):
        home.take("public/web.csv", content)
    assert [path for path in (home.folder / "store").rglob("*") if path.is_file()] == []


def test_an_error_about_too_many_broken_rows_does_not_tell_the_plain_value(home):
    home.put("public/web.csv", f"{HEADER}\n{ROWS['no ballot_id']}\n")
    with home.loaded("public") as connection, pytest.raises(OperatorError) as fault:
        home.check(connection, "public")
    assert "public/web.csv" in str(fault.value) and VOTER not in str(fault.value) and ORIGIN not in str(fault.value)


def test_a_file_whose_voters_stand_where_its_channels_should_is_refused_without_naming_them(home):
    voters = [f"1391234{number:04d}" for number in range(51)]
    rows = "".join(f"b{number},2007-11-05,网络,s01,1,1,{voter}\n" for number, voter in enumerate(voters))
    home.put("public/web.csv", HEADER.replace("origin", "disclosure,channel") + "\n" + rows)
    with home.loaded("public") as connection, pytest.raises(OperatorError, match="channel 一列有 51 种") as fault:
        home.check(connection, "public")
    assert not any(voter in str(fault.value) for voter in voters)
    home.put(
        "public/web.csv", HEADER.replace("origin", "disclosure,channel") + "\n" + "".join(rows.splitlines(keepends=True)[:50])
    )
    with home.loaded("public") as connection:
        home.check(connection, "public")


def _cast(*channels):
    """The lines of a ballots file: a ballot of a voter of its own by each channel."""
    rows = "".join(f"b{number},2007-11-05,v{number},s01,1,1,{channel}\n" for number, channel in enumerate(channels))
    return HEADER.replace("origin", "disclosure,channel") + "\n" + rows


def test_more_than_fifty_channels_are_received_where_the_scheme_lists_them_and_others_stay_within_fifty(home):
    listed = [f"第{number}街道" for number in range(60)]
    others = [f"某{number}" for number in range(51)]
    home.put("public/web.csv", _cast(*listed, *others))
    with home.loaded("public") as connection, pytest.raises(OperatorError) as fault:
        home.check(connection, "public")
    (sentence,) = [sentence for sentence in fault.value.faults if "channel 一列有 111 种不同的值" in sentence]
    assert 'sources.public 里把它们全部列出：channels = ["…", "…"]' in sentence
    home.change_scheme('label = "公众评议"', f'label = "公众评议"\nchannels = {listed}'.replace("'", '"'))
    with home.loaded("public") as connection, pytest.raises(OperatorError, match="channel 一列有 51 种方案没有列出的值"):
        home.check(connection, "public")
    home.put("public/web.csv", _cast(*listed, *others[:50]))
    with home.loaded("public") as connection:
        home.check(connection, "public")


def test_a_listed_channel_has_the_spelling_of_the_scheme_and_another_its_own(home):
    home.change_scheme('label = "公众评议"', 'label = "公众评议"\nchannels = ["网络", "SMS"]')
    taken = home.take("public/web.csv", _cast(" 网\u200b络 ", "ＳＭＳ", "sms", ""))
    assert [row["channel"] for row in taken.rows] == ["网络", "SMS", "sms", None]


def test_equal_persons_have_equal_hashes_in_every_spelling_and_other_secrets_others(home):
    taken = home.take(
        "public/web.csv", f"{HEADER}\nb1,2007-11-05,139,s01,1,\nb2,2007-11-05,１３９,s02,1,139\nb3,2007-11-05, 139 ,d01,1,140\n"
    )
    voters = {row["voter"] for row in taken.rows}
    assert voters == {Pseudonyms(SECRET)("139")} != {Pseudonyms(b"another")("139")}
    assert [row["origin"] for row in taken.rows] == [None, Pseudonyms(SECRET)("139"), Pseudonyms(SECRET)("140")]
    assert all(len(voter) == 32 and int(voter, 16) for voter in voters)


@pytest.mark.parametrize(
    ("row", "value"),
    [
        # Moved by one cell to the left and to the right.
        ("b1,V0034521,x,s01,1,", "V…"),
        ("b1,0034521,2007-11-05,s01,1,", "…"),
        ("b1,2007-11-05,x,0034521,1,", "…"),
        ("b1,2007-11-05,x,s01,００３４５２１,", "…"),
        # What an operator needs to see is shown.
        ("b1,2007-13-05,x,s01,1,", "2007-13-05"),
        ("b1,20071305,x,s01,1,", "20071305"),
        ("b1,2007-11-05,x,s99,1,", "s99"),
        ("b1,2007-11-05,x,s01,9999,", "9999"),
    ],
)
def test_a_long_number_in_another_cell_is_not_shown(home, row, value):
    taken = home.take("public/web.csv", f"{HEADER}\n{row}\n")
    assert [fault[2] for fault in taken.faults] == [value]
