"""The table of forbidden networks at its edges, and addresses that are refused before anyone is asked."""

import ipaddress
import socket

import pytest
from yarl import URL

from flows.crawler.addresses import ForbiddenAddress, Guard

EARNEST, TEST = Guard(False), Guard(True)

# network: the last open address before it and the first one after it, "-" where the neighbour is forbidden too
EDGES = """
    0.0.0.0/8           -                                        1.0.0.0
    10.0.0.0/8          9.255.255.255                            11.0.0.0
    100.64.0.0/10       100.63.255.255                           100.128.0.0
    127.0.0.0/8         126.255.255.255                          128.0.0.0
    169.254.0.0/16      169.253.255.255                          169.255.0.0
    172.16.0.0/12       172.15.255.255                           172.32.0.0
    192.0.0.0/24        191.255.255.255                          192.0.1.0
    192.0.2.0/24        192.0.1.255                              192.0.3.0
    192.88.99.0/24      192.88.98.255                            192.88.100.0
    192.168.0.0/16      192.167.255.255                          192.169.0.0
    198.18.0.0/15       198.17.255.255                           198.20.0.0
    198.51.100.0/24     198.51.99.255                            198.51.101.0
    203.0.113.0/24      203.0.112.255                            203.0.114.0
    224.0.0.0/3         223.255.255.255                          -
    ::/3                -                                        2000::
    2001::/23           2000:ffff:ffff:ffff:ffff:ffff:ffff:ffff  2001:200::
    2001:db8::/32       2001:db7:ffff:ffff:ffff:ffff:ffff:ffff   2001:db9::
    2002::/16           2001:ffff:ffff:ffff:ffff:ffff:ffff:ffff  2003::
    3fff::/20           3ffe:ffff:ffff:ffff:ffff:ffff:ffff:ffff  3fff:1000::
    4000::/2            3fff:ffff:ffff:ffff:ffff:ffff:ffff:ffff  -
    8000::/1            -                                        -
"""


@pytest.mark.parametrize("line", EDGES.strip().split("\n"))
def test_a_network_is_forbidden_from_its_first_to_its_last_address(line):
    network, before, after = line.split()
    inside = ipaddress.ip_network(network)
    assert not any(EARNEST.allows(str(inside[place])) for place in (0, inside.num_addresses // 2, -1))
    for neighbour in (before, after):
        assert neighbour == "-" or (EARNEST.allows(neighbour) and ipaddress.ip_address(neighbour) not in inside)


@pytest.mark.parametrize("address", ["127.0.0.1", "127.255.255.254", "::1"])
def test_the_tests_open_loopback(address):
    assert TEST.allows(address) and not EARNEST.allows(address)


@pytest.mark.parametrize(
    "address",
    [
        "10.0.0.1",
        "169.254.169.254",
        "::ffff:127.0.0.1",
        "64:ff9b::7f00:1",
        "2002:7f00:1::",
        "fe80::1",
        "2000::1%lo",
        "::",
        "x",
        "",
    ],
)
def test_the_tests_open_nothing_else(address):
    assert not TEST.allows(address)


def test_a_socket_is_only_made_for_what_is_allowed():
    with pytest.raises(ForbiddenAddress):
        EARNEST.socket((socket.AF_INET, socket.SOCK_STREAM, 6, "", ("127.0.0.1", 80)))
    TEST.socket((socket.AF_INET, socket.SOCK_STREAM, 6, "", ("127.0.0.1", 80))).close()


@pytest.mark.parametrize(
    ("address", "own", "open_"),
    [
        ("http://a.example/", None, True), ("https://a.example/", None, True), ("http://a.example:8080/", None, True),
        ("https://a.example:8443/", None, True), ("http://a.example:443/", None, True), ("http://a.example:81/", None, False),
        ("http://a.example:81/", 81, True), ("http://a.example:82/", 81, False), ("http://a.example:22/", None, False),
        ("http://u@a.example/", None, False), ("http://u:p@a.example/", None, False), ("http://:p@a.example/", None, False),
        ("ftp://a.example/", None, False), ("file:///etc/passwd", None, False), ("//a.example/", None, False), ("/a", None, False),
        ("http://8.8.8.8/", None, True), ("http://[2400:3200::1]/", None, True), ("http://10.0.0.1/", None, False),
        ("http://[::ffff:8.8.8.8]/", None, False), ("http://0x8.8.8.8/", None, False), ("http://134744072/", None, False),
        ("http://8.8.2056/", None, False), ("http://08.8.8.8/", None, False), ("http://上海.example/", None, True),
        ("http://a_b.example/", None, True), ("http://1.a.example/", None, True), ("http://a.1/", None, False),
    ],
)  # fmt: skip
def test_an_address_is_looked_at_before_it_is_asked_for(address, own, open_):
    assert (EARNEST.fault(URL(address), own) is None) is open_
