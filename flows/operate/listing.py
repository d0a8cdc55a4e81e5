"""The files of a folder as a page: what they are called, how large they are and when they came."""

from datetime import datetime, tzinfo
from html import escape
from pathlib import Path
from urllib.parse import quote

from flows.home import Home
from flows.host.zones import zone_words

_NAMES = {"drafts": "草稿", "results": "公布的结果", "publications": "以前公布的结果", "quarantine": "不合格的行"}


def listing(folder: Path, home: Home, zone: tzinfo, style: str) -> str:
    """The page of a folder that lies in a data home. Hidden files, which a run is still writing, are left out."""
    inside = folder.relative_to(home.path).parts
    title = " / ".join([_NAMES.get(inside[0], inside[0]), *inside[1:]])
    entries = sorted(
        (path for path in folder.iterdir() if not path.name.startswith(".")), key=lambda path: (path.is_file(), path.name)
    )
    rows = "".join(_row(path, zone) for path in entries) or '<tr><td colspan="3">（空的）</td></tr>'
    # Above the topmost folder of each kind is the status.
    up = '<a href="../">上一级</a>' if len(inside) > 1 else '<a href="/">状态</a>'
    return (
        '<!doctype html><html lang="zh-CN"><head><meta charset="utf-8"><meta name="viewport" content="width=device-width">'
        f"<title>{_shown(title)}</title><style>{style}</style></head><body><main><h1>{_shown(title)}</h1><p>{up}</p>"
        f"<table><thead><tr><th>名称</th><th>大小</th><th>时间</th></tr></thead><tbody>{rows}</tbody></table></main>"
        f"<footer>时间是{escape(zone_words(zone))}。</footer></body></html>"
    )


def _row(path: Path, zone: tzinfo) -> str:
    try:
        stat = path.stat()
    except OSError:
        # A link that leads nowhere, or what was taken away a moment ago.
        return f"<tr><td>{_shown(path.name)}</td><td></td><td></td></tr>"
    ending = "/" if path.is_dir() else ""
    address = quote(path.name, errors="surrogateescape") + ending
    size = "" if ending else _size(stat.st_size)
    at = f"{datetime.fromtimestamp(stat.st_mtime, zone):%Y-%m-%d %H:%M}"
    return f'<tr><td><a href="{address}">{_shown(path.name)}{ending}</a></td><td>{size}</td><td>{at}</td></tr>'


def _shown(text: str) -> str:
    return escape(text.encode("utf-8", "replace").decode("utf-8"))


def _size(number: int) -> str:
    if number < 1024:
        return f"{number} 字节"
    return f"{number / 1024:.0f} KB" if number < 1 << 20 else f"{number / (1 << 20):.1f} MB"
