"""A draft is known by its hash, and every change after it was made is reported before anything is published."""

import json
import os
import shutil

import pytest

from flows.errors import OperatorError, UsageError
from flows.home import Home
from flows.results.drafts import ResultFolder, check_unmoved, damaged_files, draft_by_hash, moved_inputs
from flows.results.manifest import consulted
from flows.results.marks import marked, unmarked
from flows.scheme.file import read_scheme
from tests.flows.homes import YEAR, contents, small_home
from tests.results.results import DOCUMENTS, as_published, sha256, write_draft, write_results

MARKED = {*DOCUMENTS, "validation/index.html"}
DRAFT, RAW, LAST_YEAR = f"drafts/{YEAR}", f"raw/{YEAR}", f"results/{YEAR - 1}/tables/composite_scores.parquet"
PRINTED = f"reference/{YEAR}/printed.csv"


@pytest.fixture
def home(tmp_path):
    home = small_home(tmp_path / "home")
    for name in (LAST_YEAR, PRINTED):
        (home / name).parent.mkdir(parents=True)
        (home / name).write_text("as it was", encoding="utf-8")
    return home


@pytest.fixture
def draft(home):
    return write_draft(home)


def moved(home, draft):
    """All that the refusal names, with paths from the home."""
    with pytest.raises(OperatorError) as refusal:
        check_unmoved(Home(home), read_scheme(Home(home), YEAR), draft)
    assert (
        refusal.value.exit_status == 1 and draft.short in refusal.value.summary and "没有公布任何结果" in refusal.value.summary
    )
    return [fault.replace(f"{home}/", "") for fault in refusal.value.faults]


def write(name, text="moved"):
    def move(home):
        (home / name).parent.mkdir(parents=True, exist_ok=True)
        (home / name).write_text(text, encoding="utf-8")

    return move


def remove(name):
    return lambda home: (home / name).unlink()


def edit(name, old, new):
    def move(home):
        text = (home / name).read_text(encoding="utf-8")
        assert old in text
        (home / name).write_text(text.replace(old, new), encoding="utf-8")

    return move


def rename(name, other):
    return lambda home: (home / name).rename(home / other)


def append_to_the_scheme(home):
    with (home / "schemes" / f"{YEAR}.toml").open("a", encoding="utf-8") as file:
        file.write("# a remark\n")


def test_the_hash_is_that_of_the_manifest(draft):
    assert draft.sha256 == sha256((draft.folder / "manifest.json").read_bytes())
    assert draft.short == draft.sha256[:12]


@pytest.mark.parametrize("digits", [64, 40, 12])
def test_a_draft_is_named_by_its_hash_or_the_first_12_digits_of_it(home, draft, digits):
    assert draft_by_hash(Home(home), YEAR, draft.sha256[:digits]).folder == home / DRAFT


@pytest.mark.parametrize(
    "name",
    [lambda hash: hash[:11], lambda hash: "", lambda hash: hash[:11] + "xyz", lambda hash: hash + "0", lambda hash: hash[1:]],
    ids=["11 digits", "none", "a wrong end", "one too many", "the first left out"],
)
def test_another_name_is_refused_with_the_right_one_in_the_message(home, draft, name):
    with pytest.raises(UsageError) as refusal:
        draft_by_hash(Home(home), YEAR, name(draft.sha256))
    assert draft.short in str(refusal.value) and "没有公布任何结果" in str(refusal.value)
    assert refusal.value.exit_status == 2


def test_the_hash_of_a_draft_that_was_replaced_is_refused(home, draft):
    old = draft.sha256
    new = write_draft(home, "another")
    assert new.sha256 != old
    with pytest.raises(UsageError, match=f"{new.short}，不是 {old}"):
        draft_by_hash(Home(home), YEAR, old)


def test_a_year_without_a_draft_says_how_to_make_one(home):
    with pytest.raises(UsageError, match=f"{YEAR} 年没有草稿.*yearly"):
        draft_by_hash(Home(home), YEAR, "0" * 64)


def test_where_nothing_moved_nothing_is_refused(home, draft):
    check_unmoved(Home(home), read_scheme(Home(home), YEAR), draft)


@pytest.mark.parametrize(
    "name",
    [f"{RAW}/given/.hidden.csv", f"{RAW}/given/~$open.xlsx", f"{RAW}/given/upload.csv.part", f"reference/{YEAR}/.swp",
     "raw/2031/given/scores.csv", "bulletin/2031.txt", "results/2028/tables/composite_scores.parquet", "quarantine/2030/given.csv", "secret.key"],
)  # fmt: skip
def test_what_has_no_say_in_the_results_may_move(home, draft, name):
    write(name)(home)
    check_unmoved(Home(home), read_scheme(Home(home), YEAR), draft)


@pytest.mark.parametrize(
    ("move", "expected"),
    [
        (write(f"{DRAFT}/tables.xlsx"), [f"{DRAFT}/tables.xlsx 被改动过"]),
        (write(f"{DRAFT}/validation/index.html"), [f"{DRAFT}/validation/index.html 被改动过"]),
        (write(f"{DRAFT}/tables/composite_scores.csv"), [f"{DRAFT}/tables/composite_scores.csv 被改动过"]),
        (write(f"{DRAFT}/tables/composite_scores.parquet"), [f"{DRAFT}/tables/composite_scores.parquet 被改动过"]),
        (write(f"{DRAFT}/note.txt"), [f"{DRAFT}/note.txt 是后来放进去的"]),
        (write(f"{DRAFT}/tables/more.csv"), [f"{DRAFT}/tables/more.csv 是后来放进去的"]),
        (write(f"{DRAFT}/validation/manifest.json"), [f"{DRAFT}/validation/manifest.json 是后来放进去的"]),
        (remove(f"{DRAFT}/validation/index.html"), [f"{DRAFT}/validation/index.html 不见了"]),
        (remove(f"{DRAFT}/tables/composite_scores.csv"), [f"{DRAFT}/tables/composite_scores.csv 不见了"]),
        # A draft's documents carry its mark: neither they nor what is kept without it may move.
        (edit(f"{DRAFT}/index.html", "评议</h1>", "评比</h1>"), [f"{DRAFT}/index.html 被改动过"]),
        (edit(f"{DRAFT}/sites/s1.html", "草稿", "定稿"), [f"{DRAFT}/sites/s1.html 被改动过"]),
        (edit(f"{DRAFT}/validation/index.html", "不得引用", "可以引用"), [f"{DRAFT}/validation/index.html 被改动过"]),
        (write(f"{DRAFT}/index.html", DOCUMENTS["index.html"].replace("评议", "评比")), [f"{DRAFT}/index.html 被改动过"]),
        (write(f"{DRAFT}/index.html", DOCUMENTS["index.html"]), [f"{DRAFT}/index.html 被改动过"]),
        (edit(f"{DRAFT}/bulletin.docx", "不得引用", "可以引用"), [f"{DRAFT}/bulletin.docx 被改动过"]),
        (edit(f"{DRAFT}/.final/bulletin.docx", "通报", "通知"), [f"{DRAFT}/bulletin.docx 被改动过"]),
        (remove(f"{DRAFT}/.final/bulletin.pdf"), [f"{DRAFT}/bulletin.pdf 被改动过"]),
        (remove(f"{DRAFT}/bulletin.pdf"), [f"{DRAFT}/bulletin.pdf 不见了"]),
        (remove(f"{DRAFT}/.final/marks.json"), [f"{DRAFT}/bulletin.docx 被改动过", f"{DRAFT}/bulletin.pdf 被改动过"]),
        (write(f"{DRAFT}/.final/marks.json", "{"), [f"{DRAFT}/bulletin.docx 被改动过", f"{DRAFT}/bulletin.pdf 被改动过"]),
        (
            lambda home: shutil.rmtree(home / DRAFT / ".final"),
            [
                f"{DRAFT}/{name} 被改动过"
                for name in ("bulletin.docx", "bulletin.pdf", "index.html", "sites/s1.html", "validation/index.html")
            ],
        ),
        (write(f"{RAW}/given/late.csv"), [f"原始文件 {RAW}/given/late.csv 是新到的"]),
        (write(f"{RAW}/claimed_verified/first.csv"), [f"原始文件 {RAW}/claimed_verified/first.csv 是新到的"]),
        (remove(f"{RAW}/given/scores.csv"), [f"原始文件 {RAW}/given/scores.csv 不见了"]),
        (write(f"{RAW}/given/scores.csv"), [f"原始文件 {RAW}/given/scores.csv 改过"]),
        (
            rename(f"{RAW}/given/scores.csv", f"{RAW}/given/other.csv"),
            [f"原始文件 {RAW}/given/other.csv 是新到的", f"原始文件 {RAW}/given/scores.csv 不见了"],
        ),
        (write(f"{RAW}/sites.csv"), [f"原始文件 {RAW}/sites.csv 改过"]),
        (remove(f"{RAW}/sites.csv"), [f"原始文件 {RAW}/sites.csv 不见了"]),
        (append_to_the_scheme, [f"方案 schemes/{YEAR}.toml 改过"]),
        (write(PRINTED), [f"{PRINTED} 改过"]),
        (remove(PRINTED), [f"{PRINTED} 不见了"]),
        (write(f"bulletin/{YEAR}.txt"), [f"bulletin/{YEAR}.txt 是新到的"]),
        (write("bulletin/bulletin.txt"), ["bulletin/bulletin.txt 是新到的"]),
        (write(f"reference/{YEAR}/more.csv"), [f"reference/{YEAR}/more.csv 是新到的"]),
        (write(LAST_YEAR), [f"{LAST_YEAR} 改过"]),
        (remove(LAST_YEAR), [f"{LAST_YEAR} 不见了"]),
    ],
)
def test_what_moved_is_named(home, draft, move, expected):
    move(home)
    assert moved(home, draft) == expected


def test_last_years_results_that_came_afterwards_are_named(home):
    shutil.rmtree(home / "results")
    draft = write_draft(home)
    write(LAST_YEAR)(home)
    assert moved(home, draft) == [f"{LAST_YEAR} 是新到的"]


def test_other_code_is_named_unless_it_is_what_is_tried(home, draft, tmp_path, monkeypatch):
    models = tmp_path / "sql"
    models.mkdir()
    monkeypatch.setattr("flows.results.manifest.SQL", models)
    assert moved(home, draft) == ["本系统的程序更新过"]
    assert list(moved_inputs(Home(home), read_scheme(Home(home), YEAR), draft, code=False)) == []


def test_everything_that_moved_is_named_at_once(home, draft):
    for move in (write(f"{DRAFT}/tables.xlsx"), remove(PRINTED), write(f"{RAW}/given/scores.csv"), append_to_the_scheme):
        move(home)
    assert moved(home, draft) == [
        f"{DRAFT}/tables.xlsx 被改动过",
        f"方案 schemes/{YEAR}.toml 改过",
        f"原始文件 {RAW}/given/scores.csv 改过",
        f"{PRINTED} 不见了",
    ]


def test_a_raw_file_is_known_by_its_content_and_not_by_its_time(home, draft):
    os.utime(home / RAW / "given" / "scores.csv", (0, 0))
    check_unmoved(Home(home), read_scheme(Home(home), YEAR), draft)


def test_results_that_stand_are_held_against_their_manifest_too(home):
    standing = write_results(home / "results" / str(YEAR), home)
    assert list(damaged_files(standing)) == []
    write(f"results/{YEAR}/tables/composite_scores.csv")(home)
    assert list(damaged_files(standing)) == [f"{home}/results/{YEAR}/tables/composite_scores.csv 被改动过"]


def test_a_manifest_that_was_touched_gives_another_hash(home, draft):
    content = draft.manifest | {"warnings": ["nothing to see"]}
    before = draft.sha256
    (draft.folder / "manifest.json").write_text(json.dumps(content, ensure_ascii=False), encoding="utf-8")
    with pytest.raises(UsageError):
        draft_by_hash(Home(home), YEAR, before)


def test_every_document_of_a_draft_says_so_by_its_number_and_its_tables_are_as_they_will_be(draft):
    words = f"草稿 {draft.short}，尚未公布，不得引用"
    published = as_published(draft)
    for name in published:
        content = (draft.folder / name).read_bytes()
        assert (words.encode() in content, content == published[name]) == (
            (True, False) if name in MARKED else (False, True)
        ), name
    assert words.encode() not in b"".join(path.read_bytes() for path in (draft.folder / ".final").iterdir())


def test_what_is_published_of_a_draft_is_what_its_manifest_names(draft, tmp_path):
    draft.write_published(tmp_path / "fresh")
    assert contents(tmp_path / "fresh") == as_published(draft)
    assert list(damaged_files(ResultFolder(tmp_path / "fresh"))) == []


PAGES = [
    "<html><head><title>评议</title></head><body>\n<h1>评议</h1></body></html>",
    # Texts that look like what the mark stands at, and like the mark itself.
    "<title>【草稿】一份草稿</title><body>\n<p>草稿 0123456789ab，尚未公布，不得引用</p><title><body>\n",
    "<title></title>\r\n<body>\n",
]


@pytest.mark.parametrize("page", PAGES)
def test_a_page_without_its_mark_is_the_page_of_before(page):
    once = marked(page.encode(), "0123456789ab")
    assert once != page.encode() and once.count("草稿 0123456789ab，尚未公布，不得引用</aside>".encode()) == 1
    assert unmarked(once, "0123456789ab") == page.encode()
    # Marked by another number it is another page, which nobody takes for this one.
    assert unmarked(marked(page.encode(), "ba9876543210"), "0123456789ab") != page.encode()


@pytest.mark.parametrize("name", ["manifest.json", ".final/marks.json"])
def test_a_pipe_in_the_place_of_a_file_keeps_nobody_waiting(draft, name):
    (draft.folder / name).unlink()
    os.mkfifo(draft.folder / name)
    fresh = ResultFolder(draft.folder)
    if name == "manifest.json":
        with pytest.raises(OperatorError, match="是管道"):
            list(damaged_files(fresh))
    else:
        assert any("bulletin.docx" in line for line in damaged_files(fresh))


def test_a_file_beside_whose_name_is_no_text_is_refused_by_its_name(home):
    (home / "reference" / str(YEAR) / "\udcb9.csv").touch()
    with pytest.raises(OperatorError, match=r"\\xb9.csv：名称里有不是 UTF-8 文字的字节"):
        consulted(Home(home), YEAR)
