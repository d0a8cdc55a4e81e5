"""What is crawled and by which rules. Plain data, so that a scheme's reader can make it."""

from dataclasses import dataclass

# robots.txt is the one file that any crawler may ask for, however often it is told to stay away from the rest.
DEFAULT_CANARIES = tuple(f"https://www.{host}/robots.txt" for host in ("baidu.com", "qq.com", "taobao.com"))


@dataclass(frozen=True)
class ColumnAddress:
    """A column (栏目) that the register lists for a site."""

    kind: str
    url: str


@dataclass(frozen=True)
class Target:
    """A site of the register: where its home page is, and the columns to look at."""

    site_id: str
    url: str
    columns: tuple[ColumnAddress, ...] = ()


@dataclass(frozen=True)
class CrawlRules:
    """How the night is crawled.

    | field | meaning |
    |---|---|
    | `contact` | mail or web address for the user agent |
    | `timezone` | of the night's date and of the dates on pages |
    | `canaries` | addresses that tell whether our own line is up; none: no line check |
    | `pages` | most requests a site and night, robots.txt and redirects included |
    | `interval` | seconds between two requests to one host; 0 turns politeness off, for benchmarks |
    | `at_once` | sites crawled at a time |
    | `deadline` | seconds for one request with all its redirects and its body; waiting for a turn does not count |
    | `open_loopback` | for tests: loopback may be reached, on any port, and is where names under .test and .localhost lead |
    | `most_bytes` | of a body, after inflating |
    | `turns` | the folder by which crawls at one time share the turns of hosts; None: this is the only crawl |
    """

    contact: str
    timezone: str
    canaries: tuple[str, ...] = DEFAULT_CANARIES
    pages: int = 60
    interval: float = 1.0
    at_once: int = 256
    deadline: float = 15.0
    open_loopback: bool = False
    most_bytes: int = 2 << 20
    turns: str | None = None
