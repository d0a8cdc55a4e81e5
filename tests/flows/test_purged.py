"""What the flows say of a year whose persons were purged."""

import shutil

from flows.home import Home
from flows.persons.keys import id_of
from flows.results.drafts import ResultFolder
from tests.flows.homes import YEAR, contents


def test_a_purged_year_rests_is_told_as_not_reproducible_once_its_ballots_are_archived_and_gets_a_new_key(
    run, published_home, tmp_path, caplog
):
    home, raw = Home(published_home), published_home / "raw" / str(YEAR)
    published, old = contents(home.published(YEAR)), id_of(home.keys / f"{YEAR}.key")
    assert ResultFolder(home.published(YEAR)).manifest["key"] == old
    status, out, _ = run("purge", YEAR, "--confirm", YEAR, "--reason", "档案规定", "--data", published_home)
    assert status == 0 and "个人信息已经清除" in out and f"{YEAR}.key" in out
    shutil.move(raw / "voted", tmp_path / "voted")
    status, out, _ = run("reproduce", "--data", published_home)
    assert status == 0 and "不能再从原始文件复算" in out and "档案规定" in out and "web.csv 移走归档了" in out
    assert "由公布的各表重新生成，逐字节相同" in out and "复算了" not in out
    assert run("scrub", "--data", published_home)[0] == 0
    status, out, _ = run("nightly", YEAR, "--data", published_home)
    assert status == 0 and "没有检测，也没有评议" in out and not home.warehouse.exists() and not home.store(YEAR).exists()
    # An explanation leaves nothing of the persons behind.
    shutil.move(tmp_path / "voted", raw / "voted")
    assert run("explain", YEAR, "s1", "--data", published_home)[0] == 0
    assert not home.warehouse.exists() and not home.store(YEAR).exists() and not list(home.keys.iterdir())
    caplog.clear()
    status, out, _ = run("yearly", YEAR, "--draft", "--data", published_home)
    assert status == 0 and "隐去投票人的密钥换过（各表不受影响）" in out
    assert any("用新生成的密钥" in text for text in caplog.messages)
    draft = ResultFolder(home.draft(YEAR))
    assert draft.manifest["key"] == id_of(home.keys / f"{YEAR}.key") != old
    tables = {name: content for name, content in contents(draft.folder).items() if name.startswith("tables")}
    assert tables.items() <= published.items() and contents(home.published(YEAR)) == published
