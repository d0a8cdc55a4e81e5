"""Names of the files that are handed out: every system and mail program takes them."""

import unicodedata
from collections.abc import Iterable

from flows.templates.model import Site

# Of the 255 bytes that file systems take, with room for what mail programs and people add.
_MOST_BYTES = 180
_KEPT = "-_~.()（）·"


def file_names(sites: Iterable[Site]) -> list[str]:
    """A name for every site's file, of its id and its name; no two are the same, also where case does not count."""
    taken: set[str] = set()
    names = []
    for site in sites:
        plain = _plain(site.id) if site.name == site.id else f"{_plain(site.id)}_{_plain(site.name)}"
        name, number = _cut(plain), 1
        while name.casefold() in taken:
            number += 1
            name = f"{_cut(plain)}-{number}"
        taken.add(name.casefold())
        names.append(name)
    return names


def _plain(text: str) -> str:
    """The text with an underscore for every character that is no letter or digit and could be misread. No name begins with a dot."""
    tidy = "".join(sign if sign.isalnum() or sign in _KEPT else "_" for sign in unicodedata.normalize("NFC", text).strip())
    return tidy.lstrip(".").rstrip(".") or "_"


def _cut(name: str) -> str:
    return name.encode()[:_MOST_BYTES].decode(errors="ignore").rstrip(" .")
