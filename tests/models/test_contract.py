"""The contract of a published table: the declarations of its file, their faults, and their consequences."""

import duckdb
import pytest

from flows.published.contract import ModelFault, OneOf, PublishedColumn, Range, RowCount
from flows.scheme.values import count
from flows.settings import SQL
from flows.warehouse.models import build, parse_model, read_models
from tests.validation.year import SCHEME

FILE = """-- How large the things of a group are.
-- title: 大小
-- position: 30
-- grain: year, group_id, thing
-- order: thing, year
-- key: thing
-- rows: 6 * ballot_rules sources
-- needs: ref.sizes
-- tables: size_<group_id>
-- unpublished: weight
with sizes as (
    select things.year, things.group_id, things.thing, things.size, things.weight, things.scores  -- as they come
    from ref.things
)

select
    sizes.year,                            -- 年度 | of year | evaluated year
    sizes.group_id,                        -- 组别 | of groups, all | group, or all
    sizes.thing,                           -- 东西 | what it is called
    cast(round(sizes.size, 2) as decimal(9, 2)) as size,  -- 大小 | 0 to 10^6 | how large it is
    sizes.weight,                          -- 重量 | from 1 or empty | in kg; null where nobody weighed it
    sizes.scores                           -- 得分 | a column a source | source → score
from sizes
"""


def test_a_file_says_as_what_its_table_is_published():
    model = parse_model(FILE, "published", "sizes")
    contract = model.contract
    assert (contract.title, contract.position, contract.needs) == ("大小", 30, "ref.sizes")
    assert (contract.order, contract.key) == (("thing", "year"), ("thing",))
    assert contract.rows == RowCount(6, "ballot_rules sources")
    assert contract.tables == ("size_", "group_id")
    assert contract.columns == (
        PublishedColumn("year", "年度", OneOf(("year",)), optional=False),
        PublishedColumn("group_id", "组别", OneOf(("groups", "all")), optional=False),
        PublishedColumn("thing", "东西", None, optional=False),
        PublishedColumn("size", "大小", Range("0", "10^6"), optional=False),
        PublishedColumn("weight", "重量", Range("1", "10^14"), optional=True),
        PublishedColumn("scores", "得分", None, optional=True, by_source=True),
    )
    # Neither the column whose values end the tables' names nor what stays in the warehouse is in the files.
    assert [column.name for column in contract.published] == ["year", "thing", "size", "scores"]


def test_order_and_key_are_the_grain_where_the_file_says_nothing_else():
    text = FILE.replace("-- order: thing, year\n", "").replace("-- key: thing\n", "")
    contract = parse_model(text, "published", "sizes").contract
    # A table of one group has no column for it.
    assert contract.order == ("year", "thing")
    assert contract.key == ("group_id", "thing")


def test_only_what_is_published_has_a_contract():
    plain = "-- A thing.\n-- grain: thing\nselect\n    things.thing  -- the thing\nfrom ref.things\n"
    assert parse_model(plain, "ranked", "things").contract is None
    published = {model.table for model in read_models(SQL) if model.contract}
    assert published == {path.stem for path in (SQL / "published").glob("*.sql")}


@pytest.mark.parametrize(
    ("was", "becomes", "words"),
    [
        ("-- 东西 | what it is called", "-- what it is called", "the note of thing must begin with what people call it, in Chinese"),
        ("-- 东西 | what", "-- thing | what", "the note of thing must begin with what people call it, in Chinese"),
        ("-- 大小 | 0 to 10^6 | how", "-- 大小 | small | how", "the bounds of size are 'small'"),
        ("-- 大小 | 0 to 10^6 | how", "-- 大小 | 0 to many | how", "the bounds of size are '0 to many'"),
        ("-- 大小 | 0 to 10^6 | how", "-- 大小 | 0 to 1 | 2 | how", "the note of size must begin"),
        ("-- title: 大小\n", "", "needs a line '-- title: …'"),
        ("-- position: 30", "-- position: first", "the position must be a whole number, not 'first'"),
        ("-- order: thing, year", "-- order: thing, site", "the order names site, which is not a column"),
        ("-- order: thing, year", "-- order: weight", "the order names weight, which is not a column that is published"),
        ("-- key: thing", "-- key: name", "the key names name, which is not a column"),
        ("-- unpublished: weight", "-- unpublished: wait", "the unpublished names wait, which is not a column"),
        ("-- rows: 6 * ballot_rules sources", "-- rows: many", "'-- rows: many' must be some, or sites"),
        ("-- needs: ref.sizes", "-- needs: sizes", "'-- needs: sizes' must name a table of the schema ref"),
        ("-- tables: size_<group_id>", "-- tables: sizes", "'-- tables: sizes' must be a name with the column that ends it"),
        ("-- tables: size_<group_id>", "-- tables: size_<weight>", "one table for each weight needs a column of that name"),
        ("-- key: thing", "-- order: thing", "the line '-- order:' stands there 2 times"),
        ("-- title: 大小", "-- titel: 大小", "the line '-- titel: 大小' begins with none of grain, check, title"),
        ("as size,", "as \"size\" ,", "must end with its column's name"),
    ],
)  # fmt: skip
def test_a_file_that_does_not_say_as_what_it_is_published_is_refused_in_words(was, becomes, words):
    assert was in FILE
    with pytest.raises(ModelFault) as fault:
        parse_model(FILE.replace(was, becomes), "published", "sizes")
    assert str(fault.value).startswith("published.sizes: ") and words in str(fault.value)


def test_a_word_of_published_files_means_nothing_elsewhere():
    with pytest.raises(ModelFault, match=r"the line '-- title: 大小' begins with none of grain, check$"):
        parse_model(FILE, "ranked", "sizes")


@pytest.mark.parametrize(
    ("note", "words"),
    [
        ("-- 大小 | how large", "size is a number, and its note says no bounds: '-- 大小 | 0 to 100 | …'"),
        ("-- 大小 | from 0 | how large", None),
        ("-- 大小 | of 1, 2 | how large", None),
    ],
)
def test_a_number_without_bounds_is_refused_when_its_table_stands(note, words):
    text = f"-- Things.\n-- title: 表\n-- grain: size\nselect\n    things.size  {note}\nfrom ref.things\n"
    with duckdb.connect() as connection:
        connection.execute("create schema ref")
        connection.execute("create table ref.things as select 1 as size")
        model = parse_model(text, "published", "things")
        if words:
            with pytest.raises(ModelFault) as fault:
                build(connection, model)
            assert str(fault.value) == f"published.things: {words}"
        else:
            assert build(connection, model) == 1


def test_bounds_of_a_number_on_a_text_are_refused_when_its_table_stands():
    text = "-- Things.\n-- title: 表\n-- grain: size\nselect\n    things.size  -- 大小 | from 0 | how large\nfrom ref.things\n"
    with duckdb.connect() as connection:
        connection.execute("create schema ref")
        connection.execute("create table ref.things as select 'large' as size")
        with pytest.raises(ModelFault, match="size has the bounds of a number and is VARCHAR"):
            build(connection, parse_model(text, "published", "things"))


@pytest.mark.parametrize(
    ("select", "note", "header", "words"),
    [
        (
            "map {'a': 1} as size",
            "-- 大小 | a size for each thing",
            "",
            "a column of maps, and no other, is 'a column a source'",
        ),
        ("1 as size", "-- 大小 | a column a source | sizes", "", "size is INTEGER"),
        ("[1] as size", "-- 大小 | sizes", "", "size is INTEGER[], which has no place in a CSV file"),
        ("1 as size", "-- 大小 | 0 to 9 | a size", "-- needs: ref.nothing\n", "needs ref.nothing, and there is no such table"),
    ],
)
def test_what_cannot_be_published_as_its_file_says_is_refused_when_its_table_stands(select, note, header, words):
    text = f"-- Things.\n-- title: 表\n-- grain: name\n{header}select\n    things.name,  -- 名称 | a name\n    {select}  {note}\nfrom ref.things\n"
    with duckdb.connect() as connection:
        connection.execute("create schema ref")
        connection.execute("create table ref.things as select 'a' as name")
        with pytest.raises(ModelFault) as fault:
            build(connection, parse_model(text, "published", "things"))
    assert words in str(fault.value)


def test_two_tables_of_one_position_are_refused(tmp_path):
    (tmp_path / "published").mkdir()
    for table in ("sizes", "weights"):
        (tmp_path / "published" / f"{table}.sql").write_text(FILE, encoding="utf-8")
    with pytest.raises(ModelFault, match=r"^published\.weights has the position of published\.sizes: "):
        read_models(tmp_path)


def test_rows_of_sources_that_no_kind_declares_are_refused():
    with pytest.raises(ModelFault, match=r"no kind of source fills a table ref\.nothing"):
        count("nothing sources", SCHEME, 3)
