"""The register of sites, `raw/<year>/sites.csv`: the only dataset that is a single file and not a folder."""

from collections.abc import Iterable
from typing import Any

from flows.datasets import Column, Columns, Dataset, Id, OneOf, Text, names_of, optional

REGISTER = "sites"
# Maps each allowed name of a column (栏目) in the register to its kind.
_COLUMN_KINDS = {"news": "news", "动态": "news", "notices": "notices", "公告": "notices", "policy": "policy", "政策": "policy"}


def register(groups: Iterable[Any]) -> Dataset:
    """The contract of the register, whose sites are in these groups of a scheme."""
    return Dataset(
        REGISTER,
        "sites",
        "One row a site.",
        (
            Column("site_id", Id(), "site", titles=("编号", "网站编号")),
            Column("group", OneOf(names_of(groups), "组别"), "the group in which it is ranked", titles=("组别", "分组")),
            Column("name", Text(), "its name", titles=("名称", "网站名称")),
            optional("aliases", Text(), "other names, joined by a vertical bar", ("别名", "其他名称", "简称")),
            optional("url", Text(), "its address", ("网址", "网站地址")),
            optional("columns", Columns(_COLUMN_KINDS), "its columns (栏目) that the crawler looks at", ("栏目", "检测栏目")),
        ),
        key=("site_id",),
    )
