"""Settings that cannot be are refused in a sentence that names them."""

import os

import pytest

from flows.errors import UsageError
from flows.settings import check_allowed, pages_url, read_settings
from tests.flows.homes import small_home


@pytest.mark.parametrize(
    ("variable", "text"),
    [
        *(("PINGYI_THREADS", text) for text in ("0", "-1", "2.5", "nan", "inf", "1e3", "x", "9999999", "²")),
        *(("PINGYI_MEMORY", text) for text in ("8", "GB", "-1GB", "1 PB", "80%", "8GB; drop", "nan")),
        *(("PINGYI_WAIT", text) for text in ("-1", "nan", "inf", "1e99", "ten")),
        *(("PINGYI_CRAWL_INTERVAL", text) for text in ("-0.1", "nan", "x")),
        *(("PINGYI_CRAWL_LOOPBACK", text) for text in ("yes", "2", "true")),
        ("PINGYI_SECRET_FILE", "~nosuchuser/key"),
    ],
)
def test_a_wrong_setting_is_named_with_what_it_should_be(monkeypatch, tmp_path, variable, text):
    monkeypatch.setenv(variable, text)
    with pytest.raises(UsageError, match=variable):
        read_settings(tmp_path)


def test_an_address_that_is_none_is_named(monkeypatch):
    monkeypatch.setenv("PINGYI_PAGES_URL", "javascript:alert(1)")
    with pytest.raises(UsageError, match="PINGYI_PAGES_URL"):
        pages_url()


def test_settings_that_can_be_are_taken(monkeypatch, tmp_path):
    for variable, text in (
        ("PINGYI_THREADS", "4"),
        ("PINGYI_MEMORY", "1.5 gib"),
        ("PINGYI_WAIT", "0"),
        ("PINGYI_CRAWL_LOOPBACK", "1"),
    ):
        monkeypatch.setenv(variable, text)
    settings = read_settings(tmp_path)
    assert (settings.threads, settings.memory, settings.wait, settings.open_loopback) == (4, "1.5 gib", 0, True)


@pytest.mark.parametrize("name", ["a?b", "a\\b"])
def test_a_home_whose_path_no_database_can_have_is_refused_in_words(tmp_path, name):
    with pytest.raises(UsageError, match="改名"):
        read_settings(tmp_path / name)


def test_a_form_names_homes_that_are_allowed_and_nothing_else(monkeypatch, tmp_path):
    served, other, strange = (tmp_path / name for name in ("served", "other", "strange"))
    small_home(served)
    small_home(other)
    strange.mkdir()
    monkeypatch.setenv("PINGYI_DATA", str(served))

    def allowed(path):
        check_allowed(read_settings(path).home)

    allowed(served)
    allowed(other)
    for path in ("/etc", "/", strange, tmp_path / "nowhere", "/proc/self"):
        with pytest.raises(UsageError):
            allowed(path)
    monkeypatch.setenv("PINGYI_HOMES", f"{tmp_path / 'others'}{os.pathsep}{tmp_path / 'o'}")
    allowed(served)
    with pytest.raises(UsageError, match="PINGYI_HOMES"):
        allowed(other)
    (tmp_path / "others").mkdir()
    (tmp_path / "others" / "link").symlink_to(other)
    with pytest.raises(UsageError, match="PINGYI_HOMES"):
        allowed(tmp_path / "others" / "link")
    monkeypatch.setenv("PINGYI_HOMES", str(tmp_path))
    allowed(other)
    with pytest.raises(UsageError, match="不是数据目录"):
        allowed(strange)
    monkeypatch.setattr("os.geteuid", lambda: 12345)
    monkeypatch.delenv("PINGYI_HOMES")
    with pytest.raises(UsageError, match="别的账户"):
        allowed(other)


def test_a_home_whose_path_is_no_text_is_refused_in_words(tmp_path):
    with pytest.raises(UsageError, match=r"\\xff.*不是 UTF-8 文字的字节"):
        read_settings(tmp_path / "\udcff")
