"""The values and numbers that the words of a published table's contract stand for in a scheme."""

from flows.published.contract import ModelFault
from flows.scheme import Scheme
from flows.sources import kinds


def values(names: tuple[str, ...], scheme: Scheme) -> list[str | int]:
    """The values that these names stand for, in the scheme's order: `year`, `groups`, `sources`, and those sources that fill a
    table of `ref`, as `ballot_rules sources`; every other name is a value itself."""
    allowed: list[str | int] = []
    for name in names:
        if name == "year":
            allowed.append(scheme.year)
        elif name == "groups":
            allowed += [group.id for group in scheme.groups]
        elif name.endswith("sources"):
            table = name.removesuffix("sources").strip()
            if table and not any(table == filled.name for kind in kinds().values() for filled in kind.tables):
                raise ModelFault(f"'{name}' in sql/published: no kind of source fills a table ref.{table}")
            allowed += [source.id for source in scheme.sources if not table or table in source.rows()]
        else:
            allowed.append(name)
    return allowed


def count(name: str, scheme: Scheme, sites: int) -> int:
    """How many `sites`, `groups`, `weights`, `sources`, or sources of a table of `ref` there are; `sites` are those of the register."""
    if name == "weights":
        return sum(len(group.weights) for group in scheme.groups)
    return sites if name == "sites" else len(values((name,), scheme))
