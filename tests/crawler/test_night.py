"""The night's file: what is in it, what a second start adds, and what it never asks for again."""

from datetime import UTC, timedelta
from itertools import count

import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from flows.crawler.rules import Target
from flows.crawler.run import crawl_night
from flows.datasets.checks import CHECKS
from tests.crawler.answers import text
from tests.crawler.crawling import at, quiet, rules
from tests.crawler.fault_server import Host
from tests.crawler.trap import connects
from tests.crawler.verdicts import read_rows, read_sites

SCHEMA = [
    ("site", pa.string()), ("checked_at", "timestamp with UTC"), ("check", pa.string()), ("passed", pa.bool_()), ("url", pa.string()),
    ("value", pa.decimal128(18, 6)), ("detail", pa.string()), ("not_made", pa.string()),
]  # fmt: skip

_TESTS = count()


@pytest.fixture
def targets(server, stage):
    """Three sites of this test's own."""
    test = next(_TESTS)
    names = [f"{letter}{test}.night.test" for letter in "cab"]
    server.hosts.update({name: stage.healthy(name) for name in names})
    return [Target(name, stage.url(name)) for name in names]


def _names(folder):
    return sorted(path.name for path in folder.iterdir())


def test_the_file_is_in_the_contracts_form(targets, tmp_path, noon):
    folder = tmp_path / "raw" / "2026" / "crawl"
    night = crawl_night(targets, folder, rules(), quiet, at(noon))
    assert night.file == folder / f"night-{noon.date()}.parquet" and night.day == noon.date()
    schema = pq.read_schema(night.file)
    found = [(field.name, field.type) for field in schema]
    times = schema.field("checked_at").type
    assert pa.types.is_timestamp(times) and times.tz in ("UTC", "+00:00")
    assert [(name, "timestamp with UTC" if name == "checked_at" else _plain(kind)) for name, kind in found] == SCHEMA


def _plain(kind):
    return pa.string() if pa.types.is_large_string(kind) or pa.types.is_string_view(kind) else kind


def test_rows_are_sorted_by_site_and_check(targets, tmp_path, noon):
    rows = read_rows(crawl_night(targets, tmp_path, rules(), quiet, at(noon)).file)
    assert [(row.site, row.check) for row in rows] == [
        (site, check) for site in sorted(t.site_id for t in targets) for check in CHECKS
    ]
    assert {row.checked_at for row in rows} == {noon.astimezone(UTC)}


def test_nothing_but_the_file_is_left_in_the_folder(targets, tmp_path, noon):
    crawl_night(targets, tmp_path, rules(), quiet, at(noon))
    assert _names(tmp_path) == [f"night-{noon.date()}.parquet"]


def test_a_second_start_of_a_finished_night_asks_nobody_anything(targets, server, stage, tmp_path, noon):
    server.hosts["asked.test"] = Host({}, text("ok"))
    used = rules(canaries=(stage.url("asked.test"),))
    first = crawl_night(targets, tmp_path, used, quiet, at(noon))
    content = first.file.read_bytes()
    with connects() as made:
        second = crawl_night(targets, tmp_path, used, quiet, at(noon + timedelta(hours=3)))
    assert made == []
    assert (first.crawled, first.already, first.left) == (3, 0, 0)
    assert (second.crawled, second.already, second.left, second.requests, second.line_down) == (0, 3, 0, 0, False)
    assert second.file == first.file and first.file.read_bytes() == content


def test_a_site_that_is_new_in_the_register_is_added_to_the_nights_file(targets, server, tmp_path, noon):
    first = crawl_night(targets[:2], tmp_path, rules(), quiet, at(noon))
    before, log = read_rows(first.file), len(server.log)
    second = crawl_night(targets, tmp_path, rules(), quiet, at(noon + timedelta(hours=1)))
    assert (second.crawled, second.already, second.file) == (1, 2, first.file)
    assert sorted(read_sites(second.file)) == sorted(target.site_id for target in targets)
    assert [row for row in read_rows(second.file) if row.site != targets[2].site_id] == before
    assert {request.host for request in server.log[log:]} == {targets[2].site_id}
    assert _names(tmp_path) == [f"night-{noon.date()}.parquet"]


def test_the_next_night_has_a_file_of_its_own(targets, tmp_path, noon):
    first = crawl_night(targets, tmp_path, rules(), quiet, at(noon))
    content = first.file.read_bytes()
    second = crawl_night(targets, tmp_path, rules(), quiet, at(noon + timedelta(days=1)))
    assert (second.crawled, second.already) == (3, 0)
    assert _names(tmp_path) == [f"night-{noon.date()}.parquet", f"night-{noon.date() + timedelta(days=1)}.parquet"]
    assert first.file.read_bytes() == content


def test_the_day_is_that_of_the_sites_and_not_of_the_machine(targets, tmp_path, noon):
    # 00:30 in Shanghai is 16:30 of the day before in UTC
    early = noon.replace(hour=0, minute=30)
    night = crawl_night(targets[:1], tmp_path, rules(), quiet, at(early.astimezone(UTC)))
    assert night.day == noon.date() and night.file.name == f"night-{noon.date()}.parquet"
    assert {row.checked_at for row in read_rows(night.file)} == {early.astimezone(UTC)}


def test_addresses_of_the_rows_are_the_same_every_night(targets, tmp_path, noon):
    nights = [crawl_night(targets, tmp_path, rules(), quiet, at(noon + timedelta(days=days))) for days in (0, 1)]
    one, other = ([(row.site, row.check, row.url) for row in read_rows(night.file)] for night in nights)
    assert one == other
