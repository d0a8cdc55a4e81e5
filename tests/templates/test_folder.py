"""Where handouts lie: exchanged as a whole, never over what a person has put or changed there, and never among deliveries."""

import os

import pytest

from flows.command import main
from flows.errors import OperatorError, UsageError
from flows.templates import write_templates
from tests.flows.homes import contents
from tests.receive.correct import YEAR


@pytest.fixture
def folder(home):
    write_templates(home.home, YEAR)
    return home.folder / "templates" / str(YEAR)


def test_they_take_the_place_of_those_before(home, folder):
    before = contents(folder)
    home.put("sites.csv", "site_id,group,name\ns01,department,新名局\ns02,department,市教育委员会\nd01,district,浦东新区\n")
    write_templates(home.home, YEAR)
    after = contents(folder)
    assert "self_check/s01_市财政局.xlsx" in before and "self_check/s01_新名局.xlsx" not in before
    assert "self_check/s01_新名局.xlsx" in after and "self_check/s01_市财政局.xlsx" not in after
    assert after["self_check/s02_市教育委员会.xlsx"] == before["self_check/s02_市教育委员会.xlsx"]
    assert sorted(path.name for path in folder.parent.iterdir()) == [str(YEAR)]


def test_one_source_leaves_the_others_as_they_are(home, folder):
    before = contents(folder)
    summary = write_templates(home.home, YEAR, only=["self_check"])
    assert summary.files == {"self_check": 2, "self_check_verified": 1}
    assert contents(folder) == before
    (folder / "superior" / "superior.xlsx").unlink()
    write_templates(home.home, YEAR, only=["self_check"])
    assert set(before) - set(contents(folder)) == {"superior/superior.xlsx"}
    write_templates(home.home, YEAR, only=["portal_stats", "superior"])
    assert contents(folder) == before


@pytest.mark.parametrize("name", ["self_check/mine.xlsx", "notes.txt", "self_check/s01_市财政局.xlsx", ".hidden"])
def test_what_somebody_put_or_changed_there_stays(home, folder, name):
    (folder / name).write_bytes(b"filled in")
    before = contents(folder)
    with pytest.raises(UsageError, match="1 个文件不是 pingyi templates 生成的，或生成后被改过") as fault:
        write_templates(home.home, YEAR)
    assert name in str(fault.value)
    assert contents(folder) == before


def test_what_programs_leave_beside_files_is_nobodys(home, folder):
    for name in ("self_check/~$s01_市财政局.xlsx", ".DS_Store", "self_check/Thumbs.db"):
        (folder / name).write_bytes(b"x")
    write_templates(home.home, YEAR)
    assert not (folder / ".DS_Store").exists()


@pytest.mark.parametrize("thing", ["link", "pipe"])
def test_a_link_or_a_pipe_is_somebodys(home, folder, thing, tmp_path):
    path = folder / "self_check" / "s01_市财政局.xlsx"
    kept = path.rename(tmp_path / "kept.xlsx")
    path.symlink_to(kept) if thing == "link" else os.mkfifo(path)
    with pytest.raises(UsageError, match="1 个文件不是"):
        write_templates(home.home, YEAR)


@pytest.mark.parametrize("text", ["", "[]", '{"files": 1}', '{"files": {"a": 1}}'])
def test_a_list_of_files_that_is_none_is_told(home, folder, text):
    (folder / ".templates.json").write_text(text)
    with pytest.raises(UsageError, match="无法分辨哪些文件是生成的"):
        write_templates(home.home, YEAR)


def test_another_folder_is_made_and_exchanged_too(home, tmp_path):
    output = tmp_path / "to hand out"
    for _ in range(2):
        write_templates(home.home, YEAR, only=["superior"], output=output)
        assert set(contents(output)) == {"superior/superior.xlsx", ".templates.json"}
    assert not (home.folder / "templates").exists()
    (tmp_path / "letters").mkdir()
    (tmp_path / "letters" / "one.txt").write_text("mine")
    with pytest.raises(UsageError, match=r"one\.txt"):
        write_templates(home.home, YEAR, output=tmp_path / "letters")


def test_none_is_written_among_the_deliveries(home, tmp_path):
    (tmp_path / "here").symlink_to(home.folder / "raw")
    for output in (home.raw / "self_check", home.folder / "raw", tmp_path / "here" / "2007" / "new"):
        with pytest.raises(UsageError, match="在 raw/ 里面"):
            write_templates(home.home, YEAR, output=output)


def test_none_is_written_behind_a_link_or_in_the_place_of_a_file(home, tmp_path):
    (tmp_path / "elsewhere").mkdir()
    (tmp_path / "link").symlink_to(tmp_path / "elsewhere")
    (tmp_path / "file").write_text("mine")
    for output in (tmp_path / "link", tmp_path / "file"):
        with pytest.raises(OperatorError, match="应是文件夹"):
            write_templates(home.home, YEAR, output=output)
    (home.folder / "templates").symlink_to(tmp_path / "elsewhere")
    with pytest.raises(OperatorError, match="是链接"):
        home.home.check()
    assert list((tmp_path / "elsewhere").iterdir()) == []


def test_a_source_that_is_none_is_told_with_the_nearest(home):
    with pytest.raises(UsageError) as fault:
        write_templates(home.home, YEAR, only=["self_chek", "superior"])
    assert fault.value.faults == ("没有“self_chek”这个来源或数据，是不是 self_check？",)
    assert not (home.folder / "templates").exists()


def test_a_register_that_is_missing_or_faulty_ends_in_sentences(home, capsys):
    text = (home.raw / "sites.csv").read_text(encoding="utf-8")
    home.put("sites.csv", text.replace("district,浦东新区", "distirct,浦东新区"))
    with pytest.raises(SystemExit) as end:
        main(["templates", str(YEAR), "--data", str(home.folder)])
    assert end.value.code == 1 and "第 4 行 group 列“distirct”" in capsys.readouterr().err
    (home.raw / "sites.csv").unlink()
    with pytest.raises(SystemExit) as end:
        main(["templates", str(YEAR), "--data", str(home.folder)])
    assert end.value.code == 1 and "没有网站登记册" in capsys.readouterr().err
    assert not (home.folder / "templates").exists()


def test_the_command_says_what_there_is_and_what_to_do(home, capsys):
    main(["templates", str(YEAR), "--data", str(home.folder), "--source", "self_check", "--source", "superior"])
    out = capsys.readouterr().out
    assert out.splitlines() == [
        f"2007年试评议：填报表已写到 {home.folder}/templates/2007（self_check 2 个、self_check_verified 1 个、superior 1 个）。",
        "  · 把各文件夹里的工作簿发出去填写。交回来的放进 raw/2007/ 里同名的文件夹，文件名随意；再运行 pingyi check 2007。",
    ]
