"""Reports of the portal and the offices: visits by column and month, and single figures."""

from decimal import Decimal

from flows.datasets import Column, Dataset, Month, Number, Text, optional

TRAFFIC = Dataset(
    "portal_traffic",
    "portal_traffic",
    "One row a column of the portal and month.",
    (
        Column("column", Text(), "column of the portal (栏目)", noun="栏目"),
        Column("month", Month(), "YYYY-MM", noun="月份"),
        Column("views", Number(at_least=Decimal(0)), "page views"),
    ),
    key=("column", "month"),
)

STATS = Dataset(
    "portal_stats",
    "portal_stats",
    "One row a figure that the portal or an office reports.",
    (
        Column("metric", Text(), "what is counted", noun="指标名"),
        Column("value", Number(), "this year"),
        optional("unit", Text(), "unit of value and previous"),
        optional("previous", Number(), "last year"),
    ),
    key=("metric",),
)
