"""The bulletin as PDF, set by typst in the layout of GB/T 9704, with its fonts embedded."""

import json
from dataclasses import asdict
from functools import cache
from pathlib import Path

import typst

from flows.documents.text import Bulletin
from flows.errors import OperatorError

FONTS = ("Noto Serif CJK SC", "Noto Sans CJK SC")
PACKAGE = "fonts-noto-cjk"

_LAYOUT = Path(__file__).with_name("bulletin.typ")


@cache
def _fonts() -> typst.Fonts:
    """The fonts of this machine. To look for them takes as long as to set a bulletin, which a run does twice."""
    return typst.Fonts()


def write_pdf(bulletin: Bulletin, path: Path) -> str | None:
    """Writes the file, or says in a sentence why not: without a Chinese font there would only be empty boxes."""
    # Where typst knows nothing of a family it warns and takes another, which has no Chinese.
    content, warnings = typst.compile_with_warnings(
        _LAYOUT, font_paths=_fonts(), sys_inputs={"bulletin": json.dumps(asdict(bulletin), ensure_ascii=False)}, timestamp=0
    )
    messages = [str(getattr(warning, "message", warning)) for warning in warnings]
    unknown = [message.lower() for message in messages if "unknown font family" in message]
    missing = [font for font in FONTS if any(font.lower() in message for message in unknown)]
    if missing:
        return (
            f"没有找到中文字体 {'、'.join(missing)}，没有生成 {path.name}，其余都已生成。"
            f"请安装字体（Debian：apt-get install --no-install-recommends {PACKAGE}），再重新生成。"
        )
    if messages:
        raise OperatorError("通报排版时有意外的提示，文件没有生成：", messages)
    path.write_bytes(content)
    return None
