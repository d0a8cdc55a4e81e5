"""Addresses in the register that lead into our own network reach nothing, and nothing stops at them."""

import socket

from flows.crawler.rules import ColumnAddress, Target
from flows.crawler.run import crawl_night
from flows.datasets.checks import CHECKS
from tests.crawler.crawling import at, quiet, rules
from tests.crawler.payloads import broken, forbidden, loopback
from tests.crawler.trap import connects
from tests.crawler.verdicts import read_sites


def _crawl(addresses, folder, noon, **used):
    targets = [Target(f"p{number:03}", address) for number, address in enumerate(addresses)]
    night = crawl_night(targets, folder, rules(open_loopback=False, **used), quiet, at(noon))
    sites = read_sites(night.file)
    assert sorted(sites) == [target.site_id for target in targets]
    return {target.url: sites[target.site_id] for target in targets}


def test_no_register_address_reaches_our_own_network(names, trap, tmp_path, noon):
    addresses = [*forbidden(trap.port), *loopback(trap.port), *forbidden(80), *loopback(443)]
    assert len(set(addresses)) > 200
    with connects() as made:
        found = _crawl(addresses, tmp_path, noon)
    assert (made, trap.visitors()) == ([], 0)
    assert [address for address, rows in found.items() if any(row.passed for row in rows.values())] == []


def test_the_trap_would_have_been_reached(trap):
    with connects() as made, socket.create_connection(("127.0.0.1", trap.port)):
        pass
    assert made == [("127.0.0.1", trap.port)] and trap.visitors() == 1


def test_the_same_addresses_are_reached_where_the_rules_open_loopback(trap, tmp_path, noon):
    target = Target("s1", f"http://127.0.0.1:{trap.port}/")
    crawl_night([target], tmp_path, rules(deadline=0.5), quiet, at(noon))
    assert trap.visitors() > 0


def test_a_register_address_that_is_none_stops_nothing(names, tmp_path, noon):
    with connects() as made:
        found = _crawl(broken(), tmp_path, noon)
    assert made == []
    assert {row.passed for rows in found.values() for row in rows.values()} <= {None, False}
    assert all(rows["reachable"].said.strip() for rows in found.values())


def test_numbers_are_refused_before_anyone_is_asked(monkeypatch, tmp_path, noon):
    asked = []
    monkeypatch.setattr(socket, "getaddrinfo", lambda host, *rest, **more: asked.append(host) or [])
    hosts = ("2130706433", "0x7f.1", "0177.0.0.1", "127.1", "0x7f000001", "127.0.0.1.", "10.1", "10。1")
    _crawl([f"http://{host}/" for host in hosts], tmp_path, noon)
    assert asked == []


def test_a_name_that_leads_inside_is_not_called_down(names, tmp_path, noon):
    """The address is refused by us; whether the site is up nobody knows. What is known is said."""
    rows = _crawl(["http://inside.example/"], tmp_path, noon)["http://inside.example/"]
    assert "10.1.2.3" in rows["reachable"].said or "inside.example" in rows["reachable"].said
    assert [check for check in CHECKS if rows[check].passed] == []


def test_names_that_do_not_exist_are_held_against_the_site_and_trouble_of_the_resolver_is_not(monkeypatch, tmp_path, noon):
    faults = {"gone.example": socket.EAI_NONAME, "trouble.example": socket.EAI_AGAIN}

    def look_up(host, *rest, **more):
        raise socket.gaierror(faults[host], "resolver")

    monkeypatch.setattr(socket, "getaddrinfo", look_up)
    found = _crawl(["http://gone.example/", "http://trouble.example/"], tmp_path, noon)
    assert found["http://gone.example/"]["reachable"].verdict == "failed"
    assert {row.verdict for row in found["http://trouble.example/"].values()} == {"not made"}


def test_columns_of_the_register_are_addresses_like_others(names, trap, tmp_path, noon, server, stage):
    server.hosts["lists.test"] = stage.healthy("lists.test")
    addresses = [*forbidden(trap.port), *broken()]
    columns = tuple(ColumnAddress("news", address) for address in addresses)
    target = Target("lists", stage.url("lists.test"), columns)
    with connects() as made:
        night = crawl_night([target], tmp_path, rules(pages=500), quiet, at(noon))
    rows = read_sites(night.file)["lists"]
    assert set(made) == {("127.0.0.1", server.port)} and trap.visitors() == 0
    assert (rows["reachable"].verdict, rows["empty_columns"].verdict, rows["stale_columns"].verdict) == (
        "passed",
        "not made",
        "not made",
    )
