"""The settings of the second engine, which need no Spark: what cannot be is refused in words before anything runs."""

import sys

import pytest

from flows.errors import UsageError
from flows.settings import read_settings
from flows.warehouse.spark import mebibytes, spark_session


def test_without_a_word_duckdb_computes():
    assert read_settings().engine == "duckdb"


@pytest.mark.parametrize(
    ("environment", "named"),
    [
        ({"PINGYI_ENGINE": "dask"}, ["PINGYI_ENGINE", "duckdb、spark", "dask"]),
        ({"PINGYI_ENGINE": "spark", "PINGYI_SPARK_MASTER": "spark://host:7077"}, ["spark://host:7077", "PINGYI_SPARK_STORAGE"]),
        ({"PINGYI_ENGINE": "spark", "PINGYI_SPARK_STORAGE": "/nowhere/at/all"}, ["PINGYI_SPARK_STORAGE", "/nowhere/at/all"]),
    ],
    ids=["engine", "no storage", "storage"],
)
def test_a_wrong_setting_is_named(monkeypatch, environment, named):
    for name, value in environment.items():
        monkeypatch.setenv(name, value)
    with pytest.raises(UsageError) as told:
        read_settings()
    assert all(word in str(told.value) for word in named)


def test_a_cluster_with_a_storage_is_taken(monkeypatch, tmp_path):
    monkeypatch.setenv("PINGYI_ENGINE", "spark")
    monkeypatch.setenv("PINGYI_SPARK_MASTER", "spark://host:7077")
    monkeypatch.setenv("PINGYI_SPARK_STORAGE", str(tmp_path))
    settings = read_settings()
    assert (settings.engine, settings.spark_master, settings.spark_storage) == ("spark", "spark://host:7077", tmp_path)


def test_where_spark_is_not_installed_it_is_said_how_to(monkeypatch, tmp_path):
    for name in ("pyspark", "pyspark.errors", "pyspark.sql"):
        monkeypatch.setitem(sys.modules, name, None)
    with pytest.raises(UsageError, match=r"requirements-spark\.lock"):
        spark_session(read_settings(), tmp_path, small=True)


@pytest.mark.parametrize(
    ("memory", "expected"), [("8GB", 8192), ("4 GiB", 4096), ("1.5g", 1536), ("512MB", 512), ("2TB", 2 << 20), ("65536KiB", 64), ("1B", 1)]
)  # fmt: skip
def test_a_memory_limit_is_brought_into_sparks_words(memory, expected):
    assert mebibytes(memory) == expected
