"""The time zone in which people are told times: the scheme's, whatever the machine's own is."""

import tomllib
from datetime import MAXYEAR, UTC, datetime, tzinfo
from zoneinfo import ZoneInfo

from flows.home import Home
from flows.host.regular import read_regular

# As far back as clocks of computers go.
_FIRST_YEAR = 1970
_WORDS = {"Asia/Shanghai": "北京时间", "PRC": "北京时间", "UTC": "世界时", "Etc/UTC": "世界时"}


def home_zone(home: Home) -> tzinfo:
    """The time zone of a data home's newest scheme that names one, or the machine's where none does.

    A scheme that is at fault elsewhere still tells it: whoever watches the home must not be kept from it by that.
    """
    for year in reversed(home.years):
        try:
            text = read_regular(home.scheme(year), home.path).decode("utf-8-sig")
            return ZoneInfo(tomllib.loads(text)["timezone"])
        except (OSError, ValueError, KeyError, TypeError, AttributeError, RecursionError):
            continue
    return datetime.now().astimezone().tzinfo or UTC


def moment(text: str) -> datetime:
    """A moment that one of our own files tells in ISO 8601. Raises `ValueError` where it tells none, or one that no clock has
    shown: not every zone has a time for that."""
    at = datetime.fromisoformat(text)
    if not _FIRST_YEAR <= at.year < MAXYEAR:
        raise ValueError(f"{text} 不是时刻")
    return at


def zone_words(zone: tzinfo | None) -> str:
    """What a time in this zone is called, to be said once beside the times."""
    name = getattr(zone, "key", None)
    return _WORDS.get(name, f"{name} 时间") if name else "本机的时间"
