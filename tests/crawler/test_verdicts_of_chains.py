"""Intermediates that a server leaves out: fetched as carefully as anything else, and trusted for nothing."""

import ssl

import pytest

from flows.crawler.rules import Target
from flows.crawler.run import crawl_night
from flows.crawler.tls import verifying
from tests.crawler.crawling import at, quiet, rules
from tests.crawler.trap import connects
from tests.crawler.verdicts import read_sites

BAD = ("incomplete-expired", "incomplete-other", "incomplete-silent", "incomplete-lost", "incomplete-inside", "incomplete-false",
       "incomplete-stranger", "incomplete-root")  # fmt: skip


def test_nothing_is_asked_over_a_chain_that_is_not_good(crawled, server):
    assert {
        kind: server.paths(f"{kind}.test") for kind in BAD if any(request.secure for request in server.requests(f"{kind}.test"))
    } == {}


def test_an_issuers_certificate_is_fetched_once_a_night_and_over_http(crawled, server):
    asked = server.requests("authority.test")
    paths = [request.path for request in asked]
    assert {path: paths.count(path) for path in ("/middle.cer", "/middle.p7c", "/lower.cer")} == {
        "/middle.cer": 1,
        "/middle.p7c": 1,
        "/lower.cer": 1,
    }
    assert not any(request.secure for request in asked) and "/robots.txt" not in paths


def _crawl(crawled, kind, folder, noon, **used):
    case = crawled.cases[f"{kind}.test"]
    with connects() as made:
        night = crawl_night([Target(case.name, case.address)], folder, rules(**used), quiet, at(noon))
    return set(made), night, read_sites(night.file)[case.name]


def test_no_certificate_leads_into_our_own_network(crawled, server, tmp_path, noon):
    made, _, rows = _crawl(crawled, "incomplete-inside", tmp_path, noon)
    assert made == {("127.0.0.1", server.port)}
    assert (rows["certificate"].verdict, rows["reachable"].verdict) == ("failed", "not made")


@pytest.mark.parametrize("pages", range(1, 9))
def test_what_it_takes_counts_as_requests_and_few_of_them_hold_nothing_against_a_site(crawled, tmp_path, noon, pages):
    _, night, rows = _crawl(crawled, "incomplete", tmp_path, noon, pages=pages)
    assert night.requests <= pages
    assert {check for check, row in rows.items() if row.passed is False} <= {"certificate"}


def test_a_second_kind_of_context_is_not_used_for_other_hosts(crawled, server, tmp_path, noon):
    """The chain of one host says nothing of another's that sends its own."""
    cases = [crawled.cases[f"{kind}.test"] for kind in ("incomplete", "whole", "stranger")]
    night = crawl_night([Target(case.name, case.address) for case in cases], tmp_path, rules(at_once=1), quiet, at(noon))
    sites = read_sites(night.file)
    assert [sites[case.name]["certificate"].verdict for case in cases] == ["failed", "passed", "failed"]
    assert [sites[case.name]["reachable"].verdict for case in cases] == ["passed", "passed", "failed"]


def test_certificates_are_verified_alike_by_every_version_of_python():
    strict = getattr(ssl, "VERIFY_X509_STRICT", 0) | getattr(ssl, "VERIFY_X509_PARTIAL_CHAIN", 0)
    context = verifying()
    assert not context.verify_flags & strict
    assert (context.verify_mode, context.check_hostname) == (ssl.CERT_REQUIRED, True)
