"""Strict-Transport-Security as browsers take it (RFC 6797, 6.1 and 8.1), and as they ignore it."""

import pytest

from flows.crawler.transport import hsts_age


@pytest.mark.parametrize(
    ("field", "age"),
    [
        ("max-age=31536000", 31536000), ("max-age=31536000; includeSubDomains; preload", 31536000), ("MAX-AGE=10;IncludeSubdomains", 10),
        ('max-age="10"', 10), ("max-age = 10 ;", 10), (";; max-age=10", 10), ("max-age=0", 0), ("max-age=007", 7),
        ('note="a;max-age=5"; max-age=10', 10), ("max-age=99999999999999999999", 999_999_999_999), ("x=1; max-age=3", 3),
    ],
)  # fmt: skip
def test_a_field_in_the_form_gives_its_age(field, age):
    assert hsts_age(field) == age


@pytest.mark.parametrize(
    "field",
    [
        "", ";", "includeSubDomains", "max-age", "max-age=", "max-age=ten", "max-age=-1", "max-age=1.5", "max-age=1 2", "max-age='10'",
        "max-age=10, includeSubDomains", "max-age=10; max-age=20", "max-age=10; Max-Age=10", "xmax-age=10", "x-max-age=10", 'x="max-age=10"',
        "max-age=10; includeSubDomains; includesubdomains", "max-age=10; includeSubDomains=1", "max-age:10", 'max-age="10', "max-age=１０",
    ],
)  # fmt: skip
def test_any_other_field_is_ignored_as_browsers_ignore_it(field):
    assert hsts_age(field) is None
