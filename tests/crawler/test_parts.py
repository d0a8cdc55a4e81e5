"""A night that several machines share: parts of it side by side, a host asked once an interval all the same, nothing crawled twice."""

import asyncio
import json
import threading
import time
from collections import Counter
from datetime import timedelta

import pytest

from flows.crawler.parts import Part
from flows.crawler.politeness import Politeness
from flows.crawler.rules import Target
from flows.crawler.run import crawl_night
from flows.crawler.turns import SharedPoliteness
from flows.errors import HeldError, UsageError
from flows.home import Home
from flows.host.lock import only_crawler
from tests.crawler.answers import behind
from tests.crawler.crawling import at, quiet, rules, start_alone
from tests.crawler.verdicts import read_sites

PARTS = [Part(number, 3) for number in (1, 2, 3)]


@pytest.mark.parametrize("written", ["", "2", "0/3", "4/3", "1/0", "-1/3", "1/3/5", "a/b", "１/３x"])
def test_what_is_no_part_is_refused_in_words(written):
    with pytest.raises(UsageError, match="第几/共几"):
        Part.read(written)


def test_every_site_is_in_one_part_and_sites_of_one_host_are_in_the_same():
    targets = [Target(f"{number}-{path}", f"http://s{number}.test/{path}") for number in range(300) for path in ("a", "b")]
    targets += [Target("none", "http://"), Target("odd", "http://[::x]/")]
    found = {target.site_id: [part.number for part in PARTS if part.has(target)] for target in targets}
    assert all(len(numbers) == 1 for numbers in found.values())
    assert all(found[f"{number}-a"] == found[f"{number}-b"] for number in range(300))
    assert min(Counter(number for (number,) in found.values()).values()) > 120


def _targets(stage, server, name, count):
    names = [f"{name}{number}.test" for number in range(count)]
    for each in names:
        server.hosts[each] = stage.healthy(each)
    return [Target(each, stage.url(each)) for each in names]


def _content(sites):
    """What the checks of a site say, but for what is measured in seconds."""
    return {site: {check: (row.passed, row.url, row.not_made) for check, row in rows.items()} for site, rows in sites.items()}


def _files(folder):
    return sorted(path.name for path in folder.iterdir())


@pytest.mark.slow
def test_three_processes_at_once_find_what_one_finds(server, stage, tmp_path, noon):
    targets = _targets(stage, server, "third", 12)
    whole, parts, turns = tmp_path / "whole", tmp_path / "parts", tmp_path / "turns"
    crawl_night(targets, whole, rules(), quiet, at(noon))
    used = rules(interval=0.01, turns=str(turns))
    running = [start_alone([target for target in targets if part.has(target)], parts, used, noon, part.name) for part in PARTS]
    assert sum(each.finish()["crawled"] for each in running) == 12
    assert _files(parts) == [f"night-{noon.date()}.{part.name}.parquet" for part in PARTS]
    found = {}
    for file in parts.iterdir():
        found |= read_sites(file)
    assert _content(found) == _content(read_sites(whole / f"night-{noon.date()}.parquet"))
    # The whole night then has nothing to do.
    before = len(server.log)
    night = crawl_night(targets, parts, rules(), quiet, at(noon))
    assert (night.crawled, night.already, len(server.log)) == (0, 12, before)


@pytest.mark.slow
def test_what_a_killed_part_left_is_done_by_its_next_start_or_by_the_whole_night(server, stage, tmp_path, noon):
    targets = [target for target in _targets(stage, server, "lost", 30) if PARTS[0].has(target)]
    gate, (stuck, *others) = threading.Event(), targets
    host = server.hosts[stuck.site_id]
    server.hosts[stuck.site_id] = host.but({"/": behind(gate, host.paths["/"])})
    alone = start_alone(targets, tmp_path, rules(at_once=2, deadline=30), noon, PARTS[0].name)
    journal = tmp_path / f".night-{noon.date()}.{PARTS[0].name}.jsonl.part"
    until = time.monotonic() + 60
    while not journal.exists() or journal.read_bytes().count(b"\n") < len(others):
        assert time.monotonic() < until
        time.sleep(0.05)
    alone.process.kill()
    alone.process.communicate()
    gate.set()
    # Another part leaves it alone, for its machine may be at work on it.
    crawl_night([], tmp_path, rules(), quiet, at(noon), PARTS[1].name)
    assert journal.exists()
    night = crawl_night(targets, tmp_path, rules(), quiet, at(noon + timedelta(hours=1)))
    assert (night.crawled, night.already) == (1, len(others))
    assert _files(tmp_path) == [f"night-{noon.date()}.{PARTS[0].name}.parquet", f"night-{noon.date()}.parquet"]


def test_parts_go_on_side_by_side_and_none_beside_the_whole_or_itself(tmp_path):
    home, told = Home(tmp_path), []

    def crawler(part=""):
        return only_crawler(home, f"crawl {part}", 0, told.append, part)

    with crawler("1of3"), crawler("2of3"):
        for part in ("", "1of3"):
            with pytest.raises(HeldError, match="正被占用"), crawler(part):
                pass
        with crawler("3of3"):
            pass
    with crawler(), pytest.raises(HeldError), crawler("1of3"):
        pass
    with crawler():
        pass


def test_two_crawls_ask_a_host_in_turn(tmp_path):
    async def turns():
        first, second = (SharedPoliteness(1.0, tmp_path / "turns") for _ in range(2))
        return [crawl.turn("a.test", 0) for crawl in (first, second, second, first)], second.turn("b.test", 0)

    waits, other = asyncio.run(turns())
    assert [round(wait) for wait in waits] == [0, 1, 2, 3] and other == 0


def test_what_one_is_told_all_obey_until_the_night_is_over(tmp_path, monkeypatch):
    async def told():
        first, second = (SharedPoliteness(1.0, tmp_path / "turns") for _ in range(2))
        first.pause("later.test", 20)
        first.pause("never.test", float("inf"))
        soon = second.waiting("later.test"), second.waiting("never.test"), second.waiting("free.test")
        tomorrow = time.time() + 13 * 3600
        monkeypatch.setattr("flows.crawler.turns.time.time", lambda: tomorrow)
        third = SharedPoliteness(1.0, tmp_path / "turns")
        return soon, third.waiting("never.test")

    (later, never, free), tomorrow = asyncio.run(told())
    assert 19 < later <= 20 and never == float("inf") and free == 0 and tomorrow == 0


@pytest.mark.parametrize("text", ["", "{", "[]", '{"a.test": 1}', "\x00\x00"])
def test_a_file_of_turns_that_was_cut_off_says_nothing(tmp_path, text):
    async def turn():
        crawl = SharedPoliteness(1.0, tmp_path / "turns")
        crawl.turn("a.test", 0)
        (file,) = (tmp_path / "turns").iterdir()
        file.write_text(text)
        return SharedPoliteness(1.0, tmp_path / "turns").turn("a.test", 0), json.loads(file.read_bytes())

    waited, known = asyncio.run(turn())
    assert waited == 0 and list(known) == ["a.test"]


def test_alone_it_waits_as_politeness_does(tmp_path):
    async def waits(politeness):
        return [round(politeness.turn(host, delay), 1) for host, delay in (("a", 0), ("a", 3), ("b", 0), ("a", 0))]

    async def both():
        return await waits(Politeness(1.0)), await waits(SharedPoliteness(1.0, tmp_path / "turns"))

    alone, shared = asyncio.run(both())
    assert alone == shared == [0, 3, 0, 4]
