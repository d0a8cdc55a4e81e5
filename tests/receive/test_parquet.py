"""Parquet files: columns of any type are read as the text a CSV file would hold; row 1 is the first."""

import io
import json
from base64 import b64encode
from datetime import UTC, date, datetime, timedelta
from decimal import Decimal

import pyarrow as pa
import pyarrow.parquet as pq
import pyarrow.parquet.encryption as encryption
import pytest

from flows.receive.chunks import RefusedFile


def _bytes(**columns):
    buffer = io.BytesIO()
    pq.write_table(pa.table(columns), buffer)
    return buffer.getvalue()


def _refused(intake, content):
    with pytest.raises(RefusedFile) as fault:
        intake.take("superior/a.parquet", content)
    return str(fault.value)


@pytest.mark.parametrize(
    "kind", [pa.int8(), pa.int64(), pa.uint16(), pa.float32(), pa.float64(), pa.decimal128(20, 4), pa.decimal256(50, 4), pa.string(), pa.large_string(),
             pa.string_view(), pa.binary(), pa.dictionary(pa.int8(), pa.string())], ids=str,
)  # fmt: skip
def test_a_score_is_the_same_in_every_type(intake, kind):
    values = (
        ["88", "101", None]
        if kind in (pa.string(), pa.large_string(), pa.string_view(), pa.binary()) or pa.types.is_dictionary(kind)
        else [88, 101, None]
    )
    scores = pa.array([Decimal(value) if value and pa.types.is_decimal(kind) else value for value in values], kind)
    taken = intake.take("superior/a.parquet", _bytes(site=["s01", "s02", "d01"], score=scores))
    assert [(row["site_id"], row["score"], row["line"]) for row in taken.rows] == [("s01", Decimal(88), 1)]
    assert [(line, column) for line, column, _ in taken.faults] == [(2, "score"), (3, "score")]
    assert taken.faults[1][2] == "" and Decimal(taken.faults[0][2]) == 101


def test_doubles_have_their_shortest_digits_and_no_others(intake):
    doubles = [88.1, 0.1 + 0.2, 1e-7, 1e2, float("nan"), float("inf"), -0.01]
    taken = intake.take("superior/a.parquet", _bytes(site=["s01"] * 7, score=pa.array(doubles)))
    assert [row["score"] for row in taken.rows] == [Decimal("88.1"), Decimal("0.3"), Decimal("0.0000001"), Decimal(100)]
    assert taken.faults == [(5, "score", "NaN"), (6, "score", "inf"), (7, "score", "-0.01")]


def _ballots(intake, times, **columns):
    count = len(times)
    plain = {"ballot_id": pa.array(range(count)), "voter": ["v"] * count, "site": ["s01"] * count, "services": [1] * count}
    return intake.take("public/a.parquet", _bytes(**plain | columns, submitted_at=times))


@pytest.mark.parametrize("unit", ["s", "ms", "us", "ns"])
def test_timestamps_without_a_zone_are_local(intake, unit):
    taken = _ballots(intake, pa.array([datetime(2007, 11, 5, 23, 59, 59), None], pa.timestamp(unit)))
    assert [(row["submitted_at"], row["submitted_on"]) for row in taken.rows] == [
        (datetime(2007, 11, 5, 15, 59, 59), date(2007, 11, 5))
    ]
    assert taken.faults == [(2, "submitted_at", "")]


@pytest.mark.parametrize("zone", ["UTC", "Asia/Shanghai", "America/New_York", "+05:30"])
def test_timestamps_with_a_zone_are_the_instant(intake, zone):
    instant = datetime(2007, 11, 5, 16, 0, 0, 250, tzinfo=UTC)
    (row,) = _ballots(intake, pa.array([instant], pa.timestamp("us", zone))).rows
    assert (row["submitted_at"], row["submitted_on"]) == (instant.replace(tzinfo=None), date(2007, 11, 6))


def test_dates_are_local_days_and_whole_numbers_are_codes_and_ids(intake):
    taken = _ballots(
        intake,
        pa.array([date(2007, 11, 5)]),
        ballot_id=pa.array([7.0]),
        services=pa.array([2.0]),
        overall=pa.array([None], pa.float64()),
    )
    (row,) = taken.rows
    assert (row["submitted_at"], row["ballot_id"], row["ratings"], row["overall"]) == (
        datetime(2007, 11, 4, 16),
        "7",
        [None, 2],
        None,
    )


def test_booleans_and_nulls(intake):
    nothing = pa.nulls(2, pa.string())
    taken = intake.take("service_audit/a.parquet", _bytes(item_id=[1, 2], site=["s01", "s01"], name=["甲", "乙"], item_type=["apply", "apply"],
                      approval=pa.array([True, None]), reachable=nothing, guide=nothing, form=pa.nulls(2), online=["pass", None]))  # fmt: skip
    assert [(row["item_id"], row["approval"], row["form"], row["online"]) for row in taken.rows] == [("1", True, "na", "pass")]
    assert taken.faults == [(2, "approval", "")]


def test_unlisted_columns_of_any_type_are_kept(intake):
    columns = {
        "long": pa.array([list(range(50))]), "struct": pa.array([{"名": "甲", "n": 1}]), "map": pa.array([[("a", 1)]], pa.map_(pa.string(), pa.int64())),
        "span": pa.array([timedelta(seconds=5)]), "day": pa.array([date(2007, 11, 5)]), "nothing": pa.nulls(1), "flag": pa.array([False]),
    }  # fmt: skip
    (row,) = intake.take("superior/a.parquet", _bytes(site=["s01"], score=[1], **columns)).rows
    other = json.loads(row["other"])
    assert [json.loads(other[name]) for name in ("long", "struct", "map")] == [
        list(range(50)),
        {"名": "甲", "n": 1},
        [["a", 1]],
    ]
    assert (other["span"], other["day"], other["nothing"], other["flag"]) == ("0:00:05", "2007-11-05", None, "false")


@pytest.mark.parametrize("kind", [pa.binary(), pa.string()], ids=str)
def test_bytes_that_are_no_text_refuse_the_file(intake, kind):
    raw = pa.array([b"\xff\xfe", b"s02"], pa.binary())
    assert "Parquet" in _refused(intake, _bytes(site=pa.Array.from_buffers(kind, 2, raw.buffers()), score=[1, 2]))


def test_a_file_cut_at_any_byte_is_refused(intake):
    content = _bytes(site=["s01", "s02"], score=[1.5, 2.5])
    for cut in range(0, len(content), 7):
        message = _refused(intake, content[:cut])
        assert "Parquet" in message and "重新导出" in message


@pytest.mark.parametrize(
    "content", [b"site,score\ns01,1\n", b"<html>", b"PAR1" + bytes(100) + b"PAR1", b"PK\x03\x04" + bytes(99)]
)
def test_what_is_no_parquet_file_is_refused(intake, content):
    assert "Parquet" in _refused(intake, content)


def test_a_missing_or_repeated_column_refuses_the_file(intake):
    assert "score" in _refused(intake, _bytes(site=["s01"]))
    assert "重复" in _refused(intake, _bytes(**{"site": ["s01"], " site": ["s02"], "score": [1]}))


def test_a_file_without_rows_is_reported(intake):
    taken = intake.take("superior/a.parquet", _bytes(site=pa.array([], pa.string()), score=pa.array([], pa.float64())))
    assert (taken.rows, taken.receipt.warnings) == ([], ("只有表头，没有数据行",))


def test_rows_are_numbered_through_all_parts_of_a_file(intake, read_here, monkeypatch):
    monkeypatch.setattr("flows.receive.chunks.ROWS", 3)
    sites = ["s01", "?", "s02", "?", "d01", "?", "s01", "?"]
    taken = intake.take("superior/a.parquet", _bytes(site=sites, score=list(range(1, 9))))
    assert [(row["line"], int(row["score"])) for row in taken.rows] == [(1, 1), (3, 3), (5, 5), (7, 7)]
    assert [line for line, _, _ in taken.faults] == [2, 4, 6, 8]


@pytest.mark.parametrize("plain_footer", [True, False])
def test_an_encrypted_file_is_refused_as_that(intake, plain_footer):
    class Keys(encryption.KmsClient):
        def __init__(self, _) -> None:
            super().__init__()

        def wrap_key(self, key_bytes, master_key_identifier):
            return b64encode(key_bytes)

    factory = encryption.CryptoFactory(Keys)
    config = encryption.EncryptionConfiguration(footer_key="f", column_keys={"c": ["score"]}, plaintext_footer=plain_footer)
    table = pa.table({"site": ["s01"], "score": [88.5]})
    written = io.BytesIO()
    properties = factory.file_encryption_properties(encryption.KmsConnectionConfig(), config)
    with pq.ParquetWriter(written, table.schema, encryption_properties=properties) as writer:
        writer.write_table(table)
    with pytest.raises(RefusedFile, match="加了密"):
        intake.take("superior/a.parquet", written.getvalue())
