"""Times, days and months: ISO 8601 or the year first with slashes or 年月日, in the scheme's time zone where they have no offset;
what does not exist is set aside."""

from datetime import date, datetime

import pytest


def _ballot(intake, written):
    return intake.take("public/a.csv", f'ballot_id,submitted_at,voter,site,services\nb1,"{written}",v1,s01,1\n')


@pytest.mark.parametrize(
    ("written", "utc", "day"),
    [
        ("2007-11-05T10:30:00", "2007-11-05 02:30:00", "2007-11-05"),
        ("2007-11-05 10:30:00", "2007-11-05 02:30:00", "2007-11-05"),
        ("2007-11-05 10:30", "2007-11-05 02:30:00", "2007-11-05"),
        ("2007-11-05", "2007-11-04 16:00:00", "2007-11-05"),
        ("2007-11-05T10:30:00.5", "2007-11-05 02:30:00.500000", "2007-11-05"),
        ("2007-11-05T10:30:00,123456789", "2007-11-05 02:30:00.123456", "2007-11-05"),
        ("2007-11-05T10:30:00Z", "2007-11-05 10:30:00", "2007-11-05"),
        ("2007-11-05T10:30:00z", "2007-11-05 10:30:00", "2007-11-05"),
        ("2007-11-05T10:30:00+08:00", "2007-11-05 02:30:00", "2007-11-05"),
        ("2007-11-05T10:30:00+0800", "2007-11-05 02:30:00", "2007-11-05"),
        ("2007-11-05T10:30:00+08", "2007-11-05 02:30:00", "2007-11-05"),
        ("2007-11-05 10:30:00 -05:00", "2007-11-05 15:30:00", "2007-11-05"),
        ("2007-11-05T10:30:00-05:30", "2007-11-05 16:00:00", "2007-11-06"),
        ("2007-11-05T15:59:59.999999Z", "2007-11-05 15:59:59.999999", "2007-11-05"),
        ("2007-11-05T16:00:00Z", "2007-11-05 16:00:00", "2007-11-06"),
        ("2007-12-31T16:30:00Z", "2007-12-31 16:30:00", "2008-01-01"),
        ("2008-02-29 00:00:00", "2008-02-28 16:00:00", "2008-02-29"),
        ("２００７－１１－０５ １０：３０：００", "2007-11-05 02:30:00", "2007-11-05"),
        (" 2007-11-05T10:30:00 ", "2007-11-05 02:30:00", "2007-11-05"),
        ("2007/11/05 20:58:14", "2007-11-05 12:58:14", "2007-11-05"),
        ("2007/11/5 8:05", "2007-11-05 00:05:00", "2007-11-05"),
        ("2007/1/5  8:05:03.5", "2007-01-05 00:05:03.500000", "2007-01-05"),
        ("2007/11/05T10:30:00-05:00", "2007-11-05 15:30:00", "2007-11-05"),
        ("２００７／１１／０５　１０：３０", "2007-11-05 02:30:00", "2007-11-05"),
        ("2007/11/05", "2007-11-04 16:00:00", "2007-11-05"),
        ("2007年11月5日", "2007-11-04 16:00:00", "2007-11-05"),
        ("2007年11月05日 20时58分14秒", "2007-11-05 12:58:14", "2007-11-05"),
        ("2007年11月05日20:58", "2007-11-05 12:58:00", "2007-11-05"),
        ("2007年1月5日8点5分", "2007-01-05 00:05:00", "2007-01-05"),
    ],
)
def test_a_time_is_the_instant_it_names_and_has_the_local_day(intake, written, utc, day):
    (row,) = _ballot(intake, written).rows
    assert (row["submitted_at"], row["submitted_on"]) == (datetime.fromisoformat(utc), date.fromisoformat(day))


@pytest.mark.parametrize(
    "written",
    ["2007-13-01", "2007-02-30", "2007-02-29", "2007-00-10", "2007-11-00", "2007-11-31", "2007-11-05 24:00:00", "2007-11-05 23:60:00",
     "2007-11-05 23:59:60", "2007-11-05T10", "2007-11-05T10:30.5", "2007-11-05.5", "2007-11-05Z", "2007-11-05-08", "2007-11-05T10:00:00+25:00",
     "2007-11-05T10:00:00+08:75", "2007-11-05T10:00:00+15:00", "2007-11-05T10:00:00 CST", "05-11-2007", "11/05/2007", "11/19/2007",
     "05/06/2007", "07/11/05", "2007/13/01", "2007/2/30", "2007年13月1日", "2007年2月29日", "2007/11-05", "2007/11/05 24:00", "2007/11/05 8:5",
     "2007/11/120:58", "2007/11/0510:30", "2007年11月5日 8时60分", "2007年11月", "2007年11月5", "2007/11", "2007/11/05 下午 8:05",
     "20071105", "2007-11-5", "39391.4375", "昨天", "0000-01-01", "٢٠٠٧-11-05", "2007-11-05T10:00:00Zx", "07-11-05"],
)  # fmt: skip
def test_a_broken_time_goes_to_quarantine_as_it_was_written(intake, written):
    taken = _ballot(intake, written)
    assert (taken.rows, taken.faults) == ([], [(2, "submitted_at", written)])
    assert "ISO 8601" in taken.reasons[0]


def test_a_count_of_seconds_may_be_the_number_of_a_person_and_is_not_shown(intake):
    taken = _ballot(intake, "1194229800")
    assert (taken.rows, taken.faults) == ([], [(2, "submitted_at", "…")])
    assert "ISO 8601" in taken.reasons[0]


@pytest.mark.parametrize(
    ("zone", "written", "utc"),
    [
        ("America/New_York", "2007-03-11 02:30:00", None),  # the clock went from 2 to 3
        ("America/New_York", "2007-03-11 03:30:00", "2007-03-11 07:30:00"),
        ("America/New_York", "2007-11-04 01:30:00", "2007-11-04 05:30:00"),  # twice: the first
        ("America/New_York", "2007-03-11T02:30:00-05:00", "2007-03-11 07:30:00"),
        ("Asia/Shanghai", "1986-05-04 02:30:00", None),
        ("America/Sao_Paulo", "2007-10-14", None),  # a midnight that did not exist
        ("America/Sao_Paulo", "2007-10-15", "2007-10-15 02:00:00"),
    ],
)
def test_a_local_time_that_does_not_exist_goes_to_quarantine(home, zone, written, utc):
    home.change_scheme('"Asia/Shanghai"', f'"{zone}"')
    taken = _ballot(home, written)
    assert [row["submitted_at"] for row in taken.rows] == ([datetime.fromisoformat(utc)] if utc else [])
    assert taken.faults == ([] if utc else [(2, "submitted_at", written)])


def _reviewed(intake, written):
    return intake.take("expert/a.csv", f'expert_id,site,aspect,score,reviewed_on\ne1,s01,services,9,"{written}"\n')


@pytest.mark.parametrize(
    ("written", "day"),
    [("2007-11-05", date(2007, 11, 5)), ("２００７-１１-０５", date(2007, 11, 5)), ("2007-11-05T00:00:00", date(2007, 11, 5)),
     ("2007-11-05 23:59", date(2007, 11, 5)), ("2007-11-05T16:00:00Z", date(2007, 11, 6)), ("2007-11-06T00:00:00+08:00", date(2007, 11, 6)),
     ("2007/11/5", date(2007, 11, 5)), ("2007/11/5 0:00", date(2007, 11, 5)), ("2007/11/05 23:59:59", date(2007, 11, 5)),
     ("2007年11月5日", date(2007, 11, 5)), ("", None)],
)  # fmt: skip
def test_a_day_is_the_local_day(intake, written, day):
    taken = _reviewed(intake, written)
    assert (taken.faults, [row["reviewed_on"] for row in taken.rows]) == ([], [day])


def test_a_leap_day_is_a_day(home):
    home.change_scheme('kind = "panel"', 'kind = "panel"\ncloses = 2008-12-31')
    taken = _reviewed(home, "2008-02-29")
    assert (taken.faults, [row["reviewed_on"] for row in taken.rows]) == ([], [date(2008, 2, 29)])


@pytest.mark.parametrize(
    "written",
    [
        "2007-13-01",
        "2007-02-30",
        "2007-11-5",
        "2007-11-05 garbage",
        "2007-11-05T25:00:00",
        "2007-11",
        "20071105",
        "2007.11.05",
        "2007/11/31",
        "2007年11月31日",
        "5/11/2007",
        "39391",
    ],
)
def test_a_broken_day_goes_to_quarantine(intake, written):
    taken = _reviewed(intake, written)
    assert (taken.rows, taken.faults) == ([], [(2, "reviewed_on", written)])


def _recorded(intake, written):
    return intake.take("daily_work/a.csv", f'site,indicator,month,value\ns01,d1,"{written}",9\n')


@pytest.mark.parametrize(
    "written",
    ["2007-11", "２００７－１１", " 2007-11 ", "2007-11-01", "2007-11-01 00:00:00", "2007-11-01T00:00:00.000000", "2007/11",
     "2007年11月", "２００７年１１月", "2007/11/1", "2007/11/01 0:00", "2007年11月1日"],
)  # fmt: skip
def test_a_month_may_come_as_its_first_day(intake, written):
    taken = _recorded(intake, written)
    assert (taken.faults, [row["month"] for row in taken.rows]) == ([], ["2007-11"])


@pytest.mark.parametrize("written", ["2007/1", "2007年1月", "2007年01月", "2007/01"])
def test_a_month_of_one_digit_has_its_year_first(intake, written):
    assert [row["month"] for row in _recorded(intake, written).rows] == ["2007-01"]


@pytest.mark.parametrize(
    "written", ["2007-13", "2007-00", "2007-1", "2007/13", "2007年13月", "2007/0", "2007/111", "2007年11", "11/2007", "200711", "2007-11-02", "2007/11/2", "2007-11-01T00:00:01", "11-2007", "٢٠٠٧-11", "0000-01", "2007-11-01T00:00:00Z"]
)  # fmt: skip
def test_a_broken_month_goes_to_quarantine(intake, written):
    taken = _recorded(intake, written)
    assert (taken.rows, taken.faults) == ([], [(2, "month", written)])


MIDNIGHTS = [
    "2007-11-{:02}",
    "2007-11-{:02} 00:00",
    "2007-11-{:02}T00:00:00",
    "2007-11-{:02}T00:00:00.000000",
    "2007-11-{:02}T00:00:00+08:00",
    "2007/11/{}",
    "2007/11/{} 0:00",
    "2007/11/{} 0:00:00",
    "2007年11月{}日",
]


@pytest.mark.parametrize("written", MIDNIGHTS)
@pytest.mark.parametrize(("others", "timed"), [("2007-11-05 00:00:00", False), ("2007-11-05 10:00:00", None)])
def test_where_every_instant_is_midnight_they_are_days(intake, written, others, timed):
    lines = "".join(f"b{day},{written.format(day)},v{day},s01,1\n" for day in range(1, 13)) + f"b0,{others},v0,s01,1\n"
    taken = intake.take("public/a.csv", f"ballot_id,submitted_at,voter,site,services\n{lines}")
    days = [not row["timed"] for row in taken.rows]
    is_day = "0:00" not in written
    assert days == ([True] * 13 if timed is False else [is_day] * 12 + [False])
    assert taken.receipt.day_only == sum(days)


def test_a_few_ballots_at_midnight_are_moments(intake):
    lines = "".join(f"b{day},2007-11-{day:02} 00:00:00,v{day},s01,1\n" for day in range(1, 10))
    assert all(row["timed"] for row in intake.take("public/a.csv", f"ballot_id,submitted_at,voter,site,services\n{lines}").rows)
