"""The report flow on a real server: the documents of a published year again, and nothing evaluated for it."""

from prefect.client.orchestration import get_client

from flows import on_prefect
from flows.report import report
from flows.results.drafts import ResultFolder, damaged_files
from tests.flows.homes import YEAR, contents, small_home


def test_the_documents_of_a_published_year_are_made_again(evaluate_year, tmp_path):
    home = small_home(tmp_path / "home")
    for name, text in {f"bulletin/{YEAR}.txt": "标题：题\n\n正文。\n", f"reference/{YEAR}/source.txt": "来源"}.items():
        (home / name).parent.mkdir(parents=True)
        (home / name).write_text(text, encoding="utf-8")
    results = evaluate_year(home, YEAR)
    published = contents(results)
    assert report(YEAR, str(home)).already and contents(results) == published
    (home / "bulletin" / f"{YEAR}.txt").write_text("标题：另一个标题\n\n正文。\n", encoding="utf-8")
    tables = {name: content for name, content in contents(results).items() if name.startswith("tables")}
    # Raw files have no say in it any more.
    (home / "raw" / str(YEAR) / "given" / "scores.csv").write_text("broken")
    reported = report(YEAR, str(home))
    made = contents(results)
    assert {"bulletin.docx", "index.html", "sites/s1.html", "sites/s2.html"} <= made.keys()
    assert {name: made[name] for name in tables} == tables
    assert list(damaged_files(ResultFolder(results))) == []
    assert reported.sheets == 2 and reported.folder == results
    again = report(YEAR, str(home))
    assert again.already and contents(results) == made


def test_a_run_that_cannot_be_done_ends_in_a_sentence(on_server, tmp_path):
    home = small_home(tmp_path / "home")
    state = on_prefect.report(YEAR, str(home), return_state=True)
    assert state.is_failed() and state.message.startswith(f"{YEAR} 年还没有公布过结果")
    with get_client(sync_client=True) as client:
        run = client.read_flow_run(state.state_details.flow_run_id)
    assert run.name == f"重做通报 {YEAR}"
