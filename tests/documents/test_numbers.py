"""How figures are written: exact, rounded half up, and cut only where they say so."""

from decimal import Decimal

import pytest

from flows.documents.numbers import FILTERS, growth, ordinal, words


@pytest.mark.parametrize(
    ("filter_", "value", "places", "written"),
    [
        ("万", "24900", 2, "2.49万"),
        ("万", "41577177", 0, "4158万"),
        ("万", "24950", 2, "2.5万"),
        ("万", "24955", 2, "2.5万"),
        ("万", "24950", 1, "2.5万"),
        ("万", "5", 4, "0.0005万"),
        ("万", "0", 2, "0万"),
        ("亿", "113500000", 2, "1.14亿"),
        ("亿", "113499999", 2, "1.13亿"),
        ("万余", "164191", 1, "16.4万余"),
        ("万余", "160000", 1, "16万"),
        ("万余", "169999", 0, "16万余"),
        ("余", "5344", 1000, "5000余"),
        ("余", "5000", 1000, "5000"),
        ("百分比", "0.868024", 1, "86.8%"),
        ("百分比", "0.8685", 1, "86.9%"),
        ("百分比", "0.96", 0, "96%"),
        ("百分比", "0.7400", 1, "74%"),
        ("小数", "85.125", 2, "85.13"),
        ("小数", "79.25", 1, "79.3"),
        ("小数", "-79.25", 1, "-79.3"),
        ("小数", "90.03", 0, "90"),
    ],
)
def test_a_shortened_figure_is_rounded_half_up_or_cut_where_it_says_so(filter_, value, places, written):
    assert FILTERS[filter_](Decimal(value), places) == written


def test_what_is_exact_in_decimals_never_passes_through_a_binary_fraction():
    # As doubles 1.005 × 100 and 0.285 × 100 lie below the half.
    assert FILTERS["小数"](Decimal("1.005"), 2) == "1.01"
    assert FILTERS["百分比"](Decimal("0.285"), 0) == "29%"
    assert FILTERS["万"](Decimal("123456789012345678901234567890125"), 2) == "12345678901234567890123456789.01万"


@pytest.mark.parametrize(
    ("value", "written"),
    [("0.296", "增长29.6%"), ("-0.0325", "下降3.3%"), ("0.0004", "持平"), ("0", "持平"), ("1.5", "增长150%")],
)
def test_growth_is_written_in_words(value, written):
    assert growth(Decimal(value)) == written


@pytest.mark.parametrize(
    ("value", "written"),
    [(0, "零"), (2, "二"), (10, "十"), (11, "十一"), (20, "二十"), (26, "二十六"), (100, "一百"), (101, "一百零一"), (110, "一百一十"), (1001, "一千零一"), (1010, "一千零一十"), (2008, "二千零八"), (10000, "10000")],
)  # fmt: skip
def test_small_whole_numbers_are_written_in_characters(value, written):
    assert words(Decimal(value)) == written


def test_an_ordinal_is_written_in_characters():
    assert ordinal(Decimal(2)) == "第二"


@pytest.mark.parametrize("places", [-1, 13, 1.5, "2"])
def test_an_impossible_number_of_places_is_refused_in_words(places):
    with pytest.raises(ValueError, match="位数要写 0 到 12 的整数"):
        FILTERS["小数"](Decimal(1), places)
