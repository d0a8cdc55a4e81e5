"""The same file again, a changed one, one taken away; and rows that may occur once only."""

import gzip
import itertools
import os

import pytest

from flows.errors import OperatorError

SCORES = "site,score\ns01,88\ns02,77\nd01,66\n"
BALLOT = "ballot_id,submitted_at,voter,site,services\n"


def _rows(home, table, columns, names=()):
    with home.loaded(*names) as connection:
        return connection.execute(f"select {columns} from raw.{table} order by all").fetchall()


def _quarantine(home, *names):
    with home.loaded(*names) as connection:
        return connection.execute(
            'select dataset, file, line, "column", value, reason from raw.quarantine order by all'
        ).fetchall()


def _entries(home):
    return {path.name: path.stat().st_mtime_ns for path in home.store.root.iterdir()}


@pytest.mark.parametrize("name", ["scores-2.csv", "a.csv", "最终版.csv", "z.csv"])
def test_the_same_file_under_another_name_changes_nothing(home, name):
    before = _rows(home, "given_scores", "site_id, score", ["superior"])
    home.put(f"superior/{name}", (home.raw / "superior" / "scores.csv").read_bytes())
    (received,) = home.receive("superior")
    kept, again = sorted(["scores.csv", name])
    assert ([receipt.file for receipt in received.receipts], received.repeats) == ([kept], {again: kept})
    assert _rows(home, "given_scores", "site_id, score", ["superior"]) == before
    assert _quarantine(home, "superior") == []


def test_a_renamed_file_is_not_read_again(home):
    home.receive()
    before = _entries(home)
    (home.raw / "superior" / "scores.csv").rename(home.raw / "superior" / "neu.csv")
    (received,) = home.receive("superior")
    assert [receipt.file for receipt in received.receipts] == ["neu.csv"]
    assert _entries(home) == before


def test_the_same_bytes_in_two_datasets_are_two_deliveries(home):
    content = "site,indicator,points\ns01,c1,9\n"
    for name in ("self_check/claims.csv", "self_check_verified/checked.csv"):
        home.put(name, content)
    files = home.files("self_check", "self_check_verified")
    assert [(dataset, loaded) for dataset, _, _, loaded, _ in files] == [("self_check", 1), ("self_check_verified", 1)]


def test_the_same_rows_in_other_bytes_are_quarantined_row_by_row(home):
    home.put("superior/again.csv.gz", gzip.compress((home.raw / "superior" / "scores.csv").read_bytes()))
    assert len(_rows(home, "given_scores", "site_id", ["superior"])) == 3
    assert len(_quarantine(home, "superior")) == 3


def test_a_file_that_changed_replaces_what_it_brought_even_with_the_same_size_and_time(home):
    path = home.put("superior/scores.csv", SCORES)
    home.receive("superior")
    before = path.stat()
    home.put("superior/scores.csv", SCORES.replace("88", "98"))
    os.utime(path, ns=(before.st_atime_ns, before.st_mtime_ns))
    assert path.stat().st_size == before.st_size
    assert [float(score) for _, score in _rows(home, "given_scores", "site_id, score", ["superior"])] == [66, 98, 77]


def test_a_file_that_was_taken_away_takes_its_rows_with_it(home):
    home.put("superior/more.csv", "site,score\ns01,1\n")
    assert len(_quarantine(home, "superior")) == 1
    (home.raw / "superior" / "more.csv").unlink()
    assert (_quarantine(home, "superior"), len(_rows(home, "given_scores", "site_id", ["superior"]))) == ([], 3)


def test_a_new_name_of_a_site_is_understood_in_a_file_that_was_read_before(home):
    home.put("superior/scores.csv", "site,score\n市国税局,88\n")
    assert _quarantine(home, "superior")[0][3:5] == ("site", "市国税局")
    sites = home.raw / "sites.csv"
    sites.write_text(sites.read_text(encoding="utf-8").replace("市地税局", "市国税局"), encoding="utf-8")
    assert _quarantine(home, "superior") == []


def test_a_file_is_read_again_where_the_scheme_now_allows_less(home):
    assert _quarantine(home, "self_check") == []
    home.change_scheme("max = 7.5", "max = 7.4")
    assert [row[:5] for row in _quarantine(home, "self_check")] == [("self_check", "claims.csv", 3, "points", "7.5")]


FIRST, SECOND = BALLOT + "x1,2007-11-05 08:00:00,v1,s01,1\n", BALLOT + "x1,2007-11-05 07:00:00,v2,s02,2\n"


@pytest.mark.parametrize("files", list(itertools.permutations(["public/a.csv", "public/b.csv", "hotline/a.csv"], 2)))
def test_of_two_ballots_with_one_id_the_same_one_is_kept_whatever_their_files(home, files):
    for name in ("public/web.csv", "hotline/calls.csv"):
        (home.raw / name).unlink()
    for name, content in zip(files, (FIRST, SECOND), strict=True):
        home.put(name, content)
    kept = _rows(home, "ballots", "source, site_id", ["public", "hotline"])
    ((dataset, file, line, column, value, reason),) = _quarantine(home, "public", "hotline")
    assert (line, column, value) == (2, "ballot_id", "x1") and "ballot_id" in reason
    # The source whose name sorts first, then the earlier time; quarantine names the file of the other row.
    earlier = files[1]
    winner = earlier if all(name.startswith("public") for name in files) else "hotline/a.csv"
    assert kept == [(winner.split("/")[0], "s02" if winner == earlier else "s01")]
    assert [f"{dataset}/{file}"] == [name for name in files if name != winner]
    assert home.files("public", "hotline") == sorted(
        (*name.split("/"), 1, int(name == winner), int(name != winner)) for name in files
    )


def test_a_ballot_that_comes_three_times_is_kept_once(home):
    home.put("public/web.csv", BALLOT + "x1,2007-11-05,v1,s01,1\n" * 3)
    assert [(line, column, value) for _, _, line, column, value, _ in _quarantine(home, "public")] == [
        (3, "ballot_id", "x1"), (4, "ballot_id", "x1")]  # fmt: skip
    assert _rows(home, "ballots", "ballot_id, line", ["public"]) == [("x1", 2)]


def test_a_broken_ballot_does_not_use_up_its_id(home):
    home.put("public/web.csv", BALLOT + "x1,2007-13-01,v1,s01,1\nx1,2007-11-05,v1,s01,1\n")
    assert _rows(home, "ballots", "ballot_id, line", ["public"]) == [("x1", 3)]
    assert [(line, column) for _, _, line, column, _, _ in _quarantine(home, "public")] == [(2, "submitted_at")]


SECONDS = {
    "self_check": ("site,indicator,points", "s01,c1,9", "市财政局,公开,8", ("site", "s01/c1")),
    "self_check_verified": ("site,indicator,points", "s01,c1,9", "财政局,c1,8", ("site", "s01/c1")),
    "daily_work": ("site,indicator,month,value", "s01,d1,2007-11,9", "市财政局,报送,2007-11-01,8", ("site", "s01/d1/2007-11")),
    "service_audit": (
        "item_id,site,name,item_type,approval,reachable,guide,form,online",
        "i1,s01,a,apply,1,,,,",
        "i1,财政局,b,query,0,,,,",
        ("item_id", "i1/s01"),
    ),
    "superior": ("site,score", "s01,9", "市地税局,8", ("site", "s01")),
    "portal_traffic": ("column,month,views", "要闻,2007-11,9", "要闻,2007-11-01,8", ("column", "要闻/2007-11")),
    "portal_stats": ("metric,value", "访问量,9", "访问量,8", ("metric", "访问量")),
}


@pytest.mark.parametrize("apart", [False, True])
@pytest.mark.parametrize(("dataset", "rows"), SECONDS.items(), ids=SECONDS.keys())
def test_the_second_of_two_rows_that_may_occur_once_is_quarantined(home, dataset, rows, apart):
    header, first, second, (column, value) = rows
    for path in (home.raw / dataset).glob("*"):
        path.unlink()
    if apart:
        home.put(f"{dataset}/a.csv", f"{header}\n{first}\n")
        home.put(f"{dataset}/b.csv", f"{header}\n{second}\n")
    else:
        home.put(f"{dataset}/a.csv", f"{header}\n{first}\n{second}\n")
    ((_, _, _, fault_column, shown, reason),) = _quarantine(home, dataset)
    assert (fault_column, shown) == (column, value) and "只能有一行" in reason
    assert sum(loaded for _, _, _, loaded, _ in home.files(dataset)) == 1


@pytest.mark.parametrize(
    ("bad", "allowed", "stops"),
    [(1, "0.25", False), (2, "0.25", True), (1, "0.24999999", True), (0, "0", False), (1, "0", True), (4, "1", False)],
)
def test_exactly_the_share_that_the_scheme_allows_may_be_set_aside(home, bad, allowed, stops):
    home.change_scheme("max_quarantined = 0.5", f"max_quarantined = {allowed}")
    rows = [f"{'?' if number < bad else 's01'},d1,2007-1{number % 3},{number}\n" for number in range(3)] + [
        "?,d1,2007-09,1\n" if bad == 4 else "s02,d1,2007-09,1\n"
    ]
    home.put("daily_work/records.csv", "site,indicator,month,value\n" + "".join(rows))
    with home.loaded("daily_work") as connection:
        if not stops:
            home.check(connection, "daily_work")
            return
        with pytest.raises(OperatorError) as fault:
            home.check(connection, "daily_work")
    (sentence,) = fault.value.faults
    assert all(part in sentence for part in ("raw/2007/daily_work/records.csv", "4 行", f"{bad} 行", "第 2 行", "site", "“?”"))
    assert (
        "max_quarantined" in fault.value.summary and "quarantine/2007/" in fault.value.summary and "Big5" in fault.value.summary
    )


def test_all_files_with_too_many_broken_rows_are_reported_in_one_error(home):
    home.put("superior/scores.csv", "site,score\n?,1\n")
    home.put("expert/panel.csv", "expert_id,site,aspect,score\n,s01,services,1\n")
    with home.loaded() as connection, pytest.raises(OperatorError) as fault:
        home.check(connection)
    assert [sentence.split("：")[0] for sentence in fault.value.faults] == [
        "raw/2007/expert/panel.csv",
        "raw/2007/superior/scores.csv",
    ]


def test_two_sites_may_number_their_items_alike(home):
    head = "item_id,site,name,item_type,approval,reachable,guide,form,online"
    home.put("service_audit/items.csv", f"{head}\n1,s01,a,apply,1,pass,,,\n1,s02,b,apply,1,fail,,,\n")
    with home.loaded("service_audit") as connection:
        assert connection.execute("select site_id, item_id from raw.audit_items order by site_id").fetchall() == [
            ("s01", "1"),
            ("s02", "1"),
        ]


def test_equal_files_that_are_refused_are_each_reported(home):
    home.put("superior/scores.csv", "")
    home.put("superior/again.csv", "")
    home.put("superior/again.txt", "")
    (received,) = home.receive("superior")
    assert sorted(refusal.file for refusal in received.refusals) == ["again.csv", "again.txt", "scores.csv"]
