"""Crawl checks of our crawler or a scanner, with a row for each check; and a scanner's own table, with a row for each scan."""

from flows.datasets import Column, Dataset, Flag, LocalDay, LocalMonth, Number, Observations, Text, Time, optional, site

_WHEN = (
    Column("checked_at", Time(), "when, UTC", titles=("检测时间", "检查时间")),
    Column("checked_on", LocalDay("checked_at"), "the local date of checked_at"),
    Column("month", LocalMonth("checked_at"), "YYYY-MM, local"),
)

CHECKS = Dataset(
    "crawl",
    "crawl_checks",
    "One row a check of a site by a crawler or scanner.",
    (
        site(),
        *_WHEN,
        Column("check", Text(), "name of the check", titles=("检测项", "检测项目", "检查项目")),
        optional("not_made", Text(), "why the check was not made; null where it was", ("未检测原因", "没有做的原因")),
        Column(
            "passed",
            Flag(),
            "whether it passed; null where it was not made",
            unless="not_made",
            titles=("是否通过", "通过"),
        ),
        optional("url", Text(), "address that was checked", ("网址", "检测地址")),
        optional("value", Number(), "what was measured", ("数值", "值", "测得值")),
        optional("detail", Text(), "what was seen", ("详情", "说明")),
    ),
)

# A scanner's own table in the same folder, under the names that its columns have with us. Its checks are the scheme's
# `[crawl] wide`; `flows.receive.scans` reads them.
SCANS = Dataset(
    "crawl",
    "crawl_scans",
    "One row a scan of a site in a scanner's own table, its checks as one list.",
    (
        site(),
        *_WHEN,
        Column("checks", Observations(), "per check: whether it passed, what was measured, or why it was not made"),
    ),
)
