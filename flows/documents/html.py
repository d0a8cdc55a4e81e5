"""The parts that all pages share: templates with escaping, one style, and a policy that lets nothing else in or out."""

import base64
import hashlib
import json
from decimal import Decimal
from functools import cache, partial
from pathlib import Path
from typing import Any
from urllib.parse import quote, urlsplit

from jinja2 import Environment, FileSystemLoader, StrictUndefined, Template
from markupsafe import Markup

from flows.documents.numbers import percent, short

_HERE = Path(__file__).parent
_LONGEST_NAME = 180
_CERTAIN = Decimal("0.995")


@cache
def template(name: str) -> Template:
    """A page's template; every text in it is escaped, and what it lacks is a fault."""
    environment = Environment(
        loader=FileSystemLoader(_HERE), autoescape=True, undefined=StrictUndefined, trim_blocks=True, lstrip_blocks=True
    )
    environment.filters |= {"plain": plain, "short": partial(short, places=2), "signed": signed, "href": href, "odds": odds}
    environment.filters["web_address"] = web_address
    return environment.get_template(name)


@cache
def has_template(name: str) -> bool:
    return (_HERE / name).is_file()


@cache
def asset(name: str) -> Markup:
    """A style or script of this package, to stand in a page as it is."""
    return Markup((_HERE / name).read_text(encoding="utf-8"))


def policy(styles: tuple[str, ...], scripts: tuple[str, ...] = ()) -> str:
    """The Content-Security-Policy of a page with exactly these inline styles and scripts, and nothing from anywhere."""
    allowed = {"style-src": styles, "script-src": scripts}
    parts = ["default-src 'none'"]
    parts += [f"{kind} {' '.join(_hash(text) for text in texts)}" for kind, texts in allowed.items() if texts]
    return "; ".join([*parts, "base-uri 'none'", "form-action 'none'"])


def embedded(content: Any) -> Markup:
    """JSON that may stand inside a script element: nothing in it can end the element or begin another."""
    text = json.dumps(content, ensure_ascii=False, separators=(",", ":"))
    for character in "<>&\u2028\u2029":
        text = text.replace(character, f"\\u{ord(character):04x}")
    return Markup(text)


def file_name(site_id: str) -> str:
    """The name of a site's sheet: its id; characters that a file system or address could misread become %XX; long names are cut and
    get a hash."""
    name = "".join(sign if sign.isalnum() or sign in "-_~." else quote(sign, safe="") for sign in site_id)
    if name.startswith("."):
        name = f"%2E{name[1:]}"
    if len(name.encode()) > _LONGEST_NAME:
        kept = name.encode()[: _LONGEST_NAME - 20].decode(errors="ignore").rsplit("%", 1)[0]
        name = f"{kept}-{hashlib.sha256(site_id.encode()).hexdigest()[:16]}"
    return f"{name}.html"


def href(name: str) -> str:
    """A file's name as an address: its % signs are characters of its own."""
    return quote(name, safe="-_~./")


def web_address(text: str | None) -> str:
    """The text if it is an http or https address that may be a link, else nothing."""
    try:
        parts = urlsplit(text or "")
    except ValueError:
        return ""
    return text if text and parts.scheme in ("http", "https") and parts.netloc else ""


def plain(value: Any) -> str:
    """The text of a cell: decimals as they are in the table, nothing for a missing value."""
    if value is None:
        return ""
    return f"{value:f}" if isinstance(value, Decimal) else str(value)


def signed(value: Decimal | None) -> str:
    """A change: +0.52, −0.30, 0.00."""
    if value is None:
        return ""
    return f"{'+' if value > 0 else '−' if value < 0 else ''}{abs(value):f}"


def odds(share: Decimal, what: str) -> str:
    """How likely `what` is, in words near 0 and 100%, where a rounded percentage would look certain."""
    if share >= _CERTAIN:
        return f"几乎肯定{what}"
    if share <= 1 - _CERTAIN:
        return f"几乎不可能{what}"
    return f"{what}的可能约 {percent(share)}"


def month(text: str, year: int) -> str:
    """3月 of a month such as 2007-03, with its year where that is another one."""
    of_year, _, of_month = text.partition("-")
    return f"{int(of_month)}月" if of_year == str(year) else f"{of_year}年{int(of_month)}月"


def _hash(text: str) -> str:
    return f"'sha256-{base64.b64encode(hashlib.sha256(text.encode()).digest()).decode()}'"
