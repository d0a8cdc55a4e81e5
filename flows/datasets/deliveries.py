"""The register of deliveries, `raw/<year>/deliveries.csv`: which files the senders say they sent, and how many rows each has."""

from collections.abc import Iterable
from decimal import Decimal

from flows.datasets import Column, Dataset, Number, OneOf, Text, optional

DELIVERIES = "deliveries"


def deliveries(datasets: Iterable[str]) -> Dataset:
    """The contract of the register of deliveries to these datasets."""
    return Dataset(
        DELIVERIES,
        DELIVERIES,
        "One row a file that was sent.",
        (
            Column(
                "dataset",
                OneOf({name: name for name in datasets}, "数据"),
                "folder that it is delivered in",
                titles=("数据", "数据名", "文件夹"),
            ),
            Column("file", Text(), "its name there", titles=("文件", "文件名")),
            optional("rows", Number(at_least=Decimal(0)), "how many rows of data it has", ("行数", "数据行数")),
            optional("sha256", Text(), "hash of its content", ("校验值", "哈希值")),
        ),
        key=("dataset", "file"),
    )
