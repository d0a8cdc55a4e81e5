"""A batch of ballots as columns of numbers, which is what makes millions of them quick."""

from dataclasses import dataclass, fields

import numpy as np

WEB, SMS, KIOSK = 0, 1, 2
CHANNELS = ("网络", "短信", "触摸屏")
DAY = 86_400
# Addresses by number: those of honest voters, and behind them the few that bursts come from.
ADDRESSES = 1 << 16
BURST_ADDRESSES = 64


@dataclass(frozen=True)
class BallotBatch:
    """One batch, in the order in which it was cast.

    `site` is the position of the site in the electorate, `second` counts from the first day's midnight, `rating` (ballot by
    aspect) and `overall` are level codes with 0 for none, `origin` and `seconds` are -1 where nothing was recorded.
    """

    site: np.ndarray
    second: np.ndarray
    voter: np.ndarray
    rating: np.ndarray
    overall: np.ndarray
    channel: np.ndarray
    origin: np.ndarray
    seconds: np.ndarray
    valid: np.ndarray

    def __len__(self) -> int:
        return len(self.site)

    @classmethod
    def together(cls, parts: "list[BallotBatch]") -> "BallotBatch":
        """All ballots of the parts, in the order in which they were cast."""
        joined = cls(*(np.concatenate([getattr(part, column.name) for part in parts]) for column in fields(cls)))
        return joined.take(np.argsort(joined.second, kind="stable"))

    def take(self, rows: np.ndarray) -> "BallotBatch":
        return BallotBatch(*(getattr(self, column.name)[rows] for column in fields(self)))
