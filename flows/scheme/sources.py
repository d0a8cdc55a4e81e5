"""Reads the `[sources.*]` tables of a scheme, each by its kind."""

from collections.abc import Iterator, Sequence

from flows.scheme.section import Section
from flows.sources import Aspect, Source, kinds


def read_source(section: Section, aspects: Sequence[Aspect], groups: frozenset[str]) -> Source | None:
    """The source of one `[sources.<id>]`, or None where its kind is not known; its faults are the section's."""
    label = section.text("label") or ""
    name = section.choice("kind", kinds())
    if name is None:
        return None
    kind = kinds()[name]
    if kind.rates_aspects and not aspects:
        section.fault("kind", f"{name} 类来源按评议内容打分，而方案没有 [aspects]")
    source = kind.read(section, label, aspects, groups)
    section.finish()
    return source


def specimens() -> Iterator[Source]:
    """A source of every kind, as an empty section makes it: the shape of its raw files is that of any scheme's."""
    for name, kind in kinds().items():
        yield kind.read(Section({}, "", [], name), "", (), frozenset())
