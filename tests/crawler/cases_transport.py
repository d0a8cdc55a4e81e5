"""Redirects and TLS: where a home page leads, and by what certificate."""

from tests.crawler import html
from tests.crawler.answers import page, redirect, status
from tests.crawler.cases_connection import LOST_HOME
from tests.crawler.certificates import DAYS_LEFT
from tests.crawler.fault_server import Host
from tests.crawler.stage import HEALTHY, Case, Stage

# A good site that is on TLS only and says so.
SECURE = f"""
    passed    https https_enforced certificate={DAYS_LEFT} hsts=31536000
"""
YEAR = {"Strict-Transport-Security": "max-age=31536000; includeSubDomains"}
# The answer was a redirect that led nowhere; that much was answered.
LED_ASTRAY = (*LOST_HOME, "unblamed redirects https_enforced")
# Registered with https, and the certificate is not to be trusted: nothing was fetched over TLS.
BAD_TLS = (*LOST_HOME, "failed reachable https certificate \n unblamed https_enforced")


def cases(stage: Stage) -> list[Case]:
    def leads(name: str, location: str, *expected: str, **more) -> Case:
        return Case(name, stage.healthy(name).but({"/": redirect(location)}), expected, **more)

    def chain(name: str, hops: int) -> Host:
        """/ leads to /1, /1 to /2, and so on, as many hops as told."""
        host = stage.healthy(name)
        steps = {("/" if hop == 0 else f"/{hop}"): redirect(f"/{hop + 1}") for hop in range(hops)}
        return host.but({**steps, f"/{hops}": host.paths["/"]})

    def tls(name: str, kind: str, hsts: dict[str, str] | None) -> Host:
        """Over TLS; the plain address leads there."""
        home = page(html.page(body=html.items(stage.today, 2, 5, 9)), hsts)
        return stage.healthy(name, scheme="https").but(
            {"/": home}, tls=kind, plainly=redirect(stage.url(name, "/", "https"), 301)
        )

    def secure(name: str) -> str:
        return stage.url(name, "/", "https")

    def both(name: str, kind: str) -> Host:
        """The same over HTTP and over TLS, where nobody looks after the certificate."""
        return stage.healthy(name).but({}, tls=kind)

    return [
        # redirects
        Case("hops5.test", chain("hops5.test", 5), (HEALTHY, "passed redirects=5")),
        Case("hops6.test", chain("hops6.test", 6), (*LOST_HOME, "failed redirects \n unblamed https_enforced")),
        leads("loop.test", "/", *LOST_HOME, "failed redirects \n unblamed https_enforced"),
        Case(
            "circle.test",
            stage.healthy("circle.test").but({"/": redirect("/a"), "/a": redirect("/b"), "/b": redirect("/a")}),
            (*LOST_HOME, "failed redirects \n unblamed https_enforced"),
        ),
        leads(
            "moved.test",
            stage.url("www.moved.test"),
            HEALTHY,
            "passed redirects=1",
            more={"www.moved.test": stage.healthy("www.moved.test")},
        ),
        leads("private.test", "http://10.0.0.1/", *LED_ASTRAY, says={"reachable": "10.0.0.1"}),
        leads("metadata.test", "http://169.254.169.254/latest/meta-data/", *LED_ASTRAY, says={"reachable": "169.254.169.254"}),
        leads("file.test", "file:///etc/passwd", *LED_ASTRAY, says={"reachable": "file:"}),
        leads("ftp.test", "ftp://ftp.test/pub/", *LED_ASTRAY, says={"reachable": "ftp:"}),
        leads("nowhere.test", "", *LED_ASTRAY),
        # addresses that a register may hold
        Case(
            "deep.test",
            stage.healthy("deep.test").but({"/gov/index.html": page(html.page(body=html.items(stage.today, 2, 5, 9)))}),
            (HEALTHY,),
            address=stage.url("DEEP.test", "/gov/index.html#top"),
        ),
        Case("xn--wmq.test", stage.healthy("xn--wmq.test"), (HEALTHY,), address=stage.url("今.test")),
        # TLS as it should be
        Case("secure.test", tls("secure.test", "valid", YEAR), (HEALTHY, SECURE), address=secure("secure.test")),
        Case("enforced.test", tls("enforced.test", "valid", YEAR), (HEALTHY, SECURE, "passed redirects=1")),
        Case(
            "hsts0.test",
            tls("hsts0.test", "valid", {"Strict-Transport-Security": "max-age=0"}),
            (HEALTHY, SECURE, "failed hsts"),
            address=secure("hsts0.test"),
        ),
        Case(
            "hstsless.test",
            tls("hstsless.test", "valid", None),
            (HEALTHY, SECURE, "failed hsts"),
            address=secure("hstsless.test"),
        ),
        *(
            Case(
                f"hsts-{number}.test",
                tls(f"hsts-{number}.test", "valid", {"Strict-Transport-Security": field}),
                (HEALTHY, SECURE, verdict),
                address=secure(f"hsts-{number}.test"),
            )
            for number, (field, verdict) in enumerate(
                [
                    ("max-age=31536000, includeSubDomains", "failed hsts=none"),
                    ("max-age=1; max-age=2", "failed hsts=none"),
                    ("x-max-age=31536000", "failed hsts=none"),
                    ('includeSubDomains; MAX-AGE="31536000"', ""),
                ]
            )
        ),
        Case(
            "hsts-later.test",
            tls("hsts-later.test", "valid", YEAR).but(
                {"/": redirect("/index.html"), "/index.html": page(html.page(body=html.items(stage.today, 2, 5, 9)), YEAR)}
            ),
            (HEALTHY, SECURE, "passed redirects=1"),
            address=secure("hsts-later.test"),
        ),
        Case(
            "only-tls.test",
            tls("only-tls.test", "valid", YEAR).but({}, plainly=status(403)),
            (HEALTHY, SECURE, "not made https_enforced"),
            address=secure("only-tls.test"),
        ),
        Case("lax.test", both("lax.test", "valid"), (HEALTHY, SECURE, "failed https_enforced hsts")),
        Case("whole.test", tls("whole.test", "whole", YEAR), (HEALTHY, SECURE), address=secure("whole.test")),
        # an intermediate that the server leaves out and browsers fetch fails the certificate and nothing behind it
        *(
            Case(
                f"{kind}.test",
                tls(f"{kind}.test", kind, YEAR),
                (HEALTHY, SECURE, "failed certificate=none"),
                address=secure(f"{kind}.test"),
                says={"certificate": "中间证书", "https": "中间证书"},
            )
            for kind in ("incomplete", "incomplete-pem", "incomplete-p7", "twice")
        ),
        Case(
            "plain-incomplete.test",
            both("plain-incomplete.test", "incomplete"),
            (HEALTHY, SECURE, "failed certificate https_enforced hsts"),
        ),
        Case(
            "links-incomplete.test",
            stage.healthy(
                "links-incomplete.test",
                html.page(
                    body=html.items(stage.today, 2, 5, 9)
                    + html.links(stage.url("incomplete.test", "/", "https"), stage.url("incomplete-lost.test", "/", "https"))
                ),
            ),
            (HEALTHY, "passed dead_links=0"),
            says={"dead_links": "无法判断 1 个"},
        ),
        # where it cannot be had, nobody knows what a browser would do
        *(
            Case(
                f"{kind}.test",
                tls(f"{kind}.test", kind, YEAR),
                (*BAD_TLS, "not made reachable https"),
                address=secure(f"{kind}.test"),
                says={"certificate": "没有取到"},
            )
            for kind in ("incomplete-lost", "incomplete-inside", "incomplete-false")
        ),
        # and where it can, the chain must be good all the same: nobody brings his own root
        *(
            Case(
                f"{kind}.test",
                tls(f"{kind}.test", kind, YEAR),
                BAD_TLS,
                address=secure(f"{kind}.test"),
                says={"certificate": word},
            )
            for kind, word in {
                "incomplete-expired": "过期",
                "incomplete-other": "域名不符",
                "incomplete-silent": "不受信任",
                "incomplete-stranger": "不受信任",
                "incomplete-root": "不受信任",
            }.items()
        ),
        # TLS as it should not be: reachable over HTTP, where that is what the register says
        *(
            Case(f"plain-{kind}.test", both(f"plain-{kind}.test", kind), (HEALTHY, "failed certificate https"))
            for kind in ("expired", "other", "stranger")
        ),
        *(
            Case(f"{kind}.test", tls(f"{kind}.test", kind, YEAR), BAD_TLS, address=secure(f"{kind}.test"))
            for kind in ("expired", "other", "stranger")
        ),
    ]
