"""Every file in `sql/` is written in one style, and each rule of it finds what breaks it."""

import pytest

from flows.settings import SQL
from tests.models.style import faults

GOOD = """-- What a thing is.
-- grain: thing
with large as (
    select things.thing, things."size"
    from raw.things
    where things."size" > 10 and things.label <> 'A,B'
)

select
    large.thing,                                -- The thing
    cast(large."size" as integer) as size       -- its Size, in m
from large
inner join ref.sizes on sizes.thing = large.thing
left join ref.labels as words
    on words.thing = large.thing and words.position = sizes.position and words.language = sizes.language
left join ref.colours
    on
        colours.thing = large.thing
        and colours.position = sizes.position
"""


def test_the_example_has_no_fault():
    assert faults(GOOD) == []


@pytest.mark.parametrize("path", sorted(SQL.glob("*/*.sql")), ids=lambda path: f"{path.parent.name}.{path.stem}")
def test_a_file_of_sql_keeps_the_style(path):
    assert faults(path.read_text(encoding="utf-8")) == []


@pytest.mark.parametrize(
    ("good", "bad", "fault"),
    [
        ("from large\n", "FROM large\n", "line 12: write lower case"),
        ("<>", "!=", "line 6: write <> instead of !="),
        ('cast(large."size" as integer)', 'large."size"::integer', "line 11: write cast( … as … ) instead of ::"),
        ("large.thing,   ", "large.thing,\t", "line 10: a tab, or a space at the end"),
        ("from large\n", "from large \n", "line 12: a tab, or a space at the end"),
        ("    where", "   where", "line 6: indented by 3, not by fours"),
        ("colours.position = sizes.position\n", "colours.position = sizes.position", "the file ends with one line end"),
        (")\n\n", ")\n", "line 7: an empty line follows a cte"),
        (")\n\n", ")\n\n\n", "two empty lines"),
        ("things.thing, things", "things.thing,things", "line 4: a space follows a comma"),
        ("select things.thing, ", "select things.thing,\n        ", "line 4: a select's columns stand on its line"),
        ("inner join", "join", "line 13: a join has a line of its own"),
        ("from large\ninner", "from large inner", "line 12: a join has a line of its own"),
        ("    on\n        colours", "    on colours", "line 17: conditions stand on one line with `on`"),
        ("    on words", "    on\n        words", "line 15: conditions stand on one line with `on`"),
        ("large.thing,   ", "thing,   ", "column thing is read without its table"),
        ("ref.labels as words", "ref.labels words", "something is renamed without `as`"),
        (" as size ", " size ", "something is renamed without `as`"),
        ("ref.sizes on", "ref.sizes as sizes on", "sizes is renamed to what it is called"),
        ("> 10", "> 10" + " + 10" * 20, "line 6: 147 characters before the note, 130 at most"),
    ],
)
def test_what_breaks_a_rule_is_found(good, bad, fault):
    assert GOOD.count(good) >= 1
    assert any(sentence.startswith(fault) for sentence in faults(GOOD.replace(good, bad, 1)))
