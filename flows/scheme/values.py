"""What a scheme and its register hold, by the words in which the contract of a published table speaks of it."""

from flows.scheme import Scheme


def values(names: tuple[str, ...], scheme: Scheme) -> list[str | int]:
    """The values that these names stand for, in the scheme's order: `year`, `groups`, `sources`, and those sources that fill a
    table of `ref`, as `ballot_rules sources`; every other name is a value itself."""
    found: list[str | int] = []
    for name in names:
        if name == "year":
            found.append(scheme.year)
        elif name == "groups":
            found += [group.id for group in scheme.groups]
        elif name.endswith("sources"):
            table = name.removesuffix("sources").strip()
            found += [source.id for source in scheme.sources if not table or table in source.rows()]
        else:
            found.append(name)
    return found


def count(name: str, scheme: Scheme, sites: int) -> int:
    """How many `sites`, `groups`, `weights`, `sources`, or sources of a table of `ref` there are; `sites` are those of the register."""
    if name == "weights":
        return sum(len(group.weights) for group in scheme.groups)
    return sites if name == "sites" else len(values((name,), scheme))
