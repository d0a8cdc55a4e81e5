"""The register of sites, `raw/<year>/sites.csv`: the only dataset that is a single file and not a folder."""

from collections.abc import Iterable

from flows.datasets import Column, Columns, Dataset, Id, OneOf, Text, optional

REGISTER = "sites"
# Maps each allowed name of a column (栏目) in the register to its kind.
_COLUMN_KINDS = {"news": "news", "动态": "news", "notices": "notices", "公告": "notices", "policy": "policy", "政策": "policy"}


def register(groups: Iterable[str]) -> Dataset:
    """The contract of the register, whose sites are in these groups."""
    return Dataset(
        REGISTER,
        "sites",
        "One row a site.",
        (
            Column("site_id", Id(), "site"),
            Column("group", OneOf({group: group for group in groups}, "组别"), "the group in which it is ranked"),
            Column("name", Text(), "its name"),
            optional("aliases", Text(), "other names, joined by a vertical bar"),
            optional("url", Text(), "its address"),
            optional("columns", Columns(_COLUMN_KINDS), "its columns (栏目) that the crawler looks at"),
        ),
        key=("site_id",),
    )
