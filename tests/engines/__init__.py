"""Every model and gate of `sql/` on a second engine, Spark, on the same inputs as in DuckDB, all cells compared.

In the suite on two generated years (`test_spark.py`); by hand on any database that a run left behind:

    ./run python -m tests.engines data/shanghai/warehouse.duckdb

Spark is no part of what `./run` installs: `requirements-spark.lock` is, and it needs Java 17 or later.
"""
