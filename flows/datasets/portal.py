"""Reports of the portal and the offices: visits by column and month, and single figures."""

from decimal import Decimal

from flows.datasets import Column, Dataset, Month, Number, Text, optional

TRAFFIC = Dataset(
    "portal_traffic",
    "portal_traffic",
    "One row a column of the portal and month.",
    (
        Column("column", Text(), "column of the portal (栏目)", titles=("栏目", "栏目名称"), noun="栏目"),
        Column("month", Month(), "YYYY-MM", titles=("月份", "年月"), noun="月份"),
        Column("views", Number(at_least=Decimal(0)), "page views", titles=("浏览量", "访问量", "点击量")),
    ),
    key=("column", "month"),
)

STATS = Dataset(
    "portal_stats",
    "portal_stats",
    "One row a figure that the portal or an office reports.",
    (
        Column("metric", Text(), "what is counted", titles=("指标名", "指标名称", "指标", "统计项目"), noun="指标名"),
        Column("value", Number(), "this year", titles=("数值", "值", "本年数值", "本年")),
        optional("unit", Text(), "unit of value and previous", ("单位", "计量单位")),
        optional("previous", Number(), "last year", ("上年数值", "上年", "上年值")),
    ),
    key=("metric",),
)
