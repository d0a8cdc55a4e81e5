"""Draft, review, publish, revise, reproduce: by the commands, on a real server, with the states that its runs end in."""

import errno
import io
import json
import shutil
import zipfile
from contextlib import redirect_stdout
from dataclasses import replace
from datetime import UTC, datetime

import pytest

from flows.command import main
from flows.home import Home
from flows.host.runs import FAILED, WARNINGS, read_runs
from flows.operate.status import read_status
from flows.orchestrator.outcome import WITH_WARNINGS
from flows.receive.deliveries import sha256_of
from flows.reproduce import compare
from flows.results.drafts import ResultFolder, damaged_files
from flows.results.folder import remove
from flows.results.record import Record, add_to_record, read_record, record_path
from flows.settings import ROOT, SQL
from tests.flows.homes import YEAR, contents, small_home, thaw, write_rows
from tests.results.recorded import read_publications, standing_publication

GIVEN = f"raw/{YEAR}/given/scores.csv"
SCORES = [["site", "score"], ["s1", "88.125"], ["s2", "77"], ["nobody", "50"]]
OTHER_SCORES = [["site", "score"], ["s1", "10"], ["s2", "20"]]


@pytest.fixture(scope="module")
def made(tmp_path_factory):
    """A home with a row that is set aside, of which a draft was made by the command, and what that printed."""
    home = small_home(tmp_path_factory.mktemp("drafted") / "home")
    write_rows(home, "given/scores.csv", SCORES)
    printed = io.StringIO()
    with redirect_stdout(printed):
        main(["yearly", str(YEAR), "--draft", "--data", str(home)])
    return home, printed.getvalue()


@pytest.fixture(scope="module")
def drafted(made):
    """A home with a draft, of which each test takes a copy."""
    return made[0]


@pytest.fixture(scope="module")
def reviewed(drafted, tmp_path_factory):
    """A home whose draft was published by its hash."""
    from flows.publish import publish

    home = shutil.copytree(drafted, tmp_path_factory.mktemp("reviewed") / "home", symlinks=True)
    publish(draft_of(home).sha256, YEAR, "", str(home))
    return home


@pytest.fixture
def home(drafted, tmp_path):
    return shutil.copytree(drafted, tmp_path / "home")


@pytest.fixture
def published(reviewed, tmp_path):
    return shutil.copytree(reviewed, tmp_path / "published", symlinks=True)


@pytest.fixture
def checkout(tmp_path, monkeypatch):
    """A copy of the code for a test to change, which is taken for the code that is running."""
    for room in ("flows", "sql"):
        shutil.copytree(ROOT / room, tmp_path / "checkout" / room, ignore=shutil.ignore_patterns("__pycache__"))
    monkeypatch.setattr("flows.results.manifest.ROOT", tmp_path / "checkout")
    monkeypatch.setattr("flows.results.manifest.SQL", tmp_path / "checkout" / "sql")
    return tmp_path / "checkout"


def edit(path, text):
    with path.open("a", encoding="utf-8") as file:
        file.write(text)


def draft_of(home):
    return ResultFolder(home / "drafts" / str(YEAR))


def results(home):
    return home / "results" / str(YEAR)


def stands(home):
    """Whether what the draft stands for is published: its tables to the byte, its documents as its manifest names them."""
    draft, published = draft_of(home), ResultFolder(results(home))
    tables = [name for name in contents(draft.folder) if name.startswith("tables") or name == "manifest.json"]
    first, second = contents(draft.folder), contents(published.folder)
    return all(first[name] == second[name] for name in tables) and list(damaged_files(published)) == []


def texts_of(folder):
    """All text of all files of a folder, those that are zip files of texts opened."""
    for name, content in contents(folder).items():
        if zipfile.is_zipfile(io.BytesIO(content)):
            with zipfile.ZipFile(io.BytesIO(content)) as parts:
                content = b"".join(parts.read(part) for part in parts.namelist())
        yield name, content.decode("utf-8", "replace")


def without_runs(home):
    """All that the home holds but the records of its runs."""
    return {name: content for name, content in contents(home).items() if not name.startswith("runs/")}


def test_a_draft_publishes_nothing_and_says_how_to(made):
    home, printed = made
    assert f"pingyi publish {YEAR} {draft_of(home).short} --data {home}" in printed and "尚未公布" in printed
    assert not (home / "results").exists() and not (home / "publications").exists()


def test_a_reviewed_draft_is_published_by_12_digits_as_it_is(run, home):
    status, out, err = run("publish", YEAR, draft_of(home).short, "--data", home)
    assert status == 0 and err == "" and f"已公布到 {results(home)}" in out
    assert stands(home)
    record = standing_publication(Home(home), YEAR)
    assert (record.number, record.reviewed, record.sha256) == (1, True, draft_of(home).sha256)


def test_every_document_of_a_draft_says_so_and_nothing_that_is_published_does(home, published):
    words = f"草稿 {draft_of(home).short}，尚未公布，不得引用"
    texts = dict(texts_of(draft_of(home).folder))
    documents = {name for name in texts if name.endswith((".html", ".docx", ".pdf")) and not name.startswith(".final")}
    assert {"index.html", "sites/s1.html", "bulletin.docx", "bulletin.pdf", "validation/index.html"} <= documents
    assert {name for name, text in texts.items() if words in text} == documents
    assert [name for name, text in texts_of(results(published)) if "草稿" in text or "不得引用" in text] == []
    assert set(contents(results(published))) == {name for name in texts if not name.startswith(".final")}


def test_what_a_reviewer_is_shown_carries_the_notice_and_says_that_it_is_a_draft(home, whole_runs, monkeypatch):
    from flows.yearly import draft

    shown = {}
    monkeypatch.setattr("flows.yearly.on_prefect", lambda: True)
    for show in ("show_table", "show_text"):
        monkeypatch.setattr(f"flows.orchestrator.review.{show}", lambda key, *expected: shown.update({key: expected}))
    write_rows(home, "given/scores.csv", OTHER_SCORES)
    drafted = draft(YEAR, str(home))
    assert shown["annex-bureau"][1] == f"委办局前 1 名（草稿 {drafted.sha256[:12]}，尚未公布，不得引用）"
    assert shown["summary"][0].splitlines()[2] == "- 得分是编的，请勿引用。"


def test_a_draft_whose_page_was_touched_is_refused(run, home):
    page = draft_of(home).folder / "index.html"
    page.write_text(page.read_text(encoding="utf-8").replace("不得引用", "可以引用"), encoding="utf-8")
    status, _, err = run("publish", YEAR, draft_of(home).short, "--data", home)
    assert status == 1 and f"{page} 被改动过" in err and not (home / "results").exists()


def test_capitals_and_blanks_around_the_hash_are_no_fault(run, home):
    assert run("publish", YEAR, f" {draft_of(home).sha256.upper()} ", "--data", home)[0] == 0


@pytest.mark.parametrize("stale", ["0" * 64, "0123456789ab", "short"])
def test_a_stale_hash_ends_with_2_and_names_the_right_one(run, home, stale):
    status, _, err = run("publish", YEAR, stale, "--data", home)
    assert status == 2 and draft_of(home).short in err and "没有公布任何结果" in err and "Traceback" not in err
    assert not (home / "results").exists()


def test_after_a_raw_file_changed_it_ends_with_1_and_names_the_file(run, home):
    write_rows(home, "given/scores.csv", OTHER_SCORES)
    status, _, err = run("publish", YEAR, draft_of(home).short, "--data", home)
    assert status == 1 and f"{home}/{GIVEN} 改过" in err and "没有公布任何结果" in err and "Traceback" not in err
    assert not (home / "results").exists()


def test_an_update_of_what_makes_tables_voids_the_draft(run, home, checkout):
    edit(checkout / "flows" / "receive" / "typed.py", "\n# Another way to read a file.\n")
    status, _, err = run("publish", YEAR, draft_of(home).short, "--data", home)
    assert status == 1 and "  · 本系统的程序更新过\n" in err and not (home / "results").exists()


def test_an_update_of_the_page_voids_nothing_and_the_page_that_was_reviewed_is_published(run, home, checkout):
    reviewed = draft_of(home)
    edit(checkout / "flows" / "documents" / "style.css", "\nh1 { color: red; }\n")
    edit(checkout / "flows" / "crawler" / "links.py", "\n# Another remark.\n")
    status, out, err = run("publish", YEAR, reviewed.short, "--data", home)
    assert status == 0 and err == "" and stands(home) and "color: red" not in (results(home) / "index.html").read_text("utf-8")
    assert "生成通报的程序在草稿做成以后更新过；公布的通报、页面和评议单是审阅过的那一份" in out and "pingyi report" in out


def test_publishing_the_same_again_changes_nothing(run, published):
    before = without_runs(published)
    status, out, _ = run("publish", YEAR, draft_of(published).short, "--data", published)
    assert status == 0 and "没有变化" in out
    assert without_runs(published) == before


def test_a_reviewed_year_is_frozen_and_a_reason_revises_it(run, published):
    old = contents(results(published))
    write_rows(published, "given/scores.csv", OTHER_SCORES)
    status, _, err = run("yearly", YEAR, "--data", published)
    assert status == 3 and "冻结" in err and draft_of(published).short in err and "理由" in err and "Traceback" not in err
    assert contents(results(published)) == old
    # The draft waits, to be published by its hash; that needs a reason as well.
    assert run("publish", YEAR, draft_of(published).short, "--data", published)[0] == 3
    assert contents(results(published)) == old
    status, out, _ = run("publish", YEAR, draft_of(published).short, "--reason", "给分有误", "--data", published)
    kept = published / "publications" / str(YEAR) / "1"
    assert status == 0 and str(kept) in out
    assert contents(kept) == old and stands(published) and contents(results(published)) != old
    listed = read_publications(Home(published), YEAR)
    assert [(entry.number, entry.reason, entry.reviewed) for entry in listed] == [(1, "", True), (2, "给分有误", True)]


def test_in_one_go_a_reason_revises_a_reviewed_year_and_the_same_again_is_no_revision(run, published):
    old = contents(results(published))
    write_rows(published, "given/scores.csv", OTHER_SCORES)
    assert run("yearly", YEAR, "--reason", "给分有误", "--data", published)[0] == 0
    assert contents(published / "publications" / str(YEAR) / "1") == old
    new = contents(results(published))
    assert new != old and [entry.reviewed for entry in read_publications(Home(published), YEAR)] == [True, False]
    status, out, _ = run("yearly", YEAR, "--data", published)
    assert status == 0 and "没有变化" in out
    assert contents(results(published)) == new and len(read_publications(Home(published), YEAR)) == 2


def test_reproduce_gives_the_same_with_other_code_too_and_changes_nothing(run, published, monkeypatch):
    before = without_runs(published)
    for name in ("drafts.tables_code", "manifest.tables_code", "drafts.documents_code", "manifest.documents_code"):
        monkeypatch.setattr(f"flows.results.{name}", lambda: "that of a later version")
    status, out, err = run("reproduce", "--data", published)
    assert status == 0 and err == "" and f"复算了 {YEAR} 年，与公布的逐字节相同" in out
    assert without_runs(published) == before


def test_an_input_that_has_moved_since_is_the_alarm_and_documents_are_compared_even_so(run, published):
    write_rows(published, "given/scores.csv", OTHER_SCORES)
    status, _, err = run("reproduce", "--data", published)
    assert status == 3 and f"{published}/{GIVEN} 改过" in err and "Traceback" not in err
    assert "由公布的各表重新生成，逐字节相同" in err and f"{YEAR} 年的各表没有复算" in err


def forge(home, name, content):
    """Changes a published table, and everything that a forger can make agree with it."""
    folder = results(home)
    thaw(home)
    path = folder / "tables" / name
    path.write_bytes(content(path.read_bytes()))
    manifest = folder / "manifest.json"
    told = json.loads(manifest.read_text(encoding="utf-8"))
    for table in told["tables"]:
        for kind in ("csv", "parquet"):
            table[f"{kind}_sha256"] = sha256_of(folder / "tables" / f"{table['table']}.{kind}")
    manifest.write_text(json.dumps(told, ensure_ascii=False, indent=1) + "\n", encoding="utf-8")
    old = read_record(Home(home), YEAR).publications[-1]
    record_path(Home(home), YEAR).unlink()
    Home(home).heads.unlink()
    add_to_record(Home(home), YEAR, Record(), replace(old, sha256=sha256_of(manifest)))


def test_a_file_beside_what_was_consulted_switches_nothing_off(run, published):
    note = published / "reference" / str(YEAR) / "note.txt"
    note.parent.mkdir(parents=True)
    note.write_text("x", encoding="utf-8")
    status, out, _ = run("reproduce", "--data", published)
    assert status == 0 and f"复算了 {YEAR} 年，与公布的逐字节相同" in out and f"{note} 是公布以后新到的" in out
    # Even what agrees with record, manifest and itself does not come out of the inputs.
    forge(published, "annex_bureau.csv", lambda table: table.replace(b"1", b"2", 1))
    assert read_status(Home(published), datetime.now(UTC)).good
    status, _, err = run("reproduce", "--data", published)
    assert status == 3 and f"{YEAR} 年：tables/annex_bureau.csv 不同" in err and f"{note} 是公布以后新到的" in err


def test_a_template_that_moved_is_an_alarm_and_the_tables_are_compared_even_so(run, published):
    template = published / "bulletin" / "bulletin.txt"
    template.parent.mkdir()
    template.write_text("标题：另一个标题\n\n正文。\n", encoding="utf-8")
    status, _, err = run("reproduce", "--data", published)
    assert status == 3 and "通报的模板有了变动" in err and f"{template} 是新到的" in err
    assert "tables/" not in err and "index.html" not in err


@pytest.mark.parametrize("gone", ["link", "year"])
def test_reproduce_tells_of_a_published_year_that_is_gone(run, published, gone):
    results(published).unlink()
    if gone == "year":
        remove(published / "publications")
    status, _, err = run("reproduce", "--data", published)
    assert status == 3 and ("不见了" in err) and str(YEAR) in err


def test_reproduce_finds_results_that_somebody_touched(run, published):
    thaw(published)
    table = results(published).resolve() / "tables" / "annex_bureau.csv"
    table.write_bytes(table.read_bytes().replace(b"1", b"2", 1))
    status, _, err = run("reproduce", "--data", published)
    assert status == 3 and f"{table} 被改动过" in err and "Traceback" not in err


def test_reproduce_names_the_tables_that_other_models_give(run, published, tmp_path, monkeypatch):
    altered = shutil.copytree(SQL, tmp_path / "sql")
    model = altered / "published" / "group_summary.sql"
    text = model.read_text(encoding="utf-8")
    assert text.count("figures.sd ") == 1
    model.write_text(text.replace("figures.sd ", "cast(figures.sd + 0.01 as decimal(9, 2)) as sd "), encoding="utf-8")
    # Its gates would not let it publish, but those are of the same version as its models.
    shutil.rmtree(altered / "gates")
    monkeypatch.setattr("flows.evaluate.evaluation.SQL", altered)
    monkeypatch.setattr("flows.evaluate.pipeline.SQL", altered)
    before = without_runs(published)
    status, _, err = run("reproduce", "--data", published)
    assert status == 3 and f"{YEAR} 年：tables/group_summary.csv 不同" in err and "composite_scores" not in err
    assert without_runs(published) == before


# By which the manifest may differ from the one that was published, and by which it may not.
_MANIFEST = {
    "year": YEAR,
    "scheme": {},
    "inputs": [],
    "consulted": {},
    "tables": [],
    "files": {},
    "warnings": [],
    "code": {"tables_sha256": "old"},
    "steps": [{"model": "a", "sha256": "old", "rows": 1}],
}


@pytest.mark.parametrize(
    ("made", "expected"),
    [
        ({}, []),
        ({"manifest.json": json.dumps(_MANIFEST | {"code": {"tables_sha256": "new"}, "steps": []})}, []),
        ({"manifest.json": json.dumps(_MANIFEST | {"warnings": ["无中生有"]})}, ["manifest.json 中程序和密钥以外的内容不同"]),
        # Another key hid the persons, and all else is the same.
        ({"manifest.json": json.dumps(_MANIFEST | {"key": "0123456789abcdef"})}, []),
        ({"tables/a.csv": "2"}, ["tables/a.csv 不同"]),
        ({"tables/a.csv": None}, ["公布的 tables/a.csv 没有复算出来"]),
        ({"tables/b.csv": "1"}, ["复算出的 tables/b.csv 没有公布过"]),
        ({"tables/a.csv": "1\n", "b.xlsx": "1"}, ["复算出的 b.xlsx 没有公布过", "tables/a.csv 不同"]),
    ],
)
def test_each_file_that_comes_out_otherwise_is_named(tmp_path, made, expected):
    files = {"manifest.json": json.dumps(_MANIFEST), "tables/a.csv": "1"}
    for folder, content in (("published", files), ("made", files | made)):
        for name, text in content.items():
            if text is not None:
                (tmp_path / folder / name).parent.mkdir(parents=True, exist_ok=True)
                (tmp_path / folder / name).write_text(text, encoding="utf-8")
    compared = compare(tmp_path / "made", YEAR, tmp_path / "published")
    assert list(compared.alarms) == [f"{YEAR} 年：{sentence}" for sentence in expected] and not compared.of_other_code


@pytest.mark.parametrize(
    ("code", "made", "alarms", "notes"),
    [
        # The same program makes everything as it was published.
        ({}, {"index.html": "2", "tables/b.csv": "1"}, ["index.html 不同", "复算出的 tables/b.csv 没有公布过"], []),
        # A style that has changed since changes documents, and no table.
        ({"documents_sha256": "new"}, {"index.html": "2", "sites/a.html": "1"}, [], ["index.html", "sites/a.html"]),
        ({"documents_sha256": "new"}, {"tables/a.csv": "2", "tables.xlsx": "2"}, ["tables.xlsx 不同", "tables/a.csv 不同"], []),
        # Other models may bring tables; those that were published must come out as they were.
        ({"tables_sha256": "new"}, {"tables/b.csv": "1", "tables.xlsx": "2"}, [], ["tables.xlsx", "tables/b.csv"]),
        ({"tables_sha256": "new"}, {"tables/a.csv": "2", "index.html": "2"}, ["tables/a.csv 不同"], ["index.html"]),
        ({"tables_sha256": "new"}, {"tables/a.csv": None}, ["公布的 tables/a.csv 没有复算出来"], []),
    ],
)
def test_what_differs_as_the_program_does_is_no_alarm(tmp_path, code, made, alarms, notes):
    files = {"tables/a.csv": "1", "tables.xlsx": "1", "index.html": "1"}
    old = _MANIFEST | {"code": {"version": "0.1.0", "tables_sha256": "old", "documents_sha256": "old"}}
    new = old | {"code": old["code"] | code}
    for folder, manifest, content in (("published", old, files), ("made", new, files | made)):
        for name, text in {"manifest.json": json.dumps(manifest), **content}.items():
            if text is not None:
                (tmp_path / folder / name).parent.mkdir(parents=True, exist_ok=True)
                (tmp_path / folder / name).write_text(text, encoding="utf-8")
    compared = compare(tmp_path / "made", YEAR, tmp_path / "published")
    assert list(compared.alarms) == [f"{YEAR} 年：{sentence}" for sentence in alarms]
    sentences = compared.of_other_code
    assert len(sentences) == bool(notes)
    for sentence in sentences:
        assert "版本 0.1.0" in sentence and sentence.endswith(f"随程序而不同的有 {'、'.join(notes)}。")


def test_reproduce_of_a_home_without_publications_ends_with_2(run, home):
    status, _, err = run("reproduce", "--data", home)
    assert status == 2 and "还没有公布过任何年度" in err


def message_of(state):
    """What an operator reads on the run, which never is a stack of frames."""
    assert "Traceback" not in state.message and 'File "' not in state.message, state.message
    return state.message


def test_a_refused_file_fails_the_run_in_a_sentence(on_server, home):
    from flows.on_prefect import draft

    (home / GIVEN).write_text("<html>登录</html>", encoding="utf-8")
    state = draft(YEAR, str(home), return_state=True)
    assert state.is_failed() and f"raw/{YEAR}/given/scores.csv" in message_of(state)
    record = read_runs(Home(home))[0]
    assert (record.what, record.outcome) == ("draft", FAILED) and message_of(state).startswith(record.sentence)


def test_a_stale_hash_fails_the_run_in_a_sentence(on_server, home):
    from flows.on_prefect import publish

    state = publish("0123456789ab", YEAR, "", str(home), return_state=True)
    assert state.is_failed() and "不是 0123456789ab" in message_of(state)


def test_a_run_with_warnings_is_completed_under_a_name_of_its_own(on_server, home):
    from flows.on_prefect import draft

    write_rows(home, "given/scores.csv", [*SCORES, ["nobody else", "50"]])
    state = draft(YEAR, str(home), return_state=True)
    warnings, changed = state.result().warnings, state.result().changes
    assert f"given 有 2 行不合格，已放入 quarantine/{YEAR}/given.csv。" in warnings
    assert state.is_completed() and state.name == WITH_WARNINGS and f"有 {len(warnings)} 条提示" in message_of(state)
    assert draft_of(home).short in state.message and read_runs(Home(home))[0].outcome == WARNINGS
    assert changed.causes == ("原始文件 given/scores.csv 改过",) and changed.sites == ()


def test_a_fault_that_nobody_foresaw_is_told_in_a_sentence_too(on_server, home, monkeypatch):
    from flows.on_prefect import publish

    def broken(*_, **__):
        raise ZeroDivisionError("division by zero")

    monkeypatch.setattr("flows.publish.publish_draft", broken)
    state = publish(draft_of(home).sha256, YEAR, "", str(home), return_state=True)
    assert state.is_failed() and "意外的错误（ZeroDivisionError: division by zero）" in message_of(state)
    assert read_runs(Home(home))[0].outcome == FAILED and not (home / "results").exists()


def test_a_disk_that_is_full_before_a_run_has_begun_is_told_as_what_it_is(run, home, monkeypatch):
    def full(*_):
        raise OSError(errno.ENOSPC, "No space left on device")

    monkeypatch.setattr("flows.host.runs._line", full)
    status, _, err = run("publish", YEAR, draft_of(home).short, "--data", home)
    assert status == 5 and "磁盘已满" in err and "Traceback" not in err
    assert not (home / "results").exists()
