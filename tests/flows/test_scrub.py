"""The command and the flow that hold everything against its recorded hash, and the night that begins with it."""

from flows.home import Home
from flows.host.runs import FAILED, WARNINGS, read_runs
from tests.flows.homes import YEAR, thaw, write_rows

FORGED = [["site", "score"], ["s1", "10"], ["s2", "20"]]


def test_a_scrub_of_what_is_as_it_was_ends_with_0_and_one_of_what_is_not_with_3(run, published_home):
    home = published_home
    for options in ([], ["--full"]):
        status, out, err = run("scrub", *options, "--data", home)
        assert (status, err) == (0, "") and out.startswith("核对了 ") and "都是记下的样子" in out
    thaw(home)
    annex = Home(home).published(YEAR) / "tables" / "annex_bureau.csv"
    annex.write_bytes(annex.read_bytes() + b"x")
    entry = next((home / "store" / str(YEAR)).glob("*/rows.parquet"))
    entry.write_bytes(entry.read_bytes()[:-1] + b"?")
    status, out, err = run("scrub", "--data", home)
    assert (status, out) == (3, "") and "Traceback" not in err
    assert f"{annex} 被改动过" in err and f"{entry} 被改动过" in err and "首次发现于" in err
    assert read_runs(Home(home))[0].outcome == FAILED and len(read_runs(Home(home))[0].faults) == 2


def test_a_night_tells_what_it_found_and_goes_on(run, published_home):
    home = published_home
    write_rows(home, "given/scores.csv", FORGED)
    status, out, err = run("nightly", YEAR, "--data", home)
    assert (status, err) == (0, "") and "暂行得分已刷新" in out
    assert f"{YEAR} 年公布以后，算出它的文件有了变动" in out and "given/scores.csv 改过" in out
    assert read_runs(Home(home))[0].outcome == WARNINGS
    assert run("status", "--data", home)[0] == 1
