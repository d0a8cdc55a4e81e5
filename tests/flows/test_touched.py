"""Files that the system made and somebody has touched, cut or emptied: a sentence, or no matter at all; never a traceback."""

import shutil

import pytest

from tests.flows.homes import YEAR, thaw

_COMMANDS = {
    "yearly": ["yearly", YEAR, "--reason", "改正"], "draft": ["yearly", YEAR, "--draft"], "nightly": ["nightly", YEAR], "report": ["report", YEAR],
    "publish": ["publish", YEAR, "a" * 12], "reproduce": ["reproduce"], "explain": ["explain", YEAR, "s1"], "status": ["status"],
}  # fmt: skip
# Each with the commands that read it.
_FILES = {
    f"results/{YEAR}/manifest.json": ["draft", "publish", "report", "reproduce", "status"],
    f"results/{YEAR}/tables/composite_scores.parquet": ["explain", "report", "reproduce", "draft"],
    f"results/{YEAR - 1}/tables/composite_scores.parquet": ["explain", "nightly", "draft"],
    f"drafts/{YEAR}/manifest.json": ["status", "publish", "draft"],
    f"publications/{YEAR}/record.jsonl": ["status", "yearly"],
    "warehouse.duckdb": ["status", "explain", "nightly"],
}
# They read a file as the others do, and then evaluate a year: each of them meets each file once, touched in one of the ways.
_EVALUATING = {"yearly", "draft", "nightly", "reproduce"}
_WAYS = {
    "cut": lambda content: content[: len(content) // 2],
    "rubbish": lambda content: b"\xff\xfe{[" + content[::-1],
    "other": lambda content: b"[1]\n",
}


@pytest.fixture(scope="module")
def published(small_published, tmp_path_factory):
    home = shutil.copytree(small_published, tmp_path_factory.mktemp("touched") / "home", symlinks=True)
    shutil.copytree(home / "results" / str(YEAR), home / "results" / str(YEAR - 1))
    return home


@pytest.fixture
def home(published, tmp_path, monkeypatch):
    # No `serve` of this machine has a say in what `status` finds.
    monkeypatch.setenv("PREFECT_HOME", str(tmp_path / "prefect"))
    shutil.copytree(published, tmp_path / "home", symlinks=True)
    return tmp_path / "home"


@pytest.mark.parametrize("way", _WAYS)
@pytest.mark.parametrize("file", _FILES)
def test_every_command_ends_in_words(run, home, file, way):
    path = home / file
    content = _WAYS[way](path.read_bytes())
    here = list(_FILES).index(file) % len(_WAYS) == list(_WAYS).index(way)
    for name in _FILES[file]:
        if name in _EVALUATING and not here:
            continue
        thaw(home)
        path.write_bytes(content)
        status, _, err = run(*_COMMANDS[name], "--data", home)
        assert status in (0, 1, 2, 3), name
        assert "意外的错误" not in err and "Traceback" not in err, (name, err)
        assert status == 0 or name == "status" or err.startswith("错误："), name


def test_what_was_touched_is_named(run, home):
    before = home / f"results/{YEAR - 1}/tables/composite_scores.parquet"
    thaw(home)
    before.write_bytes(b"")
    status, _, err = run("yearly", YEAR, "--data", home)
    assert status == 1 and str(before.parent.parent) in err and before.name in err and "备份" in err
    record = home / f"publications/{YEAR}/record.jsonl"
    record.write_bytes(b"{")
    status, out, _ = run("status", "--data", home)
    assert status == 1 and str(record) in out and "备份" in out
